"""Nobody gives rights to themselves, and a link for the first administrator is for the first."""

import pytest

from records.core.errors import Conflict, NotFound
from records.office import Office
from records.people import groups, organization, service, signing_in
from records.people.models import Post
from records.people.rules import Role, Secrecy
from tests import builders


def test_a_security_administrator_does_not_raise_their_own_clearance(office: Office) -> None:
    guard = builders.add_person(office, "guard", Role.SECURITY_ADMIN, clearance=Secrecy.INTERNAL)
    assert guard.user_id is not None
    with pytest.raises(Conflict), office.database.writing() as uow:
        service.give_clearance(uow, guard, user_id=guard.user_id, clearance=Secrecy.SECRET)
    with office.database.writing() as uow:
        service.give_clearance(uow, guard, user_id=guard.user_id, clearance=Secrecy.PUBLIC)


def test_an_administrator_gives_no_post_to_themselves(office: Office) -> None:
    keeper = builders.add_person(office, "keeper", Role.SYSTEM_ADMIN)
    builders.add_person(office, "clerk", Role.CLERK)
    assert keeper.user_id is not None
    with office.database.reading() as uow:
        root = organization.unit_by_code(uow, builders.ROOT)
        post = organization.post_with(uow, root.id, frozenset({Role.CLERK}))
        assert post is not None
    with pytest.raises(Conflict), office.database.writing() as uow:
        organization.assign(uow, keeper, user_id=keeper.user_id, post_id=post.id)


def test_an_administrator_adds_no_role_to_their_own_post(office: Office) -> None:
    keeper = builders.add_person(office, "keeper", Role.SYSTEM_ADMIN)
    post_id = keeper.posts[0].id

    def change(*roles: Role) -> None:
        with office.database.writing() as uow:
            version = uow.session.get_one(Post, post_id).version
            organization.change_post(
                uow,
                keeper,
                post_id=post_id,
                version=version,
                title="Keeper",
                roles=frozenset(roles),
            )

    change(Role.SYSTEM_ADMIN)
    with pytest.raises(Conflict):
        change(Role.SYSTEM_ADMIN, Role.CLERK)


def test_an_administrator_joins_no_group(office: Office) -> None:
    keeper = builders.add_person(office, "keeper", Role.SYSTEM_ADMIN)
    group_id = builders.add_group(office, "Readers", [])
    assert keeper.user_id is not None
    with pytest.raises(Conflict), office.database.writing() as uow:
        groups.change_group(
            uow, keeper, group_id=group_id, name="Readers", user_ids=[keeper.user_id]
        )
    with pytest.raises(Conflict), office.database.writing() as uow:
        groups.add_group(uow, keeper, name="Others", user_ids=[keeper.user_id])


def test_the_first_link_is_worthless_once_somebody_is_here(office: Office) -> None:
    with office.database.writing() as uow:
        secret = signing_in.invite_first_administrator(uow)
    assert secret is not None
    builders.add_person(office, "keeper", Role.SYSTEM_ADMIN)
    with pytest.raises(NotFound), office.database.reading() as uow:
        signing_in.open_invitation(uow, secret)
    with pytest.raises(NotFound), office.database.writing() as uow:
        service.accept_invitation(
            uow, secret=secret, login="late", name="Late", password=builders.PASSWORD
        )
