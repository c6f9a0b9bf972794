from collections.abc import Iterator

import pytest

from records.documents.components import components_of
from records.documents.models import Component, Document
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from tests.builders import add_person, register
from tests.letters import letter


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "chen", Role.CLERK)


@pytest.fixture
def worker(office: Office) -> Iterator[Worker]:
    with Worker(office) as worker:
        yield worker


@pytest.fixture
def document(office: Office, clerk: Actor) -> Document:
    """A document with a letter of two pages and a note."""
    files = [("letter.pdf", letter([["Dear Sir, the heron"], ["stands"]])), ("note.txt", b"a note")]
    return register(office, clerk, "The heron", files=files)


@pytest.fixture
def component(office: Office, document: Document) -> Component:
    """Its letter."""
    with office.database.reading() as uow:
        return components_of(uow, document.id)[0]
