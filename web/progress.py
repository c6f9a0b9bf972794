"""How far a round is, as bars and figures show it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from records.circulation.rules import ItemState
from records.circulation.views import ItemView, RoundView

# The order of a bar: what is done first, what is to come after it, what fell out at the end.
BAR = (
    ItemState.SIGNED,
    ItemState.OPENED,
    ItemState.DELIVERED,
    ItemState.RETURNED,
    ItemState.WAITING,
    ItemState.DELEGATED,
    ItemState.SKIPPED,
    ItemState.RECALLED,
)
# An item that fell out is counted through the one that follows it, or not at all.
_OUT = frozenset({ItemState.DELEGATED, ItemState.SKIPPED, ItemState.RECALLED})


@dataclass(frozen=True)
class Progress:
    """How far a round is.

    Attributes:
        parts: States in the order of the bar, each with its number of readers.
        asked: How many signatures are asked for.
    """

    parts: Sequence[tuple[str, int]]
    signed: int
    asked: int
    overdue: int


def progress(counts: Mapping[ItemState, int], overdue: int) -> Progress:
    """Return the progress of a round from its readers by state."""
    parts = [(each.value, counts[each]) for each in BAR if counts.get(each)]
    asked = sum(number for state, number in parts if state not in _OUT)
    return Progress(parts, counts.get(ItemState.SIGNED, 0), asked, overdue)


def progress_of(view: RoundView) -> Progress:
    """Return the progress of a round that is shown as a whole."""
    items = [item for stage in view.stages for item in stage.items]
    counts = Counter(ItemState.SKIPPED if _is_settled(item) else item.state for item in items)
    return progress(counts, sum(item.overdue for item in items))


def _is_settled(item: ItemView) -> bool:
    return item.state == ItemState.RETURNED and item.settled
