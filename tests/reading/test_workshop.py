import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.reading import Cage, Limits, ReasonCode, UnreadableError

WORKSHOP = "tests.reading.bad_workshop"
LIMITS = Limits(cpu_seconds=1, memory_bytes=256 << 20, result_bytes=4 << 20)


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with Cage(LIMITS, workshop=WORKSHOP) as cage:
        yield cage


def _refusal(cage: Cage, task: str, job: dict[str, int] | None = None) -> ReasonCode:
    with pytest.raises(UnreadableError) as refused:
        cage.work(task, job or {}, [b"x"])
    return refused.value.reason.code


def _alive_and_well(cage: Cage) -> bool:
    return cage.work("echo", {"a": 1}, [b"con", b"tent"]) == ({"a": 1}, b"content")


def test_a_workshop_gets_a_job_and_a_file_and_gives_an_answer_and_a_file(shop: Cage) -> None:
    job = {"name": "市人民政府", "picture": "x" * 1_000_000}
    content = [os.urandom(1 << 16) for _ in range(20)]
    assert shop.work("echo", job, content) == (job, b"".join(content))


def test_the_content_begins_where_the_job_ends_whatever_its_length(shop: Cage) -> None:
    for length in (0, 4064, 4065, 4066, 4067, 4068, 4069, 4070, 8160):
        job = {"n": "x" * length}
        assert shop.work("echo", job, [b"content"]) == (job, b"content")
        assert shop.work("echo", job, []) == (job, b"")


def test_a_task_reaches_no_file_no_network_no_program_and_no_process(
    shop: Cage, tmp_path: Path
) -> None:
    achieved = shop.describe()
    if not achieved["landlock"] or not achieved["namespaces"]:
        pytest.skip("needs Landlock and user namespaces")
    secret = tmp_path / "master.key"
    secret.write_text("key")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other,
    ):
        job = {"path": str(secret), "port": server.getsockname()[1], "pid": other.pid}
        found, _ = shop.work("escape", job, [b"x"])
        other.communicate(b"\n")
    # Signals are shut in since version 6 of Landlock only.
    expected = {"kills"} if achieved["landlock"] < 6 else set()
    assert {name for name, succeeded in found.items() if succeeded} <= expected
    assert secret.read_text() == "key"


def test_a_task_that_crashes_is_a_clean_error_and_the_next_one_works(shop: Cage) -> None:
    assert _refusal(shop, "die") == ReasonCode.CRASHED
    assert _alive_and_well(shop)


def test_a_task_cannot_take_more_memory_time_or_room_than_it_is_allowed(shop: Cage) -> None:
    assert _refusal(shop, "grow") == ReasonCode.OUT_OF_MEMORY
    assert _refusal(shop, "spin") == ReasonCode.TIMEOUT
    assert shop.work("talk", {"bytes": 3 << 20}, [b"x"])[1] == bytes(3 << 20)
    assert _refusal(shop, "talk", {"bytes": 5 << 20}) in (ReasonCode.DAMAGED, ReasonCode.CRASHED)
    assert _alive_and_well(shop)


def test_an_answer_of_the_wrong_form_is_refused(shop: Cage) -> None:
    assert _refusal(shop, "garble") == ReasonCode.CRASHED
    assert _refusal(shop, "no such task") == ReasonCode.DAMAGED


def test_a_cage_without_a_workshop_loads_none() -> None:
    with Cage() as cage:
        assert cage.read([b"text"], file_name="a.txt", media_type="").pages == ["text"]
        with pytest.raises(AssertionError, match="no workshop"):
            cage.work("echo", {}, [b"x"])
