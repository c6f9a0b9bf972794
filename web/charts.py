"""Charts of lying bars, as `components/chart.html` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One bar of a chart: its parts with their classes, as fractions of the whole width."""

    name: str
    parts: Sequence[tuple[str, float]]
    text: str
