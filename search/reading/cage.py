"""The cage as callers see it: hand content over, get values back, survive every file."""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self, TypeVar

from search.reading import answers, office, wire
from search.reading.model import (
    Limits,
    Line,
    PageImage,
    Reading,
    Reason,
    ReasonCode,
    Recognised,
    Unpacked,
    UnreadableError,
)

_Value = TypeVar("_Value")
_Data = TypeVar("_Data")
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
_GRACE_SECONDS = 10.0
_TRIES = 3


class Cage:
    """Reads and renders files in short-lived children of one warm parent process.

    Thread-safe. The parent starts with the first file, ends itself when idle, and is started
    again when needed, also after it died. To be made anew in a forked process.

    Args:
        limits: What one document may cost.
        workshop: Name of a module whose `do(task, job, content, limits)` works on files of which
            this package knows nothing. The parent loads it before it shuts itself in; a cage
            without one never pays for it.
    """

    def __init__(self, limits: Limits | None = None, *, workshop: str | None = None) -> None:
        self._limits = limits or Limits()
        self._workshop = workshop
        self._places = threading.BoundedSemaphore(self._limits.parallel)
        self._lock = threading.Lock()
        self._parent: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the parent and whatever it has at work."""
        with self._lock:
            self._stop_parent()

    @property
    def most_bytes(self) -> int:
        """The largest file that is looked at; a larger one need not be fetched."""
        return self._limits.content_bytes

    def read(self, content: Iterable[bytes], *, file_name: str, media_type: str) -> Reading:
        """Read text and facts from a file; whatever the file does, this returns.

        Args:
            content: The bytes of the file, in chunks; consumed once.
            file_name: Decides only what the content leaves open.
            media_type: As known so far; content that says otherwise wins.
        """
        failed = Reading("failed", media_type)
        names = {"file_name": file_name, "media_type": media_type}
        try:
            with self._content(content) as file:
                reading = self._ask("read", file, names, answers.reading_of)
                if reading.media_type in office.LEGACY_TYPES and office.office_available():
                    return self._read_legacy(file, file_name, reading)
                return reading
        except UnreadableError as error:
            return replace(failed, reason=error.reason)

    def unpack(self, content: Iterable[bytes], *, file_name: str, media_type: str) -> Unpacked:
        """Take the files out of a mail, mailbox, archive or signed envelope, not further down.

        Raises:
            UnreadableError: It is no container, needs a password, or is left whole for a reason.
        """
        job = {"file_name": file_name, "media_type": media_type}
        with self._content(content) as file, self._result("unpack", file, job) as result:
            found = wire.map_answer(result, self._limits.result_bytes)
            return _made(found, answers.unpacked_of)

    def render(
        self,
        content: Iterable[bytes],
        *,
        file_name: str,
        media_type: str,
        page: int,
        width_px: int,
    ) -> PageImage:
        """Draw one page of a PDF or image, with its text layer.

        Args:
            content: The bytes of the file, in chunks; consumed once.
            file_name: As for `read`.
            media_type: As for `read`.
            page: Counted from 0.
            width_px: Width of the picture; images are never enlarged.

        Raises:
            UnreadableError: The file has no such page, or could not be drawn within the limits.
        """
        job = {"file_name": file_name, "media_type": media_type, "page": page, "width_px": width_px}
        with self._content(content) as file:
            return self._ask("render", file, job, answers.image_of)

    def page_sizes(
        self, content: Iterable[bytes], *, file_name: str, media_type: str
    ) -> list[tuple[float, float]]:
        """Return width and height in points of every page of a PDF or image.

        Raises:
            UnreadableError: The file has no pages to draw.
        """
        job = {"file_name": file_name, "media_type": media_type}
        with self._content(content) as file:
            return self._ask("sizes", file, job, answers.sizes_of)

    def text_layers(
        self,
        content: Iterable[bytes],
        *,
        file_name: str,
        media_type: str,
        pages: Sequence[int],
    ) -> dict[int, list[Line]]:
        """Return what lies as text on some pages of a PDF, by page, without drawing any.

        Args:
            content: The bytes of the file, in chunks; consumed once.
            file_name: As for `read`.
            media_type: As for `read`.
            pages: Counted from 0; what is no page, or is damaged, is left out of the answer.

        Raises:
            UnreadableError: The file is no PDF, or it was not done within the limits.
        """
        job = {"file_name": file_name, "media_type": media_type, "pages": list(pages)}
        with self._content(content) as file:
            return self._ask("layers", file, job, answers.layers_of)

    def to_pdf(self, content: Iterable[bytes], *, file_name: str, media_type: str) -> bytes:
        """Convert an office file to PDF with LibreOffice.

        Raises:
            UnreadableError: LibreOffice is not there (`unsupported`) or made nothing of the file.
        """
        job = {"file_name": file_name, "media_type": media_type}
        with self._content(content) as file:
            return self._ask("convert", file, job, lambda _, data: data)

    def recognise(
        self,
        content: Iterable[bytes],
        *,
        file_name: str,
        media_type: str,
        page: int,
        languages: Sequence[str] = (),
    ) -> Recognised:
        """Recognise the text on one page of an image or a PDF with Tesseract.

        Args:
            content: The bytes of the file, in chunks; consumed once.
            file_name: As for `read`.
            media_type: As for `read`.
            page: Counted from 0.
            languages: Models to use; none leaves the choice to what is seen on the page.

        Raises:
            UnreadableError: Tesseract is not there (`unsupported`), the file has no such page, or
                it was not done within the limits.
        """
        job = {
            "file_name": file_name,
            "media_type": media_type,
            "page": page,
            "languages": list(languages),
        }
        with self._content(content) as file:
            return self._ask("recognise", file, job, answers.recognised_of)

    def searchable(
        self,
        content: Iterable[bytes],
        *,
        file_name: str,
        media_type: str,
        pages: Sequence[Recognised],
    ) -> bytes:
        """Return a PDF with the pictures as they are and what was recognised lying on them.

        Pages that are not among `pages` stay as they are. Pages that lie on their side are shown
        upright.

        Args:
            content: The image or PDF, in chunks; consumed once.
            file_name: As for `read`.
            media_type: As for `read`.
            pages: What `recognise` found.

        Raises:
            UnreadableError: No PDF could be made of it.
        """
        head = wire.packed_job({"pages": [asdict(page) for page in pages]})
        job = {"file_name": file_name, "media_type": media_type, "begin": len(head)}
        with self._content(itertools.chain([head], content)) as file:
            return self._ask("searchable", file, job, lambda _, data: data)

    def work(
        self, task: str, job: dict[str, Any], content: Iterable[bytes]
    ) -> tuple[dict[str, Any], bytes]:
        """Have the workshop do one of its tasks on a file.

        The answer comes from a child that may be in the hands of the file: whoever asked checks
        each field before it is used.

        Args:
            task: One that the workshop knows.
            job: What it needs besides the file, as JSON; it may be larger than a message.
            content: The bytes of the file, in chunks; consumed once.

        Raises:
            UnreadableError: It did not end within the limits, or the workshop raised an error.
        """
        assert self._workshop is not None, "this cage has no workshop"
        head = wire.packed_job(job)
        message = {"workshop": self._workshop, "doing": task, "begin": len(head)}
        with self._content(itertools.chain([head], content)) as file:
            return self._ask("work", file, message, answers.work_of)

    def describe(self) -> dict[str, bool | int]:
        """Say what the cage achieves here: namespaces, Landlock version, private memory."""
        with self._content([]) as file:
            return self._ask("describe", file, {}, lambda answer, _: dict(answer["cage"]))

    def _read_legacy(self, file: int, file_name: str, first: Reading) -> Reading:
        if first.reason is None or first.reason.code != ReasonCode.UNSUPPORTED:
            return first
        names = {"file_name": file_name, "media_type": first.media_type}
        try:
            pdf = self._ask("convert", file, names, lambda _, data: data)
        except UnreadableError as error:
            return replace(first, reason=error.reason)
        second = self.read([pdf], file_name="converted.pdf", media_type="application/pdf")
        # Dates and producer of the PDF are those of the conversion, not of the document.
        kept = ("title", "author", "subject", "keywords")
        stated = {name: text for name, text in second.attributes.items() if name in kept}
        facts = first.attributes or stated
        return replace(second, media_type=first.media_type, attributes=facts)

    @contextlib.contextmanager
    def _content(self, content: Iterable[bytes]) -> Iterator[int]:
        file = wire.memory_file("content")
        try:
            if not wire.fill(file, content, self._limits.content_bytes):
                message = f"more than {self._limits.content_bytes} bytes"
                raise UnreadableError(Reason(ReasonCode.TOO_LARGE, message))
            yield file
        finally:
            os.close(file)

    def _ask(
        self,
        task: str,
        file: int,
        job: dict[str, Any],
        make: Callable[[wire.Answer, bytes], _Value],
    ) -> _Value:
        with self._result(task, file, job) as result:
            return _made(wire.read_answer(result, self._limits.result_bytes), make)

    @contextlib.contextmanager
    def _result(self, task: str, file: int, job: dict[str, Any]) -> Iterator[int]:
        """Have a job done, and give the file in memory that holds the answer."""
        message = json.dumps({"task": task, "limits": asdict(self._limits), **job}).encode()
        result = wire.memory_file("result")
        try:
            with self._places:
                end = self._run(message, file, result)
            if reason := _reason_of_end(end):
                raise UnreadableError(reason)
            yield result
        finally:
            os.close(result)

    def _run(self, message: bytes, file: int, result: int) -> wire.Answer:
        """Have the parent run one job; try anew while the parent had not even begun."""
        for _ in range(_TRIES):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs:
                with self._lock:
                    control = self._control or self._start_parent()
                    try:
                        socket.send_fds(control, [message], [file, result, theirs.fileno()])
                    except OSError:
                        self._stop_parent()
                        continue
                theirs.close()
                words = self._listen(ours, control)
            if words:
                return words[-1]
        return {"end": "crashed", "message": "the parent of the cage does not start"}

    def _listen(self, ours: socket.socket, control: socket.socket) -> list[wire.Answer]:
        """Collect what the parent says on a job until it hangs up."""
        patience = max(self._limits.wall_seconds, self._limits.office_seconds) + _GRACE_SECONDS
        until = time.monotonic() + patience
        words: list[wire.Answer] = []
        hangs = False
        try:
            while True:
                ours.settimeout(max(0.01, until - time.monotonic()))
                word = ours.recv(wire.MESSAGE_BYTES)
                if not word:
                    break
                words.append(json.loads(word))
        except TimeoutError:
            hangs = True
            words.append({"end": "timeout", "message": "the parent of the cage hangs"})
        except ConnectionError:
            pass
        if hangs or not words or words[-1]["end"] == "started":
            with self._lock:
                if self._control is control and (hangs or self._hung_up(control)):
                    self._stop_parent()
        return words

    @staticmethod
    def _hung_up(control: socket.socket) -> bool:
        """Tell whether the parent closed its end; it never sends anything there."""
        control.settimeout(0)
        try:
            return control.recv(1) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            control.settimeout(None)

    def _start_parent(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", "-s", "-m", "search.reading.parent"]
            workshop = [self._workshop] if self._workshop else []
            self._parent = subprocess.Popen(
                [*command, str(theirs.fileno()), str(self._limits.idle_seconds), *workshop],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd="/",
                env=_clean_environment(),
            )
        self._control = ours
        return ours

    def _stop_parent(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._parent is not None:
            try:
                self._parent.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._parent.kill()
                self._parent.wait()
        self._control = self._parent = None


def _clean_environment() -> dict[str, str]:
    """Return an environment without any setting or secret of the service."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_PACKAGE_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        # openpyxl loads numpy where it is installed, and a process with threads can neither enter
        # namespaces of its own nor be forked safely.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _reason_of_end(end: wire.Answer) -> Reason | None:
    if end["end"] == "done":
        return None
    code = "crashed" if end["end"] == "started" else end["end"]
    return Reason(ReasonCode(code), end.get("message", "the parent of the cage died"))


def _made(
    found: tuple[wire.Answer, _Data] | None, make: Callable[[wire.Answer, _Data], _Value]
) -> _Value:
    if found is None:
        raise UnreadableError(Reason(ReasonCode.CRASHED, "the child gave no answer"))
    answer, data = found
    try:
        reason = answers.reason_of(answer)
        if reason is not None and "outcome" not in answer:
            raise UnreadableError(reason)
        return make(answer, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableError(
            Reason(ReasonCode.CRASHED, "the child's answer is garbled")
        ) from error
