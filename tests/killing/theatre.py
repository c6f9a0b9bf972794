"""Killing a scene at a moment: before, in a process of its own; afterwards, what is left of it."""

import os
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from records.audit.verification import verify
from records.core.config import FILE_NAME
from records.core.jobs import LEASE
from records.documents.models import ObjectIntent, StoredObject
from records.office import open_office
from tests.killing.hooks import Moment, die_at, lay_hooks
from tests.killing.scenes import SCENES, Scene, Stage
from tests.offices import START, HeldClock, office_config
from tests.servers import PostgresServer

NOT_REACHED = 7
FAILED = 8


@dataclass(frozen=True)
class Ready:
    """A scene that is prepared, in a folder that is copied for every death.

    Attributes:
        server: Where the database is, if it is not in the folder; it is copied as well.
    """

    scene: Scene
    folder: Path
    facts: Any
    server: PostgresServer | None = None

    @contextmanager
    def copied(self, copy: Path) -> Iterator[None]:
        """Copy the office into another folder until the block ends well."""
        with copied(self.folder, copy, self.server):
            yield


@contextmanager
def copied(folder: Path, copy: Path, server: PostgresServer | None = None) -> Iterator[None]:
    """Copy an office with its database into another folder until the block ends well."""
    shutil.copytree(folder, copy)
    if server is None:
        yield
    else:
        template = (copy / "home" / FILE_NAME).read_text("utf-8").partition('"')[2].strip('"\n')
        url = move_to(server, copy, template=template.rpartition("/")[2])
        yield
        server.run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
    shutil.rmtree(copy)


def move_to(server: PostgresServer, folder: Path, *, template: str) -> str:
    """Give the office in a folder a database of its own on a server, and return its address."""
    url = server.new_database(template=template)
    (folder / "home" / FILE_NAME).write_text(f'database_url = "{url}"\n', encoding="utf-8")
    return url


@contextmanager
def opened(folder: Path, later: timedelta = timedelta(0)) -> Iterator[Stage]:
    """Open the office in a folder, as a process that was just started does."""
    clock = HeldClock(START + later)
    office = open_office(office_config(folder / "home"), writing=False, clock=clock)
    try:
        yield Stage(office, folder / "outside")
    finally:
        office.close()


def prepare(
    name: str,
    seed: int,
    founded_home: Path,
    folder: Path,
    server: PostgresServer | None = None,
) -> Ready:
    """Make a scene ready in a new folder; the seed decides sizes and counts.

    Args:
        server: Where the database shall be, with one of the name `founded` to begin with.
    """
    scene = SCENES[name]
    furnish(founded_home, folder, server)
    with opened(folder) as stage:
        facts = scene.prepare(stage, Random(f"{name} {seed}"))  # noqa: S311 - the same every time
        settle(stage)
    return Ready(scene, folder, facts, server)


def furnish(founded_home: Path, folder: Path, server: PostgresServer | None = None) -> None:
    """Lay an office and what is outside of it into a new folder."""
    folder.mkdir()
    shutil.copytree(founded_home, folder / "home")
    (folder / "outside").mkdir()
    if server is not None:
        move_to(server, folder, template="founded")


def settle(stage: Stage) -> None:
    """Bring a database of one file to rest, so that it can be copied."""
    if stage.office.database.is_sqlite:
        with stage.office.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def moments_of(ready: Ready, copy: Path) -> list[Moment]:
    """Return every moment of a scene in the order in which they come."""
    told = copy.with_name(f"{copy.name}.told")

    def act() -> None:
        with told.open("a", buffering=1, encoding="utf-8") as file:
            lay_hooks(lambda when, what: print(when, what, file=file))
            with opened(copy) as stage:
                ready.scene.act(stage, ready.facts)

    with ready.copied(copy):
        _, status = os.waitpid(_in_child(act), 0)
    assert os.waitstatus_to_exitcode(status) == NOT_REACHED
    found: list[Moment] = []
    for line in told.read_text("utf-8").splitlines():
        when, _, what = line.partition(" ")
        nth = sum((each.when, each.act) == (when, what) for each in found) + 1
        found.append(Moment(when, what, nth))
    return found


def kill(ready: Ready, moment: Moment, copy: Path) -> bool:
    """Kill the scene at a moment, look at what is left, go on, and look again.

    Returns:
        Whether it was done already when death came.

    Raises:
        AssertionError: It was left in part, or was not done in the end, or `verify` found
            something.
    """

    def act() -> None:
        die_at(moment)
        with opened(copy) as stage:
            ready.scene.act(stage, ready.facts)

    with ready.copied(copy):
        _, status = os.waitpid(_in_child(act), 0)
        code = os.waitstatus_to_exitcode(status)
        assert code == -signal.SIGKILL, f"{moment}: the moment never came (exit status {code})"
        with opened(copy) as stage:
            was_done = ready.scene.is_done(stage, ready.facts)
            check(stage)
        with opened(copy, LEASE + timedelta(seconds=1)) as stage:
            ready.scene.act(stage, ready.facts)
            assert ready.scene.is_done(stage, ready.facts)
            check(stage)
    return was_done


def _in_child(act: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    code = FAILED
    try:
        act()
        code = NOT_REACHED
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
        traceback.print_exc()
    finally:
        os._exit(code)


def check(stage: Stage) -> None:
    """`verify` is clean, and every object is known, if only by its intent."""
    report = verify(stage.office)
    assert report.ok, report.as_json()
    with stage.office.database.reading() as uow:
        known = set(uow.session.scalars(select(ObjectIntent.name)))
        bound = set(uow.session.scalars(select(StoredObject.name)))
    assert {each.name for each in stage.office.vault.store.names()} <= known | bound
