"""Killed with SIGKILL at every named point, once each; `make faults` does it with twenty seeds.

Stamping and splitting stand apart in tests that go through more points on both databases.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.killing.hooks import Moment
from tests.killing.points import POINTS, all_points
from tests.killing.theatre import Ready, kill, moments_of, prepare
from tests.servers import PostgresServer

APART = ("stamping", "split")
HERE = [each for each in all_points() if each[0] not in APART]


@pytest.fixture(scope="module")
def ready(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Ready]:
    """Prepare a scene when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("scenes"), dict[str, Ready]()

    def of(scene: str) -> Ready:
        if scene not in made:
            made[scene] = prepare(scene, 0, founded_home, folder / scene)
        return made[scene]

    return of


@pytest.mark.parametrize(
    ("scene", "moment"), HERE, ids=[f"{scene} {moment}" for scene, moment in HERE]
)
def test_whatever_is_killed_anywhere_is_whole_or_absent_and_goes_on(
    ready: Callable[[str], Ready], tmp_path: Path, scene: str, moment: Moment
) -> None:
    kill(ready(scene), moment, tmp_path / "copy")


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("scene", "name"),
    [
        ("registration", "after insert log_object"),
        ("registration", "after commit 2"),
        ("signing", "before commit"),
        ("import", "after insert component 2"),
    ],
)
def test_on_postgresql_as_well(
    postgres_server: PostgresServer,
    postgres_template: str,
    founded_home: Path,
    tmp_path: Path,
    scene: str,
    name: str,
) -> None:
    assert postgres_template == "founded"
    prepared = prepare(scene, 0, founded_home, tmp_path / "scene", postgres_server)
    kill(prepared, Moment.read(name), tmp_path / "copy")


def test_death_comes_early_and_late(ready: Callable[[str], Ready], tmp_path: Path) -> None:
    """Or the points would prove nothing: before the commit it is absent, after it, whole."""
    scene = ready("registration")
    assert kill(scene, Moment.read("before commit 2"), tmp_path / "early") is False
    assert kill(scene, Moment.read("after commit 2"), tmp_path / "late") is True


def test_the_moments_of_a_scene_have_the_names_that_points_use(
    ready: Callable[[str], Ready], tmp_path: Path
) -> None:
    told = {str(each) for each in moments_of(ready("signing"), tmp_path / "copy")}
    assert set(POINTS["signing"]) <= told


def test_there_are_enough_points() -> None:
    points = list(all_points())
    assert len(points) == len(set(points)) >= 60
    assert all(str(Moment.read(str(moment))) == str(moment) for _, moment in points)
