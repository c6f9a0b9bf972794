"""From what is known to what is suggested: the rules of the office first, then what was learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, select

from records.classification.models import FileClass
from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.filing.features import Features
from records.filing.models import FilingRule, FilingSuggestionRow
from records.filing.rules import Conditions, Facts, applies

if TYPE_CHECKING:  # numpy stays out of the web workers, which look at rules
    from records.filing.model import Guess, Model

# More than are shown, because a class may be closed meanwhile.
KEPT_CLASSES = 8


def conditions_of(rule: FilingRule) -> Conditions:
    """Return when a rule applies."""
    return Conditions(
        sender=rule.sender,
        words=tuple(rule.words),
        number_prefix=rule.number_prefix,
        kind=rule.kind,
        register_id=rule.register_id,
    )


def rules_in_force(uow: UnitOfWork) -> list[FilingRule]:
    """Return the rules that are asked, in order."""
    query = (
        select(FilingRule)
        .where(FilingRule.active.is_(True))
        .order_by(FilingRule.position, FilingRule.id)
    )
    return list(uow.session.scalars(query))


def rules_for(rules: Sequence[FilingRule], facts: Facts) -> list[FilingRule]:
    """Return those rules that apply to a document."""
    return [each for each in rules if applies(conditions_of(each), facts)]


def open_classes(uow: UnitOfWork) -> set[UUID]:
    """Return the classes that take documents."""
    query = select(FileClass.id).where(
        FileClass.closed.is_(False), FileClass.retention.is_not(None)
    )
    return set(uow.session.scalars(query))


def judge(
    model: Model | None,
    features: Features,
    *,
    sender_key: str | None,
    rules: Sequence[FilingRule],
    allowed: set[UUID],
) -> dict[str, Any]:
    """Return what is kept as the suggestion for a document, by column.

    Args:
        rules: Those that apply to it.
        allowed: Classes that take documents.
    """
    ruled = next((each.class_id for each in rules if each.class_id in allowed), None)
    guesses = [each for each in model.judge(features) if each.id in allowed] if model else []
    guesses = guesses[:KEPT_CLASSES]
    first = ruled or (guesses[0].id if guesses else None)
    unit = model.habits.unit(first, sender_key) if model and first else None
    route = model.habits.route(first, sender_key) if model and first else None
    return {
        "classes": [[str(each.id), round(each.confidence, 3)] for each in guesses],
        "rules": [str(each.id) for each in rules],
        **_guessed("unit", unit),
        **_guessed("route", route),
    }


def _guessed(name: str, guess: Guess | None) -> dict[str, Any]:
    return {
        f"{name}_id": guess.id if guess else None,
        f"{name}_confidence": round(guess.confidence, 3) if guess else None,
    }


def keep_suggestion(uow: UnitOfWork, document_id: UUID, values: dict[str, Any]) -> None:
    """Write a suggestion in place of the one that was kept."""
    kept = {**values, "made_at": uow.now}
    uow.session.execute(
        insert_into(uow.session, table_of(FilingSuggestionRow))
        .values(document_id=document_id, **kept)
        .on_conflict_do_update(index_elements=["document_id"], set_=kept)
    )


def forget_suggestion(uow: UnitOfWork, document_id: UUID) -> None:
    """Remove the suggestion for a document that needs none any more."""
    uow.session.execute(
        delete(FilingSuggestionRow).where(FilingSuggestionRow.document_id == document_id)
    )
