import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.reading import Cage, Limits, Reading, ReasonCode
from tests.reading import samples


def _read(cage: Cage, data: bytes, name: str = "x.pdf") -> Reading:
    return cage.read([data], file_name=name, media_type="application/octet-stream")


def _code(reading: Reading) -> ReasonCode | None:
    return reading.reason.code if reading.reason else None


def _parent(cage: Cage) -> int:
    assert cage._parent is not None
    return cage._parent.pid


def _alive_and_well(cage: Cage) -> bool:
    return _read(cage, samples.pdf("well")).pages == ["well"]


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def test_the_callers_process_imports_no_extraction_library() -> None:
    code = (
        "import sys; from search.reading import Cage; c = Cage();"
        "assert c.read([b'text'], file_name='a.txt', media_type='text/plain').pages == ['text'];"
        "c.close(); heavy = {'lxml', 'pypdf', 'pypdfium2', 'openpyxl', 'PIL', 'zipfile', 'email'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_many_threads_share_one_parent(cage: Cage) -> None:
    with ThreadPoolExecutor(8) as pool:
        readings = pool.map(lambda n: _read(cage, samples.pdf(f"page {n}")), range(24))
        assert [reading.pages for reading in readings] == [[f"page {n}"] for n in range(24)]


def test_a_killed_child_is_reported_and_the_next_document_works() -> None:
    with Cage() as cage:
        assert _alive_and_well(cage)
        readings: list[Reading] = []
        slow = samples.pdf(*["line\n" * 400] * 400)
        reader = threading.Thread(target=lambda: readings.append(_read(cage, slow)))
        reader.start()
        while not (children := _children(_parent(cage))):
            time.sleep(0.001)
        os.kill(children[0], signal.SIGKILL)
        reader.join()
        assert _code(readings[0]) == ReasonCode.CRASHED
        assert _alive_and_well(cage)


def test_a_parent_that_dies_is_started_again() -> None:
    with Cage() as cage:
        assert _alive_and_well(cage)
        first = _parent(cage)
        os.kill(first, signal.SIGKILL)
        assert _alive_and_well(cage)
        assert _parent(cage) != first


def test_a_document_whose_parent_dies_is_reported_as_crashed() -> None:
    with Cage() as cage:
        assert _alive_and_well(cage)
        readings: list[Reading] = []
        slow = samples.pdf(*["line\n" * 400] * 400)
        reader = threading.Thread(target=lambda: readings.append(_read(cage, slow)))
        reader.start()
        while not _children(_parent(cage)):
            time.sleep(0.001)
        # Until the parent has said that it began, the cage would simply begin anew.
        time.sleep(0.1)
        os.kill(_parent(cage), signal.SIGKILL)
        reader.join()
        assert _code(readings[0]) == ReasonCode.CRASHED
        assert _alive_and_well(cage)


def test_an_idle_parent_ends_itself_and_costs_no_memory() -> None:
    with Cage(Limits(idle_seconds=0.2)) as cage:
        assert _alive_and_well(cage)
        assert cage._parent is not None
        assert cage._parent.wait(10) == 0
        assert _alive_and_well(cage)


def test_closing_ends_the_parent() -> None:
    cage = Cage()
    assert _alive_and_well(cage)
    parent = cage._parent
    assert parent is not None
    cage.close()
    assert parent.returncode == 0
    assert _alive_and_well(cage)
    cage.close()


def test_a_zip_bomb_is_refused_before_it_unpacks(cage: Cage) -> None:
    assert _code(_read(cage, samples.zeros(100 << 20), "x.docx")) == ReasonCode.BOMB
    assert _alive_and_well(cage)


def test_too_many_entries_are_refused() -> None:
    with Cage(Limits(entries=10)) as cage:
        parts = {f"{number}": "" for number in range(20)}
        assert _code(_read(cage, samples.package(parts), "x.zip")) == ReasonCode.BOMB


def test_a_file_beyond_the_limit_is_refused_while_it_streams() -> None:
    taken = []

    def chunks() -> object:
        for number in range(1000):
            taken.append(number)
            yield bytes(1000)

    with Cage(Limits(content_bytes=5000)) as cage:
        reading = cage.read(chunks(), file_name="x", media_type="")  # type: ignore[arg-type]
    assert _code(reading) == ReasonCode.TOO_LARGE
    assert len(taken) == 6


def test_a_file_that_needs_too_much_memory_is_reported() -> None:
    with Cage(Limits(memory_bytes=48 << 20, unpack_free_bytes=1 << 30)) as cage:
        assert _code(_read(cage, b"x" * (40 << 20), "x.txt")) == ReasonCode.OUT_OF_MEMORY
        assert _alive_and_well(cage)


def test_a_file_that_takes_too_much_cpu_is_reported() -> None:
    deep = b"{\\rtf1 " + b"{\\b x}" * 3_000_000 + b"}"
    with Cage(Limits(cpu_seconds=1)) as cage:
        assert _code(_read(cage, deep, "x.rtf")) == ReasonCode.TIMEOUT
        assert _alive_and_well(cage)


def test_a_file_that_takes_too_long_is_reported() -> None:
    deep = b"{\\rtf1 " + b"{\\b x}" * 3_000_000 + b"}"
    with Cage(Limits(wall_seconds=0.3)) as cage:
        start = time.monotonic()
        assert _code(_read(cage, deep, "x.rtf")) == ReasonCode.TIMEOUT
        assert time.monotonic() - start < 30
        assert _alive_and_well(cage)


def test_a_timeout_does_not_disturb_the_document_beside_it() -> None:
    deep = b"{\\rtf1 " + b"{\\b x}" * 3_000_000 + b"}"
    with Cage(Limits(wall_seconds=1.5)) as cage, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(_read, cage, deep, "x.rtf")
        parent = None
        while not slow.done():
            assert _alive_and_well(cage)
            parent = parent or _parent(cage)
        assert _code(slow.result()) == ReasonCode.TIMEOUT
        assert _alive_and_well(cage)
        assert _parent(cage) == parent


def test_the_cage_leaves_nothing_in_shared_memory(cage: Cage) -> None:
    if not cage.describe()["private_memory"]:
        pytest.skip("needs user namespaces: sysctl kernel.unprivileged_userns_clone=1")
    assert _alive_and_well(cage)
    assert not list(Path("/dev/shm").glob("chancery-cage-*"))  # noqa: S108


def test_a_huge_stream_in_a_small_pdf_does_no_harm() -> None:
    stream = b"30" * 3_000_000 + b">"
    body = b"<</Length %d/Filter[/ASCIIHexDecode]>>\nstream\n%s\nendstream" % (len(stream), stream)
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 5 0 R>>"
    pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
    data = samples.pdf_file(["<</Type/Catalog/Pages 2 0 R>>", pages, page, "<<>>", body])
    with Cage(Limits(cpu_seconds=2)) as cage:
        assert _read(cage, data).outcome in ("none", "failed")
        assert _alive_and_well(cage)


def test_the_parent_holds_no_secret_and_no_descriptor_of_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHANCERY_SECRET_KEY", "hush-hush-hush")
    with Path(__file__).open() as held, Cage() as cage:
        os.set_inheritable(held.fileno(), True)
        assert _alive_and_well(cage)
        run = f"/proc/{_parent(cage)}"
        # The parent is not dumpable, so only root may look; the command it was given tells all.
        if os.access(f"{run}/environ", os.R_OK):
            assert b"hush" not in Path(f"{run}/environ").read_bytes()
        if os.access(f"{run}/fd", os.R_OK):
            targets = [str(link.readlink()) for link in Path(f"{run}/fd").iterdir()]
            assert __file__ not in targets


def test_the_cage_says_what_it_achieved(cage: Cage) -> None:
    achieved = cage.describe()
    assert set(achieved) == {"namespaces", "private_memory", "landlock"}


_INSIDE = """
import os, socket, sys
from pathlib import Path
from search.reading import confine
mine = confine.file_rules([], programs=False)
network, private = confine.isolate(1 << 20)
confine.give_up_rights()
closed = confine.close_file_system(mine)
def fails(act):
    try:
        act()
    except OSError:
        return True
    return False
if closed:
    assert fails(lambda: open("/etc/hostname").read())
    assert fails(lambda: open(sys.argv[1]).read())
    assert fails(lambda: open(sys.argv[1], "w"))
    assert fails(lambda: os.listdir("/"))
if network:
    assert fails(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[2])), 2))
print("shut in", network, private, closed)
"""


def test_a_child_reaches_no_file_and_no_network(tmp_path: Path) -> None:
    import socket

    secret = tmp_path / "master.key"
    secret.write_text("key")
    root = str(Path(__file__).parents[2])
    with socket.create_server(("127.0.0.1", 0)) as server:
        run = subprocess.run(
            [sys.executable, "-c", _INSIDE, str(secret), str(server.getsockname()[1])],
            env={"PYTHONPATH": root, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.stdout.startswith("shut in"), run.stderr
    assert secret.read_text() == "key"
