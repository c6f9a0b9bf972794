"""Papers of the same words in several formats, and with what scanning does to letters."""

import io
import random
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

FILLER = (
    "各区人民政府，市政府各部门：为做好防汛抗旱准备，经市政府同意，现就有关事项通知如下。"
    "一、各单位要落实责任，明确分工，完善预案，备足物资，确保险情早发现、早报告、早处置。"
    "二、水务部门要加强水库、堤防、涵闸的检查，发现隐患立即整改，一时不能整改的应当采取应急措施。"
    "三、气象部门要密切监视天气变化，及时发布预警信息，遇有强降雨过程应当加密会商。"
    "四、值班人员必须坚守岗位，保持通信畅通，重大情况随时向市防汛抗旱指挥部报告。"
)


def page(number: str, title: str, *lines: str) -> bytes:
    """Return an official document as text."""
    parts = [
        title,
        number,
        "",
        "各区人民政府，市政府各部门：",
        *lines,
        "某市人民政府",
        "2025年3月5日",
    ]
    return "\n".join(parts).encode()


def docx(lines: Sequence[str]) -> bytes:
    """Return lines as a Word file."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in lines)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{kinds}"><Override PartName="/word/document.xml"'
            f' ContentType="{main}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{related}"><Relationship Id="r1" Type="{office}"'
            ' Target="word/document.xml"/></Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>',
        )
    return held.getvalue()


def html(lines: Sequence[str]) -> bytes:
    """Return lines as a web page with what surrounds it there."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    page = f"<html><body><div>首页 公开 政策</div>{body}<div>版权所有</div></body></html>"
    return page.encode()


def misread(text: str, share: float, seed: int = 1) -> str:
    """Return a text of which a share of the letters was misread, lost or doubled."""
    if not share:
        return text
    chance = random.Random(seed)  # noqa: S311 - no secret
    letters = [each for each in text if each.strip()]
    read = []
    for letter in text:
        drawn = chance.random() / share if letter.strip() else 1.0
        if drawn < 0.6:
            read.append(chance.choice(letters))
        elif drawn >= 0.8:
            read.append(letter if drawn >= 1 else letter * 2)
    return "".join(read)


def mail(
    message: str,
    subject: str,
    text: str,
    *,
    sender: str = "li@city.example",
    to: str = "office@district.example",
    follows: str = "",
    day: int = 2,
) -> bytes:
    """Return a mail; `follows` is the id that it answers."""
    head = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: Mon, {day:02} Mar 2026 09:00:00 +0800",
    ]
    head += [f"Message-ID: <{message}>"] if message else []
    head += [f"In-Reply-To: <{follows}>", f"References: <{follows}>"] if follows else []
    head += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text]
    return "\r\n".join(head).encode()
