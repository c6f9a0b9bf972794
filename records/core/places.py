"""Places in long lists: a cursor says, opaque to its holder, which way to go and from which row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from records.core.errors import Invalid

Row = TypeVar("Row")
_FORWARDS, _BACKWARDS = ">", "<"


@dataclass(frozen=True)
class Place:
    """A row, by a text that its list understands, and whether the page lies before it."""

    row: str
    backwards: bool

    def cursor(self) -> str:
        """Return the place as a text for addresses."""
        text = (_BACKWARDS if self.backwards else _FORWARDS) + self.row
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Cut(Generic[Row]):
    """The rows of one page in the order of the list, and the cursors of the pages around it."""

    rows: Sequence[Row]
    next: str | None
    previous: str | None


def read_place(cursor: str | None) -> Place | None:
    """Return the place of a cursor, None for the beginning of the list.

    Raises:
        Invalid: It is no cursor.
    """
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        place = Place(text[1:], text[:1] == _BACKWARDS)
        # Written again it must be the same: then nothing in it was left unread.
        if place.cursor() != cursor:
            raise ValueError(cursor)
    except ValueError as error:
        raise no_such_page() from error
    return place


def no_such_page() -> Invalid:
    """Return the refusal of a cursor that this list has not given."""
    return Invalid("This page of the list does not exist.", field="cursor")


def cut(
    rows: Sequence[Row], limit: int, place: Place | None, name: Callable[[Row], str]
) -> Cut[Row]:
    """Cut one page out of rows that were read from a place on, one more than the page takes.

    Args:
        rows: At most `limit` + 1, the nearest to the place first.
        name: Gives the text of a row for its place.
    """
    backwards = place is not None and place.backwards
    more = len(rows) > limit
    kept = list(reversed(rows[:limit])) if backwards else rows[:limit]
    if not kept:
        return Cut(kept, None, None)
    follows = more or backwards
    precedes = place is not None and (more or not backwards)
    return Cut(
        kept,
        Place(name(kept[-1]), backwards=False).cursor() if follows else None,
        Place(name(kept[0]), backwards=True).cursor() if precedes else None,
    )
