import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from records.core.config import load_config
from tests.cli.shell import COMMAND, environment, refused
from web.cli.supervising import environment_of


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments], env=environment(), stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def children(pid: int) -> dict[int, str]:
    found = {}
    for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[int(each)] = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
    # The worker is started by a thread of the parent.
    for task in Path(f"/proc/{pid}/task").iterdir():
        for each in (task / "children").read_text().split():
            found[int(each)] = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ")
    return found


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_the_service_answers_heals_and_ends_in_order(tmp_path: Path, port: int) -> None:
    home = tmp_path / "home"
    with running("serve", "--home", str(home), "--port", str(port)) as service:
        assert service.stdout is not None
        assert f"http://localhost:{port}" in service.stdout.readline()
        assert "/welcome/" in service.stdout.readline()
        assert answers(port)
        taken = refused("serve", "--home", str(home), "--port", str(port))
        assert "cannot be listened on" in taken
        until((home / "worker.json").exists)
        before = children(service.pid)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(set(children(service.pid)) - set(before)) == 2 and answers(port))
        after = children(service.pid)
        service.terminate()
        assert service.wait(30) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in after)


def test_nothing_outlives_a_service_that_was_killed(tmp_path: Path, port: int) -> None:
    with running("serve", "--home", str(tmp_path / "home"), "--port", str(port)) as service:
        assert service.stdout is not None
        service.stdout.readline()
        # The line may come before the last of the children has begun.
        until(lambda: len(children(service.pid)) == 2)
        left = children(service.pid)
        service.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


@pytest.mark.slow
def test_the_demo_opens_again_with_the_same_people(tmp_path: Path, port: int) -> None:
    home = str(tmp_path / "demo")
    told = []
    for _ in range(2):
        with running("demo", "--home", home, "--port", str(port), "--json") as demo:
            assert demo.stdout is not None
            told.append(json.loads(demo.stdout.readline()))
            assert answers(port)
    assert told[0] == told[1]
    assert told[0]["address"] == f"http://localhost:{port}"
    roles = {role for each in told[0]["users"] for role in each["roles"]}
    assert len(roles) == 9
    (tmp_path / "demo" / "demo.json").unlink()
    assert "is no demo" in refused("demo", "--fresh", "--home", home, "--port", str(port))


@pytest.mark.parametrize("revocation", ["yes", "no"])
def test_a_child_works_with_the_settings_of_its_parent(tmp_path: Path, revocation: str) -> None:
    given = {
        "CHANCERY_REVOCATION": revocation,
        "CHANCERY_TIME_ZONE": "Asia/Shanghai",
        "CHANCERY_SECOND_FACTOR_ROLES": "security_admin, leader" if revocation == "yes" else "",
    }
    config = load_config(given, home=tmp_path)
    assert load_config(environment_of(config)) == config
