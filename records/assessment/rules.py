"""What the four checks ask, and how the answers become one verdict.

After DA/T 70-2018, which names the four properties of electronic records and checks of each (check:
the standard could be read in excerpts only).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Property(StrEnum):
    """What is checked 四性."""

    AUTHENTICITY = "authenticity"  # 真实性
    COMPLETENESS = "completeness"  # 完整性
    USABILITY = "usability"  # 可用性
    SAFETY = "safety"  # 安全性


class Outcome(StrEnum):
    """What a check says, the worst last but for what does not apply."""

    NOT_APPLICABLE = "not_applicable"
    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"


class Check(StrEnum):
    """One question to a document."""

    DIGEST = "digest"
    SIGNATURES = "signatures"
    METADATA = "metadata"
    FILES = "files"
    NAMES = "names"
    OPENS = "opens"
    ENCRYPTION = "encryption"
    ACTIVE = "active"


PROPERTY_OF = {
    Check.DIGEST: Property.AUTHENTICITY,
    Check.SIGNATURES: Property.AUTHENTICITY,
    Check.METADATA: Property.COMPLETENESS,
    Check.FILES: Property.COMPLETENESS,
    Check.NAMES: Property.USABILITY,
    Check.OPENS: Property.USABILITY,
    Check.ENCRYPTION: Property.USABILITY,
    Check.ACTIVE: Property.SAFETY,
}

_RANK = list(Outcome)


class Cause(StrEnum):
    """Why a document was checked."""

    RECEIPT = "receipt"
    PERIODIC = "periodic"
    ASKED = "asked"


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Attributes:
        code: Why, for the words that people read; empty where all is well.
        named: Files or fields that the answer is about.
    """

    check: Check
    outcome: Outcome
    code: str = ""
    named: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept, and answered to programs."""
        return {
            "property": PROPERTY_OF[self.check].value,
            "check": self.check.value,
            "outcome": self.outcome.value,
            "code": self.code,
            "named": self.named,
        }


def worst(findings: Iterable[Finding]) -> Outcome:
    """Return the verdict of several findings; nothing to check at all is a pass."""
    found = max((each.outcome for each in findings), key=_RANK.index, default=Outcome.PASSED)
    return max(found, Outcome.PASSED, key=_RANK.index)


def about(check: Check, named: list[str], outcome: Outcome, code: str) -> Finding:
    """Return a finding that is as bad as given when it is about anything, and else passed."""
    return Finding(check, outcome, code, named) if named else Finding(check, Outcome.PASSED)
