"""What a rule of filing would have done with the documents that came in last."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.visibility import visible
from records.filing.facts import beginnings, typed_facts
from records.filing.keeping import RuleFacts, read_rule
from records.filing.rules import applies
from records.people.rules import Act, Actor, check_may
from storage import Vault

TRIED_ON = 500


@dataclass(frozen=True)
class Met:
    """A document that a rule would have met, and where it went.

    Attributes:
        agrees: Whether it has the class that the rule names; None while it has none.
    """

    id: UUID
    number: str
    title: str
    sender: str | None
    class_code: str | None
    agrees: bool | None


@dataclass(frozen=True)
class Trial:
    """What a rule would have done with the newest documents that somebody may see.

    Attributes:
        looked_at: How many documents were looked at.
        met: Those that it applies to, the newest first.
    """

    looked_at: int
    met: tuple[Met, ...]

    @property
    def agreeing(self) -> int:
        """How many have the class that the rule names."""
        return sum(each.agrees is True for each in self.met)

    @property
    def other(self) -> int:
        """How many have another class."""
        return sum(each.agrees is False for each in self.met)


def try_rule(uow: UnitOfWork, actor: Actor, vault: Vault, facts: RuleFacts) -> Trial:
    """Return what a rule would do with the newest 500 documents that the person may see.

    Raises:
        Invalid: No condition, no result, or a code that does not exist.
    """
    check_may(actor, Act.KEEP_FILING_RULES)
    says = read_rule(uow, facts)
    rows = uow.session.execute(
        select(Document, FileClass.code)
        .outerjoin(FileClass, FileClass.id == Document.class_id)
        .where(Document.state != DocumentState.VOIDED.value, visible(uow, actor))
        .order_by(Document.id.desc())
        .limit(TRIED_ON)
    ).all()
    texts: dict[UUID, str] = {}
    if says.conditions.words:
        texts = beginnings(uow, vault, [row[0].id for row in rows])
    class_id = says.file_class.id if says.file_class else None
    met = [
        _met(document, code, class_id)
        for document, code in rows
        if applies(says.conditions, replace(typed_facts(document), text=texts.get(document.id, "")))
    ]
    return Trial(len(rows), tuple(met))


def _met(document: Document, code: str | None, class_id: UUID | None) -> Met:
    agrees = None
    if class_id is not None and document.class_id is not None:
        agrees = document.class_id == class_id
    return Met(document.id, document.number, document.title, document.sender, code, agrees)
