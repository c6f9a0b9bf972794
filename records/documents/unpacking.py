"""The job that takes the files out of a container: parts of the document, each with its text.

A mail with attachments, a mailbox, an archive and a signed envelope stay as they came; what is in
them is kept beside them, so that it is found, looked at and downloaded like any other file. What
stays inside is named on the component with the reason.
"""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import func, select

from records.core.database import Database, UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply, Handler
from records.documents.components import component_with_key
from records.documents.intake import keep_objects
from records.documents.models import Component, Document
from records.documents.rules import ComponentRole
from records.documents.service import add_derived
from search.reading import Cage, Part, Unpacked, UnreadableError
from storage import Received, StorageError, Vault

# A mail with an archive in it gives its files; an archive in that archive stays whole.
DEEPEST = 2
MOST_PARTS = 500
# Left lying about by file systems; nobody misses it.
NEEDLESS = "needless"
TOO_DEEP, TOO_MANY, UNREADABLE = "too_deep", "too_many", "unreadable"
_CHUNK_BYTES = 1 << 20

Kept = tuple[Received, str]
LeftOut = list[dict[str, str]]


class Unpacker:
    """Does the jobs `component.unpack`."""

    def __init__(self, database: Database, vault: Vault, cage: Cage) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Take the files out of one component and keep them.

        Raises:
            StorageError: The store cannot be reached now.
        """
        with self._database.reading() as uow:
            found = component_with_key(uow, job.subject_id)
            if found is None or found[0].left_out is not None:
                return lambda _: None  # destroyed, or done by somebody else
            component, wrapped_key = found
            deep = _depth(uow, component) >= DEEPEST
            room = MOST_PARTS - _count_parts(uow, component.document_id)
        if deep:
            return lambda uow: _keep(uow, component.id, [], _whole(component, TOO_DEEP))
        try:
            unpacked = self._unpack(component, wrapped_key)
        except UnreadableError as error:
            reason = error.reason.code.value
            return lambda uow: _keep(uow, component.id, [], _whole(component, reason))
        left_out = [{"name": name, "reason": reason} for name, reason in unpacked.left_out]
        left_out += [{"name": each.name, "reason": TOO_MANY} for each in unpacked.parts[room:]]
        kept = self._receive(unpacked.parts[:room])
        return lambda uow: _keep(uow, component.id, kept, left_out)

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell on the component that its files could not be taken out."""
        found = component_with_key(uow, job.subject_id)
        if found is not None:
            code = error.code if isinstance(error, StorageError) else UNREADABLE
            _keep(uow, found[0].id, [], _whole(found[0], code))

    def _unpack(self, component: Component, wrapped_key: bytes) -> Unpacked:
        return self._cage.unpack(
            self._vault.read(component.object_name, wrapped_key),
            file_name=component.name,
            media_type=component.media_type,
        )

    def _receive(self, parts: list[Part]) -> list[Kept]:
        kept: list[Kept] = []
        for part in parts:
            received = self._vault.receive(
                _chunks(part), limit_bytes=part.size_bytes, file_name=part.name
            )
            kept.append((received, part.name))
        if kept:
            keep_objects(self._database, self._vault, [received for received, _ in kept])
        return kept


def _chunks(part: Part) -> Iterator[bytes]:
    for begin in range(0, part.size_bytes, _CHUNK_BYTES):
        yield bytes(part.data[begin : begin + _CHUNK_BYTES])


def _depth(uow: UnitOfWork, component: Component) -> int:
    """Return in how many containers a component lies."""
    depth, above = 0, component.derived_from
    while above is not None and depth < DEEPEST:
        depth += 1
        above = uow.session.scalar(select(Component.derived_from).where(Component.id == above))
    return depth


def _count_parts(uow: UnitOfWork, document_id: UUID) -> int:
    query = select(func.count()).where(
        Component.document_id == document_id, Component.role == ComponentRole.PART.value
    )
    return uow.session.scalar(query) or 0


def _whole(component: Component, reason: str) -> LeftOut:
    return [{"name": component.name, "reason": reason}]


def _keep(uow: UnitOfWork, component_id: UUID, kept: list[Kept], left_out: LeftOut) -> None:
    """Bind the parts, all or none; a second result for the same component changes nothing."""
    component = uow.session.get(Component, component_id)
    if component is None:
        return
    document = uow.session.scalars(
        select(Document).where(Document.id == component.document_id).with_for_update()
    ).one()
    uow.session.refresh(component)
    if component.left_out is not None:
        return  # what was kept for this result is collected as orphans
    component.left_out = left_out
    if kept:
        add_derived(uow, document, kept, role=ComponentRole.PART, derived_from=component.id)
