"""Importing many files: resumable, idempotent, fast; one bad file fails alone.

Files are received (hashed and encrypted) by a few threads, one batch ahead of the batch that is
being registered. A batch is one transaction for the intents of its objects and one for its
documents. The same file of the same source (register + SHA-256 + source id) is registered once,
however often the import runs and wherever it was killed: a batch is registered whole or not at all,
and the objects of one that was not are known by their intents.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.documents import metadata
from records.documents.intake import abandon_objects, keep_objects
from records.documents.models import Document
from records.exchange.sources import Source
from records.people.rules import Actor, check_clerk
from records.registration.models import Register, SourceKey
from records.registration.numbering import make_room
from records.registration.registers import register_by_code
from records.registration.rules import LineNumber, NumberForm, read_own_number
from records.registration.service import register_document, registered_before
from storage import Received, StorageError, Vault

BATCH = 20
THREADS = 3
# What can be wrong with one file, its metadata or its place; anything else is a defect.
_FAULTS = (Refusal, StorageError, SQLAlchemyError, OSError)


class Status(StrEnum):
    """What became of a file."""

    REGISTERED = "registered"
    EXISTING = "existing"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `id` and `number` are those of its document.

    `fault` is what stood against it, for whoever decides whether later may be better.
    """

    path: str
    status: Status
    id: UUID | None = None
    number: str | None = None
    sha256: str | None = None
    error: str | None = None
    fault: Exception | None = field(default=None, compare=False, repr=False)

    def shown(self) -> dict[str, str | None]:
        """Return the outcome for programs."""
        return {
            "path": self.path,
            "status": self.status.value,
            "id": str(self.id) if self.id else None,
            "number": self.number,
            "sha256": self.sha256,
            "error": self.error,
        }


@dataclass(frozen=True)
class _Ready:
    """A file that was received, with its metadata read."""

    source: Source
    values: Mapping[str, Any]
    own: LineNumber | None
    received: Received


def import_files(
    database: Database,
    vault: Vault,
    *,
    register_code: str,
    sources: Iterable[Source],
    actor: Callable[[UnitOfWork], Actor],
    limit_bytes: int,
) -> Generator[Outcome, None, None]:
    """Register files and say of each, in order, what became of it.

    Closing the iterator early leaves a consistent state; the same call goes on where it ended.

    Args:
        actor: Loads who imports, anew for every transaction, so that a right taken away counts.
        limit_bytes: Largest file that is taken.

    Raises:
        Invalid: There is no such register.
        NotAllowed: The person is not clerk of it.
        Conflict: The register is closed.
    """
    with database.reading() as uow:
        register = register_by_code(uow, register_code)
        check_clerk(actor(uow), clerk_unit_id=register.clerk_unit_id)
        if register.closed_on is not None:
            raise Conflict("The register %(code)s is closed.", {"code": register.code})
        importer = _Importer(database, vault, register, actor, limit_bytes)
    return importer.run(sources)


class _Importer:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        register: Register,
        actor: Callable[[UnitOfWork], Actor],
        limit_bytes: int,
    ) -> None:
        self.database = database
        self.vault = vault
        self.register_id, self.register_code = register.id, register.code
        self.form = NumberForm(register.pattern, register.padding)
        self.actor = actor
        self.limit_bytes = limit_bytes
        # What is not registered yet, known at every moment: Ctrl-C can come between any two steps.
        self._begun: list[Future[_Ready | Outcome]] = []

    def run(self, sources: Iterable[Source]) -> Generator[Outcome, None, None]:
        """Receive one batch ahead of the one that is registered."""
        waiting = iter(sources)
        with ThreadPoolExecutor(THREADS, "import") as pool:
            try:
                ahead = self._receive(pool, waiting)
                while ahead:
                    current, ahead = ahead, self._receive(pool, waiting)
                    yield from self._finish(pool, [each.result() for each in current])
                    del self._begun[: len(current)]
            finally:
                self._throw_away(self._begun)

    def _receive(
        self, pool: ThreadPoolExecutor, waiting: Iterator[Source]
    ) -> list[Future[_Ready | Outcome]]:
        batch = list(islice(waiting, BATCH))
        if not batch:
            return []
        known = self._known(batch)
        first = len(self._begun)
        for each in batch:
            begun = pool.submit(self._receive_one, each, known.get(each.source_id, {}))
            self._begun.append(begun)
        return self._begun[first:]

    def _known(self, batch: Sequence[Source]) -> dict[str, dict[str, tuple[UUID, str]]]:
        """Return what these sources became earlier: source id → SHA-256 → document and number."""
        query = (
            select(SourceKey.source_id, SourceKey.sha256, Document.id, Document.number)
            .join(Document, Document.id == SourceKey.document_id)
            .where(
                SourceKey.register_id == self.register_id,
                SourceKey.source_id.in_({each.source_id for each in batch}),
            )
        )
        known: dict[str, dict[str, tuple[UUID, str]]] = {}
        with self.database.reading() as uow:
            for source_id, sha256, document_id, number in uow.session.execute(query):
                known.setdefault(source_id, {})[sha256] = (document_id, number)
        return known

    def _receive_one(
        self, source: Source, known: Mapping[str, tuple[UUID, str]]
    ) -> "_Ready | Outcome":
        try:
            if source.path is None:
                raise Invalid("This file is not there.", field="path")
            if not source.path.is_file():
                raise Invalid("This is not a file.", field="path")
            if known and (digest := _digest(source)) in known:
                document_id, number = known[digest]
                return Outcome(source.shown, Status.EXISTING, document_id, number, digest)
            values, own = self._read_cells(source.cells)
            received = self.vault.receive(
                source.read(), limit_bytes=self.limit_bytes, file_name=source.file_name
            )
        except _FAULTS as error:
            return _failed(source, error)
        return _Ready(source, values, own, received)

    def _read_cells(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], LineNumber | None]:
        rest = dict(cells)
        number, year = rest.pop("number", None), rest.pop("year", None)
        values = metadata.read_metadata(rest)
        if number is None:
            return values, None
        if year is not None and not (year.isascii() and year.isdigit()):
            raise Invalid("%(text)s is not a whole number.", {"text": year}, field="year")
        if year is None and number.isdigit() and "received_on" in values:
            year = str(values["received_on"].year)
        return values, read_own_number(self.form, number, int(year) if year else None)

    def _finish(
        self, pool: ThreadPoolExecutor, batch: Sequence["_Ready | Outcome"]
    ) -> Iterator[Outcome]:
        ready = [each for each in batch if isinstance(each, _Ready)]
        done = iter(self._register(pool, ready))
        return (next(done) if isinstance(each, _Ready) else each for each in batch)

    def _register(self, pool: ThreadPoolExecutor, ready: Sequence[_Ready]) -> list[Outcome]:
        if not ready:
            return []
        try:
            keep_objects(self.database, self.vault, [each.received for each in ready], pool=pool)
            outcomes = self._register_together(ready)
        except _FAULTS as error:
            if len(ready) > 1:
                return [outcome for each in ready for outcome in self._register(pool, [each])]
            outcomes = [_failed(ready[0].source, error)]
        self._abandon(ready, outcomes)
        return outcomes

    def _register_together(self, ready: Sequence[_Ready]) -> list[Outcome]:
        """Register a batch in one transaction; all of it, or none."""
        with self.database.writing() as uow:
            actor = self.actor(uow)
            register = register_by_code(uow, self.register_code)
            self._make_room(uow, register, ready)
            return [self._register_one(uow, actor, register, each) for each in ready]

    def _make_room(self, uow: UnitOfWork, register: Register, ready: Sequence[_Ready]) -> None:
        years: dict[int, set[int]] = {}
        for each in ready:
            if each.own is not None and self._before(uow, register, each) is None:
                numbers = years.setdefault(each.own.year, set())
                if each.own.number in numbers:
                    raise Conflict(
                        "The number %(text)s is given already.",
                        {"text": each.own.text},
                        field="number",
                    )
                numbers.add(each.own.number)
        for year, numbers in sorted(years.items()):
            make_room(uow, register.id, year, numbers)

    def _register_one(
        self, uow: UnitOfWork, actor: Actor, register: Register, ready: _Ready
    ) -> Outcome:
        source, sha256 = ready.source, ready.received.sha256
        before = self._before(uow, register, ready)
        if before is not None:
            return Outcome(source.shown, Status.EXISTING, before.id, before.number, sha256)
        document = register_document(
            uow,
            actor,
            register=register,
            values=ready.values,
            received=[(ready.received, source.file_name)],
            source_id=source.source_id,
            own=ready.own,
        )
        return Outcome(source.shown, Status.REGISTERED, document.id, document.number, sha256)

    def _before(self, uow: UnitOfWork, register: Register, ready: _Ready) -> Document | None:
        return registered_before(
            uow,
            register=register,
            source_id=ready.source.source_id,
            sha256=ready.received.sha256,
        )

    def _abandon(self, ready: Sequence[_Ready], outcomes: Sequence[Outcome]) -> None:
        """Remove the objects of what was not registered; what resists is collected in a day."""
        names: list[str] = []
        for each, outcome in zip(ready, outcomes, strict=True):
            if outcome.status is not Status.REGISTERED:
                names.append(each.received.name)
                self.vault.discard(each.received)
        with suppress(StorageError, SQLAlchemyError):
            abandon_objects(self.database, self.vault, names)

    def _throw_away(self, futures: Iterable["Future[_Ready | Outcome]"]) -> None:
        """Empty the spool of what will not be registered by this run."""
        for each in futures:
            if each.cancel():
                continue
            result = each.result()
            if isinstance(result, _Ready):
                self.vault.discard(result.received)


def _failed(source: Source, error: Exception) -> Outcome:
    text = str(error) if isinstance(error, Refusal | StorageError) else None
    if isinstance(error, OSError):
        text = f"The file cannot be read: {error.strerror or error}."
    elif isinstance(error, SQLAlchemyError):
        text = "The database refused it."
    if isinstance(error, Invalid) and error.field:
        text = f"{error.field}: {text}"
    return Outcome(source.shown, Status.FAILED, error=text, fault=error)


def _digest(source: Source) -> str:
    total = hashlib.sha256()
    for piece in source.read():
        total.update(piece)
    return total.hexdigest()
