"""The jobs on stacks: pages are looked at for separator sheets, and stacks are taken apart.

A split registers all of its parts or none: their files are made and kept first, then one
transaction gives every number and voids the stack. A worker that dies before it leaves orphans,
which are collected; one that dies after it finds the split done.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from records.core.database import Database, UnitOfWork
from records.core.errors import Refusal
from records.core.jobs import Job
from records.core.runner import Apply, Handler
from records.documents.components import component_with_key, components_of
from records.documents.intake import abandon_objects, keep_objects
from records.documents.models import Component, Document
from records.documents.service import record_document
from records.documents.visibility import get_document
from records.people.actors import load_actor
from records.people.rules import Actor
from records.registration.service import register_document, void_registration
from records.scans.caged import PDF, look_at, take_pages
from records.scans.following import after_look, settle_stack
from records.scans.models import Split, SplitPart, Stack
from records.scans.pages import carry_pages
from records.scans.plans import Part
from records.scans.splitting import register_of, stop_recognition, values_of
from records.scans.stacks import seal_stack, seen_pages
from search.reading import Cage, UnreadableError
from storage import Received, StorageError, Vault


@dataclass(frozen=True)
class Work:
    """What one split needs, read at one moment."""

    split: Split
    component: Component
    wrapped_key: bytes
    parts: list[Part]


class StackLooker:
    """Does the jobs `scans.look`."""

    def __init__(self, database: Database, vault: Vault, cage: Cage) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Look at the pages of one component.

        Raises:
            StorageError: The store cannot be reached now.
        """
        with self._database.reading() as uow:
            found = component_with_key(uow, job.subject_id)
        if found is None:
            return lambda _: None  # destroyed meanwhile
        component, wrapped_key = found
        try:
            looks = look_at(
                self._cage,
                _reading(self._vault, component, wrapped_key),
                file_name=component.name,
                media_type=component.media_type,
            )
            pages = seen_pages(self._vault, looks)
        except (UnreadableError, StorageError) as error:
            if isinstance(error, StorageError) and error.retryable:
                raise
            return lambda uow: after_look(uow, component.id, [])
        sealed = seal_stack(self._vault, wrapped_key, pages)

        def apply(uow: UnitOfWork) -> None:
            if uow.session.get(Component, component.id) is None:
                return
            uow.session.merge(
                Stack(
                    component_id=component.id,
                    page_count=len(pages),
                    sheets=sum(each.sheet is not None for each in pages),
                    sealed=sealed,
                    looked_at=uow.now,
                )
            )
            uow.session.flush()
            after_look(uow, component.id, pages)

        return apply

    def give_up(self, uow: UnitOfWork, job: Job, _error: BaseException) -> None:
        """Go on without having looked."""
        if job.subject_id is not None:
            after_look(uow, job.subject_id, [])


class Splitter:
    """Does the jobs `scans.split`."""

    def __init__(self, database: Database, vault: Vault, cage: Cage) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Split one stack to its end.

        Raises:
            StorageError: The store cannot be reached now.
        """
        assert job.subject_id is not None
        work = self._gather(job.subject_id)
        if work is None:
            return lambda _: None
        kept: list[Received] = []
        try:
            kept.extend(self._files(work))
            keep_objects(self._database, self._vault, kept)
            self._bind(work, kept)
        except (Refusal, UnreadableError) as error:
            self._fail(job.subject_id, _code(error), str(error), kept)
        except StorageError as error:
            if error.retryable:
                raise
            self._fail(job.subject_id, error.code, str(error), kept)
        return lambda _: None

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell the clerk why the last attempt failed."""
        if job.subject_id is not None:
            code = error.code if isinstance(error, StorageError | Refusal) else "crashed"
            fail_split(uow, job.subject_id, code=code, message=str(error))

    def _gather(self, document_id: UUID) -> Work | None:
        with self._database.reading() as uow:
            split = uow.session.get(Split, document_id)
            if split is None or split.state != "waiting":
                return None
            found = component_with_key(uow, split.component_id)
        if found is None:
            return None
        parts = [Part.from_json(each) for each in split.wanted or ()]
        return Work(split, found[0], found[1], parts)

    def _files(self, work: Work) -> Iterator[Received]:
        """Yield the file of each part, received and not kept yet."""
        component = work.component
        read = _reading(self._vault, component, work.wrapped_key)
        for position, part in enumerate(work.parts):
            data = take_pages(
                self._cage,
                read(),
                part.pages,
                name=component.name,
                media_type=component.media_type,
            )
            name = part_name(component, position, len(work.parts))
            yield self._vault.receive([data], limit_bytes=len(data), file_name=name)

    def _bind(self, work: Work, files: list[Received]) -> None:
        with self._database.writing() as uow:
            split = uow.session.get(Split, work.split.document_id, with_for_update=True)
            if split is None or split.state != "waiting":
                return
            actor = load_actor(uow, split.asked_by)
            stack = get_document(uow, actor, split.document_id, for_update=True)
            made = self._register(uow, actor, stack, work, files)
            void_registration(
                uow, actor, document_id=stack.id, version=None, reason=split.book_reason
            )
            split.state, split.ended_at = "done", uow.now
            stop_recognition(uow, split.component_id)
            settle_stack(uow, split.component_id)
            told = {"file": work.component.name, "parts": [str(each) for each in made]}
            record_document(
                uow,
                actor,
                "stack.split",
                stack,
                {**told, "count": len(made)},
                split.component_id,
            )

    def _register(
        self,
        uow: UnitOfWork,
        actor: Actor,
        stack: Document,
        work: Work,
        files: list[Received],
    ) -> list[UUID]:
        """Register the parts in their order; several registers in the order of their ids."""
        wanted = [
            (register_of(uow, actor, stack, part), position, part)
            for position, part in enumerate(work.parts)
        ]
        made: dict[int, UUID] = {}
        for register, position, part in sorted(wanted, key=lambda each: (each[0].id, each[1])):
            name = part_name(work.component, position, len(work.parts))
            document = register_document(
                uow,
                actor,
                register=register,
                values=values_of(stack, part),
                received=[(files[position], name)],
            )
            made[position] = document.id
            uow.session.flush()
            uow.session.add(
                SplitPart(
                    document_id=document.id,
                    stack_id=stack.id,
                    position=position,
                    pages=[[each.number, each.turn] for each in part.pages],
                )
            )
            carry_pages(
                uow,
                self._vault,
                (work.component.id, work.wrapped_key),
                (components_of(uow, document.id)[0].id, files[position].wrapped_key),
                part.pages,
            )
        return [made[position] for position in sorted(made)]

    def _fail(self, document_id: UUID, code: str, message: str, kept: list[Received]) -> None:
        abandon_objects(self._database, self._vault, [each.name for each in kept])
        for each in kept:
            self._vault.discard(each)
        with self._database.writing() as uow:
            fail_split(uow, document_id, code=code, message=message)


def fail_split(uow: UnitOfWork, document_id: UUID, *, code: str, message: str) -> None:
    """Say why a stack was not split; it stays the document that it was, and is read as one."""
    split = uow.session.get(Split, document_id)
    if split is None or split.state == "done":
        return
    split.state, split.ended_at = "failed", uow.now
    split.reason_code, split.reason_message = code, message[:500]
    uow.session.flush()
    uow.record(
        "stack.split_failed",
        actor_id=None,
        objects=[document_id, split.component_id],
        payload={"reason": code},
    )
    after_look(uow, split.component_id, [])


def part_name(component: Component, position: int, count: int) -> str:
    """Return the file name of a part: that of its stack and its place in it."""
    stem = PurePosixPath(component.name).stem
    digits = max(2, len(str(count)))
    ending = "pdf" if component.media_type == PDF else "tif"
    return f"{stem}-{position + 1:0{digits}}.{ending}"


def _reading(
    vault: Vault, component: Component, wrapped_key: bytes
) -> Callable[[], Iterator[bytes]]:
    return lambda: vault.read(component.object_name, wrapped_key)


def _code(error: Refusal | UnreadableError) -> str:
    return error.code if isinstance(error, Refusal) else error.reason.code.value
