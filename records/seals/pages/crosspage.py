"""Cross-page seals (骑缝章): one imprint split over the edges of all pages. Pure.

The pages are thought fanned out so that each shows a strip of its edge, and the imprint stamped
over all strips at once: put together again, the pages bear one whole imprint. More pages than
`MOST_PAGES` are stamped in groups that are as even as can be. Of a document that is printed on both
sides only the fronts, the odd pages, are stamped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from records.core.errors import Invalid

MOST_PAGES = 18
RIGHT, LEFT = "right", "left"
EDGES = (RIGHT, LEFT)


@dataclass(frozen=True, slots=True)
class Strip:
    """What one page gets of an imprint: part `part` of `parts`, counted from the left.

    Attributes:
        page: Counted from 0.
    """

    page: int
    part: int
    parts: int


def plan_strips(page_count: int, *, duplex: bool = False, edge: str = RIGHT) -> list[Strip]:
    """Return the strips of a document, by page.

    Fanned out at the right edge the first page lies on the left and gets the left end of the
    imprint; fanned out at the left edge it is the other way round.

    Raises:
        Invalid: There is but one page, or one sheet, so that there is nothing to hold together.
    """
    pages = range(0, page_count, 2 if duplex else 1)
    if len(pages) < 2:
        raise Invalid(
            "A cross-page seal holds several sheets together; this document has only one.",
            field="cross_page",
        )
    strips = []
    for group in even_groups(pages):
        for number, page in enumerate(group):
            part = number if edge == RIGHT else len(group) - 1 - number
            strips.append(Strip(page, part, len(group)))
    return strips


def even_groups(pages: Sequence[int]) -> list[Sequence[int]]:
    """Cut pages into as few groups of at most `MOST_PAGES` as will do, as even as can be."""
    count = -(-len(pages) // MOST_PAGES)
    cuts = [len(pages) * number // count for number in range(count + 1)]
    return [pages[begin:end] for begin, end in pairwise(cuts)]


def check_height(
    strips: Sequence[Strip],
    page_sizes_mm: Sequence[tuple[float, float]],
    *,
    top_mm: float,
    width_mm: float,
    height_mm: float,
) -> None:
    """Refuse a cross-page seal that does not fit on each of its pages, the smallest included.

    Raises:
        Invalid: Naming the first page on which it does not fit.
    """
    for strip in strips:
        width, height = page_sizes_mm[strip.page]
        if top_mm < 0 or top_mm + height_mm > height or width_mm / strip.parts > width:
            raise Invalid(
                "The cross-page seal does not fit on page %(page)s.",
                {"page": strip.page + 1},
                field="cross_page",
            )
