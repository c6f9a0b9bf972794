"""What a request costs: statements to the database, and memory for a large file."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.api.conftest import PDF, Place
from tests.servers import free_ports, running

MEBI = 1024 * 1024
# The answer of a person's rights (3), the intent (1), the register, number, document, object,
# line, intent, file, access, jobs, same bytes (12), and four for the log.
REGISTER_STATEMENTS = 20
LIST_STATEMENTS = 13
SHOW_STATEMENTS = 8


@contextmanager
def counting(place: Place) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    engine = place.office.database.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_statements_is_known(place: Place) -> None:
    with counting(place) as registering:
        made = place.clerk.register(("a.pdf", PDF)).json
    for each in range(3):
        place.clerk.register((f"{each}.pdf", PDF + bytes([each])), unit="finance")
    with counting(place) as listing:
        place.clerk("GET", "/documents")
    with counting(place) as showing:
        place.clerk("GET", f"/documents/{made['id']}")
    counts = (len(registering), len(listing), len(showing))
    assert counts == (REGISTER_STATEMENTS, LIST_STATEMENTS, SHOW_STATEMENTS)


SERVED = """
import os
from records.core.config import load_config
from records.office import open_office
from web.app import create_app
def app():
    return create_app(open_office(load_config(), writing=False))
"""


@pytest.fixture
def server(place: Place, tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Serve the office with granian; port and process id of the worker."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "served.py").write_text(SERVED)
    config, [port] = place.office.config, free_ports(1)
    environment = {
        **os.environ,
        "CHANCERY_HOME": str(config.home),
        "CHANCERY_TIME_ZONE": str(config.time_zone),
        "PYTHONPATH": os.pathsep.join((str(folder), str(Path.cwd()))),
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory"]
    command += ["--workers", "1", "--port", str(port), "served:app"]
    with running(command, folder, environment) as process:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.1)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, max(map(peak_of, children), default=(0, process.pid))[1]


def peak_of(pid: str) -> tuple[int, int]:
    """Return the most memory that a process has held, in bytes, and its id."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) * 1024, int(pid)


def test_a_large_file_passes_in_little_memory_and_never_in_clear(
    place: Place, server: tuple[int, int]
) -> None:
    port, pid = server
    piece = b"CLEAR TEXT OF A LARGE FILE\n" * (MEBI // 27)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n\r\n'
    tail = (
        b'\r\n--x\r\nContent-Disposition: form-data; name="register"\r\n\r\nincoming\r\n--x--\r\n'
    )
    body = [head, *[piece] * 64, tail]
    headers = {
        "Authorization": f"Bearer {place.clerk.token}",
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(sum(map(len, body))),
    }
    before, _ = peak_of(str(pid))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/v1/documents", iter(body), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    after, _ = peak_of(str(pid))
    connection.close()
    assert after < 160 * MEBI
    # libmagic and its database come with the first file.
    assert after - before < 48 * MEBI
    stored = [path for path in place.office.config.home.rglob("*") if path.is_file()]
    assert not [path for path in stored if piece[:27] in path.read_bytes()]
