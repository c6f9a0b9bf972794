from collections.abc import Iterator

import pytest

from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests.builders import add_person


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "chen", Role.CLERK)


@pytest.fixture
def worker(office: Office) -> Iterator[Worker]:
    """A worker of the office that does what it is told to, when it is told to."""
    with Worker(office) as worker:
        yield worker
