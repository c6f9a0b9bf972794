import pytest

from records.office import Office
from records.people.rules import Role
from tests.builders import add_person
from tests.records.circulation.desks import Desks
from tests.records.notify.post import Post


@pytest.fixture
def desks(office: Office) -> Desks:
    """An office on SQLite with a clerk who sends."""
    return Desks(office, add_person(office, "clerk", Role.CLERK))


@pytest.fixture
def any_desks(any_office: Office) -> Desks:
    """The same on each database in turn."""
    return Desks(any_office, add_person(any_office, "clerk", Role.CLERK))


@pytest.fixture
def post(office: Office) -> Post:
    return Post(office)
