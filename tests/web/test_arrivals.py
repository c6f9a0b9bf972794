"""The page of what came in: why it waits, trying again, and giving up."""

from flask import Flask

from records.channels.keeping import larger_than, plain_details
from records.office import Office
from records.people.rules import Role, Secrecy
from records.registration.registers import register_by_code
from tests import builders
from tests.web.offices import counted
from tests.web.visitor import Visitor
from web.arrivals import why


def test_a_refused_drop_waits_with_its_reason_and_can_be_tried_again(
    office: Office, app: Flask
) -> None:
    builders.add_person(office, "chen", Role.CLERK)
    clerk = Visitor(app, "chen")
    assert "Everything that came in is registered." in clerk.get("/arrivals").text
    with office.database.writing() as uow:
        register_by_code(uow, "incoming").ceiling = int(Secrecy.INTERNAL)
    assert clerk.drop(("water.txt", b"dry land"), secrecy="secret").status_code == 422
    page = clerk.get("/arrivals").text
    assert "water.txt" in page
    assert "Try again" in page
    assert "could not be registered" in clerk.get("/registration").text
    builders.add_person(office, "root", Role.SYSTEM_ADMIN)
    assert "water.txt" not in Visitor(app, "root").get("/arrivals").text


def test_what_was_too_large_is_told_in_sizes_that_people_read(app: Flask) -> None:
    refusal = larger_than(200 << 20)
    with app.test_request_context():
        told = why(refusal.message, plain_details(refusal))
    assert told == "It is larger than 200 MB, the most that is taken."


def test_the_page_costs_a_fixed_number_of_statements(office: Office, app: Flask) -> None:
    builders.add_person(office, "chen", Role.CLERK)
    clerk = Visitor(app, "chen")
    with office.database.writing() as uow:
        register_by_code(uow, "incoming").ceiling = int(Secrecy.INTERNAL)
    clerk.drop(("first.txt", b"first"), secrecy="secret")
    clerk.get("/arrivals")  # what is looked up once and kept
    with counted(office) as few:
        clerk.get("/arrivals")
    for number in range(6):
        clerk.drop((f"{number}.txt", f"words {number}".encode()), secrecy="secret")
    with counted(office) as many:
        assert "5.txt" in clerk.get("/arrivals").text
    assert len(many) == len(few) <= 20
