"""The paper of numbered copies: a PDF as it is, with the copy number on its first page.

The original is untouched, and the work is done in the cage: the file is somebody else's.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from records.core.errors import Conflict
from records.seals.caged import Refused, in_cage
from search.reading import Cage


class NumberPlace(StrEnum):
    """Where on the first page the number stands."""

    # GB/T 9704-2012, 5.2 and 7.2.1: the top left corner of the type area, 37 mm from the top and
    # 28 mm from the left, in characters of size 3 (16 pt).
    STANDARD = "standard"
    # For pages whose text begins higher than that.
    MARGIN = "margin"


# Left and top in hundredths of millimetres.
_PLACES = {NumberPlace.STANDARD: (2800, 3700), NumberPlace.MARGIN: (1200, 800)}
SIZE_PT = 16


def write_copies(
    cage: Cage, content: Iterable[bytes], *, numbers: Sequence[str], place: NumberPlace
) -> bytes:
    """Return one PDF with a copy for each number, one behind the other.

    Raises:
        Conflict: The file cannot be printed so; the details say why.
    """
    x, y = _PLACES[place]
    job = {"texts": list(numbers), "x": x, "y": y, "size_pt": SIZE_PT}
    try:
        _, made = in_cage(cage, "overlay", job, content)
    except Refused as refusal:
        raise Conflict(
            "This file cannot be printed with copy numbers.", {"reason": refusal.code}
        ) from refusal
    return made
