"""Official documents as PDF files, typeset by typst as the standard has them (GB/T 9704-2012)."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

FONT = "Noto Serif CJK SC"
_PAGE = """\
#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm))
#set text(font: "Noto Serif CJK SC", size: 16pt, lang: "zh")
#set par(first-line-indent: (amount: 2em, all: true), leading: 12pt)
#let centred(size, body) = align(center, text(size: size, par(first-line-indent: 0em, body)))
#let flush(body) = par(first-line-indent: 0em, body)
"""


def has_font() -> bool:
    """Tell whether the font is there."""
    import typst

    return FONT in typst.Fonts().families()


def official_pdf(
    *,
    head: str | None,
    number: str | None,
    title: Sequence[str],
    addressee: str | None,
    text: Sequence[str],
    marks: Sequence[str] = (),
    foot: Sequence[str] = (),
) -> bytes:
    """Return a document with a red head over number and title, or, without a head, below them."""
    parts = [_PAGE, *(f"#flush[#{_quoted(mark)}]" for mark in marks)]
    if head:
        parts.append(f"#centred(36pt)[#text(fill: rgb(220, 20, 20))[#{_quoted(head)}]]")
        parts.append(f"#centred(16pt)[#{_quoted(number or '')}]")
        parts.append("#line(length: 100%, stroke: red)")
    parts.extend(f"#centred(22pt)[#{_quoted(line)}]" for line in title)
    if number and not head:
        parts.append(f"#centred(16pt)[#{_quoted(number)}]")
    if addressee:
        parts.append(f"#flush[#{_quoted(addressee)}]")
    for line in text:
        if len(line) < 22 and not line.endswith(("。", "：")):
            parts.append(f"#align(right)[#flush[#{_quoted(line)}]]")
        else:
            parts.append(f"#par[#{_quoted(line)}]")
    parts.extend(f"#flush[#{_quoted(line)}]" for line in foot)
    return _compiled("\n\n".join(parts))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _compiled(source: str) -> bytes:
    import typst

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.typ")
        path.write_text(source, encoding="utf-8")
        made: bytes = typst.compile(str(path))
    return made
