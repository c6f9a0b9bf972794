"""Use cases about the rules of filing: writing them, their order, and what they would have done."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from records.circulation.models import Route
from records.classification.models import FileClass
from records.classification.plan import check_takes_documents, class_by_code
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.rows import check_version, clean, filled, get_row
from records.documents.metadata import read_metadata
from records.filing.asking import ask_to_refresh
from records.filing.judging import conditions_of
from records.filing.models import FilingRule
from records.filing.rules import Conditions, check_conditions
from records.people.models import Unit
from records.people.organization import unit_by_code
from records.people.rules import Act, Actor, check_may
from records.registration.models import Register
from records.registration.registers import register_by_code

MOST_RULES = 200
TRIED_ON = 500
_LINES = (
    select(FilingRule, Register, FileClass, Unit, Route)
    .outerjoin(Register, Register.id == FilingRule.register_id)
    .outerjoin(FileClass, FileClass.id == FilingRule.class_id)
    .outerjoin(Unit, Unit.id == FilingRule.unit_id)
    .outerjoin(Route, Route.id == FilingRule.route_id)
    .order_by(FilingRule.position, FilingRule.id)
)


@dataclass(frozen=True)
class RuleFacts:
    """What a rule is made of, as a form or a program gives it; codes, and the id of a route."""

    name: str
    sender: str = ""
    words: str = ""
    number_prefix: str = ""
    kind: str = ""
    register: str = ""
    class_code: str = ""
    unit: str = ""
    route_id: UUID | None = None
    active: bool = True


@dataclass(frozen=True)
class RuleLine:
    """A rule as lists show it, with the names behind its ids."""

    id: UUID
    position: int
    name: str
    active: bool
    conditions: Conditions
    register_code: str | None
    register_name: str | None
    class_code: str | None
    class_title: str | None
    class_takes: bool
    unit_code: str | None
    unit_name: str | None
    route_id: UUID | None
    route_name: str | None
    version: int


@dataclass(frozen=True)
class Meaning:
    """What a rule says, with ids for codes."""

    conditions: Conditions
    file_class: FileClass | None
    unit_id: UUID | None
    route_id: UUID | None


def all_rules(uow: UnitOfWork, actor: Actor) -> list[RuleLine]:
    """Return the rules in order, in one query."""
    check_may(actor, Act.KEEP_FILING_RULES)
    return [_line(*row) for row in uow.session.execute(_LINES)]


def get_rule(uow: UnitOfWork, actor: Actor, rule_id: UUID) -> RuleLine:
    """Return one rule.

    Raises:
        NotFound: There is none with this id.
    """
    check_may(actor, Act.KEEP_FILING_RULES)
    get_row(uow, FilingRule, rule_id)
    return _line(*uow.session.execute(_LINES.where(FilingRule.id == rule_id)).one())


def add_rule(uow: UnitOfWork, actor: Actor, facts: RuleFacts) -> FilingRule:
    """Write a rule, to be asked after all others.

    Raises:
        Invalid: No name, no condition, no result, or a code that does not exist.
        Conflict: The name is taken, the class takes no documents, or there are too many rules.
    """
    check_may(actor, Act.KEEP_FILING_RULES)
    count, last = uow.session.execute(
        select(func.count(), func.coalesce(func.max(FilingRule.position), 0))
    ).one()
    if count >= MOST_RULES:
        raise Conflict("There are at most %(max)d rules.", {"max": MOST_RULES})
    rule = FilingRule(id=uow.new_id(), position=last + 1)
    _set(uow, rule, facts)
    uow.session.add(rule)
    uow.session.flush()
    _record(uow, actor, "filing_rule.added", rule)
    ask_to_refresh(uow)
    return rule


def change_rule(
    uow: UnitOfWork, actor: Actor, *, rule_id: UUID, version: int | None, facts: RuleFacts
) -> FilingRule:
    """Change a rule; what waits is judged again.

    Raises:
        Stale: Somebody else changed it since.
        Invalid: As for a new rule.
        Conflict: As for a new rule.
    """
    check_may(actor, Act.KEEP_FILING_RULES)
    rule = get_row(uow, FilingRule, rule_id)
    check_version(rule, version)
    _set(uow, rule, facts)
    _record(uow, actor, "filing_rule.changed", rule)
    ask_to_refresh(uow)
    return rule


def remove_rule(uow: UnitOfWork, actor: Actor, *, rule_id: UUID, version: int | None) -> None:
    """Remove a rule; what was filed by it stays where it is.

    Raises:
        Stale: Somebody else changed it since.
    """
    check_may(actor, Act.KEEP_FILING_RULES)
    rule = get_row(uow, FilingRule, rule_id)
    check_version(rule, version)
    _record(uow, actor, "filing_rule.removed", rule)
    uow.session.delete(rule)
    ask_to_refresh(uow)


def move_rule(uow: UnitOfWork, actor: Actor, *, rule_id: UUID, up: bool) -> None:
    """Let a rule be asked before the one above it, or after the one below; at the end, nothing."""
    check_may(actor, Act.KEEP_FILING_RULES)
    rules = list(
        uow.session.scalars(select(FilingRule).order_by(FilingRule.position, FilingRule.id))
    )
    rule = get_row(uow, FilingRule, rule_id)
    place = rules.index(rule)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rules):
        return
    rules[place], rules[other] = rules[other], rules[place]
    for position, each in enumerate(rules, start=1):
        if each.position != position:
            each.position = position
    _record(uow, actor, "filing_rule.moved", rule)
    ask_to_refresh(uow)


def routes_to_name(uow: UnitOfWork) -> list[tuple[UUID, str]]:
    """Return the saved routes of all units, as a rule can name them."""
    rows = uow.session.execute(
        select(Route.id, Unit.name, Route.name)
        .join(Unit, Unit.id == Route.unit_id)
        .order_by(Unit.name, Route.name)
    )
    return [(row[0], f"{row[1]} · {row[2]}") for row in rows]


# How a rule is kept ------------------------------------------------------------------------------


def read_rule(uow: UnitOfWork, facts: RuleFacts) -> Meaning:
    """Return what a rule says, without its name.

    Raises:
        Invalid: No condition, no result, or a code that does not exist.
    """
    typed = read_metadata({"sender": facts.sender, "kind": facts.kind, "keywords": facts.words})
    conditions = Conditions(
        sender=typed["sender"],
        words=tuple(typed["keywords"]),
        number_prefix=clean(facts.number_prefix).strip() or None,
        kind=typed["kind"],
        register_id=register_by_code(uow, facts.register).id if facts.register else None,
    )
    check_conditions(conditions)
    if not (facts.class_code or facts.unit or facts.route_id):
        raise Invalid("Say where such documents go: a class, a unit or a route.", field="class")
    return Meaning(
        conditions,
        class_by_code(uow, facts.class_code) if facts.class_code else None,
        unit_by_code(uow, facts.unit).id if facts.unit else None,
        get_row(uow, Route, facts.route_id).id if facts.route_id else None,
    )


def _set(uow: UnitOfWork, rule: FilingRule, facts: RuleFacts) -> None:
    name = filled(facts.name, "name")
    same = select(FilingRule.id).where(FilingRule.name == name, FilingRule.id != rule.id)
    if uow.session.scalar(same) is not None:
        raise Conflict("The name %(name)s is taken.", {"name": name}, field="name")
    says = read_rule(uow, facts)
    if says.file_class is not None and says.file_class.id != rule.class_id:
        check_takes_documents(says.file_class)
    rule.name, rule.active = name, facts.active
    rule.sender = says.conditions.sender
    rule.words = list(says.conditions.words)
    rule.number_prefix = says.conditions.number_prefix
    rule.kind = says.conditions.kind
    rule.register_id = says.conditions.register_id
    rule.class_id = says.file_class.id if says.file_class else None
    rule.unit_id, rule.route_id = says.unit_id, says.route_id


def _line(
    rule: FilingRule,
    register: Register | None,
    class_: FileClass | None,
    unit: Unit | None,
    route: Route | None,
) -> RuleLine:
    return RuleLine(
        id=rule.id,
        position=rule.position,
        name=rule.name,
        active=rule.active,
        conditions=conditions_of(rule),
        register_code=register.code if register else None,
        register_name=register.name if register else None,
        class_code=class_.code if class_ else None,
        class_title=class_.title if class_ else None,
        class_takes=class_ is None or not (class_.closed or class_.retention is None),
        unit_code=unit.code if unit else None,
        unit_name=unit.name if unit else None,
        route_id=route.id if route else None,
        route_name=route.name if route else None,
        version=rule.version,
    )


def _record(uow: UnitOfWork, actor: Actor, kind: str, rule: FilingRule) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[rule.id],
        payload={**actor.signature(), "rule": rule.name, "active": bool(rule.active)},
    )
