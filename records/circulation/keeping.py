"""How the acts of circulation enter the log: ids, and names and posts of that time; no titles."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from records.circulation.models import ReadingItem, Round
from records.circulation.rules import ITEM_EVENTS, MAY, Party
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.people.directory import names_of_people
from records.people.rules import Actor

# Acts of the reader: whoever else does them stands in for the reader.
BY_READERS = frozenset(
    ITEM_EVENTS[step] for step, parties in MAY.items() if parties == {Party.READER}
)


def record_round(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    round_: Round,
    document: Document,
    facts: Mapping[str, Any] | None = None,
    *objects: UUID,
) -> None:
    """Collect a fact about a round, signed with the actor's name and posts."""
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[document.id, round_.id, *objects],
        payload={
            **({} if actor.is_service else actor.signature()),
            "number": document.number,
            "round": str(round_.id),
            "purpose": round_.purpose,
            **(facts or {}),
        },
    )


def record_item(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    item: ReadingItem,
    round_: Round,
    document: Document,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Collect a fact about one item; an act of a deputy names the reader it was done for."""
    reader = names_of_people(uow, [item.reader_id])[item.reader_id]
    told: dict[str, Any] = {"item": str(item.id), "reader": reader, **(facts or {})}
    if kind in BY_READERS and item.reader_id != actor.user_id:
        told["on_behalf_of"] = reader
    record_round(uow, actor, kind, round_, document, told, item.id, item.reader_id)


def record_items(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    items: Iterable[ReadingItem],
    round_: Round,
    document: Document,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Collect one fact about many items."""
    concerned = list(items)
    names = names_of_people(uow, [each.reader_id for each in concerned])
    told = {
        "items": [str(each.id) for each in concerned],
        "readers": [names[each.reader_id] for each in concerned],
        **(facts or {}),
    }
    objects = dict.fromkeys(id_ for each in concerned for id_ in (each.id, each.reader_id))
    record_round(uow, actor, kind, round_, document, told, *objects)
