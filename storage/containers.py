"""Tells office documents apart that are all a ZIP archive inside, from the first bytes alone.

Nothing is unpacked: only the names in the local file headers (PKWARE APPNOTE 4.3.7) are read,
and the uncompressed `mimetype` entry by which OpenDocument and EPUB begin.
"""

import re
import struct

ZIP = "application/zip"
OPC = "application/vnd.openxmlformats-package"
ODF = "application/vnd.oasis.opendocument"
OOXML = "application/vnd.openxmlformats-officedocument."
WORD = OOXML + "wordprocessingml.document"
SHEET = OOXML + "spreadsheetml.sheet"
SLIDES = OOXML + "presentationml.presentation"
DRAWING = "application/vnd.ms-visio.drawing.main+xml"
OFD = "application/ofd"
EPUB = "application/epub+zip"
JAVA = "application/java-archive"

_HEADER = struct.Struct("<4s22xHH")
_FOLDERS = {"word": WORD, "xl": SHEET, "ppt": SLIDES, "visio": DRAWING}
_SIGNS = {
    "ofd.xml": OFD,
    "meta-inf/container.xml": EPUB,
    "meta-inf/manifest.xml": ODF,
    "meta-inf/manifest.mf": JAVA,
    "[content_types].xml": OPC,
    "_rels/.rels": OPC,
}
_DECLARED = re.compile(rb"application/(?:epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)")


def zip_type(head: bytes) -> str:
    """Return the media type of a ZIP archive that begins with `head`.

    `OPC` and `ODF` stand for "an office document of that family, which kind does not show yet";
    `ZIP` is an archive without any sign of being a document.
    """
    family = ZIP
    for name, content in _entries(head):
        if name == "mimetype" and (declared := _DECLARED.match(content)):
            return declared[0].decode()
        if kind := _FOLDERS.get(name.partition("/")[0]):
            return kind
        if family in {ZIP, OPC}:
            family = _SIGNS.get(name, family)
    return family


def _entries(head: bytes) -> list[tuple[str, bytes]]:
    """Return the names (lower case, slashes) in `head` with the bytes that follow each."""
    entries = []
    at = head.find(b"PK\x03\x04")
    while 0 <= at <= len(head) - _HEADER.size:
        _, name_length, extra_length = _HEADER.unpack_from(head, at)
        begin = at + _HEADER.size
        name = head[begin : begin + name_length].decode("utf-8", "replace")
        content = begin + name_length + extra_length
        entries.append((name.replace("\\", "/").lower(), head[content : content + 128]))
        at = head.find(b"PK\x03\x04", begin)
    return entries
