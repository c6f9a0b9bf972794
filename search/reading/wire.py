"""How cage, parent and child talk: one message and three descriptors per job.

The cage sends one datagram of JSON with the descriptors of the content, of the result (both
anonymous memory) and of a socket for the parent's word on the child. The child writes its answer
as an eight byte length (big endian), that much JSON, and then raw bytes if there are any. Nothing
is ever unpickled: a child may be in the hands of the file it reads.

A job for the workshop may be larger than a datagram. It stands in front of the content, in the form
of an answer and padded with blanks, so that the content can be mapped from where it begins.
"""

import json
import mmap
import os
import struct
from collections.abc import Iterable
from typing import Any

LENGTH = struct.Struct(">Q")
MESSAGE_BYTES = 65_536
Answer = dict[str, Any]


def memory_file(name: str) -> int:
    """Open an anonymous file in memory and return its descriptor, closed on exec."""
    return os.memfd_create(name, os.MFD_CLOEXEC)


def write_all(descriptor: int, data: bytes) -> None:
    """Write the whole of `data`, however often the kernel cuts it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def fill(descriptor: int, content: Iterable[bytes], most: int) -> bool:
    """Copy content into a file; False once it proves larger than `most` bytes."""
    size = 0
    for chunk in content:
        size += len(chunk)
        if size > most:
            return False
        write_all(descriptor, chunk)
    return True


def packed_job(job: Answer) -> bytes:
    """Return a workshop's job as it stands in front of the content."""
    head = json.dumps(job).encode()
    pages = -(-(LENGTH.size + len(head)) // mmap.ALLOCATIONGRANULARITY)
    room = pages * mmap.ALLOCATIONGRANULARITY - LENGTH.size
    return LENGTH.pack(room) + head.ljust(room)


def read_job(descriptor: int, begin: int) -> Answer:
    """Read the job that stands in front of the content, which begins at `begin`."""
    job: Answer = json.loads(os.pread(descriptor, begin - LENGTH.size, LENGTH.size))
    return job


def write_answer(descriptor: int, answer: Answer, data: bytes = b"") -> None:
    """Write an answer into a result file."""
    head = json.dumps(answer).encode()
    write_all(descriptor, LENGTH.pack(len(head)) + head)
    write_all(descriptor, data)


def map_answer(descriptor: int, most: int) -> tuple[Answer, memoryview] | None:
    """Like `read_answer`, but what follows the answer is looked at where it lies, not copied."""
    size = os.fstat(descriptor).st_size
    if not LENGTH.size <= size <= most:
        return None
    view = memoryview(mmap.mmap(descriptor, size, access=mmap.ACCESS_READ))
    (length,) = LENGTH.unpack(view[: LENGTH.size])
    if length > size - LENGTH.size:
        return None
    begin = LENGTH.size + length
    try:
        answer = json.loads(bytes(view[LENGTH.size : begin]))
    except (ValueError, RecursionError):
        return None
    return (answer, view[begin:]) if isinstance(answer, dict) else None


def read_answer(descriptor: int, most: int) -> tuple[Answer, bytes] | None:
    """Read an answer from a result file; None when there is none or it is not well formed."""
    size = os.fstat(descriptor).st_size
    if not LENGTH.size <= size <= most:
        return None
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        (length,) = LENGTH.unpack(file.read(LENGTH.size))
        if length > size - LENGTH.size:
            return None
        try:
            answer = json.loads(file.read(length))
        except (ValueError, RecursionError):
            return None
        return (answer, file.read()) if isinstance(answer, dict) else None
