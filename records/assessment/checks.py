"""The single checks: a document and its files are asked one question after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.assessment.rules import Check, Finding, Outcome, about
from records.core.database import UnitOfWork
from records.documents import metadata
from records.documents.components import components_of
from records.documents.models import Component, Document, StoredObject
from records.documents.rules import MANDATORY, DocumentState, RegisterKind, TextState
from records.registration.models import Register
from records.seals.signatures.checks import CheckView, checks_of
from records.seals.signatures.verdicts import Standing
from search.reading import ReasonCode
from search.reading.active import ACTIVE
from storage import StorageError, StoreUnavailable, Vault

# Nothing is wrong with a file that has no text, or whose kind has none that is read here.
_NO_FAULT = {
    ReasonCode.IMAGE_ONLY.value,
    ReasonCode.GARBLED.value,
    ReasonCode.PARTLY_SCANNED.value,
    ReasonCode.EMPTY.value,
    ReasonCode.UNSUPPORTED.value,
    ReasonCode.TOO_LARGE.value,
}


@dataclass(frozen=True)
class Subject:
    """A document with all that the checks ask about, read in one moment."""

    document: Document
    kind: RegisterKind
    components: Sequence[Component]
    stored: Mapping[str, StoredObject]
    signatures: Mapping[UUID, CheckView]


def subject_of(uow: UnitOfWork, document_id: UUID) -> Subject | None:
    """Return a document to be checked; None when it is gone or voided."""
    document = uow.session.get(Document, document_id)
    if document is None or document.state == DocumentState.VOIDED.value:
        return None
    components = components_of(uow, document_id)
    names = [each.object_name for each in components]
    rows = uow.session.scalars(select(StoredObject).where(StoredObject.name.in_(names)))
    register = uow.session.get_one(Register, document.register_id)
    return Subject(
        document,
        RegisterKind(register.kind),
        components,
        {each.name: each for each in rows},
        checks_of(uow, components),
    )


def check_all(subject: Subject, vault: Vault) -> list[Finding]:
    """Answer every question.

    Raises:
        StoreUnavailable: The store cannot be reached; the checks have to wait.
    """
    return [
        _digest(subject, vault),
        _signatures(subject),
        _metadata(subject),
        _files(subject),
        *_usability(subject),
        _active(subject),
    ]


def _digest(subject: Subject, vault: Vault) -> Finding:
    if not subject.components:
        return Finding(Check.DIGEST, Outcome.NOT_APPLICABLE, "no_files")
    wrong = []
    for each in subject.components:
        stored = subject.stored[each.object_name]
        try:
            vault.check(stored.name, stored.wrapped_key, each.sha256)
        except StoreUnavailable:
            raise
        except StorageError:
            wrong.append(each.name)
    return about(Check.DIGEST, wrong, Outcome.FAILED, "changed")


def _signatures(subject: Subject) -> Finding:
    views = {
        each.name: subject.signatures[each.id]
        for each in subject.components
        if each.id in subject.signatures and subject.signatures[each.id].verdicts
    }
    if not views:
        waiting = [
            each.name
            for each in subject.components
            if each.signatures and each.id not in subject.signatures
        ]
        if waiting:
            return Finding(Check.SIGNATURES, Outcome.WARNING, "unchecked", waiting)
        return Finding(Check.SIGNATURES, Outcome.NOT_APPLICABLE, "unsigned")
    for standing, outcome, code in (
        (Standing.BAD, Outcome.FAILED, "broken"),
        (Standing.OPEN, Outcome.WARNING, "unknown_signer"),
    ):
        named = [
            name
            for name, view in views.items()
            if any(verdict.standing is standing for verdict in view.verdicts)
        ]
        if named:
            return Finding(Check.SIGNATURES, outcome, code, named)
    return Finding(Check.SIGNATURES, Outcome.PASSED)


def _metadata(subject: Subject) -> Finding:
    document = subject.document
    present: dict[str, object] = {"unit": document.unit_id, "class": document.class_id}
    for name, known in metadata.FIELDS.items():
        if known.column is not None:
            present.setdefault(name, getattr(document, known.column))
    lacking = [name for name in MANDATORY[subject.kind] if present.get(name) in (None, "", [])]
    if lacking and document.state != DocumentState.FILED.value:
        # Until it is filed somebody is at work on it, and filing asks for it.
        return Finding(Check.METADATA, Outcome.NOT_APPLICABLE, "not_yet", lacking)
    return about(Check.METADATA, lacking, Outcome.FAILED, "missing")


def _files(subject: Subject) -> Finding:
    if not subject.components:
        code = "no_files" if subject.document.medium == "paper" else "no_file"
        known = Outcome.NOT_APPLICABLE if code == "no_files" else Outcome.WARNING
        return Finding(Check.FILES, known, code)
    positions = sorted(each.position for each in subject.components)
    if positions != list(range(positions[0], positions[0] + len(positions))):
        return Finding(Check.FILES, Outcome.FAILED, "lost")
    left = [each.name for each in subject.components if each.left_out]
    return about(Check.FILES, left, Outcome.WARNING, "left_out")


def _usability(subject: Subject) -> list[Finding]:
    components = subject.components
    if not components:
        checks = (Check.NAMES, Check.OPENS, Check.ENCRYPTION)
        return [Finding(each, Outcome.NOT_APPLICABLE, "no_files") for each in checks]
    mismatched = [each.name for each in components if each.mismatch]
    locked = [each.name for each in components if each.reason_code == ReasonCode.ENCRYPTED]
    broken = [
        each.name
        for each in components
        if each.text_state == TextState.FAILED.value
        and each.reason_code not in (_NO_FAULT | {ReasonCode.ENCRYPTED.value})
    ]
    return [
        about(Check.NAMES, mismatched, Outcome.WARNING, "other_type"),
        about(Check.OPENS, broken, Outcome.FAILED, "unreadable"),
        about(Check.ENCRYPTION, locked, Outcome.FAILED, "encrypted"),
    ]


def _active(subject: Subject) -> Finding:
    if not subject.components:
        return Finding(Check.ACTIVE, Outcome.NOT_APPLICABLE, "no_files")
    found = {
        each.name: (each.attributes or {}).get(ACTIVE, "").split()
        for each in subject.components
        if (each.attributes or {}).get(ACTIVE)
    }
    kinds = [kind for some in found.values() for kind in some]
    for code in ("macros", "javascript", "external"):
        if code in kinds:
            return Finding(
                Check.ACTIVE,
                Outcome.WARNING,
                code,
                [name for name, some in found.items() if code in some],
            )
    return Finding(Check.ACTIVE, Outcome.PASSED)
