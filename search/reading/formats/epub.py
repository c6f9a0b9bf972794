"""EPUB (ISO/IEC 23736): its chapters in the order of reading, each as a page of text."""

from urllib.parse import unquote

from search.reading.formats import html
from search.reading.model import ReasonCode
from search.reading.packages import Package
from search.reading.source import Draft, RefusedError, Source


def read(source: Source, draft: Draft) -> None:
    """Read an EPUB.

    Raises:
        RefusedError: It does not say where its chapters are.
    """
    package = Package(source)
    container = package.tree("META-INF/container.xml")
    places = (
        [] if container is None else [e.get("full-path") for e in container.iter("{*}rootfile")]
    )
    book = next((place for place in places if place in package.names), None)
    root = package.tree(book) if book else None
    if book is None or root is None:
        raise RefusedError(ReasonCode.DAMAGED, "no list of chapters")
    package.note_attributes(draft, book)
    folder = book.rpartition("/")[0]
    files = {item.get("id"): unquote(item.get("href") or "") for item in root.iter("{*}item")}
    for chapter in root.iter("{*}itemref"):
        name = package.path(folder, files.get(chapter.get("idref"), ""))
        if name not in package.names:
            continue
        with package.open(name) as file:
            markup = html.markup_of(file.read(), None)
        if not draft.add_page(html.text_of(markup, draft.room)):
            break
