"""Who may decide about a request: leaders of a unit or holders of a post, found at the look.

Applicant, approvers and keeper are pairwise different people. A step goes to the leaders of its
unit; where none of them may decide, it climbs to the unit above. Whoever is the only one for a
later step is kept for that one, so that no decision leaves a step that nobody can take.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, or_, select

from records.circulation.parties import covers, in_force
from records.circulation.plans import held_today
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.people.models import Assignment, Delegation, Post, PostRole, Unit, User
from records.people.rules import Role
from records.seals.models import Seal, SealApproval, SealRequest, SealRuleStep
from records.seals.rules import ApprovalState, ApproverKind


@dataclass(frozen=True)
class Whose:
    """Whose a step is: a unit's, for its leaders, or a post's, for its holders."""

    unit_id: UUID | None = None
    post_id: UUID | None = None


@dataclass(frozen=True)
class Approver:
    """Somebody who leads a unit or holds a post today."""

    user_id: UUID
    name: str
    clearance: int


@dataclass(frozen=True)
class Chart:
    """Leaders and holders of today, and how units stand above each other."""

    units: Mapping[UUID, tuple[str, UUID | None]]
    posts: Mapping[UUID, str]
    leaders: Mapping[UUID, Sequence[Approver]]
    holders: Mapping[UUID, Sequence[Approver]]

    def name_of(self, whose: Whose) -> str:
        """Return the name of the unit or post of a step."""
        if whose.unit_id is not None:
            return self.units[whose.unit_id][0]
        return self.posts.get(whose.post_id, "–") if whose.post_id else "–"

    def candidates(
        self, steps: Sequence[Whose], barred: Set[UUID], secrecy: int
    ) -> tuple[Approver, ...]:
        """Return who may decide the first of the steps that are left.

        Args:
            barred: The applicant, the keeper, and whoever has decided a step.
            secrecy: Of the document; whoever is not cleared for it is not asked.
        """
        levels = [
            [each for each in level if each.user_id not in barred]
            for level in self._levels(steps[0], secrecy)
        ]
        for level in levels:
            fitting = [
                each
                for each in level
                if self.can_go_on(steps[1:], {*barred, each.user_id}, secrecy)
            ]
            if fitting:
                return tuple(fitting)
        # Whatever is decided here, a later step has nobody: somebody has to be appointed anyway.
        return next((tuple(level) for level in levels if level), ())

    def can_go_on(self, steps: Sequence[Whose], barred: Set[UUID], secrecy: int) -> bool:
        """Return whether different people can decide all of some steps."""
        return self.stuck_at(steps, barred, secrecy) is None

    def stuck_at(self, steps: Sequence[Whose], barred: Set[UUID], secrecy: int) -> int | None:
        """Return the first of some steps for which nobody is left; None when each has somebody."""
        pools = [
            [
                each.user_id
                for level in self._levels(step, secrecy)
                for each in level
                if each.user_id not in barred
            ]
            for step in steps
        ]
        taken: dict[UUID, int] = {}
        for place in range(len(pools)):
            if not _seat(place, pools, taken, set()):
                return place
        return None

    def _levels(self, whose: Whose, secrecy: int) -> Iterable[Sequence[Approver]]:
        """Return the people of a step: those of its post, or level by level up to the root."""
        if whose.post_id is not None:
            yield _cleared(self.holders.get(whose.post_id, ()), secrecy)
        unit_id = whose.unit_id
        while unit_id is not None:
            yield _cleared(self.leaders.get(unit_id, ()), secrecy)
            unit_id = self.units[unit_id][1]


def load_chart(uow: UnitOfWork, post_ids: Collection[UUID] = ()) -> Chart:
    """Return who leads what today, and who holds some posts; two queries, three with posts."""
    units = uow.session.execute(select(Unit.id, Unit.name, Unit.parent_id)).all()
    leads = and_(PostRole.post_id == Post.id, PostRole.role == Role.LEADER.value)
    rows = uow.session.execute(
        select(Post.unit_id, Post.id, PostRole.role, User.id, User.name, User.clearance)
        .join(Assignment, Assignment.post_id == Post.id)
        .join(User, User.id == Assignment.user_id)
        .outerjoin(PostRole, leads)
        .where(
            User.disabled_at.is_(None),
            *held_today(uow),
            or_(PostRole.role.is_not(None), Post.id.in_(post_ids)),
        )
        .order_by(Post.rank, User.name, User.id)
    ).all()
    leaders: dict[UUID, dict[Approver, None]] = {}
    holders: dict[UUID, dict[Approver, None]] = {}
    for unit_id, post_id, role, user_id, name, clearance in rows:
        who = Approver(user_id, name, clearance)
        if role is not None:
            leaders.setdefault(unit_id, {})[who] = None
        holders.setdefault(post_id, {})[who] = None
    return Chart(
        {row[0]: (row[1], row[2]) for row in units},
        _titles(uow, post_ids),
        {unit_id: tuple(people) for unit_id, people in leaders.items()},
        {post_id: tuple(people) for post_id, people in holders.items()},
    )


def steps_asked(
    rule: Sequence[SealRuleStep],
    *,
    applicant_unit: UUID,
    seal: Seal,
    matter_kind: str,
    amount_cents: int | None,
    outside: bool,
) -> list[Whose]:
    """Return whose steps a request takes by the rule of its seal.

    An empty rule, and one of which nothing applies, asks the applicant's leader. Two steps that
    fall on the same unit or post are one.
    """
    found: list[Whose] = []
    for each in rule:
        if each.when_matter is not None and each.when_matter != matter_kind:
            continue
        if each.when_amount_cents is not None and (amount_cents or 0) < each.when_amount_cents:
            continue
        if each.when_outside and not outside:
            continue
        match each.approver:
            case ApproverKind.APPLICANT_LEADER:
                found.append(Whose(unit_id=applicant_unit))
            case ApproverKind.SEAL_LEADER:
                found.append(Whose(unit_id=seal.unit_id))
            case _:
                found.append(Whose(post_id=each.post_id))
    return list(dict.fromkeys(found)) or [Whose(unit_id=applicant_unit)]


def whose(approval: SealApproval) -> Whose:
    """Return whose a step of a request is."""
    return Whose(approval.unit_id, approval.post_id)


def barred_from(
    request: SealRequest, keeper_id: UUID | None, approvals: Iterable[SealApproval]
) -> set[UUID]:
    """Return who may not decide about a request any more: all who have another part in it."""
    found = {request.applicant_id, keeper_id}
    for each in approvals:
        found |= {each.decided_by, each.on_behalf_of_id}
    return {each for each in found if each is not None}


def steps_left(approvals: Iterable[SealApproval]) -> list[Whose]:
    """Return the steps of a request that are not decided, in order."""
    open_ = (ApprovalState.CURRENT, ApprovalState.WAITING)
    ordered = sorted(approvals, key=lambda each: each.position)
    return [whose(each) for each in ordered if each.state in open_]


# Deputies ----------------------------------------------------------------------------------------


def delegations_open(uow: UnitOfWork, user_ids: Collection[UUID] | None = None) -> list[Delegation]:
    """Return the delegations, of now and of later, of some people or of all."""
    query = select(Delegation).where(Delegation.ended_at.is_(None), Delegation.until_at > uow.now)
    if user_ids is not None:
        query = query.where(Delegation.user_id.in_(user_ids))
    return list(uow.session.scalars(query))


def decides_for(delegation: Delegation, document: Document, barred: Set[UUID]) -> bool:
    """Return whether a deputy may decide about a document, once the delegation is in force."""
    return delegation.deputy_id not in barred and covers(delegation, Purpose.APPROVE, document)


def stands_in(uow: UnitOfWork, user_id: UUID) -> list[Delegation]:
    """Return the delegations in force under which somebody decides for others."""
    query = select(Delegation).where(Delegation.deputy_id == user_id, in_force(uow))
    return [each for each in uow.session.scalars(query) if Purpose.APPROVE in each.purposes]


def _titles(uow: UnitOfWork, post_ids: Collection[UUID]) -> dict[UUID, str]:
    if not post_ids:
        return {}
    query = (
        select(Post.id, Post.title, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.id.in_(post_ids))
    )
    return {row[0]: f"{row[2]} · {row[1]}" for row in uow.session.execute(query)}


def _cleared(people: Sequence[Approver], secrecy: int) -> Sequence[Approver]:
    return [each for each in people if each.clearance >= secrecy]


def _seat(
    place: int, pools: Sequence[Sequence[UUID]], taken: dict[UUID, int], seen: set[UUID]
) -> bool:
    """Find somebody for a step, moving others on where need be (Kuhn's matching)."""
    for person in pools[place]:
        if person in seen:
            continue
        seen.add(person)
        if person not in taken or _seat(taken[person], pools, taken, seen):
            taken[person] = place
            return True
    return False
