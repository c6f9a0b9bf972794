"""Rows as the interface shows them, by the names of REST."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.documents.metadata import FIELDS
from records.documents.models import Component, Document, Grant
from records.people.models import Unit
from records.people.rules import Secrecy
from records.registration.models import Register
from records.scans.service import RecognitionView, recognitions_of
from records.seals.signatures.checks import CheckView, checks_of
from records.seals.signatures.verdicts import Verdict


def document_answer(
    uow: UnitOfWork, document: Document, components: Sequence[Component], *, searchable: bool
) -> dict[str, Any]:
    """Return a document with all its metadata and components."""
    codes, checks = _codes_of(uow, document), checks_of(uow, components)
    scans = recognitions_of(uow, [each.id for each in components])
    return _shown(document, components, codes, checks, scans, searchable=searchable)


def document_answers(
    uow: UnitOfWork, document_ids: Sequence[UUID], *, searchable: Collection[UUID]
) -> list[dict[str, Any]]:
    """Return documents in the given order, in eight queries however many they are."""
    if not document_ids:
        return []
    rows = uow.session.scalars(select(Document).where(Document.id.in_(document_ids)))
    documents = {each.id: each for each in rows}
    components: dict[UUID, list[Component]] = defaultdict(list)
    for component in uow.session.scalars(
        select(Component)
        .where(Component.document_id.in_(document_ids))
        .order_by(Component.document_id, Component.position)
    ):
        components[component.document_id].append(component)
    files = [each for some in components.values() for each in some]
    checks = checks_of(uow, files)
    scans = recognitions_of(uow, [each.id for each in files])
    registers = _codes(uow, Register, (each.register_id for each in documents.values()))
    units = _codes(uow, Unit, (each.unit_id for each in documents.values()))
    classes = _codes(uow, FileClass, (each.class_id for each in documents.values()))
    return [
        _shown(
            each,
            components[each.id],
            {
                "register": registers[each.register_id],
                "unit": units[each.unit_id] if each.unit_id else None,
                "class": classes[each.class_id] if each.class_id else None,
            },
            checks,
            scans,
            searchable=each.id in searchable,
        )
        for document_id in document_ids
        if (each := documents.get(document_id)) is not None
    ]


def _shown(
    document: Document,
    components: Sequence[Component],
    codes: Mapping[str, str | None],
    checks: Mapping[UUID, CheckView],
    scans: Mapping[UUID, RecognitionView],
    *,
    searchable: bool,
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: _value(getattr(document, each.column)) if each.column else codes.get(name)
        for name, each in FIELDS.items()
    }
    shown["secrecy"] = Secrecy(document.secrecy).code
    return {
        "id": str(document.id),
        "number": document.number,
        "register": codes["register"],
        "version": document.version,
        "state": document.state,
        "status": "searchable" if searchable else "registered",
        "text": document.text_state,
        "reason": _reason(document, components),
        **shown,
        "registered_at": document.registered_at.isoformat(),
        "checked_at": _value(document.checked_at),
        "filed_at": _value(document.filed_at),
        "components": [
            {
                **component_answer(each),
                "signature_check": check_answer(checks.get(each.id)),
                "recognition": recognition_answer(scans.get(each.id)),
            }
            for each in components
        ],
    }


def component_answer(component: Component) -> dict[str, Any]:
    """Return what is known of one file; `sha256` is always of the original bytes."""
    return {
        "id": str(component.id),
        "name": component.name,
        "sha256": component.sha256,
        "size": component.size_bytes,
        "media_type": component.media_type,
        "mismatch": component.mismatch,
        "role": component.role,
        "pages": component.page_count,
        "text": component.text_state,
        "reason": _component_reason(component),
        "derived_from": str(component.derived_from) if component.derived_from else None,
        "left_out": component.left_out,
        "signatures": component.signatures,
        "added_at": component.added_at.isoformat(),
    }


def recognition_answer(view: RecognitionView | None) -> dict[str, Any] | None:
    """Return how far the recognition of a file is; None for what is no scan."""
    if view is None:
        return None
    return {
        "state": view.state,
        "pages_done": view.pages_done,
        "pages_total": view.pages_total,
        "confidence": None if view.confidence is None else round(view.confidence, 4),
        "reason": {"code": view.reason_code} if view.reason_code else None,
    }


def check_answer(check: CheckView | None) -> dict[str, Any] | None:
    """Return what the signatures of a file were found to be; None while nobody has looked."""
    if check is None:
        return None
    return {
        "checked_at": check.checked_at.isoformat(),
        "reason": {"code": check.reason_code} if check.reason_code else None,
        "verdicts": [verdict_answer(each) for each in check.verdicts],
    }


def verdict_answer(verdict: Verdict) -> dict[str, Any]:
    """Return what one signature was found to be."""
    return {**verdict.to_json(), "standing": verdict.standing.value}


def grant_answer(grant: Grant) -> dict[str, Any]:
    """Return a right that was given."""
    return {
        "id": str(grant.id),
        "with_kind": grant.principal_kind,
        "with": str(grant.principal_object_id),
        "reason": grant.reason,
        "from": _value(grant.from_at),
        "until": _value(grant.until_at),
        "granted_at": grant.granted_at.isoformat(),
    }


def _codes_of(uow: UnitOfWork, document: Document) -> dict[str, str | None]:
    row = uow.session.execute(
        select(
            select(Register.code).where(Register.id == document.register_id).scalar_subquery(),
            select(Unit.code).where(Unit.id == document.unit_id).scalar_subquery(),
            select(FileClass.code).where(FileClass.id == document.class_id).scalar_subquery(),
        )
    ).one()
    return {"register": row[0], "unit": row[1], "class": row[2]}


def _codes(uow: UnitOfWork, model: Any, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    wanted = {each for each in ids if each is not None}
    if not wanted:
        return {}
    rows = uow.session.execute(select(model.id, model.code).where(model.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def _reason(document: Document, components: Sequence[Component]) -> dict[str, Any] | None:
    if document.text_reason is None:
        return None
    found = (each for each in components if each.reason_code == document.text_reason)
    component = next(found, None)
    message = component.reason_message if component else None
    return {"code": document.text_reason, "message": message}


def _component_reason(component: Component) -> dict[str, Any] | None:
    if component.reason_code is None:
        return None
    return {"code": component.reason_code, "message": component.reason_message}


def _value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
