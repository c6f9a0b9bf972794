"""Work on files inside the cage, as services ask for it: an answer, or one refusal with a code.

Codes are those of the tasks (`signed`, `certified`, `encrypted`, `form`, `page`, ...) and those of
the cage (`search.reading.ReasonCode`: `damaged`, `too_large`, `timeout`, `out_of_memory`,
`crashed`). A file that runs into one of the cage's own will do so again: it is no reason to try
once more.
"""

from collections.abc import Iterable
from typing import Any

from search.reading import Cage, Limits, UnreadableError

WORKSHOP = "records.seals.workshop"
# A document of 100 pages with its imprints costs about 100 MiB and 2 seconds.
CAGE_LIMITS = Limits(
    parallel=1,
    memory_bytes=768 << 20,
    cpu_seconds=60,
    wall_seconds=90.0,
    content_bytes=256 << 20,
    result_bytes=320 << 20,
)


class Refused(Exception):
    """A task cannot be done on this file; the code is for programs, the message for the log."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def seal_cage() -> Cage:
    """Return a cage whose children do the tasks of `workshop`."""
    return Cage(CAGE_LIMITS, workshop=WORKSHOP)


def in_cage(
    cage: Cage, task: str, job: dict[str, Any], content: Iterable[bytes]
) -> tuple[dict[str, Any], bytes]:
    """Have a task done in the cage; the answer's fields are not to be trusted yet.

    Raises:
        Refused: By the task or by the cage; the code says why.
    """
    try:
        answer, data = cage.work(task, job, content)
    except UnreadableError as error:
        raise Refused(error.reason.code.value, error.reason.message) from error
    refused = answer.get("refused")
    if refused is not None:
        raise Refused(*_stated(refused))
    return answer, data


def _stated(refused: Any) -> tuple[str, str]:
    stated = refused if isinstance(refused, dict) else {}
    code, message = stated.get("code"), stated.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return "crashed", "the child's refusal is garbled"
    return code[:40], message[:300]
