"""Registering by REST against its floor: what any Flask program pays for the same durability.

    PYTHONPATH=. python benchmarks/register_request.py [ROUNDS]

Serves an office of its own with granian on the loopback interface and measures, interleaved round
by round over one kept-alive connection: a bare Flask request, one ORM commit with fsync, one file
of 100 KiB with fsync, and POST /api/v1/documents with a PDF of 100 KiB. Prints medians in
milliseconds and the ratio of the last to the sum of the others.
"""

import http.client
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base
from records.core.config import load_config
from records.core.database import Database
from records.office import open_office
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Role
from records.people.service import add_user
from records.people.signing_in import add_token

PDF_BYTES = 100 * 1024
SERVE = """
import sys
from granian import Granian
Granian(sys.argv[1], port=int(sys.argv[2]), interface="wsgi", workers=1, log_access=False,
        log_level="error", blocking_threads=4, factory=True).serve()
"""


class Row(Base):
    """A row of the floor's own table."""

    __tablename__ = "benchmark_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]


def bare() -> Flask:
    """Return a Flask program that does nothing; granian imports it from here."""
    app = Flask("bare")

    @app.get("/")
    def index() -> str:
        return "ok"

    return app


def served() -> Flask:
    """Return the service for the home in the environment; granian imports it from here."""
    from web.app import create_app

    return create_app(open_office(load_config(), writing=False))


def furnish(home: Path) -> str:
    """Set up a home with one clerk and return the clerk's token."""
    office = open_office(load_config({}, home=home))
    with office.database.writing() as uow:
        clerk, _ = add_user(
            uow,
            SERVICE,
            login="clerk",
            roles=frozenset({Role.CLERK}),
            unit_id=unit_by_code(uow, ROOT_UNIT_CODE).id,
        )
        token = add_token(uow, SERVICE, user_id=clerk.id, label="benchmark", expires_at=None)
    office.close()
    return token


def start(target: str, home: Path) -> tuple[subprocess.Popen[bytes], http.client.HTTPConnection]:
    """Serve one of the programs of this file and connect to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(__file__).parent
    path = os.pathsep.join((str(folder), str(folder.parent)))
    environment = {**os.environ, "CHANCERY_HOME": str(home), "PYTHONPATH": path}
    command = [sys.executable, "-c", SERVE, f"register_request:{target}", str(port)]
    process = subprocess.Popen(command, env=environment)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(200):
        try:
            connection.connect()
        except OSError:
            time.sleep(0.05)
        else:
            return process, connection
    raise SystemExit("the server does not start")


def bare_request(connection: http.client.HTTPConnection) -> None:
    """Ask the bare program."""
    connection.request("GET", "/")
    answer = connection.getresponse()
    if answer.read() != b"ok":
        raise SystemExit("the bare program does not answer")


def commit(database: Database) -> None:
    """Write one row through the ORM, with fsync."""
    with database.writing() as uow:
        uow.session.add(Row(text="a row"))


def file(folder: Path, content: bytes) -> None:
    """Write one file of 100 KiB, with fsync."""
    with (folder / secrets.token_hex(8)).open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def register(connection: http.client.HTTPConnection, token: str) -> None:
    """Register one PDF."""
    pdf = b"%PDF-1.4\n" + secrets.token_bytes(PDF_BYTES - 9)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="register"\r\n\r\nincoming\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="letter.pdf"\r\n'
        b"Content-Type: application/pdf\r\n\r\n" + pdf + b"\r\n--x--\r\n"
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    connection.request("POST", "/api/v1/documents", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 201:
        raise SystemExit(f"{answer.status}: {content.decode()}")


def timed(act: Callable[[], None]) -> float:
    """Return the milliseconds that an act takes."""
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token = furnish(folder / "home")
        floor = Database(f"sqlite:///{folder / 'floor.sqlite3'}", zone=load_config({}).time_zone)

        Base.metadata.create_all(floor.engine, tables=[Base.metadata.tables["benchmark_row"]])
        plain, plain_connection = start("bare", folder / "home")
        service, connection = start("served", folder / "home")
        content = secrets.token_bytes(PDF_BYTES)
        acts: dict[str, Callable[[], None]] = {
            "bare Flask request": lambda: bare_request(plain_connection),
            "ORM commit, fsync": lambda: commit(floor),
            "100 KiB file, fsync": lambda: file(folder, content),
            "POST /documents": lambda: register(connection, token),
        }
        times: dict[str, list[float]] = {each: [] for each in acts}
        try:
            for round_ in range(rounds + 20):
                for each, act in acts.items():
                    took = timed(act)
                    if round_ >= 20:
                        times[each].append(took)
        finally:
            for process in (plain, service):
                process.terminate()
                process.wait()
        medians = {each: statistics.median(found) for each, found in times.items()}
        for each, median in medians.items():
            p95 = statistics.quantiles(times[each], n=20)[18]
            print(f"{each:22} p50 {median:7.2f} ms   p95 {p95:7.2f} ms")
        *floors, whole = medians.values()
        print(f"ratio {whole / sum(floors):.2f}")


if __name__ == "__main__":
    main()
