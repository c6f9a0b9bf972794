"""One seal with all that the register holds of it: custody, history, rule, checks, open acts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.people.models import Post, Unit, User
from records.people.rules import Act, Actor
from records.seals.custody import HandoverLine, handovers_of, may_hand_over
from records.seals.listing import Outside, SealLine, line_of, lines_query, reads_register
from records.seals.models import (
    Custody,
    Seal,
    SealChange,
    SealCheck,
    SealHandover,
    SealImprint,
    SealRuleStep,
)
from records.seals.rules import SEAL_STEPS, SealState, SealStep
from records.seals.states import may_report_loss, was_lost

# Of histories that grow with the years a page shows the newest.
SHOWN = 50


@dataclass(frozen=True)
class Held:
    """A piece of the custody line: who held the seal, from when, until when."""

    keeper_id: UUID
    keeper: str
    from_at: datetime
    until_at: datetime | None
    handover_id: UUID
    giver: str
    witness: str
    reason: str


@dataclass(frozen=True)
class Changed:
    """One state in the history, with who brought it about."""

    state: str
    at: datetime
    by: str | None
    reason: str | None
    witness: str | None


@dataclass(frozen=True)
class Checked:
    """One check, with who did it."""

    result: str
    at: datetime
    by: str
    remarks: str | None


@dataclass(frozen=True)
class RuleLine:
    """One step of the rule, with the post and the unit that it names."""

    approver: str
    post_id: UUID | None
    post: str | None
    post_unit: str | None
    when_matter: str | None
    when_amount_cents: int | None
    when_outside: bool


@dataclass(frozen=True)
class Imprint:
    """When the picture of the imprint was set; the picture itself is fetched apart."""

    id: UUID
    width_px: int
    height_px: int
    set_at: datetime


@dataclass(frozen=True)
class SealView:
    """A seal as its page shows it.

    Attributes:
        handover: The hand-over that is open.
        steps: What the state allows and this person may do; taking out is not among it.
        sees_imprint: Whether this person gets the picture of the imprint.
        was_lost: Whether it was ever reported lost, and so is never used again.
    """

    line: SealLine
    custody: tuple[Held, ...]
    handover: HandoverLine | None
    history: tuple[Changed, ...]
    checks: tuple[Checked, ...]
    rule: tuple[RuleLine, ...]
    imprint: Imprint | None
    steps: frozenset[SealStep]
    sees_imprint: bool
    may_keep: bool
    may_hand_over: bool
    may_check: bool
    was_lost: bool

    @property
    def seal(self) -> Seal:
        """The row of the register."""
        return self.line.seal

    @property
    def outside(self) -> Outside | None:
        """Where it is, while it is out."""
        return self.line.outside


def seal_view(uow: UnitOfWork, actor: Actor, seal_id: UUID) -> SealView:
    """Return a seal with all that the register holds of it, in a fixed number of queries.

    Raises:
        NotFound: There is none, or the person neither reads the register nor answers for it.
    """
    row = uow.session.execute(lines_query().where(Seal.id == seal_id)).first()
    if row is None:
        raise NotFound
    line = line_of(uow, row)
    may_report = may_report_loss(uow, actor, line.seal)
    if not reads_register(actor) and not may_report:
        raise NotFound
    handovers = handovers_of(uow, seal_id)
    lost = was_lost(uow, seal_id)
    return SealView(
        line,
        _custody(uow, seal_id),
        next((each for each in handovers if each.is_open), None),
        _history(uow, seal_id),
        _checks(uow, seal_id),
        rule_lines(uow, seal_id),
        _imprint(uow, seal_id),
        _steps(actor, line.seal, may_report=may_report, lost=lost),
        sees_imprint(actor, line.seal),
        actor.may(Act.KEEP_SEAL_REGISTER) and line.seal.state != SealState.DESTROYED,
        may_hand_over(uow, actor, line.seal),
        _may_check(actor, line.seal),
        lost,
    )


def sees_imprint(actor: Actor, seal: Seal) -> bool:
    """Tell whether a person gets the picture of an imprint: its keeper and the administrators."""
    if actor.may(Act.KEEP_SEAL_REGISTER) or actor.may(Act.KEEP_SEAL_CERTIFICATES):
        return True
    return actor.user_id is not None and actor.user_id == seal.keeper_id and actor.may(Act.USE_SEAL)


def rule_lines(uow: UnitOfWork, seal_id: UUID) -> tuple[RuleLine, ...]:
    """Return the rule of a seal with the posts that it names."""
    query = (
        select(SealRuleStep, Post.title, Unit.name)
        .outerjoin(Post, Post.id == SealRuleStep.post_id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .where(SealRuleStep.seal_id == seal_id)
        .order_by(SealRuleStep.position)
    )
    return tuple(
        RuleLine(
            step.approver,
            step.post_id,
            post,
            unit,
            step.when_matter,
            step.when_amount_cents,
            bool(step.when_outside),
        )
        for step, post, unit in uow.session.execute(query)
    )


def _custody(uow: UnitOfWork, seal_id: UUID) -> tuple[Held, ...]:
    keeper, giver, witness = aliased(User), aliased(User), aliased(User)
    query = (
        select(Custody, keeper.name, giver.name, witness.name, SealHandover.reason)
        .join(SealHandover, SealHandover.id == Custody.handover_id)
        .join(keeper, keeper.id == Custody.keeper_id)
        .join(giver, giver.id == SealHandover.giver_id)
        .join(witness, witness.id == SealHandover.witness_id)
        .where(Custody.seal_id == seal_id)
        .order_by(Custody.from_at.desc(), Custody.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Held(
            custody.keeper_id,
            name,
            custody.from_at,
            custody.until_at,
            custody.handover_id,
            given_by,
            seen_by,
            reason,
        )
        for custody, name, given_by, seen_by, reason in uow.session.execute(query)
    )


def _history(uow: UnitOfWork, seal_id: UUID) -> tuple[Changed, ...]:
    query = (
        select(SealChange, User.name)
        .outerjoin(User, User.id == SealChange.by_id)
        .where(SealChange.seal_id == seal_id)
        .order_by(SealChange.at.desc(), SealChange.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Changed(change.state, change.at, by, change.reason, change.witness)
        for change, by in uow.session.execute(query)
    )


def _checks(uow: UnitOfWork, seal_id: UUID) -> tuple[Checked, ...]:
    query = (
        select(SealCheck, User.name)
        .join(User, User.id == SealCheck.checked_by)
        .where(SealCheck.seal_id == seal_id)
        .order_by(SealCheck.checked_at.desc(), SealCheck.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Checked(check.result, check.checked_at, by, check.remarks)
        for check, by in uow.session.execute(query)
    )


def _imprint(uow: UnitOfWork, seal_id: UUID) -> Imprint | None:
    query = (
        select(SealImprint.id, SealImprint.width_px, SealImprint.height_px, SealImprint.set_at)
        .where(SealImprint.seal_id == seal_id)
        .order_by(SealImprint.set_at.desc(), SealImprint.id.desc())
        .limit(1)
    )
    row = uow.session.execute(query).first()
    return Imprint(*row) if row else None


def _steps(actor: Actor, seal: Seal, *, may_report: bool, lost: bool) -> frozenset[SealStep]:
    keeps = actor.may(Act.KEEP_SEAL_REGISTER)
    may = {
        SealStep.REPORT_LOST: may_report,
        SealStep.WITHDRAW: keeps,
        SealStep.REINSTATE: keeps and not lost,
        SealStep.DESTROY: keeps,
    }
    state = SealState(seal.state)
    return frozenset(
        each for each, allowed in may.items() if allowed and (state, each) in SEAL_STEPS
    )


def _may_check(actor: Actor, seal: Seal) -> bool:
    holds = actor.user_id is not None and actor.user_id == seal.keeper_id
    return seal.state not in (SealState.LOST, SealState.DESTROYED) and (
        holds or actor.may(Act.KEEP_SEAL_REGISTER)
    )
