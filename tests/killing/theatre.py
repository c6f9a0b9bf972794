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
from records.core.jobs import LEASE
from records.documents.models import ObjectIntent, StoredObject
from records.office import open_office
from tests.killing.hooks import Moment, die_at, lay_hooks
from tests.killing.scenes import SCENES, Scene, Stage
from tests.offices import START, HeldClock, office_config

NOT_REACHED = 7
FAILED = 8


@dataclass(frozen=True)
class Ready:
    """A scene that is prepared, in a folder that is copied for every death."""

    scene: Scene
    folder: Path
    facts: Any


@contextmanager
def opened(folder: Path, later: timedelta = timedelta(0)) -> Iterator[Stage]:
    """Open the office in a folder, as a process that was just started does."""
    clock = HeldClock(START + later)
    office = open_office(office_config(folder / "home"), writing=False, clock=clock)
    try:
        yield Stage(office, folder / "outside")
    finally:
        office.close()


def prepare(name: str, seed: int, founded_home: Path, folder: Path) -> Ready:
    """Make a scene ready in a new folder; the seed decides sizes and counts."""
    folder.mkdir()
    shutil.copytree(founded_home, folder / "home")
    (folder / "outside").mkdir()
    scene = SCENES[name]
    with opened(folder) as stage:
        facts = scene.prepare(stage, Random(f"{name} {seed}"))  # noqa: S311 - the same every time
        with stage.office.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Ready(scene, folder, facts)


def moments_of(ready: Ready, copy: Path) -> list[Moment]:
    """Return every moment of a scene in the order in which they come."""
    shutil.copytree(ready.folder, copy)
    told = copy.with_name(f"{copy.name}.told")

    def act() -> None:
        with told.open("a", buffering=1, encoding="utf-8") as file:
            lay_hooks(lambda when, what: print(when, what, file=file))
            with opened(copy) as stage:
                ready.scene.act(stage, ready.facts)

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
    shutil.copytree(ready.folder, copy)

    def act() -> None:
        die_at(moment)
        with opened(copy) as stage:
            ready.scene.act(stage, ready.facts)

    _, status = os.waitpid(_in_child(act), 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == -signal.SIGKILL, f"{moment}: the moment never came (exit status {code})"
    with opened(copy) as stage:
        was_done = ready.scene.is_done(stage, ready.facts)
        _check(stage)
    with opened(copy, LEASE + timedelta(seconds=1)) as stage:
        ready.scene.act(stage, ready.facts)
        assert ready.scene.is_done(stage, ready.facts)
        _check(stage)
    shutil.rmtree(copy)
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


def _check(stage: Stage) -> None:
    """`verify` is clean, and every object is known, if only by its intent."""
    report = verify(stage.office)
    assert report.ok, report.as_json()
    with stage.office.database.reading() as uow:
        known = set(uow.session.scalars(select(ObjectIntent.name)))
        bound = set(uow.session.scalars(select(StoredObject.name)))
    assert {each.name for each in stage.office.vault.store.names()} <= known | bound
