"""DOCX (ECMA-376): headers, body with tables, notes, comments, footers, in this order."""

from lxml import etree

from search.reading.charsets import decode
from search.reading.formats import html
from search.reading.markup import Rules, xml_pages
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source

_MAIN = "word/document.xml"
_ORDER = (
    "header",
    "",
    "diagramData",
    "chart",
    "chartEx",
    "footnotes",
    "endnotes",
    "comments",
    "aFChunk",
    "footer",
)
_RULES = Rules(
    text=frozenset({"t", "v"}),
    # A text box is written twice, for old programs once more; deleted text and codes do not count.
    # The reading of a character would part the word that it is written above.
    skip=frozenset({"Fallback", "delText", "instrText", "del", "moveFrom", "rt", "tabs"}),
    before={"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    after={"p": "\n", "tc": "\t", "tr": "\n", "v": "\n"},
    aside=frozenset({"txbxContent"}),
)


def read(source: Source, draft: Draft) -> None:
    """Read a DOCX; it has no pages before it is set, so the text is one page."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    main = package.main(_MAIN)
    related = list(package.related(main).values())
    texts: list[str] = []
    for wanted in _ORDER:
        parts = [name for kind, name in related if kind == wanted] if wanted else [main]
        for part in dict.fromkeys(parts):
            texts.extend(_text(package, part, draft.room))
    for name, size in package.entries():
        if name.startswith("word/embeddings/"):
            draft.attach(name.rpartition("/")[2], "application/octet-stream", size)
    draft.add_page("\n".join(text.strip("\n") for text in texts if text.strip()))


def _text(package: Package, part: str, most_chars: int) -> list[str]:
    if not part.endswith(".xml"):
        return _chunk(package, part, most_chars)
    try:
        with package.open(part) as file:
            return xml_pages(file, _RULES, most_chars)
    except etree.XMLSyntaxError as error:
        raise RefusedError(ReasonCode.DAMAGED, f"{part} is no XML") from error


def _chunk(package: Package, part: str, most_chars: int) -> list[str]:
    """Read a piece in another format, of which HTML and text have to be expected."""
    with package.open(part) as file:
        data = file.read()
    if part.endswith((".html", ".htm", ".xhtml")):
        return [html.text_of(html.markup_of(data, None), most_chars)]
    return [decode(data)[:most_chars]] if part.endswith(".txt") else []
