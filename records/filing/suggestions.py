"""What is suggested for a document's filing, with reasons that tell a reader only what is theirs.

The choice is worked out by the worker and kept. The reason is found when somebody asks, from the
documents that this person may see: it never counts or names another.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from records.core.database import UnitOfWork
from records.documents.visibility import get_document
from records.people.rules import Actor


class ReasonKind(StrEnum):
    """Why something is suggested."""

    RULE = "rule"  # a rule of the office, by `name`
    SENDER = "sender"  # `count` documents from this sender went there
    SERIES = "series"  # `count` documents with numbers of this series went there
    CLASS = "class"  # the file plan says so for the class
    LEARNED = "learned"  # earlier filings, of which nothing can be told


@dataclass(frozen=True)
class Reason:
    """Why something is suggested: what a sentence is made of (`web.filing_words.reason_words`).

    Attributes:
        count: Documents that the reader may see and that speak for it.
        of: All documents of that sender or series that the reader may see and that were filed.
        name: Name of the rule, or what a number begins with.
    """

    kind: ReasonKind
    count: int = 0
    of: int = 0
    name: str | None = None


@dataclass(frozen=True)
class Choice:
    """One thing that is suggested.

    Attributes:
        code: Code of the class or unit, id of the saved route: what a form sends.
        title: What people read beside the code.
        confidence: 0 to 1; a rule is always 1.
        retention: Of a class: `permanent` or a number of years.
    """

    code: str
    title: str
    confidence: float
    reason: Reason
    retention: str | None = None


@dataclass(frozen=True)
class FilingSuggestion:
    """Where a document may belong.

    Attributes:
        classes: At most three, the likeliest first; never a closed class.
        unit: The responsible unit for the first class.
        retention: Of the first class.
        route: A saved route that this person may use.
        rule_name: The rule of the office that decided, if one did.
    """

    classes: tuple[Choice, ...] = ()
    unit: Choice | None = None
    retention: str | None = None
    route: Choice | None = None
    rule_name: str | None = None


NOTHING = FilingSuggestion()


def suggestion_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> FilingSuggestion:
    """Return what is suggested for a document, in a constant number of statements.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    get_document(uow, actor, document_id)
    return NOTHING
