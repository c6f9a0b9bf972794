"""A sentence about something that happened, as timelines and the log show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Phrase:
    """One sentence, what stands under it, and its colour."""

    text: str
    note: str | None = None
    tone: str | None = None
