"""What a round shall be: its stages and readers, deadline and urging; checked before it is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.documents.models import Document
from records.people.calendar import MAX_DAYS
from records.people.models import Assignment, GroupMember, Post, User

MAX_STAGES = 50
MAX_READERS = 2_000
MAX_HOURS = 24 * 365


@dataclass(frozen=True)
class StagePlan:
    """The readers of one stage in order, and how many working days they have."""

    readers: tuple[UUID, ...]
    due_days: int | None = None


@dataclass(frozen=True)
class RoundPlan:
    """Everything about a round before it is sent.

    Attributes:
        urger_id: Who urges; the sender where nobody is named.
        remind_before_hours: How long before the deadline readers are reminded.
        repeat_hours: How often those who are late are reminded again.
        escalate_after_hours: How long after the deadline `escalate_to_id` is told.
    """

    purpose: Purpose
    stages: tuple[StagePlan, ...]
    note: str | None = None
    due_at: datetime | None = None
    urger_id: UUID | None = None
    remind_before_hours: int = 24
    repeat_hours: int = 24
    escalate_after_hours: int | None = None
    escalate_to_id: UUID | None = None


@dataclass(frozen=True)
class ReaderChoice:
    """What was chosen as a reader: a person, or everybody behind a group, post or unit."""

    kind: str  # user | group | post | unit
    id: UUID


def expand_readers(uow: UnitOfWork, choices: Sequence[ReaderChoice]) -> list[UUID]:
    """Return the people with open accounts behind some choices, in order.

    A person who was chosen twice by name stands there twice; one who is also member of a group that
    was chosen does not.

    Raises:
        Invalid: There is no such kind of choice.
    """
    found: list[UUID] = []
    for choice in choices:
        people = _behind(uow, choice)
        named = choice.kind == "user"
        found.extend(each for each in people if named or each not in found)
    return found


def _behind(uow: UnitOfWork, choice: ReaderChoice) -> list[UUID]:
    query = select(User.id).where(User.disabled_at.is_(None))
    match choice.kind:
        case "user":
            query = query.where(User.id == choice.id)
        case "group":
            query = query.join(GroupMember, GroupMember.user_id == User.id)
            query = query.where(GroupMember.group_id == choice.id).order_by(User.name, User.id)
        case "post" | "unit":
            where = Post.id if choice.kind == "post" else Post.unit_id
            query = (
                query.add_columns(Post.rank, User.name)
                .join(Assignment, Assignment.user_id == User.id)
                .join(Post, Post.id == Assignment.post_id)
                .where(where == choice.id, *held_today(uow))
                .order_by(Post.rank, User.name, User.id)
            )
        case _:
            raise Invalid("A reader is a person, a group, a post or a unit.", field="readers")
    return list(dict.fromkeys(uow.session.scalars(query)))


def held_today(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    """Return the predicates on assignments and posts that a post is held today."""
    return (
        Assignment.from_on <= uow.today,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= uow.today),
        Assignment.ended_at.is_(None),
        or_(Post.until_on.is_(None), Post.until_on >= uow.today),
    )


# What a plan must keep to ------------------------------------------------------------------------


def check_plan(uow: UnitOfWork, plan: RoundPlan) -> None:
    """Refuse a plan that not even a draft may have.

    Raises:
        Invalid: Too many stages or readers, hours or days out of bounds, or somebody unknown.
    """
    if len(plan.stages) > MAX_STAGES:
        raise Invalid("A round has at most %(most)d stages.", {"most": MAX_STAGES}, field="stages")
    for stage in plan.stages:
        check_due_days(stage.due_days)
    hours = (
        ("remind_before_hours", plan.remind_before_hours, 0),
        ("repeat_hours", plan.repeat_hours, 1),
        ("escalate_after_hours", plan.escalate_after_hours, 0),
    )
    for field, value, least in hours:
        if value is not None and not least <= value <= MAX_HOURS:
            raise Invalid(
                "This lies between %(least)d and %(most)d hours.",
                {"least": least, "most": MAX_HOURS},
                field=field,
            )
    if plan.escalate_after_hours is not None and plan.escalate_to_id is None:
        raise Invalid("Say who is told when a reader stays late.", field="escalate_to")
    check_known(uow, [each for stage in plan.stages for each in stage.readers])
    for field, person in (("urger", plan.urger_id), ("escalate_to", plan.escalate_to_id)):
        if person is not None:
            check_known(uow, [person], field=field)


def check_due_days(days: int | None) -> None:
    """Refuse a number of working days that is out of bounds."""
    if days is not None and not 0 <= days <= MAX_DAYS:
        raise Invalid(
            "A deadline lies 0 to %(most)d days ahead.", {"most": MAX_DAYS}, field="due_days"
        )


def check_known(uow: UnitOfWork, user_ids: Sequence[UUID], *, field: str = "readers") -> None:
    """Refuse ids that are nobody's, or too many of them.

    Raises:
        Invalid: Nobody has one of the ids, or there are too many.
    """
    if len(user_ids) > MAX_READERS:
        raise Invalid("A round has at most %(most)d readers.", {"most": MAX_READERS}, field=field)
    wanted = set(user_ids)
    if len(wanted) != len(_people(uow, wanted)):
        raise Invalid("There is no such person.", field=field)


def check_can_read(
    uow: UnitOfWork, document: Document, user_ids: Iterable[UUID], *, field: str = "readers"
) -> dict[UUID, User]:
    """Refuse people who cannot be given a document to read; return them by id.

    Raises:
        Invalid: An account is closed, or a clearance does not reach the document.
    """
    wanted = set(user_ids)
    people = _people(uow, wanted)
    if len(people) != len(wanted):
        raise Invalid("There is no such person.", field=field)
    closed = sorted(each.name for each in people.values() if each.disabled_at is not None)
    if closed:
        raise Invalid(
            "The account of %(names)s is closed.", {"names": ", ".join(closed)}, field=field
        )
    below = sorted(each.name for each in people.values() if each.clearance < document.secrecy)
    if below:
        raise Invalid(
            "The clearance of %(names)s does not reach this document.",
            {"names": ", ".join(below)},
            field=field,
        )
    return people


def _people(uow: UnitOfWork, user_ids: set[UUID]) -> dict[UUID, User]:
    if not user_ids:
        return {}
    return {
        each.id: each for each in uow.session.scalars(select(User).where(User.id.in_(user_ids)))
    }
