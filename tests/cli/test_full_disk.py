"""A full or broken disk is told in a sentence; any other error of the system is a defect."""

import errno
import os
import resource
import signal
from pathlib import Path

from web.cli.frame import sentence_of


def test_a_full_disk_has_a_sentence(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        (tmp_path / "file").write_bytes(bytes(11))
        told = None
    except OSError as error:
        told = sentence_of(error)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert told == "The disk is full or broken: File too large."


def test_the_file_that_has_no_room_is_named() -> None:
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/backup/objects")
    told = sentence_of(error)
    assert told == "The disk is full or broken: No space left on device (/backup/objects)."
    assert sentence_of(FileNotFoundError(errno.ENOENT, "gone")) is None
