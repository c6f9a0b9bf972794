"""Small worlds of people and documents, and the rule of visibility told a second time.

`sees` says in plain Python who may see what. It knows nothing of principals, capacities or tables:
the two tellings of the rule are compared in `test_visibility.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.ids import new_id
from records.documents.models import Document, Grant
from records.documents.visibility import refresh_access
from records.people.models import Assignment, Group, GroupMember, Post, PostRole, Unit, User
from records.registration.models import Register

LEVELS = ("public", "internal", "confidential", "secret", "top_secret")
# Oversight and administration do not make anybody a member of a unit for its documents.
NO_CONTENT = ("auditor", "system_admin", "security_admin", "audit_admin")


@dataclass
class Held:
    """A post: roles in a unit, held over a number of days counted from today."""

    unit: str
    roles: frozenset[str]
    first_day: int = 0
    last_day: int | None = None

    @property
    def is_current(self) -> bool:
        return self.first_day <= 0 and (self.last_day is None or self.last_day >= 0)


@dataclass
class Person:
    name: str
    clearance: str
    posts: list[Held]
    groups: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass
class Share:
    """A grant; times are minutes from now, None is open."""

    kind: str
    to: str
    begins: int | None = None
    ends: int | None = None
    revoked: bool = False

    @property
    def holds(self) -> bool:
        begun = self.begins is None or self.begins <= 0
        return not self.revoked and begun and (self.ends is None or self.ends > 0)


@dataclass
class Paper:
    """A document."""

    name: str
    secrecy: str
    state: str
    unit: str | None
    kept_by: str
    shares: list[Share] = field(default_factory=list)


@dataclass
class World:
    """Units by name with the unit above each (None for the top), people and papers."""

    above: dict[str, str | None]
    people: list[Person]
    papers: list[Paper]


def sees(world: World, person: Person, paper: Paper) -> bool:
    """The rule: enough clearance, and one reason."""
    if person.disabled or LEVELS.index(person.clearance) < LEVELS.index(paper.secrecy):
        return False
    if paper.secrecy == "public":
        return True
    for post in person.posts:
        if not post.is_current:
            continue
        if "clerk" in post.roles and post.unit == paper.kept_by:
            return True
        if "archivist" in post.roles and paper.state == "filed":
            return True
        works = any(role not in NO_CONTENT for role in post.roles)
        if works and post.unit == paper.unit:
            return True
        if "leader" in post.roles and _stands_under(world, paper.unit, post.unit):
            return True
        if works and any(
            share.holds and share.kind == "unit" and share.to == post.unit for share in paper.shares
        ):
            return True
    return any(
        share.holds
        and (
            (share.kind == "user" and share.to == person.name)
            or (share.kind == "group" and share.to in person.groups)
        )
        for share in paper.shares
    )


def _stands_under(world: World, unit: str | None, top: str) -> bool:
    while unit is not None:
        if unit == top:
            return True
        unit = world.above[unit]
    return False


@dataclass
class Ids:
    """Where everything of a world is to be found in the database."""

    units: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)
    papers: dict[str, UUID] = field(default_factory=dict)


def build(uow: UnitOfWork, world: World) -> Ids:
    """Write a world into the tables: hundreds of rows in a fraction of a second."""
    ids = Ids()
    ids.units = {name: new_id() for name in world.above}
    _build_units(uow, world, ids)
    _build_people(uow, world, ids)
    registers = _build_registers(uow, world, ids)
    for paper in world.papers:
        _build_paper(uow, paper, ids, registers[paper.kept_by])
    return ids


def _build_units(uow: UnitOfWork, world: World, ids: Ids) -> None:
    waiting = dict(world.above)
    while waiting:
        for name, above in list(waiting.items()):
            if above in waiting:
                continue
            uow.session.add(
                Unit(
                    id=ids.units[name],
                    code=f"world {name}",
                    name=name,
                    search_key=name,
                    parent_id=ids.units[above] if above else None,
                    from_on=uow.today,
                )
            )
            uow.session.flush()
            del waiting[name]


def _build_people(uow: UnitOfWork, world: World, ids: Ids) -> None:
    session = uow.session
    for person in world.people:
        user_id = ids.people[person.name] = new_id()
        session.add(
            User(
                id=user_id,
                login=person.name,
                name=person.name,
                search_key=person.name,
                clearance=LEVELS.index(person.clearance),
                created_at=uow.now,
                disabled_at=uow.now if person.disabled else None,
            )
        )
        session.flush()
        for held in person.posts:
            post = Post(id=new_id(), unit_id=ids.units[held.unit], title="post")
            session.add(post)
            session.flush()
            session.add_all(PostRole(post_id=post.id, role=role) for role in held.roles)
            session.add(
                Assignment(
                    id=new_id(),
                    user_id=user_id,
                    post_id=post.id,
                    from_on=uow.today + timedelta(days=held.first_day),
                    until_on=None
                    if held.last_day is None
                    else uow.today + timedelta(days=held.last_day),
                )
            )
        for name in person.groups:
            if name not in ids.groups:
                ids.groups[name] = new_id()
                session.add(Group(id=ids.groups[name], name=name, search_key=name))
                session.flush()
            session.add(GroupMember(group_id=ids.groups[name], user_id=user_id))
    session.flush()


def _build_registers(uow: UnitOfWork, world: World, ids: Ids) -> dict[str, UUID]:
    registers: dict[str, UUID] = {}
    for unit in dict.fromkeys(paper.kept_by for paper in world.papers):
        registers[unit] = new_id()
        uow.session.add(
            Register(
                id=registers[unit],
                code=f"world {unit}",
                name=unit,
                kind="incoming",
                clerk_unit_id=ids.units[unit],
                pattern="{year}-{number}",
                padding=4,
                ceiling=4,
            )
        )
    uow.session.flush()
    return registers


def _build_paper(uow: UnitOfWork, paper: Paper, ids: Ids, register_id: UUID) -> None:
    document = Document(
        id=new_id(),
        register_id=register_id,
        clerk_unit_id=ids.units[paper.kept_by],
        number=paper.name,
        state=paper.state,
        title=paper.name,
        received_on=uow.today,
        urgency="routine",
        secrecy=LEVELS.index(paper.secrecy),
        medium="paper",
        keywords=[],
        unit_id=ids.units[paper.unit] if paper.unit else None,
        class_id=_any_class(uow) if paper.state == "filed" else None,
        filed_at=uow.now if paper.state == "filed" else None,
        text_state="none",
        registered_at=uow.now,
    )
    ids.papers[paper.name] = document.id
    uow.session.add(document)
    uow.session.flush()
    uow.session.add_all(_grant(uow, document.id, share, ids) for share in paper.shares)
    refresh_access(uow, document, is_new=not paper.shares)


def _grant(uow: UnitOfWork, document_id: UUID, share: Share, ids: Ids) -> Grant:
    known = {"user": ids.people, "unit": ids.units, "group": ids.groups}[share.kind]
    return Grant(
        id=new_id(),
        document_id=document_id,
        principal_kind=share.kind,
        principal_object_id=known[share.to] if share.to in known else new_id(),
        reason="for the test",
        from_at=_moment(uow, share.begins),
        until_at=_moment(uow, share.ends),
        granted_at=uow.now,
        revoked_at=uow.now if share.revoked else None,
    )


def _moment(uow: UnitOfWork, minutes: int | None) -> datetime | None:
    return None if minutes is None else uow.now + timedelta(minutes=minutes)


def _any_class(uow: UnitOfWork) -> UUID:
    from sqlalchemy import select

    from records.classification.models import FileClass

    return uow.session.scalars(select(FileClass.id).limit(1)).one()
