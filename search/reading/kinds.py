"""What a file is, by its content first, then by what was said of it, then by its name."""

import io
import re
import zipfile

from search.reading.source import Source

PDF = "application/pdf"
TIFF = "image/tiff"
RTF = "application/rtf"
HTML = "text/html"
TEXT = "text/plain"
XML = "application/xml"
SVG = "image/svg+xml"
MAIL = "message/rfc822"
MBOX = "application/mbox"
MSG = "application/vnd.ms-outlook"
ZIP = "application/zip"
TAR = "application/x-tar"
SEVEN_ZIP = "application/x-7z-compressed"
SIGNED = "application/pkcs7-mime"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
OLE = "application/x-ole-storage"
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = _OOXML + "wordprocessingml.document"
XLSX = _OOXML + "spreadsheetml.sheet"
PPTX = _OOXML + "presentationml.presentation"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
VSDX = "application/vnd.ms-visio.drawing"
_ODF = "application/vnd.oasis.opendocument."
OPEN_DOCUMENTS = frozenset(
    _ODF + kind for kind in ("text", "spreadsheet", "presentation", "graphics")
)
WORKS = "application/vnd.ms-works"
ENCRYPTED = "application/encrypted"
TNEF = "application/vnd.ms-tnef"
OFD = "application/ofd"
EPUB = "application/epub+zip"

_MAGIC = (
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (b"Rar!", "application/vnd.rar"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-executable"),
)
_ZIP_PARTS = (
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", XLSX),
    ("ppt/presentation.xml", PPTX),
    ("xl/workbook.bin", XLSB),
    ("visio/document.xml", VSDX),
    ("OFD.xml", OFD),
)
_OFFICE_FOLDERS = (("word", DOCX), ("xl", XLSX), ("ppt", PPTX))
_OLE_STREAMS = (
    ("__properties_version1.0", MSG),
    ("WordDocument", DOC),
    ("Workbook", XLS),
    ("Book", XLS),
    ("PowerPoint Document", PPT),
    ("MatOST", WORKS),
    ("EncryptedPackage", ENCRYPTED),
)
_BY_SUFFIX = {
    "eml": MAIL,
    "mht": MAIL,
    "mhtml": MAIL,
    "html": HTML,
    "htm": HTML,
    "xhtml": HTML,
    "xml": XML,
    "svg": SVG,
    "csv": "text/csv",
    "md": "text/markdown",
    "txt": TEXT,
    "wps": WORKS,
}
# PKCS #7 signedData (RFC 2315), and its like of GM/T 0010 (SM2).
_SIGNED_DATA = (
    bytes.fromhex("06092a864886f70d010702"),
    bytes.fromhex("060a2a811ccf550601040202"),
)
_MAIL_HEADER = re.compile(
    rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*?"
    rb"(?:from|received|message-id|mime-version|delivered-to|return-path):",
    re.IGNORECASE,
)
_FLAT_DOCUMENT = re.compile(
    rb"<office:document\s[^>]*office:mimetype=\"(application/vnd\.oasis\.opendocument\.\w{1,20})\""
)
_MBOX_START = re.compile(rb"\AFrom [^\r\n]*\r?\n[!-9;-~]+:")
_HTML_START = re.compile(
    rb"\A\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype html|html)", re.IGNORECASE | re.DOTALL
)


def media_type_of(source: Source) -> str:
    """Return the media type that decides how a file is read."""
    head = source.head
    if b"%PDF-" in head[:1024]:
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(source)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _kind_of_ole(source)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp"
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[257:262] == b"ustar" or (source.suffix == "tar" and _is_tar(source)):
        return TAR
    if _is_signed(source):
        return SIGNED
    return _kind_of_text(source)


def _is_signed(source: Source) -> bool:
    """Tell an envelope with signatures (CMS), in bytes or in letters."""
    head = source.head[:64]
    if head[:1] == b"\x30" and any(kind in head[:32] for kind in _SIGNED_DATA):
        return True
    if head.lstrip().startswith((b"-----BEGIN PKCS7-----", b"-----BEGIN CMS-----")):
        return True
    return source.suffix in ("p7m", "p7s") and head.startswith((b"MII", b"MIA"))


def _kind_of_text(source: Source) -> str:
    head = source.head
    said = source.media_type
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1024]
    if _HTML_START.match(head.removeprefix(b"\xef\xbb\xbf")):
        return HTML
    if flat := _FLAT_DOCUMENT.search(head):
        return flat[1].decode()
    if start.startswith((b"<?xml", b"<svg")):
        return SVG if b"<svg" in head else XML
    by_name = _BY_SUFFIX.get(source.suffix)
    if _MBOX_START.match(head) and by_name != MAIL:
        return MBOX
    if by_name == MAIL or said == MAIL or (by_name is None and _MAIL_HEADER.match(head)):
        return MAIL
    if by_name is not None and (said.startswith("text/") or said in _VAGUE):
        return by_name
    if said.startswith("text/") or said in (XML, SVG):
        return said
    return TEXT if _looks_like_text(head) else said or "application/octet-stream"


_VAGUE = ("", "application/octet-stream", "application/xml", "application/x-empty", "inode/x-empty")


def _looks_like_text(head: bytes) -> bool:
    """Tell whether bytes can be text: few control characters, or a UTF-16 mark."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\x0b\x0c\r\x1b" for byte in head)
    return controls * 100 <= len(head)


def _kind_of_zip(source: Source) -> str:
    try:
        with zipfile.ZipFile(source.file()) as package:
            names = set(package.namelist())
            if "mimetype" in names and package.getinfo("mimetype").file_size < 200:
                return package.read("mimetype").decode("ascii", "replace").strip()
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
        return source.media_type if source.media_type != "application/octet-stream" else ZIP
    for part, media_type in _ZIP_PARTS:
        if part in names:
            return media_type
    return _kind_of_office(names) or ZIP


def _kind_of_office(names: set[str]) -> str | None:
    """Tell an OOXML file whose main part has an unusual name."""
    if "[Content_Types].xml" not in names:
        return None
    folders = {name.partition("/")[0] for name in names if name.endswith((".xml", ".bin"))}
    return next((kind for folder, kind in _OFFICE_FOLDERS if folder in folders), None)


def _kind_of_ole(source: Source) -> str:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(source.data)) as storage:
            for stream, media_type in _OLE_STREAMS:
                if storage.exists(stream):
                    return media_type
    except (OSError, ValueError, IndexError):
        return source.media_type or OLE
    return WORKS if source.suffix == "wps" else OLE


def _is_tar(source: Source) -> bool:
    import tarfile

    try:
        with tarfile.open(fileobj=source.file(), mode="r:"):
            return True
    except tarfile.TarError:
        return False
