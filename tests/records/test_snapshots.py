"""What a unit that only reads has found out is asked for once; a unit that writes asks again."""

import pytest

from records.core.errors import NotFound
from records.documents.visibility import get_document
from records.office import Office
from records.people.rules import Role, Secrecy
from tests.builders import add_person, add_unit, register
from tests.web.visitor import counted


def test_a_document_is_asked_for_once_in_a_snapshot(office: Office) -> None:
    clerk = add_person(office, "chen", Role.CLERK)
    document = register(office, clerk, "A")
    with office.database.reading() as uow, counted(office.database.engine) as statements:
        assert get_document(uow, clerk, document.id) is get_document(uow, clerk, document.id)
    assert len(statements) == 1
    with office.database.writing() as uow, counted(office.database.engine) as statements:
        for _ in range(2):
            get_document(uow, clerk, document.id)
    assert len(statements) >= 2


def test_what_one_may_see_another_does_not(office: Office) -> None:
    clerk = add_person(office, "chen", Role.CLERK)
    add_unit(office, "harbour")
    stranger = add_person(office, "wu", Role.CLERK, unit="harbour", clearance=Secrecy.PUBLIC)
    document = register(office, clerk, "A")
    with office.database.reading() as uow:
        get_document(uow, clerk, document.id)
        with pytest.raises(NotFound):
            get_document(uow, stranger, document.id)
