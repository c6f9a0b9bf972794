"""Numbered copies: gap-free numbers, who makes them, and what can become of each."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.core.log import entries_about
from records.documents.components import components_of
from records.documents.copies import (
    MOST_AT_ONCE,
    copies_of,
    copies_to_print,
    copy_number,
    count_copies,
    make_copies,
    move_copy,
)
from records.documents.models import Document, DocumentCopy
from records.documents.rules import COPY_STEPS, CopyState, CopyStep
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.registration.service import void_registration
from tests.builders import actor, add_person, add_unit, register
from tests.letters import letter
from tests.records.test_documents import file

PDF = ("plan.pdf", letter([["The plan"]]))


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "clerk", Role.CLERK)


@pytest.fixture
def plan(office: Office, clerk: Actor) -> Document:
    return register(office, clerk, "Plan", files=[PDF, ("note.txt", b"a note")])


def file_of(office: Office, document: Document, place: int = 0) -> UUID:
    with office.database.reading() as uow:
        return components_of(uow, document.id)[place].id


def make(office: Office, actor: Actor, document: Document, **given: Any) -> list[DocumentCopy]:
    facts = {"component_id": file_of(office, document), "count": 1, **given}
    with office.database.writing() as uow:
        return make_copies(uow, actor, document_id=document.id, **facts)


def move(office: Office, actor: Actor, copy: DocumentCopy, step: CopyStep, reason: str = "") -> str:
    with office.database.writing() as uow:
        return move_copy(uow, actor, copy_id=copy.id, step=step, reason=reason).state


def test_copies_count_on_without_a_gap_and_each_knows_for_whom(
    office: Office, clerk: Actor, plan: Document
) -> None:
    first = make(office, clerk, plan, for_whom=["Finance", " Harbour ", ""], count=None)
    more = make(office, clerk, plan, for_whom=["Archive"], count=2, purpose="Meeting")
    blank = make(office, clerk, plan, count=1)
    assert [each.number for each in (*first, *more, *blank)] == [1, 2, 3, 4, 5]
    with office.database.reading() as uow:
        lines = copies_of(uow, clerk, plan.id)
        assert count_copies(uow, clerk, plan.id) == {CopyState.OUT: 5}
        told = [entry for entry, _ in entries_about(uow.session, plan.id)]
    assert [each.for_whom for each in lines] == ["Finance", "Harbour", "Archive", "Archive", ""]
    assert lines[2].text == "000003" == copy_number(3)
    assert [each.kind for each in told].count("copy.made") == 3


@pytest.mark.parametrize(
    "given",
    [
        {"count": 0},
        {"count": -1},
        {"count": None},
        {"count": None, "for_whom": [" "]},
        {"count": MOST_AT_ONCE + 1},
        {"count": 10**6},
        {"count": 3, "for_whom": ["A", "B"]},
        {"for_whom": ["x" * 201]},
        {"count": None, "for_whom": ["A"] * (MOST_AT_ONCE + 1)},
    ],
)
def test_what_makes_no_sense_is_refused_and_takes_no_number(
    office: Office, clerk: Actor, plan: Document, given: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        make(office, clerk, plan, **given)
    assert make(office, clerk, plan)[0].number == 1


def test_only_a_pdf_of_this_document_is_copied(
    office: Office, clerk: Actor, plan: Document
) -> None:
    other = register(office, clerk, "Other", files=[PDF])
    with pytest.raises(Invalid, match="Only a PDF"):
        make(office, clerk, plan, component_id=file_of(office, plan, 1))
    for unknown in (file_of(office, other), UUID(int=1)):
        with pytest.raises(NotFound):
            make(office, clerk, plan, component_id=unknown)


def test_a_voided_document_gets_no_copies(office: Office, clerk: Actor, plan: Document) -> None:
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=plan.id, version=None, reason="twice")
    with pytest.raises(Conflict):
        make(office, clerk, plan)


def test_registry_and_archive_make_copies_and_nobody_else(office: Office, clerk: Actor) -> None:
    add_unit(office, "water")
    about = {"secrecy": "public", "sender": "Ministry", "unit": "office"}
    public = register(office, clerk, "Notice", files=[PDF], **about)
    wanted: dict[str, type[Refusal]] = {}
    for login, role, unit in (
        ("staff", Role.STAFF, "office"),
        ("leader", Role.LEADER, "office"),
        ("keeper", Role.SEAL_KEEPER, "office"),
        ("archivist", Role.ARCHIVIST, "office"),
        ("other-clerk", Role.CLERK, "water"),
        ("auditor", Role.AUDITOR, "office"),
        ("admin", Role.SYSTEM_ADMIN, "office"),
    ):
        add_person(office, login, role, unit=unit)
        wanted[login] = NotAllowed
    for login, refusal in wanted.items():
        with pytest.raises(refusal):
            make(office, actor(office, login), public)
        with office.database.reading() as uow, pytest.raises(refusal):
            copies_to_print(uow, actor(office, login), public.id, first=1, last=1)
    file(office, clerk, public)
    assert make(office, actor(office, "archivist"), public)[0].number == 1
    with pytest.raises(NotAllowed):
        make(office, actor(office, "other-clerk"), public)


def test_copies_of_a_hidden_document_do_not_exist(
    office: Office, clerk: Actor, plan: Document
) -> None:
    made = make(office, clerk, plan, for_whom=["Secret friend"])[0]
    stranger = add_person(office, "stranger", Role.STAFF, clearance=Secrecy.PUBLIC)
    with office.database.reading() as uow:
        assert copies_of(uow, stranger, plan.id) == []
        assert count_copies(uow, stranger, plan.id) == {}
        with pytest.raises(NotFound):
            copies_to_print(uow, stranger, plan.id, first=1, last=1)
    with pytest.raises(NotFound):
        move(office, stranger, made, CopyStep.RETURN)


@pytest.mark.parametrize(("state", "step"), list(product(CopyState, CopyStep)))
def test_a_copy_takes_the_steps_of_the_table_and_no_other(
    office: Office, clerk: Actor, plan: Document, state: CopyState, step: CopyStep
) -> None:
    made = make(office, clerk, plan)[0]
    if state is not CopyState.OUT:
        move(office, clerk, made, next(s for (_, s), to in COPY_STEPS.items() if to is state))
    if (state, step) in COPY_STEPS:
        assert move(office, clerk, made, step, "seen") == COPY_STEPS[state, step]
    else:
        with pytest.raises(Conflict):
            move(office, clerk, made, step, "seen")


def test_a_wrong_click_is_taken_back_with_a_reason_and_stays_in_the_log(
    office: Office, clerk: Actor, plan: Document
) -> None:
    made = make(office, clerk, plan, for_whom=["Finance"])[0]
    move(office, clerk, made, CopyStep.DESTROY, "shredded")
    with pytest.raises(Invalid):
        move(office, clerk, made, CopyStep.REOPEN)
    assert move(office, clerk, made, CopyStep.REOPEN, "the wrong line") == CopyState.OUT
    with office.database.reading() as uow:
        (line,) = copies_of(uow, clerk, plan.id)
        kinds = [entry.kind for entry, _ in entries_about(uow.session, plan.id)]
    assert (line.ended_at, line.end_reason) == (None, None)
    assert kinds[-2:] == ["copy.destroyed", "copy.reopened"]


def test_two_clerks_at_once_leave_no_gap(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    plan = register(any_office, clerk, "Plan", files=[PDF])
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: make(any_office, clerk, plan, count=3), range(6)))
    numbers = sorted(each.number for some in made for each in some)
    assert numbers == list(range(1, 19))
