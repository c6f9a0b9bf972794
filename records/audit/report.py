"""What a check of everything found, in the form that programs get."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """One thing that is not as it must be.

    Attributes:
        kind: What it is: object, component, log_entry, log_object, log_node, log_key, checkpoint,
            receipt, access, document, seal_usage, seal_request, index; for what the database keeps
            sealed, its table.
        id: Its id, name or sequence.
        reason: What is wrong, in one sentence.
    """

    kind: str
    id: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """Return it as a program gets it."""
        return {"kind": self.kind, "id": self.id, "reason": self.reason}


@dataclass
class Report:
    """The outcome of a check.

    Attributes:
        counts: How many of what were looked at.
        missing: What must be there and is not.
        extra: What is there and must not be.
        changed: What is not what it was.
        gaps, duplicates: Numbers that a book lacks or gave twice.
        index_lag: Entries of the log that the index of this machine has not consumed yet; being
            late is no fault.
        index_stale: Documents whose entry in the index is missing, superfluous or out of date.
    """

    counts: dict[str, int] = field(default_factory=dict)
    missing: list[Item] = field(default_factory=list)
    extra: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    index_lag: int = 0
    index_stale: list[Item] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        wrong = (self.missing, self.extra, self.changed, self.gaps, self.duplicates)
        return not any(wrong) and not self.index_stale

    def count(self, what: str, number: int = 1) -> None:
        """Count what was looked at."""
        self.counts[what] = self.counts.get(what, 0) + number

    def as_json(self) -> dict[str, Any]:
        """Return the report as `chancery verify --json` prints it."""
        return {
            "ok": self.ok,
            "counts": dict(self.counts),
            "missing": [each.as_json() for each in self.missing],
            "extra": [each.as_json() for each in self.extra],
            "changed": [each.as_json() for each in self.changed],
            "numbers": {"gaps": self.gaps, "duplicates": self.duplicates},
            "index": {
                "lag": self.index_lag,
                "stale": [each.as_json() for each in self.index_stale],
            },
        }
