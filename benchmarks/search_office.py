"""An office with the documents of `benchmarks.search_corpus`, and people with different rights.

Rows go straight into the tables and the index is built by the command that everybody uses, so that
a million documents take minutes. Their files are not there, only what was read in them.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from benchmarks.search_corpus import CLASSES, UNITS, Made, documents
from records.classification.plan import ClassFacts, add_class
from records.core.base import table_of
from records.core.config import load_config
from records.core.database import UnitOfWork
from records.core.ids import new_id
from records.documents.models import Access, Component, ComponentText, Document, StoredObject
from records.documents.texts import seal_text
from records.documents.visibility import access_rows
from records.finding.rebuilding import reindex
from records.office import Office, open_office
from records.people.models import User
from records.people.organization import add_unit, unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Role, Secrecy
from records.people.service import add_user
from records.registration.registers import register_by_code

BATCH = 5_000
# Who searches: a role, the unit of their post (None is the whole office), and a clearance.
PEOPLE = {
    "clerk": (Role.CLERK, None, Secrecy.TOP_SECRET),
    "archivist": (Role.ARCHIVIST, None, Secrecy.SECRET),
    "leader": (Role.LEADER, None, Secrecy.CONFIDENTIAL),
    "staff": (Role.STAFF, 3, Secrecy.INTERNAL),
}


@dataclass(frozen=True)
class _Places:
    """Where documents lie: registers with their clerks, units and classes, by number."""

    registers: dict[str, tuple[UUID, UUID]]
    units: list[UUID]
    classes: list[UUID]


def filled_office(home: Path, count: int) -> Office:
    """Open an office of so many documents, and fill it at the first time."""
    office = open_office(load_config({}, home=home))
    with office.database.reading() as uow:
        is_new = uow.session.scalar(select(User.id).where(User.login == "clerk")) is None
    if is_new:
        begun, cpu = time.perf_counter(), time.process_time()
        _fill(office, _people(office), count)
        print(f"{count:,} rows written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        begun, cpu = time.perf_counter(), time.process_time()
        reindex(office)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
        print(
            f"searchable {took:.0f} s after that: {count / took:.0f}/s, {count / cpu:.0f} per CPU "
            f"second; load {os.getloadavg()[0]:.1f}",
            file=sys.stderr,
        )
    return office


def _people(office: Office) -> _Places:
    with office.database.writing() as uow:
        root = unit_by_code(uow, ROOT_UNIT_CODE)
        units = [
            add_unit(uow, SERVICE, code=f"U{each}", name=f"Unit {each}", parent_id=root.id).id
            for each in range(UNITS)
        ]
        for login, (role, unit, clearance) in PEOPLE.items():
            user, _ = add_user(
                uow,
                SERVICE,
                login=login,
                roles=frozenset({role}),
                unit_id=root.id if unit is None else units[unit],
                clearance=clearance,
            )
            user.password_is_temporary = False
        names = ("incoming", "outgoing", "internal")
        registers = {each: register_by_code(uow, each) for each in names}
        return _Places(
            {name: (each.id, each.clerk_unit_id) for name, each in registers.items()},
            units,
            _classes(uow),
        )


def _classes(uow: UnitOfWork) -> list[UUID]:
    group = add_class(uow, SERVICE, ClassFacts("ZZ", "All of the corpus")).code
    facts = [ClassFacts(f"ZZ{each}", f"Class {each}", group, "10") for each in range(CLASSES)]
    return [add_class(uow, SERVICE, each).id for each in facts]


def _fill(office: Office, places: _Places, count: int) -> None:
    """Write all rows in one transaction; the secondary indexes are made at the end."""
    with office.database.engine.begin() as connection:
        indexes = _drop_indexes(connection)
        for start in range(0, count, BATCH):
            batch = documents(min(start + BATCH, count), start)
            rows: dict[Any, list[dict[str, Any]]] = {}
            for model, row in chain.from_iterable(_rows(office, places, made) for made in batch):
                rows.setdefault(model, []).append(row)
            for model, values in rows.items():
                connection.execute(insert(table_of(model)), values)
        for each in indexes:
            connection.execute(text(each))


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes that SQLite would fill in random order; return how to make them again."""
    found = connection.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND "
            "tbl_name IN ('document', 'access', 'component', 'component_text', 'stored_object')"
        )
    ).all()
    for name, _ in found:
        connection.execute(text(f"DROP INDEX {name}"))
    return [sql for _, sql in found]


def _rows(office: Office, places: _Places, made: Made) -> Iterator[tuple[Any, dict[str, Any]]]:
    document = _document(places, made)
    now = document.registered_at
    _, key = office.vault.keyring.new_data_key()
    component_id, name = new_id(), sha256(document.id.bytes).hexdigest()
    yield Document, _values(document)
    yield StoredObject, {"name": name, "wrapped_key": key, "stored_bytes": 1, "created_at": now}
    component = Component(
        id=component_id,
        document_id=document.id,
        position=0,
        role="original",
        name=f"{made.serial}.pdf",
        media_type="application/pdf",
        mismatch=False,
        size_bytes=1,
        sha256=name,
        object_name=name,
        added_at=now,
        text_state="done",
    )
    yield Component, _values(component)
    sealed = seal_text(office.vault, key, [made.body])
    yield ComponentText, {"component_id": component_id, "sealed": sealed}
    for row in access_rows(document, ()):
        yield Access, row


def _document(places: _Places, made: Made) -> Document:
    register_id, clerk_unit_id = places.registers[made.register]
    at = datetime.combine(made.received_on, datetime.min.time(), UTC)
    filed = made.file_class is not None
    return Document(
        id=new_id(),
        register_id=register_id,
        clerk_unit_id=clerk_unit_id,
        number=made.number,
        state="filed" if filed else "registered",
        title=made.title,
        kind=made.kind,
        sender=made.sender,
        received_on=made.received_on,
        urgency="routine",
        secrecy=made.secrecy,
        medium="electronic",
        keywords=[],
        unit_id=None if made.unit is None else places.units[made.unit],
        class_id=None if made.file_class is None else places.classes[made.file_class],
        filed_at=at if filed else None,
        text_state="done",
        registered_at=at,
        version=1,
    )


def _values(row: Document | Component) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}
