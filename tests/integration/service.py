"""The real command `chancery serve` in processes of its own, and a client that speaks to it."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.offices import TIME_ZONE
from tests.servers import free_ports

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


@dataclass
class Answer:
    """What the service answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass
class Service:
    """One service for a home; it can be killed and started again."""

    home: Path
    token: str
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the command and wait until it answers."""
        self.port = self.port or free_ports(1)[0]
        command = [sys.executable, "-m", "web.cli", "serve", "--home", str(self.home)]
        # Of the same zone as the test's own office: where two processes disagree about today,
        # a post held from today is not held yet.
        zone = {"CHANCERY_TIME_ZONE": TIME_ZONE}
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **zone, **self.settings}
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < until, self.log()
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz").status == 200
        except (OSError, http.client.HTTPException):
            return False

    def log(self) -> str:
        """What the processes wrote."""
        return (self.home / "serve.log").read_text()[-4000:]

    def family(self) -> list[int]:
        """The ids of the command's process and of all below it."""
        assert self.process is not None
        parents = dict(_parents())
        found = [self.process.pid]
        for each in found:
            found += [child for child, parent in parents.items() if parent == each]
        return found

    def kill(self) -> None:
        """Kill all processes at once, as a power cut would."""
        assert self.process is not None
        # The parents first, or they start anew what they have lost.
        for each in self.family():
            try:
                os.kill(each, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self) -> None:
        """End the service in order."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = 120,
    ) -> Answer:
        """Send one request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def register(self, name: str, content: bytes, *, key: str | None = None, **more: str) -> Answer:
        """Register one file."""
        head, tail = form(name, {"register": "incoming", **more})
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self.ask("POST", "/api/v1/documents", head + content + tail, headers)


def form(name: str, fields: Mapping[str, str]) -> tuple[bytes, bytes]:
    """Return what stands in a form before and after the content of its file."""
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{value}\r\n'
        for each, value in fields.items()
    )
    head += f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode(), b"\r\n--x--\r\n"


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """Serve until the block ends."""
    service.start()
    try:
        yield service
    finally:
        service.stop()


def peak_bytes(pid: int) -> int:
    """Return the most memory that a process has had resident (VmHWM of proc(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(pid)


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = path.read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield int(path.parent.name), int(stat.rpartition(")")[2].split()[1])
