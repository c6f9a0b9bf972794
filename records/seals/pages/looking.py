"""Looking at a PDF before it is stamped: asked of the cage, and its answers checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from records.seals.caged import Refused, in_cage
from records.seals.pages.boxes import HUNDREDTHS, Size
from records.seals.pages.snapping import DATE, ISSUER, SnapPoint
from search.reading import Cage

_LARGEST = 10_000_000


@dataclass(frozen=True)
class Look:
    """What a keeper must know of a PDF to place a seal in it.

    Attributes:
        page_sizes_mm: Width and height of every page as shown.
        signatures: How many it bears.
        certified: What its certifying signature permits, see `placing.check_placements`.
        unfit: A code saying why it cannot be stamped at all, None when it can.
    """

    page_sizes_mm: tuple[Size, ...]
    signatures: int
    certified: int | None
    unfit: str | None

    @property
    def signed(self) -> bool:
        """Whether only one visible field can be added."""
        return self.signatures > 0


def look_at(cage: Cage, content: Iterable[bytes]) -> Look:
    """Return what there is to know of a PDF.

    Args:
        cage: One with the workshop, see `caged.seal_cage`.

    Raises:
        Refused: It is `encrypted` or `damaged`, or the cage's limits do not allow it.
    """
    answer, _ = in_cage(cage, "facts", {}, content)
    try:
        return _look(answer)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("crashed", "the child's answer is garbled") from error


def snap_points_of(cage: Cage, content: Iterable[bytes]) -> list[SnapPoint]:
    """Return where a seal may snap to; none where there is no text.

    Raises:
        Refused: As `look_at` does.
    """
    answer, _ = in_cage(cage, "lines", {}, content)
    try:
        return [_point(*each) for each in answer["points"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("crashed", "the child's answer is garbled") from error


def _look(answer: Mapping[str, Any]) -> Look:
    certified, unfit = answer["certified"], answer["unfit"]
    if unfit is not None and not isinstance(unfit, str):
        raise TypeError
    return Look(
        tuple((_mm(width), _mm(height)) for width, height in answer["pages"]),
        _whole(answer["signatures"]),
        None if certified is None else _whole(certified),
        None if unfit is None else unfit[:40],
    )


def _point(page: Any, x: Any, y: Any, kind: Any) -> SnapPoint:
    if kind not in (ISSUER, DATE):
        raise ValueError
    return SnapPoint(_whole(page), _mm(x), _mm(y), kind)


def _mm(value: Any) -> float:
    return _whole(value) / HUNDREDTHS


def _whole(value: Any) -> int:
    if not isinstance(value, int) or abs(value) > _LARGEST:
        raise TypeError
    return value
