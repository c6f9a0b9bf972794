"""The workshop: what is done inside the cage to files that others made. A table of tasks.

The parent of a cage (`caged.seal_cage`) loads this module; it holds no key and no database, and
runs one task per confined child. A child can load no further module of `records`: what a task needs
is imported here, or at the top of the module that does it.
"""

import mmap
from collections.abc import Callable, Mapping
from typing import Any

from records.seals.caged import Refused
from records.seals.imprints.scans import clean_imprint
from records.seals.pages.facts import facts
from records.seals.pages.lines import lines
from records.seals.pages.overlay import overlay
from records.seals.pages.press import prepare
from records.seals.signatures.inspection import inspect
from search.reading import Limits

Answer = tuple[dict[str, Any], bytes]
Task = Callable[[dict[str, Any], bytes | mmap.mmap, Limits], Answer]

TASKS: Mapping[str, Task] = {
    "clean_imprint": clean_imprint,
    "facts": facts,
    "inspect": inspect,
    "lines": lines,
    "overlay": overlay,
    "prepare": prepare,
}


def do(task: str, job: dict[str, Any], content: bytes | mmap.mmap, limits: Limits) -> Answer:
    """Do one task; what it refuses is an answer too, which `caged.in_cage` turns back."""
    try:
        return TASKS[task](job, content, limits)
    except Refused as refusal:
        return {"refused": {"code": refusal.code, "message": refusal.message}}, b""
