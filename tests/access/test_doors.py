"""Every route has a declared door, and every door lets in the roles that are declared."""

from records.office import Office
from records.people.rules import Role
from tests.access.sight import DOORS, doors, doors_of
from web.app import create_app
from web.permissions import ALL


def test_every_route_has_a_declared_door(office: Office) -> None:
    served = doors_of(create_app(office))
    declared = doors()
    assert served.keys() - declared.keys() == set(), "write them down: python -m tests.access.sight"
    assert declared.keys() - served.keys() == set(), "these are served no more"
    assert served == declared


def test_every_door_lets_in_the_roles_that_are_declared() -> None:
    found = {each.name: each.roles or frozenset(Role) for each in ALL}
    assert found == DOORS
