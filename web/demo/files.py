"""Files as offices exchange them, made from lines of text: DOCX, PDF, XLSX, TXT, EML, a scan."""

import io
import mimetypes
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from email.message import EmailMessage
from xml.sax.saxutils import escape

from records.exchange.tables import write_xlsx
from web.demo.letters import Letter, page
from web.demo.pdf import BLACK, Line, write_pdf
from web.demo.scans import scan_png

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


def make_file(letter: Letter, written_on: date, moment: datetime) -> tuple[str, bytes]:
    """Return the name and the bytes of the file in which a letter came."""
    lines = page(letter, written_on)
    name = letter.title.replace("/", "-").replace(":", "")
    if letter.form == "pdf":
        return f"{name}.pdf", write_pdf(lines, title=letter.title)
    if letter.form == "docx":
        return f"{name}.docx", make_docx(lines)
    if letter.form == "scan":
        return f"Scan {written_on:%Y-%m-%d} {name}.png", scan_png(lines)
    if letter.form == "txt":
        return f"{name}.txt", "\n".join(each.text for each in lines).encode()
    figures = make_sheet(
        [
            ("Item", "Pieces", "Euros"),
            *((each.split()[0], n, 12 * n) for n, each in enumerate(letter.body, start=3)),
        ],
        moment,
    )
    if letter.form == "eml":
        text = "\n\n".join(letter.body)
        sender = f"{letter.sender} <office@example.org>"
        attached = [("figures.xlsx", figures)]
        return f"{name}.eml", make_mail(sender, letter.title, text, moment, attached)
    return f"{name}.xlsx", figures


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


def make_mail(
    sender: str,
    subject: str,
    text: str,
    moment: datetime,
    attached: Sequence[tuple[str, bytes]],
    *,
    to: str = "Registry <registry@example.org>",
    follows: Sequence[datetime] = (),
) -> bytes:
    """Return a mail (RFC 5322) with files attached.

    Args:
        follows: When the mails before it in the conversation were sent, the first one first.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = moment
    mail["Message-ID"] = _message_id(moment)
    if follows:
        mail["In-Reply-To"] = _message_id(follows[-1])
        mail["References"] = " ".join(map(_message_id, follows))
    mail.set_content(text)
    for name, data in attached:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


def _message_id(moment: datetime) -> str:
    return f"<{moment:%Y%m%d%H%M%S}@example.org>"
