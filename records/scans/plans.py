"""Pure rules of splitting: what is proposed for a stack, and which plan can be carried out.

Pages count from 1, as on the screen. A page may be turned, moved to another place, or left out; it
never becomes part of two documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from records.core.errors import Invalid
from records.scans.sheets import Sheet, sheet_of

TURNS = (0, 90, 180, 270)
MOST_PARTS = 200
MOST_PAGES = 2000


@dataclass(frozen=True)
class SeenPage:
    """What was seen on one page of a stack.

    Attributes:
        number: From 1.
        sheet: What a separator sheet of this office says on it.
        is_blank: Whether next to nothing is printed on it.
    """

    number: int
    sheet: Sheet | None = None
    is_blank: bool = False


@dataclass(frozen=True)
class TakenPage:
    """A page that goes into a part, turned clockwise by so many degrees."""

    number: int
    turn: int = 0


@dataclass(frozen=True)
class Part:
    """One document to be: its pages in order, and what its separator sheet said."""

    pages: tuple[TakenPage, ...]
    sheet: Sheet = field(default_factory=Sheet)

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "pages": [[each.number, each.turn] for each in self.pages],
            **self.sheet.values(),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Part":
        """Return what `to_json` kept."""
        pages = tuple(TakenPage(number, turn) for number, turn in kept["pages"])
        return cls(pages, sheet_of(dict(kept)))


def propose(pages: Sequence[SeenPage]) -> list[Part]:
    """Return how a stack falls apart at its separator sheets.

    The sheets are left out, and a blank page right behind one, which is its back. Pages in front
    of the first sheet are a document too. Sheets with nothing between them are one.
    """
    parts: list[Part] = []
    sheet = Sheet()
    taken: list[TakenPage] = []
    behind_sheet = False
    for page in pages:
        if page.sheet is not None:
            if taken:
                parts.append(Part(tuple(taken), sheet))
            sheet, taken = page.sheet, []
        elif not (behind_sheet and page.is_blank):
            taken.append(TakenPage(page.number))
        behind_sheet = page.sheet is not None
    if taken:
        parts.append(Part(tuple(taken), sheet))
    return parts


def check_plan(parts: Sequence[Part], page_count: int) -> None:
    """Refuse a plan that cannot be carried out, or that would change nothing.

    Raises:
        Invalid: The message says what is wrong with it.
    """
    numbers = [each.number for part in parts for each in part.pages]
    if not parts or any(not part.pages for part in parts):
        raise Invalid("Each document needs at least one page.", field="parts")
    if len(parts) > MOST_PARTS:
        raise Invalid("At most %(max)d documents at once.", {"max": MOST_PARTS}, field="parts")
    outside = next((each for each in numbers if not 1 <= each <= page_count), None)
    if outside is not None:
        raise Invalid("There is no page %(number)d.", {"number": outside}, field="parts")
    if len(set(numbers)) != len(numbers):
        raise Invalid("A page can be in one document only.", field="parts")
    if any(each.turn not in TURNS for part in parts for each in part.pages):
        raise Invalid("A page is turned by 90, 180 or 270 degrees.", field="parts")
    untouched = Part(tuple(TakenPage(each) for each in range(1, page_count + 1)))
    if list(parts) == [untouched]:
        raise Invalid("Nothing would change.", field="parts")
