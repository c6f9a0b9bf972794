"""Charts of lying bars, as `components/chart.html` draws them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# So much of a name fits beside its bar; a Han character is as wide as two letters.
_WIDEST = 18


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its parts with their classes, as fractions of the whole width."""

    name: str
    parts: Sequence[tuple[str, float]]
    text: str

    @property
    def label(self) -> str:
        """The name, shortened to the room beside the bar."""
        room = _WIDEST
        for place, each in enumerate(self.name):
            room -= 2 if unicodedata.east_asian_width(each) in "FW" else 1
            if room < 0:
                return f"{self.name[: place - 1]}…"
        return self.name
