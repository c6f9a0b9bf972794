"""Places at which one byte is changed: any object, and every column that is sealed or signed.

A place is changed behind the back of the service, looked at, and put right again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from records.audit.report import Item, Report
from records.core.base import Base
from records.office import Office
from tests.records.audit.intruder import Intruder
from tests.records.audit.test_attacks import another

OBJECTS = "objects"
# What `verify` calls the rows of a table, where it has another name for them.
KINDS: dict[str, tuple[str, ...]] = {
    "log_entry": ("log_entry", "log_object", "log_payload"),
    "log_payload": ("log_payload",),
    "log_object": ("log_object",),
    "log_node": ("log_node",),
    "log_key": ("log_key", "checkpoint"),
    "log_head": ("log_entry", "log_node", "checkpoint", "log_payload", "log_object"),
    "stored_object": ("object",),
    "component": ("object", "component", "seal_usage", "signature_check"),
    "registration": ("registration", "document"),
    "document": ("document", "access"),
}
# The whole row is signed, or bound by the log.
WHOLE = (
    "log_entry",
    "log_payload",
    "log_object",
    "log_node",
    "log_key",
    "log_head",
    "checkpoint",
    "receipt",
    "seal_usage",
)
SEALED: dict[str, tuple[str, ...]] = {
    "stored_object": ("name", "wrapped_key", "stored_bytes"),
    "component": ("sha256", "object_name"),
    "registration": ("text",),
    "document": ("number",),
    "component_text": ("sealed",),
    "page_face": ("sealed",),
    "preview": ("sealed",),
    "recognised_page": ("sealed",),
    "stack": ("sealed",),
    "filing_trait": ("sealed",),
    "filing_model": ("wrapped_key", "sealed"),
    "kept_answer": ("wrapped_key", "sealed"),
    "signing_request": ("wrapped_key", "sealed"),
    "signing_key": ("kind", "public_key", "user_id", "wrapped_key", "sealed"),
    "seal_authority": ("certificate", "wrapped_key", "sealed"),
    "seal_certificate": ("serial", "certificate", "wrapped_key", "sealed"),
    "seal_imprint": ("sha256", "width_px", "height_px", "wrapped_key", "sealed"),
}
# Nothing refers to them that could tell; or the database refuses any other value.
LEFT_OUT = {("log_key", "id"), ("log_head", "id")}


@dataclass(frozen=True)
class Place:
    """A table and one of its columns, or the objects of the store."""

    table: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.table}.{self.column}" if self.column else self.table


def places_in(intruder: Intruder) -> list[Place]:
    """Return every place at which an office keeps something, its objects first."""
    places = all_places()
    return [places[0], *(each for each in places[1:] if _rows(intruder, each))]


def all_places() -> list[Place]:
    """Return every place, whether anything is kept there or not."""
    tables = Base.metadata.tables
    whole = [Place(name, each.name) for name in WHOLE for each in tables[name].columns]
    some = [Place(name, column) for name, columns in SEALED.items() for column in columns]
    return [
        Place(OBJECTS),
        *(each for each in [*whole, *some] if (each.table, each.column) not in LEFT_OUT),
    ]


@dataclass(frozen=True)
class Flip:
    """One byte that was changed: where, in which row or file, and what it was."""

    place: Place
    names: Sequence[str]
    before: object
    after: object

    def is_named_by(self, report: Report) -> bool:
        """Return whether a report names what was changed."""
        found = [*report.missing, *report.extra, *report.changed]
        if self.place.table in ("registration", "document") and report.gaps:
            return True
        return any(self._is_it(each) for each in found)

    def _is_it(self, item: Item) -> bool:
        if self.place.table == OBJECTS:
            return item.kind == "object" and item.id in self.names
        kinds = KINDS.get(self.place.table, (self.place.table,))
        return item.kind in kinds and any(each in item.id for each in self.names)


@contextmanager
def flipped(office: Office, intruder: Intruder, place: Place, chance: Random) -> Iterator[Flip]:
    """Change one byte at a place, in a row or an object and at a position by chance."""
    make = _flipped_object if place.table == OBJECTS else _flipped_row
    with make(office, intruder, place, chance) as flip:
        yield flip


@contextmanager
def _flipped_object(
    office: Office, _intruder: Intruder, place: Place, chance: Random
) -> Iterator[Flip]:
    files = sorted(each for each in (office.config.home / "objects").rglob("*") if each.is_file())
    path: Path = chance.choice(files)
    before = path.read_bytes()
    after = another(before, chance)
    assert isinstance(after, bytes)
    path.write_bytes(after)
    try:
        yield Flip(place, [path.name], None, None)
    finally:
        path.write_bytes(before)


@contextmanager
def _flipped_row(
    _office: Office, intruder: Intruder, place: Place, chance: Random
) -> Iterator[Flip]:
    table = Base.metadata.tables[place.table]
    row = chance.choice(_rows(intruder, place))
    before, after = row[place.column], another(row[place.column], chance)
    key = {each.name: row[each.name] for each in table.primary_key}
    now = {**key, place.column: after} if place.column in key else key
    _write(intruder, place, after, key)
    try:
        yield Flip(place, _names(row, [*key.values(), after, before], place), before, after)
    finally:
        _write(intruder, place, before, now)


def _rows(intruder: Intruder, place: Place) -> Sequence[Any]:
    with intruder.engine.connect() as connection:
        found = connection.exec_driver_sql(
            f'SELECT * FROM "{place.table}" WHERE length("{place.column}") > 0'
        )
        return found.mappings().all()


def _write(intruder: Intruder, place: Place, value: object, key: dict[str, Any]) -> None:
    same = " AND ".join(f'"{name}" = ?' for name in key)
    statement = f'UPDATE "{place.table}" SET "{place.column}" = ? WHERE {same}'
    with intruder.engine.begin() as connection:
        # A byte that turns on the disk asks no constraint.
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.exec_driver_sql(statement, (value, *key.values()))


def _names(row: Any, values: Sequence[object], place: Place) -> list[str]:
    """Return what a report may call a row by: its key, its number, what it belongs to."""
    names = [_text(each) for each in values]
    others = ("id", "text", "object_name", "origin", "document_id", "sequence", "size")
    names += [_text(row[each]) for each in others if row.get(each) is not None]
    if place.table == "log_head":
        names.append("")
    return names


def _text(value: object) -> str:
    if isinstance(value, bytes) and len(value) == 16:
        return str(UUID(bytes=value))
    return str(value)
