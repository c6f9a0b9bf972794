"""Stacks of pages in the cage: looked at, and taken apart. What comes back is checked here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from records.scans.plans import TakenPage
from search.reading import Cage, Limits, Reason, ReasonCode, UnreadableError

WORKSHOP = "search.reading.stacks"
PDF, TIFF = "application/pdf", "image/tiff"
STACKS = (PDF, TIFF)
LIMITS = Limits(parallel=1, cpu_seconds=120, wall_seconds=180.0)
# A page costs about 50 ms to look at.
PAGES_AT_ONCE = 100
# A line of text is more ink than this; a hole or a speck of dust is less.
BLANK_INK = 0.0004

Read = Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Look:
    """What was seen on one page: the texts of its QR codes, and whether it is blank."""

    codes: tuple[str, ...]
    is_blank: bool


def stack_cage() -> Cage:
    """Return a cage whose children look at stacks and take them apart."""
    return Cage(LIMITS, workshop=WORKSHOP)


def look_at(cage: Cage, read: Read, *, file_name: str, media_type: str) -> Iterator[Look]:
    """Yield what is seen on the pages of a file, in order.

    Args:
        read: Gives the content from its beginning, each time it is called.

    Raises:
        UnreadableError: The file has no pages, or cannot be looked at within the limits.
    """
    first, count = 0, 1
    while first < count:
        job = _job(file_name, media_type, first=first, last=first + PAGES_AT_ONCE)
        answer, _ = cage.work("look", job, read())
        try:
            count = int(answer["page_count"])
            seen = [_look(*each) for each in answer["pages"]]
        except (KeyError, TypeError, ValueError) as error:
            raise _garbled() from error
        if len(seen) != min(PAGES_AT_ONCE, count - first):
            raise _garbled()
        yield from seen
        first += len(seen) or 1


def take_pages(
    cage: Cage, content: Iterable[bytes], pages: Sequence[TakenPage], *, name: str, media_type: str
) -> bytes:
    """Return a new file with some pages of a file, turned as asked.

    Raises:
        UnreadableError: They cannot be taken, for a reason that stays.
    """
    wanted = [[each.number - 1, each.turn] for each in pages]
    _, data = cage.work("take", _job(name, media_type, pages=wanted), content)
    if not data:
        raise _garbled()
    return data


def _look(codes: list[Any], ink: Any) -> Look:
    texts = tuple(each for each in codes if isinstance(each, str))
    return Look(texts, not texts and float(ink) < BLANK_INK)


def _job(file_name: str, media_type: str, **more: Any) -> dict[str, Any]:
    return {"file_name": file_name, "media_type": media_type, **more}


def _garbled() -> UnreadableError:
    return UnreadableError(Reason(ReasonCode.CRASHED, "the child's answer is garbled"))
