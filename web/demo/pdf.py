"""A small writer of real PDF files (ISO 32000-1) with text that can be read back.

Latin text uses Helvetica; Chinese text the standard font STSong-Light with the encoding
UniGB-UCS2-H (section 9.7.5.2), which every reader knows and nobody has to embed.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

WIDTH, HEIGHT = 595, 842
LEFT, TOP, BOTTOM = 72, 770, 72
BLACK, RED = "0 0 0", "0.80 0.05 0.05"


@dataclass(frozen=True)
class Line:
    """A line of text, or a paragraph that is broken into lines.

    Attributes:
        size: Of the letters, in points.
        indent: From the left margin, in points; None puts the line in the middle.
        rule: A line is drawn below, across the page.
    """

    text: str
    size: float = 11
    indent: float | None = 0
    colour: str = BLACK
    rule: bool = False


def write_pdf(lines: Sequence[Line], *, title: str) -> bytes:
    """Return a PDF file with the lines set on as many A4 pages as they need."""
    han = any(ord(each) > 0x2E7F for line in lines for each in line.text)
    pages = [_content(page, han=han) for page in paginate(lines)]
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (len(pages), b" ".join(b"%d 0 R" % (6 + 2 * each) for each in range(len(pages)))),
        _font(han=han),
        _DESCENDANT if han else b"null",
        b"<< /Title %s /Producer (Chancery demo) >>" % _string("\ufeff" + title, han=True),
    ]
    for number, content in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents %d 0 R "
            b"/Resources << /Font << /F 3 0 R >> >> >>" % (WIDTH, HEIGHT, 7 + 2 * number)
        )
        packed = zlib.compress(content)
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
        )
    return _assemble(objects)


_DESCENDANT = (
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light "
    b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 "
    b"/W [1 [207 270 342 467 462 797 710 239 374] 10 [374 423 605 238 375 238 334 462] "
    b"18 26 462 27 28 238 29 31 605 32 [344 748 684 560 695 739 563 511 729 793 318 312 666 526 "
    b"896 758 772 544 772 628 465 607 753 711 972 647 620 607 374 333 374 606 500 239 417 503 "
    b"427 529 415 264 444 518 241 230 495 228 793 527 524] 81 [524 504 338 336 277 517 450 652 "
    b"466 452 407 370 258 370 605]] /FontDescriptor << /Type /FontDescriptor "
    b"/FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
    b"/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>"
)


def _font(*, han: bool) -> bytes:
    if han:
        return (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H "
            b"/Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>"
        )
    return b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def paginate(lines: Sequence[Line]) -> list[list[tuple[float, Line]]]:
    """Return the lines of each page, broken to its width, with their heights in points."""
    pages: list[list[tuple[float, Line]]] = [[]]
    height = float(TOP)
    for line in lines:
        for piece in _broken(line):
            if height < BOTTOM:
                pages.append([])
                height = float(TOP)
            pages[-1].append((height, piece))
            height -= piece.size * (2.0 if piece.rule else 1.6)
    return pages


def _broken(line: Line) -> list[Line]:
    room = WIDTH - 2 * LEFT - (line.indent or 0)
    if _width(line.text, line.size) <= room:
        return [line]
    if any(ord(each) > 0x2E7F for each in line.text):
        texts = _broken_han(line.text, line.size, room)
    else:
        texts = wrap(line.text, int(room / line.size / 0.5))
    last = len(texts) - 1
    return [
        Line(text, line.size, line.indent, line.colour, line.rule and place == last)
        for place, text in enumerate(texts)
    ]


def _broken_han(text: str, size: float, room: float) -> list[str]:
    texts = [""]
    for each in text:
        # A closing mark may hang over the margin; it never begins a line.
        if _width(texts[-1] + each, size) > room and each not in "，。；：、）》”":
            texts.append("")
        texts[-1] += each
    return texts


def _width(text: str, size: float) -> float:
    return sum(size if ord(each) > 0x2E7F else size * 0.5 for each in text)


def _content(page: Sequence[tuple[float, Line]], *, han: bool) -> bytes:
    out: list[bytes] = []
    for height, line in page:
        left = LEFT + line.indent if line.indent is not None else 0.0
        if line.indent is None:
            left = max(LEFT, (WIDTH - _width(line.text, line.size)) / 2)
        colour = line.colour.encode()
        out.append(
            b"BT %s rg /F %g Tf %g %g Td %s Tj ET"
            % (colour, line.size, left, height, _string(line.text, han=han))
        )
        if line.rule:
            below = height - line.size * 0.7
            out.append(
                b"%s RG 1.5 w %d %g m %d %g l S" % (colour, LEFT, below, WIDTH - LEFT, below)
            )
    return b"\n".join(out)


def _string(text: str, *, han: bool) -> bytes:
    if han:
        return b"<%s>" % text.encode("utf-16-be").hex().encode()
    plain = text.encode("cp1252", "replace")
    for each in (b"\\", b"(", b")"):
        plain = plain.replace(each, b"\\" + each)
    return b"(%s)" % plain


def _assemble(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets: list[int] = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)
