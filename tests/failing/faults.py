"""What all faults have in common."""

from dataclasses import dataclass

FOREVER = 2**62


@dataclass
class Failures:
    """How often something failed while it was out of order."""

    count: int = 0
