"""Periodic checks: which seals are due, what was found, and who is told that a check is due.

A seal with an interval is due so many months after its last check, or after it was entered. Lost
and destroyed seals are not checked. Whoever keeps the register checks any seal, a keeper those in
their hands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotAllowed
from records.core.news import settle, tell
from records.documents.rules import choose
from records.people.directory import holders_of
from records.people.models import Unit, User
from records.people.rules import Act, Actor, Role
from records.seals.models import Seal, SealCheck
from records.seals.register import CHECKED_IN, check_due_on, get_seal, optional, record_seal
from records.seals.rules import CheckResult, SealState

# Seals that one turn of the rule tells of.
BATCH = 100


@dataclass(frozen=True)
class Finding:
    """What a check found of one seal."""

    seal_id: UUID
    result: str
    remarks: str | None = None


@dataclass(frozen=True)
class CheckLine:
    """One line of a check list."""

    seal_id: UUID
    code: str
    name: str
    kind: str
    state: str
    unit: str
    keeper: str | None
    checked_at: datetime | None
    due_on: date | None
    is_due: bool


def check_list(uow: UnitOfWork, actor: Actor, *, due_only: bool = False) -> list[CheckLine]:
    """Return the seals that a person may check, those that are due first."""
    query = (
        select(Seal, Unit.name, User.name)
        .join(Unit, Unit.id == Seal.unit_id)
        .outerjoin(User, User.id == Seal.keeper_id)
        .where(Seal.state.in_([each.value for each in CHECKED_IN]))
        .order_by(Seal.code)
    )
    if not actor.may(Act.KEEP_SEAL_REGISTER):
        query = query.where(Seal.keeper_id == actor.user_id)
    if due_only:
        query = query.where(Seal.check_due_on <= uow.today)
    lines = [
        CheckLine(
            seal.id,
            seal.code,
            seal.name,
            seal.kind,
            seal.state,
            unit,
            keeper,
            seal.checked_at,
            seal.check_due_on,
            seal.check_due_on is not None and seal.check_due_on <= uow.today,
        )
        for seal, unit, keeper in uow.session.execute(query)
    ]
    return sorted(lines, key=lambda each: not each.is_due)


def record_checks(uow: UnitOfWork, actor: Actor, *, findings: Sequence[Finding]) -> list[SealCheck]:
    """Record what was found of some seals, all of them or none.

    Raises:
        Invalid: Nothing was checked, a seal stands there twice, or a result is none.
        NotAllowed: The person neither keeps the register nor holds one of the seals.
        Conflict: One of them is lost or destroyed.
    """
    if not findings:
        raise Invalid("Say of one seal at least what you found.", field="findings")
    if len({each.seal_id for each in findings}) < len(findings):
        raise Invalid("A seal stands here twice.", field="findings")
    # In one order, so that two lists at once do not wait for each other.
    in_order = sorted(findings, key=lambda each: each.seal_id)
    checks = [_record_check(uow, actor, each) for each in in_order]
    settle(uow, [each.seal_id for each in checks])
    return checks


def ask_for_checks(uow: UnitOfWork) -> int:
    """Tell keepers and administrators of the seals that have become due, `BATCH` at most.

    Returns:
        How many seals were told of; after a full batch there may be more.
    """
    query = (
        select(Seal.id, Seal.keeper_id, Seal.check_due_on)
        .where(_due(uow.today), _not_asked())
        .order_by(Seal.check_due_on, Seal.id)
        .limit(BATCH)
    )
    due = uow.session.execute(query).all()
    administrators = holders_of(uow, Role.SYSTEM_ADMIN) if due else []
    for seal_id, keeper_id, day in due:
        assert day is not None
        # A core statement: being asked for is no change that makes an open form stale.
        taken = uow.session.execute(
            update(Seal)
            .where(Seal.id == seal_id, Seal.check_due_on == day, _not_asked())
            .values(check_asked_on=day)
        )
        if taken.rowcount:  # type: ignore[attr-defined]
            tell(
                uow,
                "seal.check_due",
                to=[each for each in (keeper_id, *administrators) if each is not None],
                cause=f"seal.check_due:{seal_id}:{day.isoformat()}",
                subject_id=seal_id,
                facts={"seal": str(seal_id)},
            )
    return len(due)


def _due(today: date) -> ColumnElement[bool]:
    states = [each.value for each in CHECKED_IN]
    return and_(Seal.check_due_on <= today, Seal.state.in_(states))


def _not_asked() -> ColumnElement[bool]:
    return or_(Seal.check_asked_on.is_(None), Seal.check_asked_on < Seal.check_due_on)


def _record_check(uow: UnitOfWork, actor: Actor, finding: Finding) -> SealCheck:
    seal = get_seal(uow, finding.seal_id, for_update=True)
    if actor.user_id is None or not (
        actor.may(Act.KEEP_SEAL_REGISTER) or seal.keeper_id == actor.user_id
    ):
        raise NotAllowed("Only who holds the seal, or the administrator, can check it.")
    if SealState(seal.state) not in CHECKED_IN:
        raise Conflict("This seal is %(state)s.", {"state": SealState(seal.state)})
    check = SealCheck(
        id=uow.new_id(),
        seal_id=seal.id,
        result=choose(CheckResult, finding.result, field="result").value,
        remarks=optional(finding.remarks),
        checked_at=uow.now,
        checked_by=actor.user_id,
    )
    uow.session.add(check)
    seal.checked_at = uow.now
    seal.check_due_on = check_due_on(uow, seal)
    facts: dict[str, object] = {"result": check.result, "remarks": check.remarks}
    record_seal(uow, actor, "seal.checked", seal, check.id, facts=facts)
    return check
