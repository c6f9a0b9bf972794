"""Pure rules of circulation: states, the one table of steps, and what each step leaves.

A round sends one document to readers in stages: readers of one stage read in parallel, stages
follow each other. Every reader has a reading item. Who may take a step is `MAY`; from which state
it is open, and where it leads, is `ITEM_STEPS` and `ROUND_STEPS`; the diagram in the docs is made
from these tables.
"""

from collections.abc import Mapping
from enum import StrEnum

from records.core.errors import Conflict


class Purpose(StrEnum):
    """Why a document is circulated."""

    READ = "read"
    COMMENT = "comment"
    APPROVE = "approve"


class Decision(StrEnum):
    """What a signature says."""

    READ = "read"
    AGREED = "agreed"
    DECLINED = "declined"


# What may be signed where; approving asks for a yes or a no.
DECISIONS: Mapping[Purpose, frozenset[Decision]] = {
    Purpose.READ: frozenset({Decision.READ}),
    Purpose.COMMENT: frozenset({Decision.READ}),
    Purpose.APPROVE: frozenset({Decision.AGREED, Decision.DECLINED}),
}


class RoundState(StrEnum):
    """How far a round is; `complete` means that every item has ended and closing is due."""

    DRAFT = "draft"
    RUNNING = "running"
    COMPLETE = "complete"
    CLOSED = "closed"
    RECALLED = "recalled"
    DISCARDED = "discarded"


class RoundStep(StrEnum):
    """What can happen to a round as a whole."""

    SEND = "send"
    COMPLETE = "complete"
    RESUME = "resume"
    CLOSE = "close"
    RECALL = "recall"
    DISCARD = "discard"


class StageState(StrEnum):
    """How far a stage is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class ItemState(StrEnum):
    """How far one reader is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    OPENED = "opened"
    SIGNED = "signed"
    RETURNED = "returned"
    DELEGATED = "delegated"
    SKIPPED = "skipped"
    RECALLED = "recalled"


class ItemStep(StrEnum):
    """What can happen to one reader's item."""

    DELIVER = "deliver"
    OPEN = "open"
    SIGN = "sign"
    GIVE_BACK = "give_back"
    DELEGATE = "delegate"
    SKIP = "skip"
    RECALL = "recall"
    ASK_AGAIN = "ask_again"


class Party(StrEnum):
    """In what part somebody takes a step."""

    READER = "reader"  # the reader of the item, or a deputy while the reader is absent
    MANAGER = "manager"  # the sender, whoever urges, and the clerks of the register
    SERVICE = "service"  # follows from another step


ENDED = frozenset(
    {
        ItemState.SIGNED,
        ItemState.RETURNED,
        ItemState.DELEGATED,
        ItemState.SKIPPED,
        ItemState.RECALLED,
    }
)
# The reader has it and owes an answer.
HELD = frozenset({ItemState.DELIVERED, ItemState.OPENED})

ITEM_STEPS: Mapping[tuple[ItemState, ItemStep], ItemState] = {
    (ItemState.WAITING, ItemStep.DELIVER): ItemState.DELIVERED,
    (ItemState.DELIVERED, ItemStep.OPEN): ItemState.OPENED,
    # Signing without opening is for routine items that are signed as a batch.
    (ItemState.DELIVERED, ItemStep.SIGN): ItemState.SIGNED,
    (ItemState.OPENED, ItemStep.SIGN): ItemState.SIGNED,
    (ItemState.DELIVERED, ItemStep.GIVE_BACK): ItemState.RETURNED,
    (ItemState.OPENED, ItemStep.GIVE_BACK): ItemState.RETURNED,
    (ItemState.DELIVERED, ItemStep.DELEGATE): ItemState.DELEGATED,
    (ItemState.OPENED, ItemStep.DELEGATE): ItemState.DELEGATED,
    (ItemState.WAITING, ItemStep.SKIP): ItemState.SKIPPED,
    (ItemState.DELIVERED, ItemStep.SKIP): ItemState.SKIPPED,
    (ItemState.OPENED, ItemStep.SKIP): ItemState.SKIPPED,
    (ItemState.WAITING, ItemStep.RECALL): ItemState.RECALLED,
    (ItemState.DELIVERED, ItemStep.RECALL): ItemState.RECALLED,
    (ItemState.OPENED, ItemStep.RECALL): ItemState.RECALLED,
    # The content changed after sending: what was begun begins again.
    (ItemState.DELIVERED, ItemStep.ASK_AGAIN): ItemState.DELIVERED,
    (ItemState.OPENED, ItemStep.ASK_AGAIN): ItemState.DELIVERED,
}
ROUND_STEPS: Mapping[tuple[RoundState, RoundStep], RoundState] = {
    (RoundState.DRAFT, RoundStep.SEND): RoundState.RUNNING,
    (RoundState.DRAFT, RoundStep.DISCARD): RoundState.DISCARDED,
    (RoundState.RUNNING, RoundStep.COMPLETE): RoundState.COMPLETE,
    # Readers were added, or asked to read again.
    (RoundState.COMPLETE, RoundStep.RESUME): RoundState.RUNNING,
    (RoundState.RUNNING, RoundStep.CLOSE): RoundState.CLOSED,
    (RoundState.COMPLETE, RoundStep.CLOSE): RoundState.CLOSED,
    (RoundState.RUNNING, RoundStep.RECALL): RoundState.RECALLED,
}
MAY: Mapping[ItemStep, frozenset[Party]] = {
    ItemStep.DELIVER: frozenset({Party.SERVICE}),
    ItemStep.OPEN: frozenset({Party.READER}),
    ItemStep.SIGN: frozenset({Party.READER}),
    ItemStep.GIVE_BACK: frozenset({Party.READER}),
    ItemStep.DELEGATE: frozenset({Party.READER}),
    ItemStep.SKIP: frozenset({Party.MANAGER}),
    ItemStep.RECALL: frozenset({Party.MANAGER}),
    ItemStep.ASK_AGAIN: frozenset({Party.SERVICE}),
}
# What each step leaves in the log.
ITEM_EVENTS: Mapping[ItemStep, str] = {
    ItemStep.DELIVER: "item.delivered",
    ItemStep.OPEN: "item.opened",
    ItemStep.SIGN: "receipt.signed",
    ItemStep.GIVE_BACK: "item.returned",
    ItemStep.DELEGATE: "item.delegated",
    ItemStep.SKIP: "item.skipped",
    ItemStep.RECALL: "item.recalled",
    ItemStep.ASK_AGAIN: "item.asked_again",
}
ROUND_EVENTS: Mapping[RoundStep, str] = {
    RoundStep.SEND: "round.sent",
    RoundStep.COMPLETE: "round.completed",
    RoundStep.RESUME: "round.resumed",
    RoundStep.CLOSE: "round.closed",
    RoundStep.RECALL: "round.recalled",
    RoundStep.DISCARD: "round.discarded",
}


def next_item_state(state: ItemState, step: ItemStep) -> ItemState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return ITEM_STEPS[state, step]
    except KeyError:
        raise Conflict("This reading item is %(state)s.", {"state": state}) from None


def next_round_state(state: RoundState, step: RoundStep) -> RoundState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return ROUND_STEPS[state, step]
    except KeyError:
        raise Conflict("This reading round is %(state)s.", {"state": state}) from None
