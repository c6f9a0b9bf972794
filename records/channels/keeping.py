"""Keeping what came in and cannot be registered: with its bytes, its reason, and nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select, update

from records.channels.models import Arrival, ArrivalFile
from records.channels.rules import ENDINGS, KEPT_EVENT, ArrivalState, ChannelKind
from records.core.database import Database, UnitOfWork
from records.core.errors import Invalid, Refusal
from records.core.rows import write_new
from records.documents.intake import file_name, keep_objects
from records.documents.metadata import read_metadata
from records.documents.models import ObjectIntent, StoredObject
from records.people.rules import SERVICE, Actor, Secrecy
from records.registration.models import SourceKey
from storage import Received, StorageError, TooLarge, Vault

Files = Sequence[tuple[Received, str]]


@dataclass(frozen=True)
class Unregistered:
    """What a channel tells of something that it could not register.

    Attributes:
        kind, channel: Which way it came.
        source_id: What makes it the same when it comes again.
        refusal: Why it became no document.
        place: Where the channel lays it aside.
        cells: Metadata that came along, as text.
        sender: Who sent it; the service itself where a channel took it in.
    """

    kind: ChannelKind
    channel: str
    register_id: UUID
    source_id: str
    name: str
    refusal: Refusal
    size_bytes: int | None = None
    secrecy: Secrecy = Secrecy.INTERNAL
    place: str | None = None
    cells: Mapping[str, str] = field(default_factory=dict)
    sender: Actor = SERVICE


def keep_arrival(database: Database, vault: Vault, told: Unregistered, files: Files = ()) -> UUID:
    """Keep something with its files, in a transaction of its own; return the id of the arrival.

    The same of the same channel stays one arrival, however often it fails.

    Args:
        files: What was received; objects that are in the store already may be among them.

    Raises:
        StorageError: The store cannot take the files; the caller still has them.
    """
    if files:
        keep_objects(database, vault, [each for each, _ in files])
    with database.writing() as uow:
        return note_arrival(uow, told, files)


def note_arrival(uow: UnitOfWork, told: Unregistered, files: Files = ()) -> UUID:
    """Write what came in and why it waits; `files` are kept and known by their intents."""
    query = select(Arrival).where(
        Arrival.channel == told.channel, Arrival.source_id == told.source_id
    )
    found = uow.session.scalar(query.with_for_update())
    if found is None:
        found = _new_arrival(uow, told)
        uow.session.add(found)
        uow.session.flush()
    else:
        found.tries += 1
    _wait(uow, found, told)
    if files and not _has_files(uow, found.id):
        _bind_files(uow, found.id, files)
    uow.record(
        KEPT_EVENT,
        actor_id=told.sender.user_id,
        objects=[found.id, told.register_id],
        payload={
            **told.sender.signature(),
            "kind": told.kind.value,
            "channel": told.channel,
            "code": told.refusal.code,
        },
    )
    return found.id


def _new_arrival(uow: UnitOfWork, told: Unregistered) -> Arrival:
    return Arrival(
        id=uow.new_id(),
        kind=told.kind.value,
        channel=told.channel,
        register_id=told.register_id,
        source_id=told.source_id,
        sent_by=told.sender.user_id,
        arrived_at=uow.now,
        tries=1,
        state=ArrivalState.WAITING.value,
        secrecy=int(told.secrecy),
        name=file_name(told.name),
        size_bytes=told.size_bytes,
        cells=dict(told.cells),
        message="",
        details={},
        tried_at=uow.now,
    )


def _wait(uow: UnitOfWork, arrival: Arrival, told: Unregistered) -> None:
    arrival.state, arrival.ended_at, arrival.ended_by = ArrivalState.WAITING.value, None, None
    arrival.end_reason = arrival.document_id = None
    arrival.cells = dict(told.cells)
    arrival.secrecy = int(told.secrecy)
    arrival.place = told.place or arrival.place
    arrival.tried_at = uow.now
    explain(arrival, told.refusal)


def explain(arrival: Arrival, refusal: Refusal) -> None:
    """Write why it could not be registered, so that it can be told in any language."""
    arrival.message = refusal.message
    arrival.details = plain_details(refusal)


def plain_details(refusal: Refusal) -> dict[str, Any]:
    """Return the details of a refusal as a database can keep them."""
    return {name: _plain(value) for name, value in refusal.details.items()}


def _plain(value: object) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def refusal_of(error: Exception) -> Refusal:
    """Return what stood against a file as a refusal that people understand."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, TooLarge):
        return larger_than(error.limit_bytes)
    if isinstance(error, StorageError):
        return Invalid("The store of the files refused it: %(error)s.", {"error": str(error)})
    if isinstance(error, OSError):
        return Invalid(
            "The file cannot be read: %(error)s.", {"error": error.strerror or str(error)}
        )
    return Invalid("The database refused it.")


def larger_than(limit_bytes: int) -> Invalid:
    """Return the refusal of what is too large; screens write the size as people read it."""
    return Invalid(
        "It is larger than %(size)s, the most that is taken.",
        {"size": f"{limit_bytes} bytes", "size_bytes": limit_bytes},
    )


def secrecy_of(cells: Mapping[str, str]) -> Secrecy:
    """Return how secret something is by the metadata that came along."""
    try:
        given = read_metadata({"secrecy": cells["secrecy"]}) if cells.get("secrecy") else {}
    except Invalid:
        # Whoever wrote a level that nobody knows meant something: it is shown to the fewest.
        return Secrecy.TOP_SECRET
    return Secrecy(given.get("secrecy", Secrecy.INTERNAL))


def _has_files(uow: UnitOfWork, arrival_id: UUID) -> bool:
    query = select(ArrivalFile.position).where(ArrivalFile.arrival_id == arrival_id).limit(1)
    return uow.session.scalar(query) is not None


def _bind_files(uow: UnitOfWork, arrival_id: UUID, files: Files) -> None:
    """Give kept objects to an arrival: from now on they are no orphans."""
    objects, rows = [], []
    for position, (each, given) in enumerate(files):
        objects.append(
            StoredObject(
                name=each.name,
                wrapped_key=each.wrapped_key,
                stored_bytes=each.stored_bytes,
                created_at=uow.now,
            )
        )
        rows.append(
            ArrivalFile(
                arrival_id=arrival_id,
                position=position,
                name=file_name(given),
                media_type=each.media_type,
                mismatch=each.mismatch,
                size_bytes=each.size_bytes,
                sha256=each.sha256,
                object_name=each.name,
            )
        )
    names = [each.name for each in objects]
    uow.session.execute(delete(ObjectIntent).where(ObjectIntent.name.in_(names)))
    write_new(uow, objects)
    write_new(uow, rows)


def take_files(uow: UnitOfWork, vault: Vault, arrival_id: UUID) -> list[tuple[Received, str]]:
    """Take the files of an arrival for a document, or to be thrown away.

    They are known by intents again, as if they had just been put into the store: whoever does not
    bind them in this unit leaves them to be collected within a day.
    """
    query = (
        select(ArrivalFile, StoredObject)
        .join(StoredObject, StoredObject.name == ArrivalFile.object_name)
        .where(ArrivalFile.arrival_id == arrival_id)
        .order_by(ArrivalFile.position)
    )
    rows = [(file, stored) for file, stored in uow.session.execute(query)]
    taken = [
        (
            Received(
                name=file.object_name,
                sha256=file.sha256,
                size_bytes=file.size_bytes,
                stored_bytes=stored.stored_bytes,
                wrapped_key=stored.wrapped_key,
                media_type=file.media_type,
                mismatch=file.mismatch,
                spool_path=vault.spool_dir / file.object_name,
            ),
            file.name,
        )
        for file, stored in rows
    ]
    for file, _ in rows:
        uow.session.delete(file)
    uow.session.flush()
    for _, stored in rows:
        uow.session.delete(stored)
    uow.session.flush()
    write_new(uow, [ObjectIntent(name=each.name, created_at=uow.now) for each, _ in taken])
    return taken


def end_arrival(
    uow: UnitOfWork,
    actor: Actor,
    arrival: Arrival,
    state: ArrivalState,
    *,
    document_id: UUID | None = None,
    reason: str | None = None,
) -> None:
    """Write how an arrival ended; what came along with it is forgotten."""
    arrival.state = state.value
    arrival.ended_at, arrival.ended_by = uow.now, actor.user_id
    arrival.document_id, arrival.end_reason = document_id, reason
    arrival.cells = {}
    payload = {**actor.signature(), "kind": arrival.kind, "channel": arrival.channel}
    objects = [arrival.id, arrival.register_id]
    if document_id is not None:
        objects.append(document_id)
    if reason is not None:
        payload["reason"] = reason
    uow.record(ENDINGS[state], actor_id=actor.user_id, objects=objects, payload=payload)


def settle_arrivals(uow: UnitOfWork, vault: Vault, *, channel: str) -> int:
    """End the arrivals of a channel whose files have become documents by another try.

    Returns:
        How many.
    """
    query = (
        select(Arrival, SourceKey.document_id)
        .join(
            SourceKey,
            (SourceKey.register_id == Arrival.register_id)
            & (SourceKey.source_id == Arrival.source_id),
        )
        .where(Arrival.channel == channel, Arrival.state == ArrivalState.WAITING.value)
    )
    found = {arrival.id: (arrival, document_id) for arrival, document_id in
             uow.session.execute(query)}  # fmt: skip
    for arrival, document_id in found.values():
        take_files(uow, vault, arrival.id)
        end_arrival(uow, SERVICE, arrival, ArrivalState.REGISTERED, document_id=document_id)
    return len(found)


def settle_arrival(
    uow: UnitOfWork,
    actor: Actor,
    vault: Vault,
    *,
    channel: str,
    source_id: str,
    document_id: UUID,
) -> None:
    """End one arrival, if there is one, because its sender sent it again and it was registered."""
    query = select(Arrival).where(
        Arrival.channel == channel,
        Arrival.source_id == source_id,
        Arrival.state == ArrivalState.WAITING.value,
    )
    found = uow.session.scalar(query)
    if found is not None:
        take_files(uow, vault, found.id)
        end_arrival(uow, actor, found, ArrivalState.REGISTERED, document_id=document_id)


def waits(uow: UnitOfWork, channel: str) -> bool:
    """Return whether anything of a channel waits; one look into an index."""
    query = select(exists().where(
        Arrival.channel == channel, Arrival.state == ArrivalState.WAITING.value
    ))  # fmt: skip
    return bool(uow.session.scalar(query))


def laid_aside(uow: UnitOfWork, channel: str) -> list[Arrival]:
    """Return the arrivals that have ended and whose files a channel still has aside."""
    query = select(Arrival).where(
        Arrival.channel == channel,
        Arrival.state != ArrivalState.WAITING.value,
        Arrival.place.is_not(None),
    )
    return list(uow.session.scalars(query))


def forget_places(uow: UnitOfWork, arrival_ids: Sequence[UUID]) -> None:
    """Forget where files lay aside that lie there no more."""
    uow.session.execute(update(Arrival).where(Arrival.id.in_(arrival_ids)).values(place=None))
