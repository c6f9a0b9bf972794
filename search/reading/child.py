"""One child, one document: shut in, do the job, write the answer, vanish."""

import importlib
import mmap
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from search.reading import confine, wire
from search.reading.model import Limits, ReasonCode
from search.reading.source import RefusedError, Source

_CONTENT, _RESULT, _FIRST_FREE = 3, 4, 5
_OFFICE_FILES, _FILES = 1024, 64
_OFFICE_PROCESSES = 512
# What is done by programs of their own: LibreOffice, and the engine that recognises.
PROGRAM_TASKS = frozenset({"convert", "recognise"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a child works.

    Attributes:
        scratch: Its folder.
        address_space: Its parent's size in bytes.
        rules: Landlock rules of a child that needs no programs.
        achieved: What the cage achieved.
    """

    scratch: Path
    address_space: int
    rules: int | None
    achieved: confine.Achieved


def main(
    job: dict[str, Any],
    limits: Limits,
    place: Place,
    descriptors: tuple[int, int, int],
    *,
    office: bool,
) -> NoReturn:
    """Do one job and end the process; never returns, never raises.

    Args:
        job: What the cage asked for.
        limits: What it may cost.
        place: Where it is done.
        descriptors: Of the content, of the result, and of /dev/null.
        office: Whether the job is one of `PROGRAM_TASKS`, which need programs and a folder.
    """
    status = 1
    try:
        os.setsid()
        confine.die_with_parent()
        if not office:
            confine.close_file_system(place.rules)
        _keep_only(*descriptors)
        _shut_in(limits, place, os.fstat(_CONTENT).st_size, office=office)
        answer, data = _done(job, limits, place)
        wire.write_answer(_RESULT, answer, data)
        status = 0
    finally:
        os._exit(status)


def _keep_only(content: int, result: int, silence: int) -> None:
    """Keep content and result as descriptors 3 and 4; the others are closed, the first silent."""
    high = [os.dup(content), os.dup(result), os.dup(silence)]
    while min(high) < _FIRST_FREE:
        high = [os.dup(descriptor) for descriptor in high]
    for wanted, descriptor in ((0, 2), (1, 2), (2, 2), (_CONTENT, 0), (_RESULT, 1)):
        os.dup2(high[descriptor], wanted, inheritable=wanted < _CONTENT)
    os.closerange(_FIRST_FREE, os.sysconf("SC_OPEN_MAX"))


def _shut_in(limits: Limits, place: Place, content_bytes: int, *, office: bool) -> None:
    os.chdir(place.scratch)
    above = limits.office_memory_bytes if office else limits.memory_bytes + content_bytes
    confine.limit(
        memory_bytes=place.address_space + above,
        cpu_seconds=limits.office_seconds if office else limits.cpu_seconds,
        file_bytes=limits.result_bytes,
        processes=_OFFICE_PROCESSES if office else 0,
        files=_OFFICE_FILES if office else _FILES,
    )


def _done(job: dict[str, Any], limits: Limits, place: Place) -> tuple[wire.Answer, bytes]:
    try:
        return _do(job, limits, place)
    except RefusedError as refusal:
        return _refused(refusal.code, refusal.message)
    except MemoryError:
        return _refused(ReasonCode.OUT_OF_MEMORY, "needs more memory than is allowed")
    except confine.OutOfTime:
        return _refused(ReasonCode.TIMEOUT, f"used {limits.cpu_seconds} s of CPU")
    except RecursionError:
        return _refused(ReasonCode.DAMAGED, "nested too deeply")
    except Exception as error:  # noqa: BLE001 - libraries raise anything on damaged files
        return _refused(ReasonCode.DAMAGED, f"{type(error).__name__}: {error}"[:200])


def _refused(code: ReasonCode, message: str) -> tuple[wire.Answer, bytes]:
    return {"reason": {"code": code.value, "message": message}}, b""


def _do(job: dict[str, Any], limits: Limits, place: Place) -> tuple[wire.Answer, bytes]:
    task = job["task"]
    if task == "describe":
        return {"cage": asdict(place.achieved)}, b""
    if task == "work":
        return _worked(job, limits)
    if task == "searchable":
        return _made_searchable(job, limits)
    source = Source(_content(), job["file_name"], job["media_type"], limits)
    if task == "read":
        from search.reading import formats

        return formats.read(source), b""
    if task == "unpack":
        from search.reading import unpacking

        return unpacking.unpack(source)
    if task == "convert":
        from search.reading import office

        return {}, office.convert(source, place.scratch)
    if task == "recognise":
        from search.reading.recognition import recogniser

        return recogniser.recognise(source, job["page"], job["languages"], place.scratch), b""
    from search.reading import render

    if task == "sizes":
        return {"sizes": render.page_sizes(source)}, b""
    if task == "layers":
        return {"layers": render.text_layers(source, job["pages"])}, b""
    return render.page_image(source, job["page"], job["width_px"])


def _made_searchable(job: dict[str, Any], limits: Limits) -> tuple[wire.Answer, bytes]:
    from search.reading.recognition import searchable

    begin = job["begin"]
    source = Source(_content(begin), job["file_name"], job["media_type"], limits)
    return {}, searchable.made(source, wire.read_job(_CONTENT, begin)["pages"])


def _worked(job: dict[str, Any], limits: Limits) -> tuple[wire.Answer, bytes]:
    begin = job["begin"]
    workshop = importlib.import_module(job["workshop"])
    wanted = wire.read_job(_CONTENT, begin)
    answer, data = workshop.do(job["doing"], wanted, _content(begin), limits)
    return {"done": answer}, data


def _content(begin: int = 0) -> mmap.mmap | bytes:
    length = os.fstat(_CONTENT).st_size - begin
    if length == 0:
        return b""
    return mmap.mmap(_CONTENT, length, access=mmap.ACCESS_COPY, offset=begin)
