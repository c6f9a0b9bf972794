"""Files as offices exchange them, made from lines of text: DOCX, XLSX, TXT, EML, a scanned page."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from xml.sax.saxutils import escape

from records.exchange.tables import write_xlsx
from web.demo.pdf import BLACK, Line

_CONTENT_TYPES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument\
.wordprocessingml.document.main+xml"/></Types>"""
_RELATIONS = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/\
officeDocument" Target="word/document.xml"/></Relationships>"""
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{body}\
<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>\
<w:pgMar w:top="1985" w:right="1474" w:bottom="1701" w:left="1588"/></w:sectPr>\
</w:body></w:document>"""


def make_docx(lines: Sequence[Line]) -> bytes:
    """Return a Word document (ECMA-376) with a paragraph per line."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _CONTENT_TYPES)
        package.writestr("_rels/.rels", _RELATIONS)
        body = "".join(_paragraph(each) for each in lines)
        package.writestr("word/document.xml", _DOCUMENT.format(body=body))
    return out.getvalue()


def _paragraph(line: Line) -> str:
    colour = "" if line.colour == BLACK else '<w:color w:val="C00000"/>'
    place = '<w:jc w:val="center"/>' if line.indent is None else ""
    rule = (
        '<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="6" w:color="C00000"/></w:pBdr>'
        if line.rule
        else ""
    )
    fonts = '<w:rFonts w:ascii="Liberation Serif" w:eastAsia="Noto Serif CJK SC"/>'
    return (
        f"<w:p><w:pPr>{rule}<w:spacing w:after='120'/>{place}</w:pPr>"
        f"<w:r><w:rPr>{fonts}{colour}<w:sz w:val='{int(line.size * 2)}'/></w:rPr>"
        f"<w:t xml:space='preserve'>{escape(line.text)}</w:t></w:r></w:p>"
    )


def make_sheet(rows: Sequence[Sequence[str | int]], moment: datetime) -> bytes:
    """Return a workbook; the first row names its columns."""
    from zoneinfo import ZoneInfo

    head = [str(each) for each in rows[0]]
    return write_xlsx(head, rows[1:], zone=ZoneInfo("UTC"), sheet=f"{moment:%Y}")


def make_mail(sender: str, subject: str, text: str, moment: datetime, attached: bytes) -> bytes:
    """Return a mail (RFC 5322) with a table attached."""
    mail = EmailMessage()
    mail["From"] = f"{sender} <office@example.org>"
    mail["To"] = "Registry <registry@example.org>"
    mail["Subject"] = subject
    mail["Date"] = moment
    mail["Message-ID"] = f"<{moment:%Y%m%d%H%M%S}@example.org>"
    mail.set_content(text)
    mail.add_attachment(
        attached,
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename="figures.xlsx",
    )
    return mail.as_bytes()


def make_scan(lines: Sequence[Line]) -> bytes:
    """Return a page as a scanner sees it: grey, a little askew, without any text inside."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (1240, 1754), 244)
    draw = ImageDraw.Draw(page)
    height = 150.0
    for line in lines:
        font = ImageFont.load_default(size=line.size * 2.1)
        for piece in _wrapped(line.text, int(1050 / line.size)):
            draw.text((140 + (line.indent or 0), height), piece, fill=35, font=font)
            height += line.size * 3.2
    turned = page.rotate(0.6, fillcolor=238, resample=Image.Resampling.BILINEAR)
    out = io.BytesIO()
    turned.save(out, "PNG", dpi=(150, 150))
    return out.getvalue()


def _wrapped(text: str, length: int) -> list[str]:
    from textwrap import wrap

    return wrap(text, length) or [""]
