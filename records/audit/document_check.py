"""Documents against the rules: who may see each, and the number that each bears."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.audit.report import Item, Report
from records.audit.rows import walk
from records.core.database import Database, UnitOfWork
from records.documents.models import Access, Component, Document, Grant, StoredObject
from records.documents.visibility import access_rows
from records.registration.models import Registration
from records.registration.rules import RegistrationState

PAGE = 500
_KEY = ("principal", "secrecy", "document_id", "window")
_VALUE = ("received_on", "title_key", "from_at", "until_at")


def check_documents(database: Database, report: Report, tell: Callable[[str, int], None]) -> None:
    """Work out for every document who may see it, and look at its line in the book."""
    report.count("documents", 0)
    for uow, documents in walk(database, Document, report, kind="document", page=PAGE):
        _check_access(uow, documents, report)
        _check_lines(uow, documents, report)
        _check_files(uow, documents, report)
        report.count("documents", len(documents))
        tell("documents", report.counts["documents"])


def _check_access(uow: UnitOfWork, documents: Sequence[Document], report: Report) -> None:
    ids = [each.id for each in documents]
    grants: dict[UUID, list[Grant]] = defaultdict(list)
    for grant in uow.session.scalars(select(Grant).where(Grant.document_id.in_(ids))):
        grants[grant.document_id].append(grant)
    kept: dict[UUID, dict[tuple[Any, ...], tuple[Any, ...]]] = defaultdict(dict)
    for row in uow.session.scalars(select(Access).where(Access.document_id.in_(ids))):
        key = tuple(getattr(row, name) for name in _KEY)
        kept[row.document_id][key] = tuple(getattr(row, name) for name in _VALUE)
    for document in documents:
        due = {
            tuple(row[name] for name in _KEY): tuple(row[name] for name in _VALUE)
            for row in access_rows(document, grants[document.id])
        }
        _compare(document, due, kept[document.id], report)
        report.count("access_rows", len(kept[document.id]))


def _compare(
    document: Document,
    due: dict[tuple[Any, ...], tuple[Any, ...]],
    kept: dict[tuple[Any, ...], tuple[Any, ...]],
    report: Report,
) -> None:
    place = str(document.id)
    for key in due.keys() - kept.keys():
        report.missing.append(
            Item("access", place, f"the rule lets capacity {key[0]} see it at level {key[1]}")
        )
    for key in kept.keys() - due.keys():
        report.extra.append(
            Item("access", place, f"no rule lets capacity {key[0]} see it at level {key[1]}")
        )
    for key in due.keys() & kept.keys():
        if due[key] != kept[key]:
            report.changed.append(
                Item("access", place, f"capacity {key[0]} has other sort keys or another period")
            )


def _check_lines(uow: UnitOfWork, documents: Sequence[Document], report: Report) -> None:
    """A document bears the number of its line in the book, and has exactly one that counts."""
    lines: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    query = select(Registration.document_id, Registration.register_id, Registration.text).where(
        Registration.document_id.in_([each.id for each in documents]),
        Registration.state != RegistrationState.MOVED.value,
    )
    for document_id, register_id, text in uow.session.execute(query):
        lines[document_id].append((register_id, text))
    for document in documents:
        found = lines[document.id]
        if not found:
            report.missing.append(
                Item("registration", str(document.id), "the document stands in no book")
            )
        elif found != [(document.register_id, document.number)]:
            report.changed.append(
                Item("document", str(document.id), "its number is not that of its line in the book")
            )


def _check_files(uow: UnitOfWork, documents: Sequence[Document], report: Report) -> None:
    """Files are counted without a hole, the original first, and each object is known."""
    unknown = (
        select(Component.id)
        .outerjoin(StoredObject, StoredObject.name == Component.object_name)
        .where(
            Component.document_id.in_([each.id for each in documents]),
            Component.object_name.is_not(None),
            StoredObject.name.is_(None),
        )
    )
    for component_id in uow.session.scalars(unknown):
        item = Item("component", str(component_id), "nothing is known of the object that it names")
        report.missing.append(item)
    positions: dict[UUID, list[int]] = defaultdict(list)
    query = (
        select(Component.document_id, Component.position)
        .where(Component.document_id.in_([each.id for each in documents]))
        .order_by(Component.document_id, Component.position)
    )
    for document_id, position in uow.session.execute(query):
        positions[document_id].append(position)
    for document_id, found in positions.items():
        for position in sorted(set(range(found[-1] + 1)) - set(found)):
            report.missing.append(
                Item("component", f"{document_id} {position}", "the document has lost a file")
            )
