"""Bytes become objects: noted as an intent, put into the store, bound by the registering unit.

Order against loss: the intent is committed first, then the object is made durable, then one
transaction registers the document and removes the intent. Whatever dies in between leaves an
intent, by which the orphan is known and collected after a day.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import bindparam, delete, select, text

from records.core.base import Instant, table_of
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict
from records.core.rows import clean, write_new
from records.documents.models import Component, ObjectIntent, StoredObject
from records.documents.rules import ComponentRole, TextState
from storage import Received, Vault

ORPHAN_AGE = timedelta(hours=24)
MAX_NAME = 255
MAX_EXTENSION = 16

# Asked for every file that comes in, so they are put together once.
_NOTE_INTENT = text(
    "INSERT INTO object_intent (name, created_at) VALUES (:name, :created_at) "
    "ON CONFLICT DO NOTHING"  # kept once before
).bindparams(bindparam("created_at", type_=Instant()))
_REMOVE_INTENTS = (
    delete(table_of(ObjectIntent))
    .where(table_of(ObjectIntent).c.name.in_(bindparam("names", expanding=True)))
    .returning(table_of(ObjectIntent).c.name)
)


def keep_objects(
    database: Database,
    vault: Vault,
    received: Sequence[Received],
    *,
    pool: Executor | None = None,
) -> None:
    """Put received objects into the store, each known by an intent until it is registered.

    After a failure it can be called again.

    Args:
        pool: Threads that share the waiting for the disk when there are many.

    Raises:
        StorageError: The store cannot take them; what was put is an orphan with an intent.
    """
    # What only a power cut can lose need not wait for the disk: the object would be an orphan that
    # nobody has a key for, and the check of everything names it.
    with database.writing(durable=False) as uow:
        names = sorted({each.name for each in received})
        intents = [{"name": each, "created_at": uow.now} for each in names]
        uow.session.execute(_NOTE_INTENT, intents)
    for _ in pool.map(vault.keep, received) if pool else map(vault.keep, received):
        pass


def bind_components(
    uow: UnitOfWork,
    document_id: UUID,
    received: Iterable[tuple[Received, str]],
    *,
    first_position: int = 0,
    role: ComponentRole | None = None,
    derived_from: UUID | None = None,
) -> list[Component]:
    """Make kept objects components of a document, in order; the first of all is the original.

    Args:
        received: Kept objects with their file names, which lose folders and control characters.
        role: What they are, where it does not follow from their place.
        derived_from: The component that they were made from or taken out of.

    Raises:
        Conflict: An object was collected as an orphan meanwhile.
    """
    objects: list[StoredObject] = []
    components: list[Component] = []
    for position, (each, given) in enumerate(received, start=first_position):
        objects.append(
            StoredObject(
                name=each.name,
                wrapped_key=each.wrapped_key,
                stored_bytes=each.stored_bytes,
                created_at=uow.now,
            )
        )
        components.append(
            Component(
                id=uow.new_id(),
                document_id=document_id,
                position=position,
                role=(role or _role_at(position)).value,
                name=file_name(given),
                media_type=each.media_type,
                mismatch=each.mismatch,
                size_bytes=each.size_bytes,
                sha256=each.sha256,
                object_name=each.name,
                added_at=uow.now,
                text_state=TextState.PENDING.value,
                derived_from=derived_from,
            )
        )
    _take_intents(uow, [each.object_name for each in components])
    write_new(uow, objects)
    write_new(uow, components)
    return components


def _role_at(position: int) -> ComponentRole:
    return ComponentRole.ATTACHMENT if position else ComponentRole.ORIGINAL


def file_name(given: str) -> str:
    """Return the name of a file without folders, control characters and turned writing."""
    last = clean(given).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = " ".join(last.split())
    stem, dot, extension = name.rpartition(".")
    if len(name) > MAX_NAME and dot and len(extension) < MAX_EXTENSION:
        name = f"{stem[: MAX_NAME - len(extension) - 1]}.{extension}"
    return name[:MAX_NAME] if name.strip(".") else "file"


def title_of_file(given: str) -> str:
    """Return the title that a document has from its first file until somebody gives it one."""
    name = file_name(given)
    return PurePosixPath(name).stem.strip() or name


def abandon_objects(database: Database, vault: Vault, names: Iterable[str]) -> int:
    """Remove kept objects that no registration bound, and their intents; return how many."""
    abandoned = 0
    for name in names:
        with database.writing() as uow:
            # Whoever removes the intent has the object: a registration that comes late finds none.
            if _remove_intents(uow, [name]):
                vault.store.delete(name)
                abandoned += 1
    return abandoned


def collect_orphans(database: Database, vault: Vault) -> int:
    """Remove objects whose registration never came, a day after their intent; return how many."""
    with database.reading() as uow:
        old = uow.session.scalars(
            select(ObjectIntent.name).where(ObjectIntent.created_at < uow.now - ORPHAN_AGE)
        ).all()
    return abandon_objects(database, vault, old)


def _take_intents(uow: UnitOfWork, names: Sequence[str]) -> None:
    """Remove the intents of objects that get bound.

    Raises:
        Conflict: An object was collected as an orphan meanwhile.
    """
    if names and _remove_intents(uow, names) != len(names):
        raise Conflict("A file waited too long to be registered. Send it again.")


def _remove_intents(uow: UnitOfWork, names: Sequence[str]) -> int:
    return len(uow.session.execute(_REMOVE_INTENTS, {"names": list(names)}).all())
