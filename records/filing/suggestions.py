"""What is suggested for a document's filing, with reasons that tell a reader only what is theirs.

The choice is worked out by the worker and kept. The reason is found when somebody asks, from the
documents that this person may see (`records.filing.evidence`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import or_, select

from records.circulation.models import Route
from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.documents.visibility import get_document
from records.filing.evidence import LEARNED, Evidence, Reason, ReasonKind, Went, evidence_of
from records.filing.models import FilingRule, FilingSuggestionRow, FilingTrait
from records.filing.traits import OPEN_STATES
from records.people.models import Unit
from records.people.rules import ALLOWED, Act, Actor

__all__ = ["Choice", "FilingSuggestion", "Reason", "ReasonKind", "suggestion_of"]

MOST_CLASSES = 3


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
        rule_name: The first rule of the office that decided something here.
    """

    classes: tuple[Choice, ...] = ()
    unit: Choice | None = None
    retention: str | None = None
    route: Choice | None = None
    rule_name: str | None = None


NOTHING = FilingSuggestion()


def suggestion_of(uow: UnitOfWork, actor: Actor, document_id: UUID) -> FilingSuggestion:
    """Return what is suggested for a document, in at most eight statements.

    A document that waits for the worker has no suggestion yet; one that is filed has none any more.

    Raises:
        NotFound: The document does not exist, or this person may not know that it does.
    """
    document = get_document(uow, actor, document_id)
    kept = uow.session.get(FilingSuggestionRow, document_id)
    if kept is None or document.state not in OPEN_STATES:
        return NOTHING
    rules = _rules(uow, kept)
    evidence = evidence_of(uow, actor, uow.session.get(FilingTrait, document_id))
    known = _known_classes(uow, [*_ids(rules, "class_id"), *_guessed(kept)])
    classes = _classes(kept, rules, known, evidence)
    first = next(
        (each for each in known.values() if classes and each.code == classes[0].code), None
    )
    unit = _unit(uow, kept, rules, first, evidence)
    route = _route(uow, actor, kept, rules, evidence)
    decided = [each for each in (*classes[:1], unit, route) if each is not None]
    return FilingSuggestion(
        classes=classes,
        unit=unit,
        retention=first.retention if first else None,
        route=route,
        rule_name=next(
            (each.reason.name for each in decided if each.reason.kind is ReasonKind.RULE), None
        ),
    )


def _rules(uow: UnitOfWork, kept: FilingSuggestionRow) -> list[FilingRule]:
    if not kept.rules:
        return []
    query = (
        select(FilingRule)
        .where(FilingRule.id.in_([UUID(each) for each in kept.rules]), FilingRule.active.is_(True))
        .order_by(FilingRule.position, FilingRule.id)
    )
    return list(uow.session.scalars(query))


def _known_classes(uow: UnitOfWork, class_ids: Sequence[UUID]) -> dict[UUID, FileClass]:
    """Return those of some classes that take documents now."""
    if not class_ids:
        return {}
    query = select(FileClass).where(
        FileClass.id.in_(class_ids), FileClass.closed.is_(False), FileClass.retention.is_not(None)
    )
    return {each.id: each for each in uow.session.scalars(query)}


def _classes(
    kept: FilingSuggestionRow,
    rules: Sequence[FilingRule],
    known: Mapping[UUID, FileClass],
    evidence: Evidence,
) -> tuple[Choice, ...]:
    found: dict[UUID, tuple[float, Reason]] = {}
    ruled = next((each for each in rules if each.class_id in known), None)
    if ruled is not None and ruled.class_id is not None:
        found[ruled.class_id] = (1.0, _by_rule(ruled))
    for class_id, confidence in _guessed(kept).items():
        if class_id in known and class_id not in found:
            found[class_id] = (confidence, evidence.reason(partial(_went_to, class_id)))
    return tuple(
        Choice(known[each].code, known[each].title, *found[each], known[each].retention)
        for each in list(found)[:MOST_CLASSES]
    )


def _unit(
    uow: UnitOfWork,
    kept: FilingSuggestionRow,
    rules: Sequence[FilingRule],
    first: FileClass | None,
    evidence: Evidence,
) -> Choice | None:
    planned = first.default_unit_id if first else None
    wanted = [*_ids(rules, "unit_id"), kept.unit_id, planned]
    query = select(Unit).where(
        Unit.id.in_([each for each in wanted if each is not None]),
        or_(Unit.until_on.is_(None), Unit.until_on >= uow.today),
    )
    known = {each.id: each for each in uow.session.scalars(query)} if any(wanted) else {}
    for rule in rules:
        if rule.unit_id in known:
            return _unit_choice(known[rule.unit_id], 1.0, _by_rule(rule))
    learned = known.get(kept.unit_id) if kept.unit_id else None
    if learned is not None:
        reason = evidence.reason(lambda went: went.unit_id == learned.id)
        if reason == LEARNED and learned.id == planned:
            reason = Reason(ReasonKind.CLASS)
        return _unit_choice(learned, kept.unit_confidence or 0.0, reason)
    if planned in known:
        return _unit_choice(known[planned], 1.0, Reason(ReasonKind.CLASS))
    return None


def _route(
    uow: UnitOfWork,
    actor: Actor,
    kept: FilingSuggestionRow,
    rules: Sequence[FilingRule],
    evidence: Evidence,
) -> Choice | None:
    wanted = [each for each in (*_ids(rules, "route_id"), kept.route_id) if each is not None]
    if not wanted:
        return None
    # Routes belong to units: nobody is offered, or told the name of, another unit's.
    units = {post.unit_id for post in actor.posts if post.roles & ALLOWED[Act.CIRCULATE]}
    query = select(Route).where(Route.id.in_(wanted), Route.unit_id.in_(units))
    known = {each.id: each for each in uow.session.scalars(query)}
    for rule in rules:
        if rule.route_id in known:
            chosen = known[rule.route_id]
            return Choice(str(chosen.id), chosen.name, 1.0, _by_rule(rule))
    learned = known.get(kept.route_id) if kept.route_id else None
    if learned is None:
        return None
    reason = evidence.reason(lambda went: went.route_id == learned.id)
    return Choice(str(learned.id), learned.name, kept.route_confidence or 0.0, reason)


def _went_to(class_id: UUID, went: Went) -> bool:
    return went.class_id == class_id


def _guessed(kept: FilingSuggestionRow) -> dict[UUID, float]:
    return {UUID(class_id): confidence for class_id, confidence in kept.classes}


def _ids(rules: Sequence[FilingRule], column: str) -> list[UUID]:
    return [found for each in rules if (found := getattr(each, column)) is not None]


def _by_rule(rule: FilingRule) -> Reason:
    return Reason(ReasonKind.RULE, name=rule.name)


def _unit_choice(unit: Unit, confidence: float, reason: Reason) -> Choice:
    return Choice(unit.code, unit.name, confidence, reason)
