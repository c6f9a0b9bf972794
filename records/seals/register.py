"""The register of seals: entering a seal, correcting its entry, and whom its rule asks.

What happens to a seal afterwards is in `states`, who holds it in `custody`.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm.attributes import flag_modified

from records.core.clock import business_day
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import check_version, clean, filled, get_row
from records.documents.rules import choose
from records.people.models import Post, Unit
from records.people.rules import Act, Actor, check_may
from records.seals.models import Seal, SealChange, SealRuleStep
from records.seals.rules import ApproverKind, Matter, SealKind, SealState, Shape

LARGEST_MM = 200.0
LONGEST_CODE = 20
MOST_STEPS = 8
LONGEST_INTERVAL_MONTHS = 60
# What is lost or destroyed is not checked.
CHECKED_IN = (SealState.IN_USE, SealState.LENT, SealState.WITHDRAWN)


@dataclass(frozen=True)
class SealEntry:
    """What the register says of a seal, but for its code.

    Attributes:
        name: The words on it, by which it differs from all others.
        issuer: Who made it or allowed it to be made.
        unit_id: The unit that answers for it.
    """

    name: str
    kind: str
    shape: str
    width_mm: float
    height_mm: float
    issuer: str
    unit_id: UUID
    start_on: date
    stop_on: date | None = None
    emblem: str | None = None
    material: str | None = None
    check_every_months: int | None = None
    remarks: str | None = None


@dataclass(frozen=True)
class RuleStep:
    """One approver of a seal's rule; what it is bound to must all hold for it to be asked.

    Attributes:
        post_id: The post that approves, where `approver` is one.
        when_matter: Only for this kind of matter.
        when_amount_cents: Only from this amount on.
        when_outside: Only when the seal is taken outside.
    """

    approver: str
    post_id: UUID | None = None
    when_matter: str | None = None
    when_amount_cents: int | None = None
    when_outside: bool = False


def register_seal(uow: UnitOfWork, actor: Actor, *, code: str, entry: SealEntry) -> Seal:
    """Enter a seal; nobody holds it until its first hand-over is confirmed.

    Args:
        code: Begins the numbers of its book, and stays for ever.

    Raises:
        Conflict: Code or name is taken.
        Invalid: A size, period or interval that makes no sense.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = Seal(
        id=uow.new_id(),
        code=_code(uow, code),
        state=SealState.IN_USE.value,
        created_at=uow.now,
    )
    _fill(uow, seal, entry)
    uow.session.add(seal)
    uow.session.flush()
    uow.session.add(
        SealChange(
            id=uow.new_id(), seal_id=seal.id, state=seal.state, at=uow.now, by_id=actor.user_id
        )
    )
    record_seal(uow, actor, "seal.registered", seal, facts=_facts(seal))
    return seal


def change_seal(
    uow: UnitOfWork, actor: Actor, *, seal_id: UUID, version: int | None, entry: SealEntry
) -> Seal:
    """Correct the entry of a seal; its code, state and keeper are not changed in this way.

    Raises:
        Stale: Somebody else changed it since.
        Conflict: The name is taken, or the seal is destroyed.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    check_version(seal, version)
    _check_exists(seal)
    before = _facts(seal)
    _fill(uow, seal, entry)
    record_seal(uow, actor, "seal.changed", seal, facts={"before": before, **_facts(seal)})
    return seal


def get_seal(uow: UnitOfWork, seal_id: UUID, *, for_update: bool = False) -> Seal:
    """Return a seal; whoever changes it or what hangs on it holds it first.

    Raises:
        NotFound: There is none with this id.
    """
    query = select(Seal).where(Seal.id == seal_id)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = uow.session.scalar(query)
    if found is None:
        raise NotFound
    return found


# Whether it can be used --------------------------------------------------------------------------


def usable(today: date) -> ColumnElement[bool]:
    """Return the predicate that a seal can be asked for today."""
    return and_(
        Seal.state == SealState.IN_USE.value,
        Seal.keeper_id.is_not(None),
        Seal.start_on <= today,
        or_(Seal.stop_on.is_(None), Seal.stop_on >= today),
    )


def check_usable(uow: UnitOfWork, seal: Seal, *, out_too: bool = False) -> None:
    """Refuse a seal that cannot be used today.

    Args:
        out_too: Whether a seal that is out counts as usable, because it will be back.

    Raises:
        Conflict: It is not in use, not yet or no more to be used, or nobody holds it.
    """
    state = SealState(seal.state)
    if state is not SealState.IN_USE and not (out_too and state is SealState.LENT):
        raise Conflict("This seal is %(state)s.", {"state": state})
    if seal.start_on > uow.today:
        raise Conflict("This seal is not used before %(day)s.", {"day": seal.start_on.isoformat()})
    if seal.stop_on is not None and seal.stop_on < uow.today:
        raise Conflict("This seal was used until %(day)s.", {"day": seal.stop_on.isoformat()})
    if seal.keeper_id is None:
        raise Conflict("Nobody holds this seal yet.")


def usable_seals(uow: UnitOfWork) -> list[Seal]:
    """Return the seals that can be asked for today, by code; an office has few."""
    return list(uow.session.scalars(select(Seal).where(usable(uow.today)).order_by(Seal.code)))


# The rule ----------------------------------------------------------------------------------------


def set_rule(
    uow: UnitOfWork,
    actor: Actor,
    *,
    seal_id: UUID,
    steps: Sequence[RuleStep],
    version: int | None = None,
) -> list[SealRuleStep]:
    """Say who approves the use of a seal, in order; requests that run keep their approvers.

    Raises:
        Stale: Somebody else changed the seal since.
        Invalid: Too many steps, or one without its post.
        Conflict: The seal is destroyed.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    check_version(seal, version)
    _check_exists(seal)
    if len(steps) > MOST_STEPS:
        raise Invalid("A rule has at most %(max)d steps.", {"max": MOST_STEPS}, field="steps")
    rows = [_rule_step(uow, seal, position, each) for position, each in enumerate(steps)]
    uow.session.execute(delete(SealRuleStep).where(SealRuleStep.seal_id == seal.id))
    uow.session.add_all(rows)
    # The rule is a part of the entry: who looks at the old one has an old sight of the seal.
    flag_modified(seal, "state")
    uow.session.flush()
    record_seal(uow, actor, "seal.rule_changed", seal, facts={"steps": _told(uow, rows)})
    return rows


def rule_of(uow: UnitOfWork, seal_id: UUID) -> list[SealRuleStep]:
    """Return the steps of a seal's rule in order; without any, the applicant's leader approves."""
    query = select(SealRuleStep).where(SealRuleStep.seal_id == seal_id)
    return list(uow.session.scalars(query.order_by(SealRuleStep.position)))


def record_seal(
    uow: UnitOfWork,
    actor: Actor,
    kind: str,
    seal: Seal,
    *objects: UUID,
    facts: dict[str, object] | None = None,
) -> None:
    """Record a fact about a seal, with its code and name of that moment."""
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[seal.id, *objects],
        payload={**actor.signature(), "code": seal.code, "seal": seal.name, **(facts or {})},
    )


def check_due_on(uow: UnitOfWork, seal: Seal) -> date | None:
    """Return the day from which a seal is to be checked; None for one that is not."""
    if seal.check_every_months is None or SealState(seal.state) not in CHECKED_IN:
        return None
    since = business_day(seal.checked_at or seal.created_at, uow.zone)
    years, month = divmod(since.month - 1 + seal.check_every_months, 12)
    year = since.year + years
    # The 31st of a short month is its last day.
    return date(year, month + 1, min(since.day, calendar.monthrange(year, month + 1)[1]))


def optional(text: str | None) -> str | None:
    """Return a clean text, None when nothing is left of it."""
    return clean(text or "").strip() or None


def _code(uow: UnitOfWork, text: str) -> str:
    code = filled(text, "code")
    if len(code) > LONGEST_CODE or any(each.isspace() for each in code):
        raise Invalid(
            "A code has at most %(max)d characters and no spaces.",
            {"max": LONGEST_CODE},
            field="code",
        )
    if uow.session.scalar(select(Seal.id).where(Seal.code == code)) is not None:
        raise Conflict("The code %(code)s is taken.", {"code": code}, field="code")
    return code


def _fill(uow: UnitOfWork, seal: Seal, entry: SealEntry) -> None:
    name = filled(entry.name, "name")
    with uow.session.no_autoflush:
        taken = select(Seal.id).where(Seal.name == name, Seal.id != seal.id)
        if uow.session.scalar(taken) is not None:
            raise Conflict("Another seal has this name.", field="name")
        get_row(uow, Unit, entry.unit_id)
    outline = choose(Shape, entry.shape, field="shape")
    seal.width_mm, seal.height_mm = _size(outline, entry.width_mm, entry.height_mm)
    if entry.stop_on is not None and entry.stop_on < entry.start_on:
        raise Invalid("The period ends before it begins.", field="stop_on")
    months = entry.check_every_months
    if months is not None and not 1 <= months <= LONGEST_INTERVAL_MONTHS:
        raise Invalid(
            "A seal is checked every 1 to %(max)d months.",
            {"max": LONGEST_INTERVAL_MONTHS},
            field="check_every_months",
        )
    seal.name, seal.shape = name, outline.value
    seal.kind = choose(SealKind, entry.kind, field="kind").value
    seal.issuer, seal.unit_id = filled(entry.issuer, "issuer"), entry.unit_id
    seal.start_on, seal.stop_on = entry.start_on, entry.stop_on
    seal.emblem, seal.material = optional(entry.emblem), optional(entry.material)
    seal.check_every_months, seal.remarks = months, optional(entry.remarks)
    seal.check_due_on = check_due_on(uow, seal)


def _size(shape: Shape, width_mm: float, height_mm: float) -> tuple[float, float]:
    for field, size in (("width_mm", width_mm), ("height_mm", height_mm)):
        # Not a number fails here as well.
        if not 1 <= size <= LARGEST_MM:
            raise Invalid(
                "An imprint measures 1 to %(max)d mm.", {"max": int(LARGEST_MM)}, field=field
            )
    width, height = round(width_mm, 2), round(height_mm, 2)
    if shape in (Shape.ROUND, Shape.SQUARE) and width != height:
        raise Invalid("A round or square imprint is as wide as it is high.", field="height_mm")
    return width, height


def _rule_step(uow: UnitOfWork, seal: Seal, position: int, step: RuleStep) -> SealRuleStep:
    field = f"steps.{position}"
    approver = choose(ApproverKind, step.approver, field=field)
    post_id = step.post_id if approver is ApproverKind.POST else None
    if approver is ApproverKind.POST:
        post = uow.session.get(Post, post_id) if post_id else None
        if post is None or (post.until_on is not None and post.until_on < uow.today):
            raise Invalid("Choose the post that approves.", field=field)
    if step.when_amount_cents is not None and step.when_amount_cents <= 0:
        raise Invalid("An amount is more than nothing.", field=field)
    return SealRuleStep(
        id=uow.new_id(),
        seal_id=seal.id,
        position=position,
        approver=approver.value,
        post_id=post_id,
        when_matter=choose(Matter, step.when_matter, field=field).value
        if step.when_matter
        else None,
        when_amount_cents=step.when_amount_cents,
        when_outside=step.when_outside,
    )


def _told(uow: UnitOfWork, rows: Sequence[SealRuleStep]) -> list[dict[str, object]]:
    """Return a rule as the log keeps it, posts by the title of that moment."""
    posts = [each.post_id for each in rows if each.post_id is not None]
    found = uow.session.execute(select(Post.id, Post.title).where(Post.id.in_(posts)))
    titles = {row[0]: row[1] for row in found}
    return [
        {
            "approver": each.approver,
            "post": titles.get(each.post_id) if each.post_id else None,
            "matter": each.when_matter,
            "amount_cents": each.when_amount_cents,
            "outside": bool(each.when_outside),
        }
        for each in rows
    ]


def _check_exists(seal: Seal) -> None:
    if seal.state == SealState.DESTROYED:
        raise Conflict("This seal is %(state)s.", {"state": SealState.DESTROYED})


def _facts(seal: Seal) -> dict[str, object]:
    return {
        "kind": seal.kind,
        "shape": seal.shape,
        "size": f"{seal.width_mm:g} × {seal.height_mm:g} mm",
        "issuer": seal.issuer,
        "unit_id": str(seal.unit_id),
        "title": seal.name,
        "start_on": seal.start_on.isoformat(),
        "stop_on": seal.stop_on.isoformat() if seal.stop_on else None,
        "emblem": seal.emblem,
        "material": seal.material,
        "check_every_months": seal.check_every_months,
        "remarks": seal.remarks,
    }
