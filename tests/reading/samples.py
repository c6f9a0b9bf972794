"""Small files of many formats, made by the tests themselves."""

import io
import zipfile
from collections.abc import Iterable, Mapping

DECOMPRESSION_STEP = 1 << 20


def pdf(*pages: str, font: str = "latin", extra: str = "", info: str = "") -> bytes:
    """A PDF written by hand; Chinese goes through a CID font that PDFium maps without the font."""
    fonts = {
        "latin": "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        "chinese": "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H"
        "/DescendantFonts[<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
        "/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Flags 4/Ascent 880"
        "/Descent -120/CapHeight 880/StemV 93/ItalicAngle 0/FontBBox[-25 -254 1000 880]>>>>]>>",
    }
    objects = [f"<</Type/Catalog/Pages 2 0 R{extra}>>", "", fonts[font], f"<<{info}>>"]
    kids = []
    for page in pages:
        lines = [_shown(line, font) for line in page.split("\n")]
        stream = "BT /F 12 Tf 16 TL 72 720 Td " + " T* ".join(lines) + " ET"
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {len(objects)} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    return pdf_file(objects)


def pdf_file(objects: Iterable[str | bytes]) -> bytes:
    """A PDF of numbered objects; 1 is the catalogue, 4 the document information."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        raw = body if isinstance(body, bytes) else body.encode("latin-1")
        out += b"%d 0 obj\n%s\nendobj\n" % (number, raw)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(offsets) + 1,
        start,
    )
    return bytes(out)


def _shown(line: str, font: str) -> str:
    if font == "chinese":
        return f"<{line.encode('utf-16-be').hex()}> Tj"
    escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"({escaped}) Tj"


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP container with these entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in parts.items():
            zipped.writestr(name, content)
    return file.getvalue()


def docx(body: str) -> bytes:
    """A DOCX whose document part has this body."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return package(
        {"word/document.xml": f"<w:document {space}><w:body>{body}</w:body></w:document>"}
    )


def zeros(size: int) -> bytes:
    """A DOCX whose document part unpacks to `size` bytes."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped,
        zipped.open("word/document.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(size // DECOMPRESSION_STEP):
            part.write(bytes(DECOMPRESSION_STEP))
    return file.getvalue()
