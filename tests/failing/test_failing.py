"""What fails is told, leaves things whole or absent, and is over when it is over.

`make faults` lets everything fail at every place; here are some places of each kind.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.failing.bucket import KINDS, BucketFault, Kind, proxied
from tests.failing.database import GoneFault, LockFault
from tests.failing.disk import compiler, preloaded
from tests.failing.faults import FOREVER
from tests.failing.theatre import Bucket, Rehearsed, rehearse, spoil
from tests.servers import PostgresServer, S3Server

Rehearse = Callable[[str], Rehearsed]
# Some do on a busy machine.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rehearsed(founded_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """Prepare a drama when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("dramas"), dict[str, Rehearsed]()

    def of(name: str) -> Rehearsed:
        if name not in made:
            made[name] = rehearse(name, 0, founded_home, folder / name)
        return made[name]

    return of


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> Iterator[Bucket]:
    with proxied(s3_server.endpoint_url) as proxy:
        yield Bucket(s3_server, proxy)


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler: apt-get install gcc libc6-dev")
@pytest.mark.parametrize(
    ("drama", "every"),
    [
        ("program registers", 150),
        ("browser registers", 170),
        ("program signs", 90),
        ("import", 190),
        ("index", 20),
        ("back-up", 420),
    ],
)
def test_a_disk_that_is_full_or_broken_is_told_and_forgotten(
    tmp_path: Path, drama: str, every: int
) -> None:
    words = ["-m", "tests.failing", "--what", "disk", "--jobs", "1"]
    found = subprocess.run(
        [sys.executable, *words, "--drama", drama, "--every", str(every)],
        env=preloaded(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    told = re.search(r"(\d+) faults .* (\d+) whole or absent", found.stdout)
    assert told is not None
    assert told.group(1) == told.group(2) != "0"


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("drama", ["program registers", "browser registers", "import", "worker"])
def test_a_database_that_is_locked_for_long_is_told_and_forgotten(
    rehearsed: Rehearse, tmp_path: Path, drama: str, nth: int
) -> None:
    assert spoil(rehearsed(drama), LockFault(nth), tmp_path / "copy").fell


@pytest.mark.s3
@pytest.mark.parametrize("more", [0, FOREVER], ids=["once", "for long"])
@pytest.mark.parametrize("kind", KINDS[:4])
def test_a_bucket_that_misbehaves_is_told_and_forgotten(
    bucket: Bucket, founded_home: Path, tmp_path: Path, kind: Kind, more: int
) -> None:
    ready = rehearse("program registers", 0, founded_home, tmp_path / "office", bucket=bucket)
    outcome = spoil(ready, BucketFault(kind, 1, more), tmp_path / "copy")
    assert outcome.fell
    assert outcome.was_done == (more == 0), "once is what the second try is for"


@pytest.mark.s3
@pytest.mark.parametrize("kind", KINDS[4:])
def test_a_bucket_that_gives_back_other_bytes_is_not_believed(
    bucket: Bucket, founded_home: Path, tmp_path: Path, kind: Kind
) -> None:
    ready = rehearse("worker", 0, founded_home, tmp_path / "office", bucket=bucket)
    outcome = spoil(ready, BucketFault(kind, 1), tmp_path / "copy")
    assert outcome.fell
    assert not outcome.was_done


@pytest.mark.postgresql
@pytest.mark.parametrize("nth", [1, 9, 18])
def test_a_database_that_goes_away_is_told_and_forgotten(
    postgres_server: PostgresServer,
    postgres_template: str,
    founded_home: Path,
    tmp_path: Path,
    nth: int,
) -> None:
    assert postgres_template == "founded"
    ready = rehearse("program registers", 0, founded_home, tmp_path / "office", postgres_server)
    assert spoil(ready, GoneFault(nth), tmp_path / "copy").fell
