"""Whole offices on every combination of database, store and engine, with a worker at work."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from records.audit.report import Report
from records.audit.verification import verify
from records.office import Office, open_office
from records.worker import Worker
from tests.api.conftest import Place, served
from tests.offices import office_config
from tests.servers import PostgresServer, S3Server

SOON_SECONDS = 30.0
_ON_SERVERS = [pytest.mark.postgresql, pytest.mark.s3]


@dataclass(frozen=True)
class Parts:
    """What an office can be put together from."""

    folder: Path
    founded_home: Path
    request: pytest.FixtureRequest

    def settings(self, database: str, store: str, engine: str) -> dict[str, str]:
        """Return the settings of a combination; servers are started when they are wanted."""
        given = {"search_url": f"{engine}:"}
        if database == "postgresql":
            server: PostgresServer = self.request.getfixturevalue("postgres_server")
            template: str = self.request.getfixturevalue("postgres_template")
            given["database_url"] = server.new_database(template=template)
        if store == "s3":
            buckets: S3Server = self.request.getfixturevalue("s3_server")
            given["storage_url"] = buckets.url(buckets.new_bucket(), "office")
        return given

    def open(self, name: str, **settings: str) -> Office:
        """Open an office in a home of its own, on a copy of a founded one."""
        home = self.folder / name
        shutil.copytree(self.founded_home, home)
        return open_office(office_config(home, **settings), writing=False)


@pytest.fixture
def parts(tmp_path: Path, founded_home: Path, request: pytest.FixtureRequest) -> Parts:
    return Parts(tmp_path, founded_home, request)


@pytest.fixture(
    params=[
        ("sqlite", "local", "tantivy"),
        ("sqlite", "local", "whoosh"),
        pytest.param(("postgresql", "s3", "tantivy"), marks=_ON_SERVERS),
        pytest.param(("postgresql", "local", "whoosh"), marks=pytest.mark.postgresql),
    ],
    ids="-".join,
)
def place(request: pytest.FixtureRequest, parts: Parts) -> Iterator[Place]:
    """An office on each combination in turn, with people, a door and a worker."""
    office = parts.open("home", **parts.settings(*request.param))
    with served(office) as found, at_work(office):
        yield found
    office.close()


@contextmanager
def at_work(office: Office) -> Iterator[threading.Thread]:
    """Keep a worker at work for an office; it must be alive at the end."""
    stop = threading.Event()
    with Worker(office) as worker:
        thread = threading.Thread(target=worker.run, args=(stop,))
        thread.start()
        try:
            yield thread
            assert thread.is_alive(), "the worker died"
        finally:
            stop.set()
            thread.join()


def soon(condition: Callable[[], Any], seconds: float = SOON_SECONDS) -> Any:
    """Wait until something holds and return it; fail when it does not."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return found


def searchable(place: Place, document_id: str) -> dict[str, Any]:
    """Wait until a document is read and in the index, and return it."""

    def shown() -> dict[str, Any] | None:
        answer = place.clerk("GET", f"/documents/{document_id}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json
        return body if body["status"] == "searchable" else None

    found: dict[str, Any] = soon(shown)
    return found


def checked(office: Office) -> Report:
    """Check everything once the index has caught up, and return the report."""

    def report() -> Report | None:
        found = verify(office)
        return found if found.index_lag == 0 else None

    found: Report = soon(report)
    return found
