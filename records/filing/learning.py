"""The jobs of filing: look at a document, learn from all filings, judge again what waits.

Whatever changes a document asks for `filing.suggest`; a document that has a class then teaches.
A lesson takes all filings anew, in a child; it waits a little, longer the more there are, so that
a hundred filings in a row cost a few lessons and not a hundred.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import Database, UnitOfWork
from records.core.jobs import Job
from records.core.runner import Apply, Handler
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.documents.service import FILING_JOB
from records.filing.asking import LEARN_JOB, REFRESH_JOB, ask_for_lesson
from records.filing.facts import see_document
from records.filing.features import features_of
from records.filing.followed import route_followed
from records.filing.judging import (
    forget_suggestion,
    judge,
    keep_suggestion,
    open_classes,
    rules_for,
    rules_in_force,
)
from records.filing.knowledge import (
    MOST_CONSIDERED,
    Knowledge,
    examples_of,
    keep_model,
    learn_from,
)
from records.filing.model import Model
from records.filing.models import FilingModel, FilingRule, FilingSuggestionRow
from records.filing.traits import (
    KEYED,
    OPEN_STATES,
    keep_traits,
    open_features,
    trait_of,
    trim_traits,
)
from storage import Vault

MOST_WAITING = 1_000
MOST_CHECKED = 500
REMEMBERED = 20_000
_BATCH = 50


class FilingLearner:
    """Does the jobs of filing."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._knowledge = Knowledge(vault)

    @property
    def handlers(self) -> dict[str, Handler]:
        """How the runner does these jobs."""
        return {
            FILING_JOB: Handler(self.look),
            LEARN_JOB: Handler(lambda _: self.learn()),
            REFRESH_JOB: Handler(self.refresh),
        }

    def look(self, job: Job) -> Apply:
        """See what a document is judged by, and suggest its filing or learn from it."""
        if job.subject_id is None:
            return lambda _: None
        with self._database.reading() as uow:
            return self._look(uow, job.subject_id, rules_in_force(uow), open_classes(uow))

    def learn(self) -> Apply:
        """Learn from all filings, and judge again what waits.

        Raises:
            LearningFailed: The child did not come back.
        """
        with self._database.reading() as uow:
            examples = examples_of(uow, self._vault)
        model = learn_from(examples)
        if model is None:
            return forget_model
        with self._database.reading() as uow:
            judged = self._judge_again(uow, model)

        def apply(uow: UnitOfWork) -> None:
            keep_model(uow, self._vault, model, examples=len(examples))
            for document_id, values in judged:
                keep_suggestion(uow, document_id, values)
            trim_traits(uow, learned=MOST_CONSIDERED)

        return apply

    def refresh(self, _: Job) -> Apply:
        """Look again at all that waits, because the rules of the office have changed."""
        with self._database.reading() as uow:
            rules, allowed = rules_in_force(uow), open_classes(uow)
            looked = [self._look(uow, each, rules, allowed) for each in _waiting(uow)]

        def apply(uow: UnitOfWork) -> None:
            for each in looked:
                each(uow)

        return apply

    def rebuild(self, told: Callable[[int, int], None] = lambda *_: None) -> int:
        """Look at the newest documents of the records again, and learn from them at once.

        Args:
            told: Is handed how many more were looked at, of how many, from time to time.

        Returns:
            How many filings were learned from.
        """
        with self._database.reading() as uow:
            wanted = list(dict.fromkeys([*_filed(uow), *_waiting(uow)]))
        for start in range(0, len(wanted), _BATCH):
            batch = wanted[start : start + _BATCH]
            with self._database.reading() as uow:
                rules, allowed = rules_in_force(uow), open_classes(uow)
                looked = [self._look(uow, each, rules, allowed, teach=False) for each in batch]
            self._write(looked)
            told(len(batch), len(wanted))
        self._write([self.learn()])
        with self._database.reading() as uow:
            return uow.session.scalar(select(FilingModel.examples)) or 0

    def _write(self, results: Iterable[Apply]) -> None:
        with self._database.writing() as uow:
            for each in results:
                each(uow)

    def _look(
        self,
        uow: UnitOfWork,
        document_id: UUID,
        rules: list[FilingRule],
        allowed: set[UUID],
        *,
        teach: bool = True,
    ) -> Apply:
        seen = see_document(uow, self._vault, document_id)
        if seen is None:
            return lambda _: None
        features = features_of(seen.facts)
        trait = trait_of(self._vault, seen, features, route_followed(uow, document_id))
        values = None
        if seen.document.state in OPEN_STATES:
            values = judge(
                self._knowledge.current(uow),
                features,
                sender_key=trait.sender_key,
                rules=rules_for(rules, seen.facts),
                allowed=allowed,
            )
        # A document that was voided has taught before, and must not any more.
        teaches = teach and (
            seen.document.class_id is not None or seen.document.state == DocumentState.VOIDED.value
        )

        def apply(uow: UnitOfWork) -> None:
            keep_traits(uow, [trait])
            if values is None:
                forget_suggestion(uow, document_id)
            else:
                keep_suggestion(uow, document_id, values)
            if teaches:
                ask_for_lesson(uow)

        return apply

    def _judge_again(self, uow: UnitOfWork, model: Model) -> list[tuple[UUID, dict[str, Any]]]:
        """Return the suggestions for what waits that are other than those that are kept."""
        allowed = open_classes(uow)
        rules = {str(each.id): each for each in rules_in_force(uow)}
        rows = uow.session.execute(
            KEYED.add_columns(FilingSuggestionRow)
            .join(FilingSuggestionRow, FilingSuggestionRow.document_id == Document.id)
            .where(Document.id.in_(_waiting(uow)))
        )
        found = []
        for document, trait, wrapped_key, kept in rows:
            values = judge(
                model,
                open_features(self._vault, document, wrapped_key, trait.sealed),
                sender_key=trait.sender_key,
                rules=[rules[each] for each in kept.rules if each in rules],
                allowed=allowed,
            )
            if any(getattr(kept, name) != value for name, value in values.items()):
                found.append((document.id, values))
        return found


def forget_model(uow: UnitOfWork) -> None:
    """Forget what was learned, because too few filings are left to learn from."""
    known = uow.session.scalar(select(FilingModel))
    if known is not None:
        uow.session.delete(known)


def _waiting(uow: UnitOfWork) -> list[UUID]:
    """Return what a clerk has before them: to be checked, oldest first, and to be filed."""
    unfiled = select(Document.id).where(Document.class_id.is_(None))
    registered = unfiled.where(Document.state == DocumentState.REGISTERED.value)
    checked = unfiled.where(Document.state == DocumentState.CHECKED.value)
    return [
        *uow.session.scalars(registered.order_by(Document.id).limit(MOST_WAITING)),
        *uow.session.scalars(checked.order_by(Document.id.desc()).limit(MOST_CHECKED)),
    ]


def _filed(uow: UnitOfWork) -> list[UUID]:
    query = (
        select(Document.id)
        .where(Document.class_id.is_not(None), Document.state != DocumentState.VOIDED.value)
        .order_by(Document.id.desc())
        .limit(REMEMBERED)
    )
    return list(uow.session.scalars(query))
