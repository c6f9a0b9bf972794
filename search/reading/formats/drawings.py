"""VSDX (Visio): the text of the shapes, page by page."""

from lxml import etree

from search.reading.markup import Rules, xml_pages
from search.reading.packages import Package
from search.reading.source import Draft, Source

_RULES = Rules(text=frozenset({"Text"}), after={"Text": "\n"})
_PAGES = "visio/pages/pages.xml"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(source: Source, draft: Draft) -> None:
    """Read a Visio drawing, one page of text per page."""
    package = Package(source)
    package.note_attributes(draft, "docProps/core.xml", "docProps/app.xml")
    related = package.related(_PAGES)
    root = package.tree(_PAGES)
    marks = [] if root is None else [mark.get(_RELATION) or "" for mark in root.iter("{*}Rel")]
    parts = [related[mark][1] for mark in marks if mark in related]
    draft.page_count = len(parts)
    for part in parts:
        if not draft.add_page(_text(package, part, draft.room)):
            break


def _text(package: Package, part: str, most_chars: int) -> str:
    try:
        with package.open(part) as file:
            return "".join(xml_pages(file, _RULES, most_chars))
    except etree.XMLSyntaxError:
        return ""
