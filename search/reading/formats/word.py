"""DOCX (ECMA-376): headers, body with tables, notes, comments, footers, in this order."""

from lxml import etree

from search.reading.markup import Rules, xml_pages
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source

_MAIN = "word/document.xml"
_ORDER = ("header", "", "footnotes", "endnotes", "comments", "footer")
_RULES = Rules(
    text=frozenset({"t"}),
    # A text box is written twice, for old programs once more; deleted text and codes do not count.
    skip=frozenset({"Fallback", "delText", "instrText", "del"}),
    before={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    after={"p": "\n", "tc": "\t", "tr": "\n"},
)


def read(source: Source, draft: Draft) -> None:
    """Read a DOCX; it has no pages before it is set, so the text is one page."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    related = list(package.related(_MAIN).values())
    texts: list[str] = []
    for wanted in _ORDER:
        parts = [name for kind, name in related if kind == wanted] if wanted else [_MAIN]
        for part in dict.fromkeys(parts):
            texts.extend(_text(package, part, draft.room))
    for name, size in package.entries():
        if name.startswith("word/embeddings/"):
            draft.attach(name.rpartition("/")[2], "application/octet-stream", size)
    draft.add_page("\n".join(text.strip("\n") for text in texts if text.strip()))


def _text(package: Package, part: str, most_chars: int) -> list[str]:
    try:
        with package.open(part) as file:
            return xml_pages(file, _RULES, most_chars)
    except etree.XMLSyntaxError as error:
        raise RefusedError(ReasonCode.DAMAGED, f"{part} is no XML") from error
