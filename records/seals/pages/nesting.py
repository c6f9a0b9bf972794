"""How a page's content leaves the graphics state: `q` and `Q` counted. Pure.

Content that closes more than it opened, or leaves something open, would put an imprint that
follows it in the wrong place (ISO 32000-2, 8.4.2). What is to be put before and after the content
follows from two numbers.
"""

import re
from dataclasses import dataclass

# What can hold a `q` that is none: strings, comments, and the data of an inline image.
_TOKEN = re.compile(
    rb"\(|%[^\r\n]*|<[0-9A-Fa-f\s]*>|(?<![^\s\[\]<>(){}])(?:([qQ])(?![^\s\[\]<>(){}/%])|ID(?=\s))"
)
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)
_IMAGE_END = re.compile(rb"\sEI(?![^\s\[\]<>(){}/%])")


@dataclass(frozen=True, slots=True)
class Nesting:
    """What content leaves behind.

    Attributes:
        missing: How many states it restores that it never saved.
        left: How many it saved and never restored.
    """

    missing: int = 0
    left: int = 0

    @property
    def before(self) -> int:
        """How many `q` to put before it."""
        return self.missing + 1

    @property
    def after(self) -> int:
        """How many `Q` bring the state back that was there before all of them."""
        return self.left + 1


def nesting_of(content: bytes) -> Nesting:
    """Count how page content saves and restores the graphics state."""
    depth = lowest = at = 0
    while (found := _TOKEN.search(content, at)) is not None:
        at = found.end()
        operator = found[1]
        if operator is not None:
            depth += 1 if operator == b"q" else -1
            lowest = min(lowest, depth)
        elif found[0] == b"(":
            at = _end_of_string(content, at)
        elif found[0] == b"ID":
            end = _IMAGE_END.search(content, at)
            at = end.end() if end else len(content)
    return Nesting(-lowest, depth - lowest)


def _end_of_string(content: bytes, at: int) -> int:
    """Return where a string ends whose opening bracket stands before `at`."""
    depth = 1
    while depth:
        found = _IN_STRING.search(content, at)
        if found is None:
            return len(content)
        at = found.end()
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
    return at
