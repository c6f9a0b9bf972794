"""Reminders: their rows, what they leave on the items and in the log, and who is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm.attributes import set_committed_value

from records.circulation.models import ReadingItem, Reminder, Round
from records.circulation.parties import deputies_in_force
from records.circulation.rhythm import ReminderKind
from records.core.base import table_of
from records.core.database import UnitOfWork
from records.core.news import tell
from records.core.rows import write_new
from records.documents.models import Document
from records.people.models import User
from records.people.rules import Actor


@dataclass(frozen=True)
class Call:
    """One reminder that is to be made."""

    item: ReadingItem
    round_: Round
    kind: ReminderKind
    to_id: UUID


def remind(uow: UnitOfWork, actor: Actor, calls: Sequence[Call]) -> None:
    """Write reminders, note on the items that they were urged, record it and tell the people."""
    if not calls:
        return
    counts = _counts(uow, calls)
    rows = [
        Reminder(
            id=uow.new_id(),
            item_id=each.item.id,
            kind=each.kind.value,
            count=counts.get((each.item.id, each.kind.value), 0) + 1,
            to_id=each.to_id,
            by_id=actor.user_id,
            reminded_at=uow.now,
        )
        for each in calls
    ]
    write_new(uow, rows)
    items = {each.item.id: each.item for each in calls}
    write_items(uow, "urged_at", dict.fromkeys(items, uow.now))
    counted = {each.id: each.urge_count + 1 for each in items.values()}
    write_items(uow, "urge_count", counted)
    _record(uow, actor, calls)
    _tell(uow, actor, list(zip(calls, rows, strict=True)))


def _counts(uow: UnitOfWork, calls: Sequence[Call]) -> dict[tuple[UUID, str], int]:
    query = (
        select(Reminder.item_id, Reminder.kind, func.max(Reminder.count))
        .where(Reminder.item_id.in_({each.item.id for each in calls}))
        .group_by(Reminder.item_id, Reminder.kind)
    )
    return {(item_id, kind): count for item_id, kind, count in uow.session.execute(query)}


def write_items(uow: UnitOfWork, column: str, values: Mapping[UUID, object]) -> None:
    """Write one column of items past their version: being urged makes nobody's page stale."""
    if not values:
        return
    table = table_of(ReadingItem)
    to = bindparam("to", type_=table.c[column].type)
    statement = table.update().where(table.c.id == bindparam("item")).values({column: to})
    uow.session.execute(statement, [{"item": key, "to": value} for key, value in values.items()])
    for key, value in values.items():
        found = uow.session.get(ReadingItem, key)
        if found is not None:
            set_committed_value(found, column, value)


def _record(uow: UnitOfWork, actor: Actor, calls: Sequence[Call]) -> None:
    """Record one fact for each round and kind of reminder."""
    together: dict[tuple[UUID, ReminderKind], list[Call]] = {}
    for each in calls:
        together.setdefault((each.round_.id, each.kind), []).append(each)
    people = {id_ for each in calls for id_ in (each.item.reader_id, each.to_id)}
    names = dict(uow.session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    numbers = _numbers(uow, calls)
    for (round_id, kind), some in together.items():
        document_id = some[0].round_.document_id
        concerned = [
            id_ for each in some for id_ in (each.item.id, each.item.reader_id, each.to_id)
        ]
        uow.record(
            "item.urged",
            actor_id=actor.user_id,
            objects=list(dict.fromkeys([document_id, round_id, *concerned])),
            payload={
                **actor.signature(),
                "number": numbers[document_id],
                "round": str(round_id),
                "way": kind.value,
                "items": [str(each.item.id) for each in some],
                "readers": [names[each.item.reader_id] for each in some],
                "told": sorted({names[each.to_id] for each in some}),
            },
        )


def _numbers(uow: UnitOfWork, calls: Sequence[Call]) -> dict[UUID, str]:
    wanted = {each.round_.document_id for each in calls}
    query = select(Document.id, Document.number).where(Document.id.in_(wanted))
    return dict(uow.session.execute(query).all())


def _tell(uow: UnitOfWork, actor: Actor, reminders: Sequence[tuple[Call, Reminder]]) -> None:
    deputies = _deputies(uow, [call for call, _ in reminders])
    for call, row in reminders:
        escalated = call.kind is ReminderKind.ESCALATED
        kind = "item.escalated" if escalated else "item.reminder"
        also = () if escalated else deputies.get(call.item.id, ())
        facts = {"round": str(call.round_.id), "way": call.kind.value}
        if actor.user_id is not None:
            facts["by"] = str(actor.user_id)
        tell(
            uow,
            kind,
            to=[call.to_id, *also],
            cause=f"{kind}:{row.id}",
            subject_id=call.item.id,
            document_id=call.item.document_id,
            facts=facts,
        )


def _deputies(uow: UnitOfWork, calls: Sequence[Call]) -> dict[UUID, list[UUID]]:
    """Return, by item, who stands in for its reader now."""
    found: dict[UUID, list[UUID]] = {}
    rounds = {each.round_.id: each.round_ for each in calls}
    for round_ in rounds.values():
        document = uow.session.get_one(Document, round_.document_id)
        items = [each.item for each in calls if each.round_ is round_]
        stand_in = deputies_in_force(uow, round_, document, [each.reader_id for each in items])
        found |= {each.id: stand_in.get(each.reader_id, []) for each in items}
    return found
