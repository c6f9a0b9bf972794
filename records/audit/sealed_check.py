"""What the database keeps sealed: each row opens under its key, and is what its row tells of it.

Texts, page faces, previews, recognised pages, stacks and features are sealed under the key of
their component; private keys, imprints, questions and answers under keys of their own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from records.audit.key_check import (
    check_authority,
    check_certificate,
    check_imprint,
    check_signing_key,
)
from records.audit.report import Item, Report
from records.audit.rows import walk
from records.core.base import Base, table_of
from records.core.database import Database
from records.core.idempotency import KeptAnswer, open_answer
from records.documents.faces import FACE_LABEL
from records.documents.models import Component, ComponentText, PageFace, Preview, StoredObject
from records.documents.previews import preview_label
from records.documents.texts import TEXT_LABEL
from records.documents.uploads import UploadPart
from records.filing.knowledge import LABEL as MODEL_LABEL
from records.filing.models import FilingModel, FilingTrait
from records.filing.traits import LABEL as TRAIT_LABEL
from records.office import Office
from records.people.models import SecondFactor, SigningKey, SigningRequest
from records.people.passkeys import frozen_of
from records.people.second_factor import secret_of
from records.scans.models import RecognisedPage, Stack
from records.scans.pages import page_label
from records.scans.stacks import LABEL as STACK_LABEL
from records.seals.models import SealAuthority, SealCertificate, SealImprint
from storage import KeyDamaged, KeyMissing, SealDamaged, Vault

PAGE = 200
# Whatever is wrong with a row that was damaged in its type.
_FAULTS = (SealDamaged, KeyDamaged, KeyMissing, ValueError, TypeError, AssertionError)

# Under the key of their component: the label of each row.
DERIVED: Mapping[type[Any], Callable[[Any], str]] = {
    ComponentText: lambda _: TEXT_LABEL,
    PageFace: lambda _: FACE_LABEL,
    Preview: lambda row: preview_label(row.page, row.width_px),
    RecognisedPage: lambda row: page_label(row.page),
    Stack: lambda _: STACK_LABEL,
    FilingTrait: lambda _: TRAIT_LABEL,
}


@dataclass(frozen=True)
class Opening:
    """What a check of one row has at hand."""

    database: Database
    vault: Vault


# Under keys of their own: how each row is opened and compared; what is wrong is raised or told.
OWN: Mapping[type[Any], Callable[[Opening, Any], str | None]] = {
    SealAuthority: lambda at, row: check_authority(at.database, at.vault, row),
    SealCertificate: lambda at, row: check_certificate(at.database, at.vault, row),
    SealImprint: lambda at, row: check_imprint(at.database, at.vault, row),
    SigningKey: lambda at, row: check_signing_key(at.database, at.vault, row),
    SigningRequest: lambda at, row: _opened(frozen_of(at.vault, row)),
    SecondFactor: lambda at, row: _opened(secret_of(at.vault, row)),
    KeptAnswer: lambda at, row: _opened(open_answer(at.vault, row)),
    FilingModel: lambda at, row: _opened(at.vault.unseal(row.wrapped_key, MODEL_LABEL, row.sealed)),
    UploadPart: lambda at, row: _opened(at.vault.keyring.unwrap(row.wrapped_key)),
}


def check_sealed(office: Office, report: Report, tell: Callable[[str, int], None]) -> None:
    """Open everything that is sealed, and tell of what does not open."""
    for model, label in DERIVED.items():
        _check_derived(office, model, label, report)
        tell("sealed", report.counts.setdefault("sealed", 0))
    at = Opening(office.database, office.vault)
    for model, check in OWN.items():
        for row in _rows(office.database, model, report):
            report.count("sealed")
            try:
                fault = check(at, row)
            except _FAULTS as error:
                fault = str(error) or "it cannot be read"
            if fault and _is_there(office.database, model, row):
                report.changed.append(Item(_name(model), _place(model, row), fault))
    tell("sealed", report.counts["sealed"])


def _check_derived(
    office: Office, model: type[Any], label: Callable[[Any], str], report: Report
) -> None:
    keys: dict[Any, bytes] = {}
    for row in _rows(office.database, model, report):
        if row.sealed is None:
            continue
        report.count("sealed")
        key = keys.get(row.component_id) or _key_of(office.database, row.component_id)
        # The rows of one component follow each other: no more than a few keys are needed.
        keys = {row.component_id: key} if key else {}
        if key is None:
            continue  # features may outlive their component, and are noise from then on
        fault = None
        try:
            office.vault.unseal(key, label(row), row.sealed)
        except _FAULTS as error:
            fault = str(error)
        if fault and _is_there(office.database, model, row):
            report.changed.append(Item(_name(model), _place(model, row), fault))


def _rows(database: Database, model: type[Any], report: Report) -> Iterator[Any]:
    for _, rows in walk(database, model, report, kind=_name(model), page=PAGE):
        yield from rows


def _key_of(database: Database, component_id: Any) -> bytes | None:
    query = (
        select(StoredObject.wrapped_key)
        .join(Component, Component.object_name == StoredObject.name)
        .where(Component.id == component_id)
    )
    with database.reading() as uow:
        return uow.session.scalar(query)


def _is_there(database: Database, model: type[Any], row: Any) -> bool:
    """Return whether a row is as it was read: the office may have changed it meanwhile."""
    keys = tuple(getattr(row, each.key) for each in table_of(model).primary_key.columns)
    with database.reading() as uow:
        now = uow.session.get(model, keys if len(keys) > 1 else keys[0])
    return now is not None and getattr(now, "sealed", None) == getattr(row, "sealed", None)


def _place(model: type[Any], row: Any) -> str:
    return " ".join(str(getattr(row, each.key)) for each in table_of(model).primary_key.columns)


def _name(model: type[Base]) -> str:
    return table_of(model).name


def _opened(_content: object) -> None:
    """Nothing is known of it but that it opens."""
