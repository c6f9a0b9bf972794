"""Whom a round can go to, as people choose them: a person, a post, a group or a unit, by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from records.core.database import UnitOfWork
from records.people.directory import find_posts
from records.people.groups import find_groups
from records.people.models import Assignment, Group, GroupMember, Post, Unit, User
from records.people.organization import find_units
from records.people.service import find_users

KINDS = ("user", "post", "group", "unit")
_OF_EACH_KIND = 8

Key = tuple[str, UUID]


@dataclass(frozen=True)
class NamedChoice:
    """One choice of readers, as it is shown.

    Attributes:
        people: The names of those whom it means today.
        place: The unit of a post, the post of a person; empty for others.
    """

    kind: str
    id: UUID
    name: str
    people: tuple[str, ...] = ()
    place: str = ""

    @property
    def key(self) -> str:
        """The text by which forms name it."""
        return f"{self.kind}:{self.id}"


def find_choices(uow: UnitOfWork, typed: str) -> list[NamedChoice]:
    """Return the choices with a typed part in their names: people first, then posts and sets."""
    limit = _OF_EACH_KIND
    found: list[Key] = [("user", each.id) for each in find_users(uow, typed, limit=limit)]
    found += [("post", each[0]) for each in find_posts(uow, typed, limit=limit)]
    found += [("group", each.id) for each in find_groups(uow, typed, limit=limit)]
    found += [("unit", each.id) for each in find_units(uow, typed, limit=limit)]
    named = name_choices(uow, found)
    return [named[each] for each in found if each in named]


def name_choices(uow: UnitOfWork, keys: Iterable[Key]) -> dict[Key, NamedChoice]:
    """Return what is known of some choices; what does not exist is left out.

    Two queries for each kind, however many choices there are.
    """
    wanted: dict[str, list[UUID]] = {kind: [] for kind in KINDS}
    for kind, number in dict.fromkeys(keys):
        if kind in wanted:
            wanted[kind].append(number)
    return {
        **_users(uow, wanted["user"]),
        **_posts(uow, wanted["post"]),
        **_groups(uow, wanted["group"]),
        **_units(uow, wanted["unit"]),
    }


def _users(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[Key, NamedChoice]:
    if not ids:
        return {}
    places: dict[UUID, str] = {}
    rows = uow.session.execute(
        select(Assignment.user_id, Unit.name, Post.title)
        .join(Post, Post.id == Assignment.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Assignment.user_id.in_(ids), _held(uow))
        .order_by(Post.rank, Post.id)
    )
    for user_id, unit, title in rows:
        places.setdefault(user_id, f"{unit} · {title}")
    people = uow.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {
        ("user", row.id): NamedChoice("user", row.id, row.name, (row.name,), places.get(row.id, ""))
        for row in people
    }


def _posts(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[Key, NamedChoice]:
    if not ids:
        return {}
    holders = _gathered(
        uow.session.execute(
            select(Assignment.post_id, User.name)
            .join(User, User.id == Assignment.user_id)
            .where(Assignment.post_id.in_(ids), _held(uow), User.disabled_at.is_(None))
            .order_by(User.name, User.id)
        )
    )
    posts = uow.session.execute(
        select(Post.id, Post.title, Unit.name)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.id.in_(ids))
    )
    return {
        ("post", row[0]): NamedChoice("post", row[0], row[1], holders.get(row[0], ()), row[2])
        for row in posts
    }


def _groups(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[Key, NamedChoice]:
    if not ids:
        return {}
    members = _gathered(
        uow.session.execute(
            select(GroupMember.group_id, User.name)
            .join(User, User.id == GroupMember.user_id)
            .where(GroupMember.group_id.in_(ids), User.disabled_at.is_(None))
            .order_by(User.name, User.id)
        )
    )
    groups = uow.session.execute(select(Group.id, Group.name).where(Group.id.in_(ids)))
    return {
        ("group", row.id): NamedChoice("group", row.id, row.name, members.get(row.id, ()))
        for row in groups
    }


def _units(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[Key, NamedChoice]:
    if not ids:
        return {}
    staff = _gathered(
        uow.session.execute(
            select(Post.unit_id, User.name)
            .distinct()
            .join(Assignment, Assignment.post_id == Post.id)
            .join(User, User.id == Assignment.user_id)
            .where(Post.unit_id.in_(ids), _held(uow), User.disabled_at.is_(None))
            .order_by(User.name)
        )
    )
    units = uow.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {
        ("unit", row.id): NamedChoice("unit", row.id, row.name, staff.get(row.id, ()))
        for row in units
    }


def _gathered(rows: Iterable[tuple[UUID, str]]) -> Mapping[UUID, tuple[str, ...]]:
    found: dict[UUID, tuple[str, ...]] = {}
    for number, name in rows:
        found[number] = (*found.get(number, ()), name)
    return found


def _held(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(
        Assignment.from_on <= uow.today,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= uow.today),
        Assignment.ended_at.is_(None),
    )
