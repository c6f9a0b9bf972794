"""What is taken out of a container: its files, as many and as large as the limits allow.

Names inside a container are what a stranger wrote: they lose their folders, and nothing is ever
written to where they point.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from search.reading import kinds
from search.reading.source import Source, clean
from search.reading.wire import Answer

# What file systems leave lying about in archives.
_NEEDLESS = re.compile(r"(?:^|/)(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_ANSWER_BYTES = 4 << 20
_MOST_TOLD = 1000
_NAME_CHARS = 255


class LeftOut(StrEnum):
    """Why a file stays inside its container; the codes of `ReasonCode` count as well."""

    TOO_MANY = "too_many"
    INLINE = "inline"  # a picture of the mail's own looks
    NEEDLESS = "needless"
    LINK = "link"  # a name that points elsewhere


@dataclass
class Bundle:
    """The parts of one container as they are gathered."""

    source: Source
    parts: list[tuple[str, str, bytes]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    _bytes: int = 0

    @property
    def room(self) -> int:
        """How many bytes may still be taken out."""
        limits = self.source.limits
        return min(limits.unpacked_bytes, limits.result_bytes - _ANSWER_BYTES) - self._bytes

    def wants(self, name: str, size_bytes: int) -> bool:
        """Return whether a file is to be taken out; why not is noted."""
        if _NEEDLESS.search(name.replace("\\", "/")):
            self.leave(name, LeftOut.NEEDLESS)
        elif len(self.parts) >= self.source.limits.parts:
            self.leave(name, LeftOut.TOO_MANY)
        elif size_bytes > self.room:
            self.leave(name, "too_large")
        else:
            return True
        return False

    def take(self, name: str, data: bytes, media_type: str = "") -> None:
        """Take a file out, if there is room."""
        if self.wants(name, len(data)):
            inner = Source(data, name, media_type, self.source.limits, self.source.depth + 1)
            self.parts.append((name, kinds.media_type_of(inner), data))
            self._bytes += len(data)

    def leave(self, name: str, reason: str) -> None:
        """Note a file that stays inside."""
        if len(self.left_out) < _MOST_TOLD:
            self.left_out.append((_last(name)[:_NAME_CHARS], str(reason)))

    def answer(self) -> tuple[Answer, bytes]:
        """Return what goes back to the cage: the facts, and the files one after the other."""
        names = _told_apart([name for name, _, _ in self.parts])
        facts = [
            [name, media_type, len(data)]
            for name, (_, media_type, data) in zip(names, self.parts, strict=True)
        ]
        data = b"".join(data for _, _, data in self.parts)
        return {"parts": facts, "left_out": self.left_out}, data


def _last(name: str) -> str:
    path = [" ".join(each.split()) for each in clean(name).replace("\\", "/").split("/")]
    return next((each for each in reversed(path) if each.strip(". ")), "file")


def _told_apart(names: list[str]) -> list[str]:
    """Return names without folders; where two would be the same, a number tells them apart."""
    seen: dict[str, int] = {}
    found: list[str] = []
    for name in map(_last, names):
        seen[name] = times = seen.get(name, 0) + 1
        found.append(name if times == 1 else _numbered(name, times))
    return found


def _numbered(name: str, times: int) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem} ({times}).{suffix}" if dot and stem else f"{name} ({times})"
