"""The warm parent: holds the libraries, forks one confined child per document.

Started by the cage as `python -m search.reading.parent CONTROL IDLE_SECONDS [WORKSHOP]` with a
clean environment and one inherited socket. It never looks at a file itself. With a workshop it
holds that module instead of the readers: a child can load no part of ours any more, since only
`search` and the libraries stay open to it.
"""

import gc
import importlib
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from search.reading import child, confine, formats, wire
from search.reading.model import Limits
from search.reading.source import Source

# What most documents need; pypdf, olefile and others are loaded by the child that wants them.
_FORMATS = ("html", "mail", "opendocument", "pdf", "plain", "sheets", "slides", "word", "xml")
_WARM = (
    "charset_normalizer",
    "PIL.Image",
    "PIL.WebPImagePlugin",
    "search.reading.placing",
    "search.reading.render",
    "search.reading.textlayer",
    *(f"search.reading.formats.{name}" for name in _FORMATS),
)
# Read once before the first fork, so that no child pays for what is set up at first use.
_SAMPLE = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R
/Resources<</Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj
4 0 obj <</Length 30>> stream
BT /F 9 Tf 9 9 Td (sample) Tj ET
endstream endobj
trailer <</Root 1 0 R>>
"""
_SCRATCH_BYTES = 1 << 30
_SCRATCH_PREFIX = "chancery-cage-"
_KILLED_FIRST = "500"


@dataclass(frozen=True, slots=True)
class _Running:
    """One child at work."""

    pid: int
    until: float
    limits: Limits
    word: socket.socket
    scratch: Path


class Parent:
    """Takes jobs from the control socket and answers for the children."""

    def __init__(self, control: socket.socket, idle_seconds: float) -> None:
        self._control = control
        self._idle_seconds = idle_seconds
        self._running: dict[int, _Running] = {}
        self._late: set[int] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._rules = confine.file_rules([], programs=False)
        self._scratch, self._achieved = _confined()
        self._address_space = confine.address_space()
        self._silence = os.open(os.devnull, os.O_RDWR)

    def run(self) -> None:
        """Serve until the cage hangs up, or nothing came for the idle time."""
        hung_up = False
        while not hung_up:
            events = self._selector.select(self._patience())
            if not events and not self._running:
                break
            for key, _ in events:
                if key.fileobj is self._control:
                    hung_up = not self._take_job()
                else:
                    self._bury(key.fd)
            self._kill_overdue()
        for running in self._running.values():
            _kill(running)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _patience(self) -> float:
        waiting = [r.until for r in self._running.values() if r.pid not in self._late]
        if waiting:
            return max(0.0, min(waiting) - time.monotonic())
        return self._idle_seconds

    def _take_job(self) -> bool:
        """Fork a child for the next job; False when the cage has hung up."""
        message, descriptors, _, _ = socket.recv_fds(self._control, wire.MESSAGE_BYTES, 3)
        if not message:
            return False
        content, result, word = descriptors
        job = json.loads(message)
        limits = Limits(**job["limits"])
        office = job["task"] in child.PROGRAM_TASKS
        seconds = limits.office_seconds if office else limits.wall_seconds
        scratch = Path(tempfile.mkdtemp(dir=self._scratch))
        pid = os.fork()
        if pid == 0:
            place = child.Place(scratch, self._address_space, self._rules, self._achieved)
            child.main(job, limits, place, (content, result, self._silence), office=office)
        os.close(content)
        os.close(result)
        running = _Running(
            pid, time.monotonic() + seconds, limits, socket.socket(fileno=word), scratch
        )
        self._say(running, {"end": "started"})
        watch = os.pidfd_open(pid)
        self._running[watch] = running
        self._selector.register(watch, selectors.EVENT_READ)
        return True

    def _bury(self, watch: int) -> None:
        """Take note of a child's end and pass the word on."""
        running = self._running.pop(watch)
        self._selector.unregister(watch)
        os.close(watch)
        _, status, usage = os.wait4(running.pid, 0)
        _kill(running)
        self._say(running, self._verdict(running, status, usage))
        running.word.close()
        self._late.discard(running.pid)
        shutil.rmtree(running.scratch, ignore_errors=True)

    def _verdict(
        self, running: _Running, status: int, usage: resource.struct_rusage
    ) -> wire.Answer:
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return {"end": "done"}
        if running.pid in self._late:
            return {"end": "timeout", "message": "took too long"}
        if usage.ru_utime + usage.ru_stime >= running.limits.cpu_seconds:
            return {"end": "timeout", "message": f"used {running.limits.cpu_seconds} s of CPU"}
        # A library that cannot go on without memory ends itself by a signal; that signal alone
        # does not tell, but the memory it held does.
        if code < 0 and usage.ru_maxrss * 1024 > running.limits.memory_bytes // 2:
            return {"end": "out_of_memory", "message": f"died with {usage.ru_maxrss} KiB"}
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return {"end": "crashed", "message": f"the child ended by {how}"}

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for running in self._running.values():
            if running.until <= now and running.pid not in self._late:
                self._late.add(running.pid)
                _kill(running)

    @staticmethod
    def _say(running: _Running, word: wire.Answer) -> None:
        try:
            running.word.send(json.dumps(word).encode())
        except OSError:
            # The caller has gone; nobody needs the answer.
            _kill(running)


def _kill(running: _Running) -> None:
    """Kill a child with everything it started; it leads a process group of its own."""
    for kill in (os.killpg, os.kill):
        try:
            kill(running.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _confined() -> tuple[Path, confine.Achieved]:
    """Shut this process in and return its scratch folder and what was achieved."""
    network, private = confine.isolate(_SCRATCH_BYTES)
    where = confine.SHARED_MEMORY if confine.SHARED_MEMORY.is_dir() else Path(tempfile.gettempdir())
    if not private:
        _sweep(where)
    scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-", dir=where))
    Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST)
    confine.give_up_rights()
    closed = confine.close_file_system(confine.file_rules([scratch], programs=True))
    landlock = confine.landlock_version() if closed else 0
    return scratch, confine.Achieved(network, private, landlock)


def _sweep(where: Path) -> None:
    """Remove what parents left behind that were killed."""
    for left in where.glob(f"{_SCRATCH_PREFIX}*"):
        pid = left.name.removeprefix(_SCRATCH_PREFIX).partition("-")[0]
        if not Path("/proc", pid).exists():
            shutil.rmtree(left, ignore_errors=True)


def main(control: str, idle_seconds: str, workshop: str | None = None) -> None:
    """Warm up, shut in, serve."""
    ours = socket.socket(fileno=int(control))
    ours.set_inheritable(False)
    for name in [workshop] if workshop else _WARM:
        importlib.import_module(name)
    if workshop is None:
        formats.read(Source(_SAMPLE, "sample.pdf", "", Limits()))
    gc.collect()
    gc.freeze()
    Parent(ours, float(idle_seconds)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
