"""A file that is larger than memory should be, through the real server and back."""

import hashlib
import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from records.office import Office
from tests.api.conftest import furnish
from tests.integration.conftest import Parts, soon
from tests.integration.service import Service, form, peak_bytes, serving

MIB = 1 << 20
MARK = b"these words must never lie in clear "
# What a process may grow by, whatever the size of the file.
MOST_GROWTH = 150 * MIB


def blocks(size_mib: int) -> Iterator[bytes]:
    """Yield a file in pieces of one MiB, each with the mark in its midst and unlike the others."""
    noise = hashlib.shake_256(b"noise").digest(MIB - len(MARK) - 8)
    for number in range(size_mib):
        yield noise[: MIB // 2] + MARK + noise[MIB // 2 :] + number.to_bytes(8, "big")


def carry(office: Office, size_mib: int) -> dict[str, Any]:
    """Send a file to a service of its own, fetch it again, and return what that took.

    Raises:
        AssertionError: It came back otherwise, or lies in clear somewhere.
    """
    service = Service(office.config.home, furnish(office)["clerk"])
    with serving(service):
        warm = service.register("warm.bin", b"warm" * MIB)
        assert warm.status == 201, warm.body
        soon(lambda: _outcome(service, warm.json["id"])["text"] != "pending", 120)
        before = {pid: peak_bytes(pid) for pid in service.family()}
        document_id = _send(service, size_mib)
        digest, size = _fetch(service, document_id)
        clear = hashlib.sha256()
        for block in blocks(size_mib):
            clear.update(block)
        assert (digest, size) == (clear.hexdigest(), size_mib * MIB)
        soon(lambda: _outcome(service, document_id)["text"] != "pending", 120)
        after = {pid: peak_bytes(pid) for pid in before}
        assert not (lying := [path for path in _files(office.config.home) if _marked(path)]), lying
        growth: dict[str, int] = {}
        for pid in before:
            name = "worker" if "worker" in _command(pid) else "web"
            growth[name] = max(growth.get(name, 0), (after[pid] - before[pid]) // MIB)
        return {"growth_mib": growth, **_outcome(service, document_id)}


def _command(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def _send(service: Service, size_mib: int) -> str:
    head, tail = form("big.bin", {"register": "incoming", "title": "Big"})

    def body() -> Iterator[bytes]:
        yield head
        yield from blocks(size_mib)
        yield tail

    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(len(head) + size_mib * MIB + len(tail)),
    }
    answer = service.ask("POST", "/api/v1/documents", body(), headers, seconds=600)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def _outcome(service: Service, document_id: str) -> dict[str, Any]:
    shown = service.ask("GET", f"/api/v1/documents/{document_id}").json
    return {"text": shown["text"], "reason": shown["reason"]}


def _fetch(service: Service, document_id: str) -> tuple[str, int]:
    shown = service.ask("GET", f"/api/v1/documents/{document_id}").json
    component = shown["components"][0]["id"]
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=600)
    headers = {"Authorization": f"Bearer {service.token}"}
    connection.request("GET", f"/api/v1/components/{component}/content", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200
    digest, size = hashlib.sha256(), 0
    while piece := answer.read(MIB):
        digest.update(piece)
        size += len(piece)
    connection.close()
    return digest.hexdigest(), size


def _files(home: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(home):
        yield from (Path(folder, name) for name in names)


def _marked(path: Path) -> bool:
    rest = b""
    with path.open("rb") as file:
        while piece := file.read(8 * MIB):
            if MARK in rest + piece:
                return True
            rest = piece[-len(MARK) :]
    return False


@pytest.mark.slow
def test_a_big_file_passes_with_little_memory_and_never_lies_in_clear(parts: Parts) -> None:
    office = parts.open("home")
    told = carry(office, 96)
    office.close()
    # A third of the file would be seen; what a process keeps anyway is much less.
    assert max(told["growth_mib"].values()) < 32, told
    assert max(told["growth_mib"].values()) * MIB < MOST_GROWTH
