"""Use cases about groups: named sets of people from any units."""

from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict
from records.core.rows import filled, get_row
from records.people.models import Group, GroupMember, User
from records.people.names import search_key, typed_pattern
from records.people.organization import PICKER_LIMIT
from records.people.rules import Act, Actor, check_may


def add_group(uow: UnitOfWork, actor: Actor, *, name: str, user_ids: list[UUID]) -> Group:
    """Add a named set of people.

    Raises:
        Conflict: The name is taken.
    """
    check_may(actor, Act.KEEP_UNITS)
    name = filled(name, "name")
    if uow.session.scalar(select(Group.id).where(Group.name == name)) is not None:
        raise Conflict("The name %(name)s is taken.", {"name": name}, field="name")
    group = Group(id=uow.new_id(), name=name, search_key=search_key(name))
    uow.session.add(group)
    uow.session.flush()
    _set_members(uow, actor, group, user_ids, kind="group.added")
    return group


def change_group(
    uow: UnitOfWork, actor: Actor, *, group_id: UUID, name: str, user_ids: list[UUID]
) -> Group:
    """Rename a group and set who belongs to it.

    Raises:
        Conflict: The name is taken.
    """
    check_may(actor, Act.KEEP_UNITS)
    group = get_row(uow, Group, group_id)
    name = filled(name, "name")
    if uow.session.scalar(select(Group.id).where(Group.name == name, Group.id != group_id)):
        raise Conflict("The name %(name)s is taken.", {"name": name}, field="name")
    group.name = name
    group.search_key = search_key(group.name)
    _set_members(uow, actor, group, user_ids, kind="group.changed")
    return group


def find_groups(uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT) -> list[Group]:
    """Return groups with the typed part in name, pinyin or initials."""
    query = (
        select(Group)
        .where(Group.search_key.like(typed_pattern(typed), escape="\\"))
        .order_by(Group.name)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def _set_members(
    uow: UnitOfWork, actor: Actor, group: Group, user_ids: list[UUID], *, kind: str
) -> None:
    wanted = dict.fromkeys(user_ids)
    held = {
        each.user_id: each
        for each in uow.session.scalars(select(GroupMember).where(GroupMember.group_id == group.id))
    }
    if actor.user_id in wanted and actor.user_id not in held:
        raise Conflict("Nobody adds themselves to a group.", field="person")
    for user_id, member in held.items():
        if user_id not in wanted:
            uow.session.delete(member)
    people = [get_row(uow, User, each) for each in wanted]
    uow.session.add_all(
        GroupMember(group_id=group.id, user_id=each.id) for each in people if each.id not in held
    )
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[group.id],
        payload={
            **actor.signature(),
            "group": group.name,
            "people": [each.name for each in people],
        },
    )
