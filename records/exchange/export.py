"""Export: the documents that a person may see, as plain files that need no Chancery to be read.

files/REGISTER/NUMBER/01 NAME    every component, byte for byte
documents.jsonl, documents.csv   the metadata, one document a line
SHA256SUMS                       `sha256sum -c SHA256SUMS` checks everything
SHA256SUMS.note                  written last: the sums, signed; `openssl` checks it
"""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict
from records.core.log import timestamp
from records.documents import metadata
from records.documents.models import Component, Document, StoredObject
from records.documents.visibility import visible
from records.exchange.tables import write_csv
from records.people.models import Unit
from records.people.rules import Actor, Secrecy
from records.registration.models import Register
from storage import StorageError, Vault

BATCH = 200
MAX_NAME_BYTES = 120
SUMS, LINES, TABLE, FILES = "SHA256SUMS", "documents.jsonl", "documents.csv", "files"
NOTE = f"{SUMS}.note"
_TABLE_COLUMNS = ("number", "register", "state", "registered_at", *metadata.FIELDS, "files", "id")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")


@dataclass(frozen=True)
class Exported:
    """What an export holds; `damaged` names components whose bytes cannot be given back."""

    documents: int
    files: int
    damaged: list[str]


@dataclass(frozen=True)
class _Codes:
    registers: Mapping[UUID, str]
    units: Mapping[UUID, str]
    classes: Mapping[UUID, str]


def export_documents(
    database: Database,
    vault: Vault,
    folder: Path,
    *,
    actor: Callable[[UnitOfWork], Actor],
    signed: Callable[[UnitOfWork, str], str] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write all documents that a person may see into an empty folder.

    Args:
        actor: Loads whose sight decides, anew for every batch.
        signed: Makes the note that is kept beside the sums of their SHA-256.
        progress: Told how many more documents are written.

    Raises:
        Conflict: The folder is not empty.
        OSError: It cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict("The folder %(path)s is not empty.", {"path": folder})
    (folder / FILES).mkdir(parents=True)
    leaving = _Export(database, vault, folder)
    try:
        for batch in _batches(database, actor):
            leaving.take(batch)
            progress(len(batch))
        done = leaving.finish()
    finally:
        leaving.close()
    sums = _digest(folder / SUMS)
    with database.writing() as uow:
        who = actor(uow)
        note = signed(uow, sums) if signed is not None else None
        uow.record(
            "archive.exported",
            actor_id=who.user_id,
            objects=[who.user_id] if who.user_id else [],
            payload={
                **who.signature(),
                "documents": done.documents,
                "files": done.files,
                "sums": sums,
            },
        )
    # A note that stands for an export which the log does not tell of is never given out.
    if note is not None:
        (folder / NOTE).write_text(note, "utf-8")
    return done


@dataclass(frozen=True)
class _Leaving:
    document: Document
    components: Sequence[tuple[Component, bytes]]


def _batches(
    database: Database, actor: Callable[[UnitOfWork], Actor]
) -> Iterator[Sequence[_Leaving]]:
    last: UUID | None = None
    while True:
        with database.reading() as uow:
            query = select(Document).where(visible(uow, actor(uow))).order_by(Document.id)
            if last is not None:
                query = query.where(Document.id > last)
            documents = uow.session.scalars(query.limit(BATCH)).all()
            if not documents:
                return
            last = documents[-1].id
            rows = uow.session.execute(
                select(Component, StoredObject.wrapped_key)
                .join(StoredObject, StoredObject.name == Component.object_name)
                .where(Component.document_id.in_([each.id for each in documents]))
                .order_by(Component.document_id, Component.position)
            ).all()
        found: dict[UUID, list[tuple[Component, bytes]]] = {}
        for component, wrapped_key in rows:
            found.setdefault(component.document_id, []).append((component, wrapped_key))
        yield [_Leaving(each, found.get(each.id, [])) for each in documents]


class _Export:
    """The files of one export while it is written."""

    def __init__(self, database: Database, vault: Vault, folder: Path) -> None:
        self._vault = vault
        self._zone = database.zone
        self._folder = folder
        self._sums: list[tuple[str, str]] = []
        self._taken: set[str] = set()
        self._damaged: list[str] = []
        self._documents = 0
        self._lines = (folder / LINES).open("wb")
        with database.reading() as uow:
            self._codes = _codes(uow)

    def close(self) -> None:
        """Close the open file, whatever happened."""
        self._lines.close()

    def take(self, batch: Sequence[_Leaving]) -> None:
        """Write some documents: their files and their lines."""
        for each in batch:
            place = self._place(each.document)
            names = [self._write(place, *component) for component in each.components]
            facts = _facts(each, names, self._codes)
            self._lines.write(json.dumps(facts, ensure_ascii=False).encode() + b"\n")
            self._documents += 1

    def finish(self) -> Exported:
        """Write the table and, last of all, the sums."""
        self._lines.close()
        files = len(self._sums)
        with (self._folder / TABLE).open("wb") as table:
            table.writelines(write_csv(_TABLE_COLUMNS, self._rows(), zone=self._zone))
        for name in (LINES, TABLE):
            self._sums.append((_digest(self._folder / name), name))
        with (self._folder / SUMS).open("wb") as sums:
            sums.writelines(f"{digest}  {name}\n".encode() for digest, name in self._sums)
            sums.flush()
            os.fsync(sums.fileno())
        return Exported(self._documents, files, self._damaged)

    def _place(self, document: Document) -> str:
        name = f"{FILES}/{_safe(self._codes.registers[document.register_id])}"
        place = f"{name}/{_safe(document.number)}"
        # A book whose form changed may have written two numbers alike; folders must differ, also
        # where case does not count.
        if place.casefold() in self._taken:
            place = f"{place} {document.id.hex}"
        self._taken.add(place.casefold())
        return place

    def _write(self, place: str, component: Component, wrapped_key: bytes) -> str | None:
        name = f"{place}/{component.position + 1:02} {_safe(component.name)}"
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                digest = self._copy(component, wrapped_key, file)
        except StorageError:
            digest = None
        if digest != component.sha256:
            path.unlink()
            self._damaged.append(f"{place}: {component.name}")
            return None
        self._sums.append((digest, name))
        return name

    def _copy(self, component: Component, wrapped_key: bytes, file: BinaryIO) -> str:
        digest = hashlib.sha256()
        for piece in self._vault.read(component.object_name, wrapped_key):
            digest.update(piece)
            file.write(piece)
        return digest.hexdigest()

    def _rows(self) -> Iterator[list[str]]:
        with (self._folder / LINES).open("rb") as lines:
            for line in lines:
                facts = json.loads(line)
                facts["files"] = [each["file"] for each in facts.pop("components")]
                yield [_cell(facts[column]) for column in _TABLE_COLUMNS]


def _codes(uow: UnitOfWork) -> _Codes:
    return _Codes(
        {row[0]: row[1] for row in uow.session.execute(select(Register.id, Register.code))},
        {row[0]: row[1] for row in uow.session.execute(select(Unit.id, Unit.code))},
        {row[0]: row[1] for row in uow.session.execute(select(FileClass.id, FileClass.code))},
    )


def _facts(leaving: _Leaving, names: Sequence[str | None], codes: _Codes) -> dict[str, Any]:
    document = leaving.document
    facts: dict[str, Any] = {
        "id": str(document.id),
        "number": document.number,
        "register": codes.registers[document.register_id],
        "state": document.state,
        "registered_at": timestamp(document.registered_at),
    }
    for name, field in metadata.FIELDS.items():
        if field.column is not None:
            facts[name] = metadata.shown(getattr(document, field.column))
    facts["secrecy"] = Secrecy(document.secrecy).code
    facts["unit"] = codes.units[document.unit_id] if document.unit_id else None
    facts["class"] = codes.classes[document.class_id] if document.class_id else None
    facts["components"] = [
        {
            "file": name,
            "name": component.name,
            "sha256": component.sha256,
            "size": component.size_bytes,
            "media_type": component.media_type,
        }
        for (component, _), name in zip(leaving.components, names, strict=True)
    ]
    return facts


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return "; ".join(each or "" for each in value) if isinstance(value, list) else str(value)


def _safe(name: str) -> str:
    """Return a name that every file system takes, of at most `MAX_NAME_BYTES`, ending kept."""
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .") or "_"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = clean, ""
    room = MAX_NAME_BYTES - len(ending.encode()) - 1
    stem = stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return f"{stem}.{ending}" if ending else stem


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
