"""Where the words of a question stand inside one file: on which pages, and where on them.

Words match as in search (`search.highlight`): stems, other widths, traditional forms, numbers in
any writing. Places come from the text that lies on a page, of a scan from what was recognised.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from records.documents.marking import hits_in_lines, spans
from records.documents.models import Component, StoredObject
from records.documents.previews import PDF, Previews
from search.highlight import MOST_MARKS
from search.reading import Line, Recognised

MOST_HITS = 1_000
# Pages whose text is looked at for places; on later ones hits are counted, if their text is known.
MOST_PAGES = 400

Box = tuple[float, float, float, float]
Size = tuple[float, float]


@dataclass(frozen=True)
class PageHits:
    """The hits on one page.

    Attributes:
        number: Of the page, counted from 1; of pages of text where none is drawn.
        count: How many there are.
        hits: The boxes of each, in points from the top left corner of the page as it is shown; a
            hit that runs over the end of a line has several. None at all where only the text is
            known to have them.
        more: Whether the page has more than are counted.
    """

    number: int
    count: int
    hits: tuple[tuple[Box, ...], ...] = ()
    more: bool = False


@dataclass(frozen=True)
class InsideHits:
    """The hits in one file: the pages that have any, and whether there are more than are told."""

    pages: list[PageHits]
    more: bool = False

    @property
    def total(self) -> int:
        """How many hits are told."""
        return sum(page.count for page in self.pages)


def hits_inside(
    previews: Previews,
    held: tuple[Component, StoredObject],
    question: str,
    *,
    sizes: Sequence[Size],
    recognised: Mapping[int, Recognised],
) -> InsideHits:
    """Find the words of a question in a file that the asker may see; outside of any unit of work.

    Args:
        held: The component and its object.
        sizes: Of the pages as they are drawn, in points; none for a file that is shown as text.
        recognised: Pages that were recognised, by their number from 0.

    Raises:
        StorageError: The object cannot be read.
    """
    if not question.strip():
        return InsideHits([])
    texts = previews.text_pages(*held)
    in_text = {
        number: count for number, text in enumerate(texts) if (count := _count(text, question))
    }
    if not sizes:
        return _bounded(_of_text(number, count) for number, count in in_text.items())
    # Only a PDF has its own pages; what becomes a PDF has them where the conversion put them.
    of_pages = held[0].media_type == PDF
    likely = [
        page for page in range(len(sizes)) if page in in_text or page in recognised or not of_pages
    ]
    placed = likely[:MOST_PAGES]
    layers = previews.text_layers(*held, pages=[page for page in placed if page not in recognised])
    found = _bounded(
        page
        for number in likely
        if (page := _on_page(number, sizes, layers, recognised, question))
        or (page := _of_text(number, in_text[number]) if of_pages and number in in_text else None)
    )
    return InsideHits(found.pages, found.more or (len(likely) > len(placed) and not of_pages))


def _count(text: str, question: str) -> int:
    return sum(hit for _, _, hit in spans(text, question))


def _of_text(number: int, count: int) -> PageHits:
    return PageHits(number + 1, count, more=count >= MOST_MARKS)


def _on_page(
    number: int,
    sizes: Sequence[Size],
    layers: Mapping[int, list[Line]],
    recognised: Mapping[int, Recognised],
    question: str,
) -> PageHits | None:
    scan = recognised.get(number)
    lines = scan.text_layer() if scan else layers.get(number, [])
    width, height = sizes[number]
    if scan and scan.rotation in (90, 270):
        width, height = height, width
    hits = [
        tuple(_box(lines[place], start, end, width, height) for place, start, end in hit)
        for hit in hits_in_lines([line.text for line in lines], question)
    ]
    kept = tuple(hit for hit in hits[:MOST_MARKS] if hit)
    if not kept:
        return None
    return PageHits(number + 1, len(kept), kept, more=len(hits) >= MOST_MARKS)


def _box(line: Line, start: int, end: int, width: float, height: float) -> Box:
    edges = (line.stops[start] * width, line.y0 * height, line.stops[end] * width, line.y1 * height)
    x0, y0, x1, y1 = (round(edge, 2) for edge in edges)
    return x0, y0, x1, y1


def _bounded(pages: Iterator[PageHits]) -> InsideHits:
    """Take pages until there are as many hits as a person can walk through."""
    taken: list[PageHits] = []
    room = MOST_HITS
    more = False
    for page in pages:
        if room <= 0:
            return InsideHits(taken, more=True)
        kept = page if page.count <= room else _first(page, room)
        taken.append(kept)
        room -= kept.count
        more = more or kept.more
    return InsideHits(taken, more)


def _first(page: PageHits, count: int) -> PageHits:
    return PageHits(page.number, count, page.hits[:count], more=True)
