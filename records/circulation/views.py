"""What screens and programs are told of rounds and items: frozen, with names instead of ids."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from records.circulation.rules import Decision, ItemState, Purpose, RoundState, StageState
from records.documents.models import Component
from records.people.rules import Secrecy


@dataclass(frozen=True)
class ItemView:
    """One reader of a round.

    Attributes:
        signed_by_name: The deputy who signed; None when the reader did.
        decision: None also where the person may not see opinions; so are `opinion`, `reason`,
            `receipt_id` and `has_handwriting`.
        settled: A returned item that holds its stage no more.
        previous_id: The item that this one follows.
    """

    id: UUID
    reader_id: UUID
    reader_name: str
    on_behalf_of_name: str | None
    signed_by_name: str | None
    state: ItemState
    due_at: datetime | None
    delivered_at: datetime | None
    opened_at: datetime | None
    ended_at: datetime | None
    reason: str | None
    decision: Decision | None
    opinion: str | None
    has_handwriting: bool
    receipt_id: UUID | None
    urged_at: datetime | None
    urge_count: int
    overdue: bool
    stage_position: int
    settled: bool
    revision: int
    previous_id: UUID | None


@dataclass(frozen=True)
class StageView:
    """One stage of a round with its items."""

    id: UUID
    position: int
    state: StageState
    due_days: int | None
    due_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    items: tuple[ItemView, ...]


@dataclass(frozen=True)
class RoundView:
    """The picture of a round.

    Attributes:
        manages: Whether the person manages the round.
        sees_opinions: Whether the person may see what readers said.
    """

    id: UUID
    document_id: UUID
    number: str
    title: str
    secrecy: Secrecy
    purpose: Purpose
    note: str | None
    state: RoundState
    sender_id: UUID
    sender_name: str
    urger_id: UUID
    urger_name: str
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    remind_before_hours: int
    repeat_hours: int
    escalate_after_hours: int | None
    escalate_to_id: UUID | None
    escalate_to_name: str | None
    revision: int
    content_changed_at: datetime | None
    ended_at: datetime | None
    ended_by_name: str | None
    end_reason: str | None
    version: int
    manages: bool
    sees_opinions: bool
    stages: tuple[StageView, ...]

    @property
    def items(self) -> tuple[ItemView, ...]:
        """All items in the order of their stages."""
        return tuple(item for stage in self.stages for item in stage.items)


@dataclass(frozen=True)
class ReadingLine:
    """One item on the desk of a reader.

    Attributes:
        on_behalf_of_name: The reader who is away, for a deputy; or who handed the item on.
        is_deputy: Whether it is there because its reader is away.
        page_count: Of all files that were sent; None while it is not known.
        asked_again: The content has changed since it was delivered first.
    """

    item_id: UUID
    round_id: UUID
    document_id: UUID
    number: str
    title: str
    secrecy: Secrecy
    urgency: str
    purpose: Purpose
    note: str | None
    sender_name: str
    due_at: datetime | None
    overdue: bool
    state: ItemState
    reader_id: UUID
    on_behalf_of_name: str | None
    is_deputy: bool
    delivered_at: datetime
    page_count: int | None
    asked_again: bool


@dataclass(frozen=True)
class ItemPage:
    """Everything that the page of one item shows.

    Attributes:
        components: As they were frozen, in order.
        next_id: The item after this one on the desk.
    """

    line: ReadingLine
    round: RoundView
    components: tuple[Component, ...]
    next_id: UUID | None
    previous_id: UUID | None


@dataclass(frozen=True)
class SentLine:
    """One round that somebody sends or urges in.

    Attributes:
        counts: How many items are in each state that there is.
        overdue: How many are held after their deadline.
        due_at: The next deadline of what is held, or that of the round.
    """

    round_id: UUID
    document_id: UUID
    number: str
    title: str
    secrecy: Secrecy
    purpose: Purpose
    state: RoundState
    sender_name: str
    urger_name: str
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    counts: dict[ItemState, int]
    overdue: int
    stage: int | None
    stages: int
