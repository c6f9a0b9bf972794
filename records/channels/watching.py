"""A watched folder: files that have settled become documents and are moved aside after the commit.

Whatever dies in between, nothing is lost and nothing doubled: a file stays where it is until its
document is committed, and is known by its path, its bytes and its time of change when it is found
there once more. What can be better later (a full disk, a database that does not answer, a closed
register) leaves the file in its place; what cannot is laid into `failed` with the reason.
"""

import json
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from uuid import UUID

from sqlalchemy.exc import OperationalError

from records.channels.finding_files import (
    DONE,
    EMPTY_SECONDS,
    FAILED,
    REASON_SUFFIX,
    SIDECAR_SECONDS,
    ChangedMeanwhile,
    Found,
    Mark,
    described_by,
    is_same,
    pieces,
    sidecar_of,
    walk,
)
from records.channels.keeping import (
    Unregistered,
    forget_places,
    keep_arrival,
    laid_aside,
    refusal_of,
    settle_arrivals,
    waits,
)
from records.channels.rules import ChannelKind
from records.core.channel_settings import WatchedFolder
from records.core.errors import Invalid, Refusal
from records.exchange.bulk import BATCH, Outcome, Status, import_files
from records.exchange.rows import read_rows
from records.exchange.sources import MANIFEST_COLUMNS, Source, readable
from records.notify.wording import Catalogues, english
from records.office import Office
from records.people.rules import SERVICE, Secrecy
from records.registration.registers import register_by_code
from storage import Received, StorageError

MAX_SIDECAR_BYTES = 1024 * 1024
# So many batches a look takes before it tells how it went.
MOST_BATCHES = 25


@dataclass(frozen=True)
class _Ready:
    """A file that has settled, with its metadata beside it."""

    found: Found
    sidecar: Found | None


class FolderWatch:
    """Looks into one folder, again and again.

    Args:
        catalogues: Gives the words of a language, for the reasons beside files that failed.
    """

    kind = ChannelKind.FOLDER

    def __init__(
        self, office: Office, folder: WatchedFolder, catalogues: Catalogues = english
    ) -> None:
        self._office = office
        self._folder = folder
        self._root = folder.path
        self._words = catalogues(office.config.language)
        self._seen: dict[str, tuple[Mark, float]] = {}

    @property
    def name(self) -> str:
        """Its name among the channels."""
        return self._folder.name

    @property
    def register(self) -> str:
        """Code of the register that it feeds."""
        return self._folder.register

    @property
    def every_seconds(self) -> float:
        """Pause between two looks."""
        return max(0.2, min(self._folder.settle_seconds / 2, 5.0))

    def look(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take what is ready; return how many documents were registered.

        Raises:
            Refusal: The register is closed or not there.
            OSError: The folder cannot be read or written.
            StorageError, OperationalError: What the service stands on is out of order; everything
                that is not registered is still in the folder.
        """
        for each in (DONE, FAILED):
            (self._root / each).mkdir(exist_ok=True)
            if (self._root / each).is_symlink():
                raise Invalid("%(path)s must be a folder and no link.", {"path": each})
        ready, refused = self._sort(list(walk(self._root)))
        for found in refused:
            self._refuse(found)
        waiting, taken = iter(ready), 0
        for _ in range(MOST_BATCHES):
            batch = list(islice(waiting, BATCH))
            if not batch or stop():
                break
            taken += self._take(batch)
        self._tidy(settle=taken > 0)
        return taken

    # Sorting -------------------------------------------------------------------------------------

    def _sort(self, everything: Sequence[Found]) -> tuple[list[_Ready], list[Found]]:
        """Tell what can be taken from what cannot be, and forget what is gone."""
        now = time.monotonic()
        by_path = {each.path: each for each in everything}
        names = frozenset(by_path)
        self._seen = {path: seen for path, seen in self._seen.items() if path in names}
        ready: list[_Ready] = []
        for each in everything:
            if each.mark is None:
                continue
            main = described_by(each.path)
            quiet = self._quiet_seconds(each, now)
            if main is not None and (main in names or quiet < SIDECAR_SECONDS):
                continue
            if quiet < self._needed(each.mark):
                continue
            beside = sidecar_of(each.path, names) if main is None else None
            sidecar = by_path[beside] if beside else None
            if sidecar and self._quiet_seconds(sidecar, now) < self._folder.settle_seconds:
                continue
            ready.append(_Ready(each, sidecar))
        return ready, [each for each in everything if each.mark is None]

    def _needed(self, mark: Mark) -> float:
        settle = self._folder.settle_seconds
        return settle if mark.size_bytes else max(settle, EMPTY_SECONDS)

    def _quiet_seconds(self, found: Found, now: float) -> float:
        """Return for how long this watch has seen a file unchanged."""
        assert found.mark is not None  # only files are asked for
        known = self._seen.get(found.path)
        if known is None or known[0] != found.mark:
            self._seen[found.path] = (found.mark, now)
            return 0.0
        return now - known[1]

    # Taking --------------------------------------------------------------------------------------

    def _take(self, batch: Sequence[_Ready]) -> int:
        """Register a batch and lay its files aside; return how many became documents."""
        sources: list[Source] = []
        good: list[_Ready] = []
        for each in batch:
            try:
                sources.append(self._source(each))
                good.append(each)
            except (Refusal, UnicodeError, ValueError, RecursionError) as error:
                refusal = error if isinstance(error, Refusal) else _no_metadata()
                self._fail(each, refusal, {})
            except OSError:
                continue
        registered = 0
        with closing(self._imported(sources)) as outcomes:
            for ready, source, outcome in zip(good, sources, outcomes, strict=True):
                registered += outcome.status is Status.REGISTERED
                self._finish(ready, source, outcome)
        return registered

    def _imported(self, sources: Sequence[Source]) -> Generator[Outcome, None, None]:
        office = self._office
        return import_files(
            office.database,
            office.vault,
            register_code=self._folder.register,
            sources=sources,
            actor=lambda _: SERVICE,
            limit_bytes=office.config.upload_limit_bytes,
        )

    def _source(self, ready: _Ready) -> Source:
        found = ready.found
        if found.mark is not None and found.mark.size_bytes == 0:
            raise Invalid("The file is empty. Save or scan it again.")
        if described_by(found.path) is not None:
            raise Invalid("The file that it describes is not there.")
        return Source(
            self._root / found.path,
            readable(found.path),
            readable(PurePosixPath(found.path).name),
            self._source_id(found),
            self._cells(ready.sidecar),
            pieces=partial(pieces, self._root, found),
        )

    def _source_id(self, found: Found) -> str:
        changed = found.mark.changed_ns if found.mark else 0
        return f"folder:{self._root}/{readable(found.path)}:{changed}"

    def _cells(self, sidecar: Found | None) -> dict[str, str]:
        cells = {} if sidecar is None else _read_sidecar(self._root, sidecar)
        if self._folder.secrecy:
            cells.setdefault("secrecy", self._folder.secrecy)
        return cells

    def _finish(self, ready: _Ready, source: Source, outcome: Outcome) -> None:
        if outcome.status is not Status.FAILED:
            self._put_aside(ready)
            return
        fault = outcome.fault or Invalid("The database refused it.")
        if isinstance(fault, ChangedMeanwhile) or not is_same(self._root, ready.found):
            return  # the next look finds it as it is then
        if isinstance(fault, OperationalError):
            raise fault
        if isinstance(fault, StorageError) and fault.retryable:
            raise fault
        self._fail(ready, refusal_of(fault), source.cells)

    # Laying aside --------------------------------------------------------------------------------

    def _put_aside(self, ready: _Ready) -> None:
        """Move or delete what is registered, unless it is another file by now."""
        for found in filter(None, (ready.found, ready.sidecar)):
            if not is_same(self._root, found):
                continue
            if self._folder.delete:
                (self._root / found.path).unlink(missing_ok=True)
            else:
                self._move(found.path, DONE)

    def _move(self, path: str, folder: str) -> str:
        """Move a file below a folder of ours under a name that is free; return where it lies."""
        wanted = PurePosixPath(path)
        free = wanted
        number = 2
        while os.path.lexists(self._root / folder / free):
            free = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
            number += 1
        target = self._root / folder / free
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            (self._root / path).rename(target)
        return str(free)

    def _fail(self, ready: _Ready, refusal: Refusal, cells: Mapping[str, str]) -> None:
        """Keep what cannot be registered: first in our books, then aside with its reason."""
        found = ready.found
        received = self._received(found)
        told = Unregistered(
            kind=ChannelKind.FOLDER,
            channel=self.name,
            register_id=self._register_id(),
            source_id=self._source_id(found),
            name=readable(found.path),
            refusal=refusal,
            size_bytes=found.mark.size_bytes if found.mark else None,
            secrecy=Secrecy.from_code(self._folder.secrecy or "internal"),
            place=readable(found.path),
            cells=cells,
        )
        keep_arrival(self._office.database, self._office.vault, told, received)
        self._lay_aside(ready, refusal)

    def _received(self, found: Found) -> list[tuple[Received, str]]:
        """Receive a file that fails, so that it can be tried again from the page; if it can be."""
        limit = self._office.config.upload_limit_bytes
        if found.mark is None or not 0 < found.mark.size_bytes <= limit:
            return []
        name = readable(PurePosixPath(found.path).name)
        try:
            each = self._office.vault.receive(
                pieces(self._root, found), limit_bytes=limit, file_name=name
            )
        except OSError:
            return []
        return [(each, name)]

    def _lay_aside(self, ready: _Ready, refusal: Refusal) -> None:
        place = self._move(ready.found.path, FAILED)
        if ready.sidecar is not None:
            self._move(ready.sidecar.path, FAILED)
        text = self._words.gettext(refusal.message) % (refusal.details or {})
        when = self._office.database.clock.now().astimezone(self._office.config.time_zone)
        reason = self._root / FAILED / (place + REASON_SUFFIX)
        reason.write_text(f"{when:%Y-%m-%d %H:%M}  {text}\n", encoding="utf-8")

    def _refuse(self, found: Found) -> None:
        """Lay links and devices aside; another file system cannot be moved and is told."""
        path = self._root / found.path
        if path.is_dir() and not path.is_symlink():
            raise Invalid(
                "%(path)s lies on another file system and is left alone.", {"path": found.path}
            )
        refusal = Invalid("This is no file but a link or a device, and nothing is read through it.")
        self._fail(_Ready(found, None), refusal, {})

    def _register_id(self) -> UUID:
        with self._office.database.reading() as uow:
            return register_by_code(uow, self._folder.register).id

    # Afterwards ----------------------------------------------------------------------------------

    def _tidy(self, *, settle: bool) -> None:
        """Follow what people did on the page: what was tried again well leaves `failed`."""
        database = self._office.database
        with database.reading() as uow:
            settle = settle and waits(uow, self.name)
            ended = laid_aside(uow, self.name)
        if settle:
            with database.writing() as uow:
                settle_arrivals(uow, self._office.vault, channel=self.name)
            with database.reading() as uow:
                ended = laid_aside(uow, self.name)
        for arrival in ended:
            if arrival.document_id is not None and arrival.place is not None:
                self._take_back(arrival.place)
        if ended:
            with database.writing() as uow:
                forget_places(uow, [each.id for each in ended])

    def _take_back(self, place: str) -> None:
        failed = self._root / FAILED
        (failed / (place + REASON_SUFFIX)).unlink(missing_ok=True)
        for path in (place, *(place + each for each in (".json", ".csv"))):
            if (failed / path).is_file() and not (failed / path).is_symlink():
                self._move_back(path)

    def _move_back(self, path: str) -> None:
        if self._folder.delete:
            (self._root / FAILED / path).unlink(missing_ok=True)
            return
        target = self._root / DONE / path
        if os.path.lexists(target):
            target = target.with_name(f"{time.time_ns()} {target.name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        (self._root / FAILED / path).rename(target)


def _read_sidecar(root: Path, sidecar: Found) -> dict[str, str]:
    """Return the metadata beside a file: one object of JSON, or a table of one line.

    Raises:
        Invalid: It is neither.
    """
    if sidecar.mark is None or sidecar.mark.size_bytes > MAX_SIDECAR_BYTES:
        raise _no_metadata()
    data = b"".join(pieces(root, sidecar))
    if sidecar.path.endswith(".json"):
        cells = json.loads(data.decode("utf-8-sig"))
        if not isinstance(cells, dict):
            raise _no_metadata()
        return {str(name): _cell(value) for name, value in cells.items() if value is not None}
    rows = read_rows(data, columns=MANIFEST_COLUMNS)
    if len(rows) != 1:
        raise _no_metadata()
    return {name: text for name, text in rows[0].cells.items() if name not in ("path", "source_id")}


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ";".join(str(each) for each in value)
    if isinstance(value, dict):
        raise _no_metadata()
    return str(value)


def _no_metadata() -> Invalid:
    return Invalid(
        "The file of metadata beside it cannot be read: it is one object of JSON, or a CSV with "
        "one line."
    )
