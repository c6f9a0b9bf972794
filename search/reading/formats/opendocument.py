"""ODT, ODS, ODP, ODG (ISO/IEC 26300): text of the content, by sheet or slide."""

import re

from lxml import etree

from search.reading.markup import Rules, xml_pages
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source

_BREAKS = {"p": "\n", "h": "\n", "table-cell": "\t", "table-row": "\n", "list-item": "\n"}
_SKIP = frozenset(
    {
        "tracked-changes",
        "automatic-styles",
        "font-face-decls",
        "scripts",
        "styles",
        "forms",
        "binary-data",
        "creator",
        "date",
        "settings",
        "page-number",
        "page-count",
        "sheet-name",
        "file-name",
        "time",
        # The reading of a character would part the word that it is written above.
        "ruby-text",
        "note-citation",
    }
)
_OBJECT = re.compile(r"Object [^/]{1,20}/content\.xml")
_BEFORE = {"s": " ", "tab": "\t", "line-break": "\n"}
_ASIDE = frozenset({"note-body", "annotation", "text-box"})
_PAGE_MARKS = {
    "spreadsheet": frozenset({"table"}),
    "presentation": frozenset({"page"}),
    "graphics": frozenset({"page"}),
}


def read(source: Source, draft: Draft) -> None:
    """Read an OpenDocument file; a text is one page, sheets and slides are one each."""
    if not source.head.startswith(b"PK"):
        _read_flat(source, draft)
        return
    package = Package(source)
    if package.is_locked():
        raise RefusedError(ReasonCode.ENCRYPTED, "needs a password")
    if "content.xml" not in package.names:
        raise RefusedError(ReasonCode.DAMAGED, "content.xml is missing")
    package.note_attributes(draft, "meta.xml")
    marks = _PAGE_MARKS.get(draft.media_type.rpartition(".")[2], frozenset())
    first, *pages = _pages(package, "content.xml", marks, draft.room)
    objects = _objects(package, draft.room)
    # Headers and footers stand in the styles, with fields that are no text of the author.
    master = _tidy("".join(_pages(package, "styles.xml", frozenset(), draft.room)))
    if not marks:
        draft.add_page("\n".join(text for text in (first.strip("\n"), *objects, master) if text))
        return
    # What stands before the first sheet or slide is no page of its own.
    draft.page_count = len(pages)
    for page in (*pages, *(text for text in (*objects, master) if text)):
        if not draft.add_page(_tidy(page)):
            break


def _read_flat(source: Source, draft: Draft) -> None:
    """Read a document that is one XML file."""
    marks = _PAGE_MARKS.get(draft.media_type.rpartition(".")[2], frozenset())
    skip = _SKIP | {"meta", "master-styles"}
    rules = Rules(skip=skip, before=_BEFORE, after=_BREAKS, page=marks, aside=_ASIDE)
    try:
        first, *pages = xml_pages(source.file(), rules, draft.room)
    except etree.XMLSyntaxError as error:
        raise RefusedError(ReasonCode.DAMAGED, "no XML") from error
    if marks:
        draft.page_count = len(pages)
    for page in map(_tidy, pages) if marks else [first.strip("\n")]:
        if not draft.add_page(page):
            break


def _objects(package: Package, most_chars: int) -> list[str]:
    """Return the texts of charts, formulas and other documents in the document."""
    parts = [name for name in package.names if _OBJECT.fullmatch(name)]
    texts = []
    for part in parts:
        try:
            texts.append(_tidy("".join(_pages(package, part, frozenset(), most_chars))))
        except RefusedError:
            continue
    return texts


def _pages(package: Package, part: str, marks: frozenset[str], most_chars: int) -> list[str]:
    if part not in package.names:
        return [""]
    rules = Rules(skip=_SKIP, before=_BEFORE, after=_BREAKS, page=marks, aside=_ASIDE)
    try:
        with package.open(part) as file:
            return xml_pages(file, rules, most_chars)
    except etree.XMLSyntaxError as error:
        raise RefusedError(ReasonCode.DAMAGED, f"{part} is no XML") from error


def _tidy(page: str) -> str:
    """Put each row on one line, although its cells hold paragraphs."""
    lines = (line.rstrip("\t") for line in page.replace("\n\t", "\t").split("\n"))
    return "\n".join(line for line in lines if line)
