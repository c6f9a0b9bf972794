from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from records.core.jobs import Job
from records.core.log import LogEntry, LogPayload, entries_about
from records.documents import metadata
from records.documents.components import get_component, same_bytes
from records.documents.filing import file_document
from records.documents.metadata import read_metadata
from records.documents.models import Component, Correction, Document
from records.documents.rules import (
    MANDATORY,
    STEP_EVENTS,
    TRANSITIONS,
    DocumentState,
    RegisterKind,
    Step,
    next_state,
)
from records.documents.service import add_components, change_document, correct_document
from records.documents.sharing import grants_of, revoke_grant, share_document
from records.documents.texts import READ_JOB
from records.documents.visibility import get_document
from records.office import Office
from records.people.rules import Actor, PrincipalKind, Role, Secrecy
from tests.builders import add_group, add_person, add_unit, again, keep, register

CLASS, GROUP = "1.1", "1"


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "clerk", Role.CLERK)


@pytest.fixture
def letter(office: Office, clerk: Actor) -> Document:
    return register(
        office, clerk, "Letter", files=[("a.txt", b"hello")], sender="Ministry", unit="office"
    )


def file(office: Office, actor: Actor, document: Document, **asked: Any) -> Document:
    asked = {"class_code": CLASS, "register_kind": RegisterKind.INCOMING, "version": None, **asked}
    with office.database.writing() as uow:
        return file_document(uow, actor, document_id=document.id, **asked)


def change(
    office: Office,
    actor: Actor,
    document: Document,
    values: Mapping[str, str],
    *,
    version: int | None = None,
    step: Step | None = None,
) -> Document:
    with office.database.writing() as uow:
        return change_document(
            uow,
            actor,
            document_id=document.id,
            version=version,
            values=read_metadata(values),
            step=step,
        )


def correct(
    office: Office,
    actor: Actor,
    document: Document,
    values: Mapping[str, str],
    reason: str = "typo",
) -> Document:
    with office.database.writing() as uow:
        return correct_document(
            uow,
            actor,
            document_id=document.id,
            version=None,
            values=read_metadata(values),
            reason=reason,
        )


def timeline(office: Office, document: Document) -> list[str]:
    with office.database.reading() as uow:
        return [entry.kind for entry, _ in entries_about(uow.session, document.id)]


# States ------------------------------------------------------------------------------------------


def test_the_table_of_transitions_is_complete() -> None:
    for state in DocumentState:
        for step in Step:
            if (state, step) in TRANSITIONS:
                assert next_state(state, step) is TRANSITIONS[state, step]
            else:
                with pytest.raises(Conflict) as caught:
                    next_state(state, step)
                assert caught.value.details == {"state": state.value, "step": step.value}
    assert set(STEP_EVENTS) == set(Step)
    assert {DocumentState.FILED, DocumentState.VOIDED}.isdisjoint(
        state for state, _ in TRANSITIONS
    ), "what is filed or voided stays so"
    assert set(TRANSITIONS.values()) | {DocumentState.REGISTERED} == set(DocumentState)


def test_each_step_leaves_its_event(office: Office, clerk: Actor, letter: Document) -> None:
    change(office, clerk, letter, {}, step=Step.CHECK)
    file(office, clerk, letter)
    assert timeline(office, letter) == [
        "document.registered",
        STEP_EVENTS[Step.CHECK],
        STEP_EVENTS[Step.FILE],
    ]


# Changing ----------------------------------------------------------------------------------------


def test_a_change_keeps_what_was_and_what_is(
    office: Office, clerk: Actor, letter: Document
) -> None:
    change(
        office,
        clerk,
        letter,
        {"title": "Reply", "document_number": "国办发[2024] 12 号"},
        version=1,
    )
    with office.database.reading() as uow:
        found = get_document(uow, clerk, letter.id)
        assert (found.title, found.version) == ("Reply", 2)
        assert found.document_number == "国办发〔2024〕12号"
        payload = uow.session.scalars(
            select(LogPayload.payload).order_by(LogPayload.sequence.desc()).limit(1)
        ).one()
    assert '"title":["Letter","Reply"]' in payload


def test_a_change_from_an_old_sight_is_refused(
    office: Office, clerk: Actor, letter: Document
) -> None:
    change(office, clerk, letter, {"title": "Reply"}, version=1)
    with pytest.raises(Stale):
        change(office, clerk, letter, {"title": "Answer"}, version=1)


def test_a_change_that_changes_nothing_leaves_no_event(
    office: Office, clerk: Actor, letter: Document
) -> None:
    change(office, clerk, letter, {"title": "Letter", "unit": "office"})
    assert timeline(office, letter) == ["document.registered"]


def test_secrecy_is_not_changed_in_passing(office: Office, clerk: Actor, letter: Document) -> None:
    with pytest.raises(Invalid) as caught:
        change(office, clerk, letter, {"secrecy": "public"})
    assert caught.value.field == "secrecy"
    change(office, clerk, letter, {"secrecy": "internal"})


def test_only_clerks_of_the_register_change(office: Office, letter: Document) -> None:
    staff = add_person(office, "staff", Role.STAFF)
    with pytest.raises(NotAllowed):
        change(office, staff, letter, {"title": "Mine"})
    add_unit(office, "branch")
    with pytest.raises(NotFound):
        change(office, add_person(office, "b", Role.CLERK, unit="branch"), letter, {"title": "x"})


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("title", "  a \n b ", "a b"),
        ("received_on", "2026-01-31", "2026-01-31"),
        ("keywords", "a; b，c、a\n d", ["a", "b", "c", "d"]),
        ("pages", "12", 12),
        ("sender", "", None),
        ("keywords", "", []),
        ("remarks", "a\r\nb", "a\nb"),
        ("secrecy", "top_secret", 4),
        ("secrecy", "机密", 3),
        ("urgency", "加急", "urgent"),
        ("medium", "纸质", "paper"),
        ("written_on", "2024年1月5日", "2024-01-05"),
        ("written_on", "2024/1/5", "2024-01-05"),
    ],
)
def test_text_becomes_a_value(name: str, text: str, value: Any) -> None:
    found = read_metadata({name: text})[name]
    assert metadata.shown(found) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("title", ""),
        ("title", "\x00"),
        ("title", "x" * 2_001),
        ("received_on", "31.1.2026"),
        ("received_on", "2026-02-30"),
        ("pages", "-1"),
        ("pages", "١"),
        ("copies", "1000001"),
        ("urgency", "now"),
        ("medium", "stone"),
        ("secrecy", "hush"),
        ("keywords", ",".join(f"k{number}" for number in range(51))),
        ("remarks", "x" * 20_001),
        ("colour", "red"),
    ],
)
def test_a_senseless_value_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_metadata({name: text})
    assert caught.value.field == name


# Filing ------------------------------------------------------------------------------------------


def test_filing_takes_class_and_missing_values_at_once(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, "Letter")
    filed = file(office, clerk, document, values={"sender": "Ministry", "unit": "office"})
    assert (filed.state, filed.sender) == ("filed", "Ministry")
    assert filed.filed_at is not None


@pytest.mark.parametrize("kind", list(RegisterKind))
def test_filing_asks_for_the_mandatory_metadata(
    office: Office, clerk: Actor, kind: RegisterKind
) -> None:
    document = register(office, clerk, "Letter", register=kind.value)
    with pytest.raises(Invalid) as caught:
        file(office, clerk, document, register_kind=kind)
    missing = caught.value.details["missing"]
    expected = [name for name in MANDATORY[kind] if name in ("sender", "unit")]
    assert missing == expected
    assert caught.value.field == expected[0]
    with office.database.reading() as uow:
        assert get_document(uow, clerk, document.id).state == "registered"


def test_a_class_that_groups_others_takes_no_documents(
    office: Office, clerk: Actor, letter: Document
) -> None:
    for code, error in ((GROUP, Conflict), ("99.99", Invalid)):
        with pytest.raises(error) as caught:
            file(office, clerk, letter, class_code=code)
        assert caught.value.field == "class"


def test_who_may_file(office: Office, clerk: Actor, letter: Document) -> None:
    add_unit(office, "branch")
    staff = add_person(office, "staff", Role.STAFF)
    other_clerk = add_person(office, "other", Role.CLERK, unit="branch")
    archivist = add_person(office, "archivist", Role.ARCHIVIST)
    with office.database.writing() as uow:
        assert other_clerk.user_id is not None
        share_document(
            uow,
            clerk,
            document_id=letter.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=other_clerk.user_id,
            reason="to read",
        )
    for actor in (staff, other_clerk):
        with pytest.raises(NotAllowed):
            file(office, actor, letter)
    file(office, archivist, letter)


def test_what_is_filed_is_frozen(office: Office, clerk: Actor, letter: Document) -> None:
    file(office, clerk, letter)
    with pytest.raises(Conflict):
        change(office, clerk, letter, {"title": "Reply"})
    with pytest.raises(Conflict):
        file(office, clerk, letter)
    kept = keep(office, [("b.txt", b"more")])
    with pytest.raises(Conflict), office.database.writing() as uow:
        add_components(uow, clerk, document_id=letter.id, received=kept)
    with office.database.reading() as uow:
        assert len(uow.session.scalars(select(Component)).all()) == 1


def test_the_event_of_filing_names_the_frozen_files(
    office: Office, clerk: Actor, letter: Document
) -> None:
    file(office, clerk, letter)
    with office.database.reading() as uow:
        sha256 = uow.session.scalars(select(Component.sha256)).one()
        _, payload = list(entries_about(uow.session, letter.id))[-1]
        assert payload is not None
        assert sha256 in payload
        assert f'"class":"{CLASS}"' in payload


# Correcting --------------------------------------------------------------------------------------


def test_a_correction_keeps_the_old_value_and_the_reason(
    any_office: Office,
) -> None:
    office = any_office
    clerk = add_person(office, "clerk", Role.CLERK)
    add_unit(office, "branch")
    letter = register(office, clerk, "Letter", sender="Ministry", unit="office")
    file(office, clerk, letter)
    correct(
        office,
        clerk,
        letter,
        {"sender": "Treasury", "unit": "branch", "class": "1.2", "keywords": "a,b"},
        " misread ",
    )
    with office.database.reading() as uow:
        rows = uow.session.scalars(select(Correction).order_by(Correction.field)).all()
        assert [(each.field, each.before, each.after, each.reason) for each in rows] == [
            ("class", CLASS, "1.2", "misread"),
            ("keywords", "[]", '["a", "b"]', "misread"),
            ("sender", "Ministry", "Treasury", "misread"),
            ("unit", "office", "branch", "misread"),
        ]
        assert {each.corrected_by for each in rows} == {clerk.user_id}
    assert timeline(office, letter)[-1] == "document.corrected"


def test_a_correction_needs_a_reason_a_filed_document_and_a_difference(
    office: Office, clerk: Actor, letter: Document
) -> None:
    with pytest.raises(Conflict):
        correct(office, clerk, letter, {"sender": "Treasury"})
    file(office, clerk, letter)
    with pytest.raises(Invalid) as caught:
        correct(office, clerk, letter, {"sender": "Treasury"}, " ")
    assert caught.value.field == "reason"
    with pytest.raises(Conflict):
        correct(office, clerk, letter, {"sender": "Ministry"})
    for name in ("sender", "unit", "class"):
        with pytest.raises(Invalid) as caught:
            correct(office, clerk, letter, {name: ""})
        assert caught.value.field == name
    with pytest.raises(Conflict) as refused:
        correct(office, clerk, letter, {"class": GROUP})
    assert refused.value.field == "class"
    add_unit(office, "branch")
    staff = add_person(office, "staff", Role.STAFF)
    with pytest.raises(NotAllowed):
        correct(office, staff, letter, {"sender": "Treasury"})
    correct(office, add_person(office, "keeper", Role.ARCHIVIST), letter, {"sender": "Treasury"})


# Components --------------------------------------------------------------------------------------


def test_files_are_added_in_order_until_the_document_is_filed(
    office: Office, clerk: Actor, letter: Document
) -> None:
    with office.database.writing() as uow:
        add_components(uow, clerk, document_id=letter.id, received=keep(office, []))
    kept = keep(office, [("b.txt", b"two"), ("c.txt", b"three")])
    with office.database.writing() as uow:
        add_components(uow, clerk, document_id=letter.id, received=kept)
    with office.database.reading() as uow:
        rows = uow.session.scalars(select(Component).order_by(Component.position)).all()
        assert [(each.position, each.role, each.name) for each in rows] == [
            (0, "original", "a.txt"),
            (1, "attachment", "b.txt"),
            (2, "attachment", "c.txt"),
        ]
        jobs = uow.session.scalars(select(Job).where(Job.kind == READ_JOB)).all()
        assert {each.subject_id for each in jobs} == {each.id for each in rows}
    assert timeline(office, letter).count("component.added") == 2


def test_a_file_comes_back_byte_for_byte_to_whoever_sees_the_document(
    office: Office, clerk: Actor, letter: Document
) -> None:
    with office.database.reading() as uow:
        (component_id,) = uow.session.scalars(
            select(Component.id).where(Component.document_id == letter.id)
        )
        component, held = get_component(uow, clerk, component_id)
        content = office.vault.read_bytes(held.name, held.wrapped_key, 100)
        assert (content, component.sha256) == (b"hello", component.sha256)
        add_unit(office, "branch")
        stranger = add_person(office, "stranger", Role.STAFF, unit="branch")
        for each in (component_id, uuid4()):
            with pytest.raises(NotFound):
                get_component(uow, stranger, each)


def test_the_same_bytes_are_noticed_among_what_one_may_see(
    office: Office, clerk: Actor, letter: Document
) -> None:
    register(office, clerk, "Again", files=[("copy.txt", b"hello")])
    add_unit(office, "branch")
    stranger = add_person(office, "stranger", Role.STAFF, unit="branch")
    with office.database.reading() as uow:
        sha256 = uow.session.scalars(select(Component.sha256).limit(1)).one()
        assert same_bytes(uow, clerk, [sha256])[sha256].id == letter.id
        besides = same_bytes(uow, clerk, [sha256], besides=letter.id)
        assert besides[sha256].title == "Again"
        assert same_bytes(uow, stranger, [sha256]) == {}


# Sharing -----------------------------------------------------------------------------------------


def share(office: Office, actor: Actor, document: Document, to: UUID, **asked: Any) -> UUID:
    asked = {"principal_kind": PrincipalKind.USER, "reason": "please read", **asked}
    with office.database.writing() as uow:
        return share_document(
            uow, actor, document_id=document.id, principal_object_id=to, **asked
        ).id


def sees(office: Office, actor: Actor, document: Document) -> bool:
    with office.database.reading() as uow:
        try:
            get_document(uow, actor, document.id)
        except NotFound:
            return False
        return True


def test_sharing_lets_a_person_a_unit_and_a_group_see(
    office: Office, clerk: Actor, letter: Document
) -> None:
    branch = add_unit(office, "branch")
    readers = [add_person(office, name, Role.STAFF, unit="branch") for name in ("one", "two")]
    committee = add_group(office, "committee", readers[:1])
    low = add_person(office, "low", Role.STAFF, unit="branch", clearance=Secrecy.PUBLIC)
    for kind, to, expected in (
        (PrincipalKind.USER, readers[1].user_id, [False, True]),
        (PrincipalKind.UNIT, branch, [True, True]),
        (PrincipalKind.GROUP, committee, [True, False]),
    ):
        assert to is not None
        grant_id = share(office, clerk, letter, to, principal_kind=kind)
        assert [sees(office, again(office, each), letter) for each in readers] == expected
        assert not sees(office, low, letter)
        with office.database.writing() as uow:
            revoke_grant(uow, clerk, grant_id=grant_id)
            assert grants_of(uow, letter.id) == []
        assert not any(sees(office, again(office, each), letter) for each in readers)
    assert timeline(office, letter)[1:] == ["document.shared", "document.unshared"] * 3


def test_sharing_names_somebody_for_a_reason_and_a_time(
    office: Office, clerk: Actor, letter: Document
) -> None:
    reader = add_person(office, "reader", Role.STAFF)
    assert reader.user_id is not None
    now = office.database.clock.now()
    for asked, error, field in (
        ({"reason": " "}, Invalid, "reason"),
        ({"until_at": now}, Invalid, "until"),
        (
            {"from_at": now + timedelta(days=2), "until_at": now + timedelta(days=1)},
            Invalid,
            "until",
        ),
        ({"principal_kind": PrincipalKind.EVERYONE}, Invalid, "with"),
        ({"principal_kind": PrincipalKind.UNIT}, NotFound, None),
        ({"principal_kind": PrincipalKind.GROUP}, NotFound, None),
    ):
        with pytest.raises(error) as caught:
            share(office, clerk, letter, reader.user_id, **asked)
        assert caught.value.field == field
    with pytest.raises(NotAllowed):
        share(office, reader, letter, reader.user_id)
    add_unit(office, "branch")
    with pytest.raises(NotFound):
        share(office, add_person(office, "b", Role.CLERK, unit="branch"), letter, reader.user_id)


def test_a_window_wakes_the_index_when_it_opens_and_shuts(
    office: Office, clerk: Actor, letter: Document
) -> None:
    reader = add_person(office, "reader", Role.STAFF)
    assert reader.user_id is not None
    now = office.database.clock.now()
    times = [now + timedelta(hours=1), now + timedelta(hours=2)]
    share(office, clerk, letter, reader.user_id, from_at=times[0], until_at=times[1])
    with office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == "document.access_turns")).all()
        assert sorted(each.run_after for each in jobs) == times


def test_whoever_does_not_see_a_document_takes_no_grant_back(
    office: Office, clerk: Actor, letter: Document
) -> None:
    reader = add_person(office, "reader", Role.STAFF)
    assert reader.user_id is not None
    grant_id = share(office, clerk, letter, reader.user_id)
    add_unit(office, "branch")
    stranger = add_person(office, "stranger", Role.CLERK, unit="branch")
    for each in (grant_id, uuid4()):
        with pytest.raises(NotFound), office.database.writing() as uow:
            revoke_grant(uow, stranger, grant_id=each)
    with office.database.reading() as uow:
        assert len(grants_of(uow, letter.id)) == 1
        assert "document.unshared" not in set(uow.session.scalars(select(LogEntry.kind)))
