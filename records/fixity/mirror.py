"""The mirror: a second store that holds every object, and gives back what the first one lost.

Copying follows registration and never holds it up: what was bound lately is looked at again and
again until it is there. What slips through all the same, the daily check finds.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.documents.models import StoredObject
from records.fixity.models import MirrorState
from records.office import Office
from storage import ObjectDamaged, ObjectMissing, ObjectStore, carry

BATCH = 200
# A unit that commits late may bind an object with an earlier time.
OVERLAP = timedelta(minutes=10)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Mirroring:
    """Copies to the mirror what the store received since the last time; kept by one worker."""

    def __init__(self, office: Office, mirror: ObjectStore) -> None:
        self._office = office
        self._mirror = mirror
        self._there: dict[str, None] = {}

    def copy_new(self) -> int:
        """Copy the next batch; return how many objects were copied.

        Raises:
            StorageError: One of the stores cannot be reached; the next time goes on from here.
        """
        copied = 0
        with self._office.database.reading() as uow:
            state = uow.session.get(MirrorState, 1)
            since = state.copied_until if state else _BEGINNING
            rows = _bound_since(uow, since)
        for name, _ in rows:
            if name not in self._there:
                copied += copy_object(self._office, self._mirror, name)
                self._there[name] = None
        if rows:
            self._note(max(since, rows[-1][1] - OVERLAP) if len(rows) < BATCH else rows[-1][1])
        while len(self._there) > 50 * BATCH:
            self._there.pop(next(iter(self._there)))
        return copied

    def _note(self, until: datetime) -> None:
        with self._office.database.writing() as uow:
            state = uow.session.get(MirrorState, 1)
            if state is None:
                uow.session.add(MirrorState(id=1, copied_until=until))
            elif until > state.copied_until:
                state.copied_until = until


def _bound_since(uow: UnitOfWork, since: datetime) -> list[tuple[str, datetime]]:
    query = (
        select(StoredObject.name, StoredObject.created_at)
        .where(StoredObject.created_at > since)
        .order_by(StoredObject.created_at, StoredObject.name)
        .limit(BATCH)
    )
    return [(row[0], row[1]) for row in uow.session.execute(query)]


def copy_object(office: Office, mirror: ObjectStore, name: str) -> bool:
    """Copy an object into the mirror unless it is there; False when nothing was copied.

    Raises:
        StorageError: One of the stores cannot be reached, or the object is damaged.
    """
    if mirror.exists(name):
        return False
    try:
        carry(name, office.vault.store, mirror, office.config.spool)
    except ObjectMissing:
        return False  # destroyed meanwhile, or for the daily check to find
    return True


def restore_object(office: Office, mirror: ObjectStore, name: str) -> bool:
    """Put an object of the mirror in the place of a damaged or missing one.

    Returns:
        Whether the store has it whole now.

    Raises:
        StorageError: One of the stores cannot be reached, or is bound to keep what is damaged.
    """
    try:
        carry(name, mirror, office.vault.store, office.config.spool, replacing=True)
    except (ObjectMissing, ObjectDamaged):
        return False
    return True
