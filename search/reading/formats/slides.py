"""PPTX (ECMA-376): each slide with its tables, diagrams, charts, comments and notes."""

from lxml import etree

from search.reading.markup import Rules, xml_pages
from search.reading.packages import Package
from search.reading.source import Draft, Source

_MAIN = "ppt/presentation.xml"
_SLIDE_ID = "{http://schemas.openxmlformats.org/presentationml/2006/main}sldId"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BESIDE = ("diagramData", "chart", "chartEx", "comments", "notesSlide")
_RULES = Rules(
    text=frozenset({"t", "v", "text"}),
    skip=frozenset({"Fallback"}),
    before={"tab": "\t", "br": "\n"},
    after={"p": "\n", "tc": "\t", "tr": "\n", "v": "\n", "text": "\n"},
)


def read(source: Source, draft: Draft) -> None:
    """Read a PPTX, one page of text per slide."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    slides = _slides(package, package.main(_MAIN))
    draft.page_count = len(slides)
    for name, size in package.entries():
        if name.startswith("ppt/embeddings/"):
            draft.attach(name.rpartition("/")[2], "application/octet-stream", size)
    for slide in slides:
        parts = [name for kind, name in package.related(slide).values() if kind in _BESIDE]
        texts = [_text(package, part, draft.room) for part in (slide, *parts)]
        if not draft.add_page("\n".join(text for text in texts if text)):
            break


def _slides(package: Package, main: str) -> list[str]:
    """Return the names of the slides in the order they are shown."""
    related = package.related(main)
    root = package.tree(main)
    marks = root.iter(_SLIDE_ID) if root is not None else ()
    wanted = [related.get(mark.get(_RELATION) or "") for mark in marks]
    return [found[1] for found in wanted if found is not None]


def _text(package: Package, part: str, most_chars: int) -> str:
    try:
        with package.open(part) as file:
            return "".join(xml_pages(file, _RULES, most_chars)).strip("\n")
    except etree.XMLSyntaxError:
        return ""
