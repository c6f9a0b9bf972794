"""The job that examines the signatures of a component, what is kept of it, and its renewal.

Nothing waits for it: a document is registered and read whatever its signatures are. When trust
changes (a new authority, another file of trusted certificates), older checks are renewed little by
little by the worker.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select

from records.core.config import Config
from records.core.database import Database, UnitOfWork
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler
from records.documents.components import component_with_key
from records.documents.models import Component, StoredObject
from records.documents.texts import CHECK_SIGNATURES_JOB, ENVELOPE, MAIL, SIGNED_TYPES
from records.seals.models import SignatureCheck
from records.seals.signatures.examining import (
    Anchors,
    anchors,
    anchors_changed_at,
    booked,
    examine,
    known_here,
)
from records.seals.signatures.verdicts import DIGESTS, Findings, Note, Verdict
from search.reading import Cage
from storage import StorageError, Vault

# Of each turn of the worker's tidying; a million documents are not examined again at once.
MOST_RENEWED = 200


@dataclass(frozen=True)
class CheckView:
    """What is known of the signatures of one component."""

    checked_at: datetime
    verdicts: list[Verdict] = field(default_factory=list)
    reason_code: str | None = None


class _File(NamedTuple):
    sha256: str
    object_name: str
    wrapped_key: bytes


class SignatureChecker:
    """Does the jobs `seals.check_signatures`."""

    def __init__(self, config: Config, database: Database, vault: Vault, cage: Cage) -> None:
        self._config = config
        self._database = database
        self._vault = vault
        self._cage = cage

    @property
    def handler(self) -> Handler:
        """How the runner does these jobs."""
        return Handler(self.work, self.give_up)

    def work(self, job: Job) -> Apply:
        """Examine one component.

        Raises:
            StorageError: The store cannot be reached now.
        """
        with self._database.reading() as uow:
            found = component_with_key(uow, job.subject_id)
            known, now = anchors(uow, self._config), uow.now
            beside = _files_beside(uow, found[0]) if found else []
        if found is None:
            return lambda _: None  # destroyed meanwhile
        component, wrapped_key = found
        try:
            findings = self._examined(component, wrapped_key, beside, known, now)
        except StorageError as error:
            if error.retryable:
                raise
            findings = Findings(reason_code=error.code, reason_message=str(error)[:300])
        return lambda uow: _keep(uow, component.id, findings)

    def _examined(
        self,
        component: Component,
        wrapped_key: bytes,
        beside: Sequence[_File],
        known: Anchors,
        at: datetime,
    ) -> Findings:
        def look(digests: Collection[str]) -> Findings:
            content = self._vault.read(component.object_name, wrapped_key)
            is_mail = component.media_type == MAIL
            return examine(self._cage, known, at, content, digests=digests, is_mail=is_mail)

        findings = look([each.sha256 for each in beside])
        # Other digests than that of our own are made of a file when a signature asks for them.
        asked = {each.digest for each in findings.verdicts if each.note is Note.ABSENT}
        others = [each for each in DIGESTS if each in asked and each != "sha256"]
        if not others or not beside:
            return findings
        made = [digest for each in beside for digest in self._digests(each, others)]
        return look([*made, *(each.sha256 for each in beside)])

    def _digests(self, file: _File, names: Sequence[str]) -> list[str]:
        hashes = [hashlib.new(each) for each in names]
        try:
            for chunk in self._vault.read(file.object_name, file.wrapped_key):
                for each in hashes:
                    each.update(chunk)
        except StorageError as error:
            if error.retryable:
                raise
            return []  # whatever was signed, it is not what is left of this file
        return [each.hexdigest() for each in hashes]

    def give_up(self, uow: UnitOfWork, job: Job, error: BaseException) -> None:
        """Tell why the signatures could not be examined."""
        if job.subject_id is not None:
            code = error.code if isinstance(error, StorageError) else "crashed"
            findings = Findings(reason_code=code, reason_message=str(error)[:300])
            _keep(uow, job.subject_id, findings)


def checks_of(uow: UnitOfWork, components: Iterable[Component]) -> Mapping[UUID, CheckView]:
    """Return what is known of the signatures of components; their document has been found visible.

    At most two queries, whatever the number of components and signatures.
    """
    ids = [each.id for each in components if each.media_type in SIGNED_TYPES]
    if not ids:
        return {}
    query = select(SignatureCheck).where(SignatureCheck.component_id.in_(ids))
    kept = uow.session.scalars(query).all()
    verdicts = [[Verdict.from_json(each) for each in row.verdicts] for row in kept]
    settled = iter(known_here(uow, [each for some in verdicts for each in some]))
    return {
        row.component_id: CheckView(row.checked_at, [next(settled) for _ in some], row.reason_code)
        for row, some in zip(kept, verdicts, strict=True)
    }


def _files_beside(uow: UnitOfWork, component: Component) -> list[_File]:
    """Return the other files of a document, which a signature apart may belong to."""
    if component.media_type != ENVELOPE:
        return []
    query = (
        select(Component.sha256, Component.object_name, StoredObject.wrapped_key)
        .join(StoredObject, StoredObject.name == Component.object_name)
        .where(Component.document_id == component.document_id, Component.id != component.id)
    )
    return [_File(*row) for row in uow.session.execute(query)]


def renew_checks(uow: UnitOfWork, config: Config) -> int:
    """Ask for new checks of components that were examined before trust changed.

    Returns:
        How many were asked for now; the next turn goes on with the rest.
    """
    changed_at = anchors_changed_at(uow, config)
    if changed_at is None:
        return 0
    waiting = exists().where(
        Job.kind == CHECK_SIGNATURES_JOB, Job.subject_id == SignatureCheck.component_id
    )
    query = (
        select(SignatureCheck.component_id)
        .where(SignatureCheck.checked_at < changed_at, ~waiting)
        .order_by(SignatureCheck.checked_at)
        .limit(MOST_RENEWED)
    )
    outdated = uow.session.scalars(query).all()
    for component_id in outdated:
        enqueue(uow, CHECK_SIGNATURES_JOB, subject_id=component_id)
    return len(outdated)


def _keep(uow: UnitOfWork, component_id: UUID, findings: Findings) -> None:
    if uow.session.get(Component, component_id) is None:
        return
    findings = booked(uow, findings)
    facts: dict[str, Any] = {
        "checked_at": uow.now,
        "verdicts": [each.to_json() for each in findings.verdicts],
        "reason_code": findings.reason_code,
        "reason_message": findings.reason_message,
    }
    kept = uow.session.get(SignatureCheck, component_id)
    if kept is None:
        uow.session.add(SignatureCheck(component_id=component_id, **facts))
        return
    for name, value in facts.items():
        setattr(kept, name, value)
