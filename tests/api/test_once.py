"""Doing a thing once: replays, other bodies, what still runs, and death in the middle."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from records.core.errors import Conflict
from records.core.idempotency import Running
from records.core.ids import new_id
from tests.api.conftest import PDF, Place
from tests.offices import HeldClock


def count(place: Place) -> int:
    return len(place.clerk("GET", "/documents?limit=500").json["items"])


def test_the_same_request_is_done_once_and_answered_the_same(any_place: Place) -> None:
    first = any_place.clerk.register(("a.pdf", PDF), key="k1", title="One")
    again = any_place.clerk.register(("a.pdf", PDF), key="k1", title="One")
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    assert count(any_place) == 1
    assert list(any_place.office.config.spool.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "fields"),
    [(("a.pdf", PDF + b"x"), {}), (("b.pdf", PDF), {}), (("a.pdf", PDF), {"title": "Other"})],
)
def test_another_body_under_the_same_key_is_refused(
    place: Place, file: tuple[str, bytes], fields: dict[str, str]
) -> None:
    assert place.clerk.register(("a.pdf", PDF), key="k").status_code == 201
    refused = place.clerk.register(file, key="k", **fields)
    assert refused.status_code == 422
    assert refused.json["field"] == "Idempotency-Key"
    assert count(place) == 1


def test_a_key_belongs_to_a_path_and_a_person(place: Place) -> None:
    made = place.clerk.register(("a.pdf", PDF), key="k")
    path = f"/documents/{made.json['id']}/void"
    headers = {"Idempotency-Key": "k"}
    refused = place.clerk("POST", path, json={"reason": "Twice"}, headers=headers)
    assert refused.status_code == 422
    other = place.archivist("POST", "/tokens", json={"label": "x"}, headers=headers)
    assert other.status_code == 201


def test_a_json_request_is_done_once_too_and_its_secret_lies_sealed(place: Place) -> None:
    headers = {"Idempotency-Key": "k"}
    first = place.clerk("POST", "/tokens", json={"label": "x"}, headers=headers)
    again = place.clerk("POST", "/tokens", json={"label": "x"}, headers=headers)
    assert first.json == again.json
    with place.office.database.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT sealed FROM kept_answer").scalar_one()
    assert first.json["token"].encode() not in kept


def test_a_refusal_is_not_kept(place: Place) -> None:
    assert place.clerk.register(("a.pdf", PDF), key="k", register="no").status_code == 422
    assert place.clerk.register(("a.pdf", PDF), key="k").status_code == 201


def test_after_a_day_the_key_is_free(place: Place, clock: HeldClock) -> None:
    first = place.clerk.register(("a.pdf", PDF), key="k")
    clock.instant += timedelta(hours=24, seconds=1)
    second = place.clerk.register(("a.pdf", PDF), key="k")
    assert first.json["number"] != second.json["number"]


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel"])
def test_a_key_that_is_none_is_refused(place: Place, key: str) -> None:
    refused = place.clerk("POST", "/tokens", json={}, headers={"Idempotency-Key": key})
    assert refused.status_code == 422
    assert refused.json["field"] == "Idempotency-Key"


class SlowBody(io.RawIOBase):
    """A body of which the second half waits until it is let go."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.halves = [body[: len(body) // 2], body[len(body) // 2 :]]
        self.reached, self.go = threading.Event(), threading.Event()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.halves:
            return 0
        if len(self.halves) == 1:
            self.reached.set()
            assert self.go.wait(10)
        half = self.halves.pop(0)
        buffer[: len(half)] = half
        return len(half)


def test_while_the_first_is_running_the_second_is_told_so(any_place: Place) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="register"\r\n\r\nincoming\r\n'
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nPaper\r\n--x--\r\n'
    )
    slow = SlowBody(body)
    answers: list[Any] = []
    more: dict[str, Any] = {
        "headers": {"Idempotency-Key": "k"},
        "content_type": "multipart/form-data; boundary=x",
    }
    # The client would encode an empty form with a boundary of its own.
    environ = {
        "CONTENT_TYPE": more["content_type"],
        "wsgi.input_terminated": True,
        "wsgi.input": slow,
    }

    def first() -> None:
        answers.append(
            any_place.clerk("POST", "/documents", **{**more, "environ_overrides": environ})
        )

    thread = threading.Thread(target=first)
    thread.start()
    assert slow.reached.wait(10)
    second = any_place.clerk("POST", "/documents", data=body, **more)
    slow.go.set()
    thread.join()
    assert second.status_code == 409
    assert answers[0].status_code == 201, answers[0].text
    assert any_place.clerk("POST", "/documents", data=body, **more).json == answers[0].json


@pytest.fixture
def other_process(place: Place) -> Iterator[Any]:
    """Start a process that holds a key and then waits."""
    script = (
        "import sys, time; from pathlib import Path; from uuid import UUID\n"
        "from records.core.config import load_config; from records.office import open_office\n"
        "from records.core.idempotency import Running\n"
        "office = open_office(load_config({}, home=Path(sys.argv[1])), writing=False)\n"
        "with Running(office.database, office.config.home).hold(UUID(sys.argv[2]), 'k'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    user_id = new_id()
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(place.office.config.home), str(user_id)],
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process, user_id
        process.kill()


def test_the_lock_of_another_process_dies_with_it(place: Place, other_process: Any) -> None:
    process, user_id = other_process
    running = Running(place.office.database, place.office.config.home)
    with pytest.raises(Conflict), running.hold(user_id, "k"):
        pass
    with running.hold(user_id, "another"):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with running.hold(user_id, "k"):
        pass


SERVE = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from records.core.config import load_config
from records.office import open_office
from tests.api.conftest import PDF, Program
from web.app import create_app
from web.api import once
office = open_office(load_config({"CHANCERY_TIME_ZONE": "Asia/Shanghai"}, home=Path(sys.argv[1])))
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before":
    keep = once.keep
    once.keep = lambda *given: (keep(*given), die())
elif sys.argv[3] == "after":
    from records.core.database import UnitOfWork
    UnitOfWork.committed = lambda self: die() if self.events else None
program = Program(create_app(office).test_client(), sys.argv[2])
print(program.register(("a.pdf", PDF), key="k").text)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_death_around_the_commit_leaves_the_document_once(place: Place, moment: str) -> None:
    home, token = str(place.office.config.home), place.clerk.token
    command = [sys.executable, "-c", SERVE, home, token]
    died = subprocess.run([*command, moment], capture_output=True, check=False, cwd=Path.cwd())
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert count(place) == (0 if moment == "before" else 1)
    done = subprocess.run([*command, "never"], capture_output=True, check=True, cwd=Path.cwd())
    assert count(place) == 1
    number = json.loads(done.stdout)["number"]
    assert place.clerk.register(("a.pdf", PDF), key="k").json["number"] == number
    assert number.endswith("-0001")
