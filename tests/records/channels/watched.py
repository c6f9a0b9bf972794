"""An office that watches a folder, for tests."""

import dataclasses
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from records.channels.models import Arrival
from records.channels.watching import FolderWatch
from records.core.channel_settings import WatchedFolder
from records.documents.models import Document, ObjectIntent
from records.office import Office
from records.registration.book import number_faults


def watch(office: Office, folder: Path, *, settle: float = 0, **options: Any) -> FolderWatch:
    """Return a watch of a folder that takes what it finds at once."""
    folder.mkdir(exist_ok=True)
    made = WatchedFolder("incoming", folder, settle_seconds=settle)
    return FolderWatch(office, dataclasses.replace(made, **options))


def titles(office: Office) -> list[str]:
    """Return the titles of all documents, in order."""
    with office.database.reading() as uow:
        return sorted(uow.session.scalars(select(Document.title)))


def arrivals(office: Office) -> list[Arrival]:
    """Return all arrivals."""
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Arrival).order_by(Arrival.id)))


def intents(office: Office) -> int:
    """Return how many objects wait for a document."""
    with office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(ObjectIntent)) or 0


def faults(office: Office) -> list[object]:
    """Return gaps and doubles of the numbers."""
    with office.database.reading() as uow:
        gaps, doubles = number_faults(uow)
        return [*gaps, *doubles]


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(
        each.relative_to(folder).as_posix()
        for each in folder.rglob("*")
        if each.is_file() or each.is_symlink()
    )
