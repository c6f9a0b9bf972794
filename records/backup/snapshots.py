"""Snapshots: one JSON file for each run, saying which blocks make up the tables of one moment."""

import base64
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from records.core.errors import Invalid

FORMAT = "chancery back-up 1"
_NAME = re.compile(r"\d{8}T\d{6}Z-\d+")


@dataclass(frozen=True)
class Block:
    """Some rows of a table, kept as an object.

    Attributes:
        digest: Keyed digest of the rows, by which an unchanged block is recognised.
        name: The object in the back-up; SHA-256 of its bytes.
        wrapped_key: Its data key, wrapped by a master key.
    """

    digest: str
    name: str
    wrapped_key: bytes
    rows: int


@dataclass(frozen=True)
class TableBlocks:
    """A table: its columns, those of its key first, and its blocks in order."""

    table: str
    columns: list[str]
    blocks: list[Block]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(each.rows for each in self.blocks)


@dataclass(frozen=True)
class Snapshot:
    """What one run kept.

    Attributes:
        name: Time and size of the log; also the name of its file.
        revision: Revision of the schema.
        checkpoint: Signed note on the log, as it was given out; None while nothing was logged.
        tables: In an order in which each stands on those before it.
        originals: How many objects the tables refer to.
        missing: Names of objects that the store could not give whole.
    """

    name: str
    made_at: str
    revision: str
    log_size: int
    checkpoint: str | None
    tables: list[TableBlocks]
    originals: int
    missing: list[str] = field(default_factory=list)

    def dump(self) -> bytes:
        """Return the file."""
        content = {
            "format": FORMAT,
            "made_at": self.made_at,
            "revision": self.revision,
            "log_size": self.log_size,
            "checkpoint": self.checkpoint,
            "originals": self.originals,
            "missing": self.missing,
            "tables": [
                {
                    "table": each.table,
                    "columns": each.columns,
                    "blocks": [
                        {
                            "digest": block.digest,
                            "object": block.name,
                            "key": base64.b64encode(block.wrapped_key).decode(),
                            "rows": block.rows,
                        }
                        for block in each.blocks
                    ],
                }
                for each in self.tables
            ],
        }
        return json.dumps(content, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, name: str, content: bytes) -> Self:
        """Read a file.

        Raises:
            Invalid: It is no snapshot of this format.
        """
        try:
            told = json.loads(content)
            if told["format"] != FORMAT:
                raise ValueError(told["format"])
            return cls(
                name,
                told["made_at"],
                told["revision"],
                told["log_size"],
                told["checkpoint"],
                [_table(each) for each in told["tables"]],
                told["originals"],
                list(told["missing"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid("%(name)s is no snapshot of a back-up.", {"name": name}) from error


def _table(told: dict[str, Any]) -> TableBlocks:
    return TableBlocks(
        told["table"],
        list(told["columns"]),
        [
            Block(each["digest"], each["object"], base64.b64decode(each["key"]), each["rows"])
            for each in told["blocks"]
        ],
    )


def snapshot_names(folder: Path) -> list[str]:
    """Return the names of the snapshots of a back-up, oldest first."""
    found = (each.stem for each in (folder / "snapshots").glob("*.json"))
    return sorted(each for each in found if _NAME.fullmatch(each))


def read_snapshot(folder: Path, name: str | None = None) -> Snapshot:
    """Return a snapshot, the newest unless one is named.

    Raises:
        Invalid: There is none.
    """
    names = snapshot_names(folder)
    if not names or name not in (None, *names):
        raise Invalid(
            "There is no snapshot %(name)s in %(folder)s.",
            {"name": name or "", "folder": folder},
        )
    chosen = name or names[-1]
    return Snapshot.parse(chosen, (folder / "snapshots" / f"{chosen}.json").read_bytes())


def write_snapshot(folder: Path, snapshot: Snapshot) -> None:
    """Put a snapshot in place, durably: it is there whole, or not at all."""
    place = folder / "snapshots"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place / f".{snapshot.name}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(snapshot.dump())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place / f"{snapshot.name}.json")
    _sync(place)


def drop_snapshots(folder: Path, names: Sequence[str]) -> None:
    """Remove snapshots; their objects are collected by `writing.collect`."""
    for name in names:
        (folder / "snapshots" / f"{name}.json").unlink(missing_ok=True)
    if names:
        _sync(folder / "snapshots")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
