"""Acts on a document from its page: done, refused beside the field, or not offered at all."""

from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from records.classification.plan import ClassFacts, add_class
from records.documents.models import Document
from records.documents.sharing import grants_of
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.registration.registers import add_register
from tests import builders
from tests.web.visitor import Visitor, components_of, document, stored


@pytest.fixture
def holder(office: Office) -> Actor:
    with office.database.writing() as uow:
        add_class(uow, SERVICE, ClassFacts("77.01", "Water", retention="10", unit="office"))
        add_class(uow, SERVICE, ClassFacts("77", "Works"))
    return builders.add_person(office, "chen", Role.CLERK)


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


@pytest.fixture
def made(office: Office, holder: Actor) -> Document:
    return builders.register(office, holder, "Dykes", files=[("a.txt", b"dry")], sender="The mill")


def _do(visitor: Visitor, made: Document, act: str, **fields: str) -> TestResponse:
    return visitor.post(f"/documents/{made.id}/{act}", version=str(made.version), **fields)


def _filed(office: Office, visitor: Visitor, made: Document) -> Document:
    assert _do(visitor, made, "filing", class_="77.01").status_code == 303
    return document(office, made.id)


def test_filing_freezes_the_document_and_says_so(
    office: Office, clerk: Visitor, made: Document
) -> None:
    assert _filed(office, clerk, made).state == "filed"
    page = clerk.get(f"/documents/{made.id}").text
    assert f"{made.number} is filed." in page
    assert "Filed in class 77.01." in page
    assert 'id="file"' not in page
    assert 'id="correct"' in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "This must not be empty."),
        ("88", "There is no class 88."),
        ("77", "takes no documents"),
    ],
)
def test_a_wrong_class_brings_the_dialog_back(
    office: Office, clerk: Visitor, made: Document, typed: str, sentence: str
) -> None:
    answer = _do(clerk, made, "filing", class_="", class_text=typed)
    assert answer.status_code in (409, 422)
    assert (
        '<dialog class="dialog" id="file" aria-labelledby="file-title" data-reopen>' in answer.text
    )
    assert sentence in answer.text
    assert document(office, made.id).state == "registered"


def test_what_filing_still_wants_is_asked_in_its_dialog(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = builders.register(office, holder, "Without sender")
    assert 'id="file-sender"' in clerk.get(f"/documents/{made.id}").text
    refused = _do(clerk, made, "filing", class_="77.01")
    assert refused.status_code == 422
    assert 'id="file-sender-error"' in refused.text
    assert _do(clerk, made, "filing", class_="77.01", sender="The mill").status_code == 303
    assert document(office, made.id).sender == "The mill"


def test_a_correction_keeps_the_old_value_and_the_reason(
    office: Office, clerk: Visitor, made: Document
) -> None:
    filed = _filed(office, clerk, made)
    fields = {"title": "Dams", "received_on": filed.received_on.isoformat(), "sender": "The mill"}
    refused = _do(clerk, filed, "corrections", **fields)
    assert refused.status_code == 422
    assert 'id="corrected-reason-error"' in refused.text
    assert 'value="Dams"' in refused.text
    assert _do(clerk, filed, "corrections", **fields, reason="a slip").status_code == 303
    page = clerk.get(f"/documents/{made.id}").text
    assert "<h1>Dams</h1>" in page
    assert "<s>Dykes</s> a slip" in page
    assert "title: Dykes → Dams" in page


def test_secrecy_rises_into_another_register_and_the_old_number_is_told(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    with office.database.writing() as uow:
        add_register(
            uow,
            SERVICE,
            code="plain",
            name="Plain",
            kind="incoming",
            clerk_unit_id=unit_by_code(uow, "office").id,
            pattern="P-{year}-{number}",
            padding=3,
            ceiling=Secrecy.INTERNAL,
        )
    made = builders.register(office, holder, "Plans", register="plain")
    refused = _do(clerk, made, "secrecy", secrecy="secret", secrecy_term="10 years")
    assert refused.status_code == 422
    assert 'id="secrecy-reason-error"' in refused.text
    answer = _do(clerk, made, "secrecy", secrecy="secret", secrecy_term="10 years", reason="dams")
    assert answer.status_code == 303
    after = document(office, made.id)
    page = clerk.get(f"/documents/{made.id}").text
    assert f"{made.number} is now {after.number}" in page
    assert f"this was {made.number} in the register" in page
    assert "Secrecy changed from internal to secret. Term: 10 years." in page


def test_who_loses_sight_of_what_was_moved_is_led_to_the_desk(
    office: Office, app: Flask, made: Document
) -> None:
    builders.add_unit(office, "vault")
    with office.database.writing() as uow:
        plain = made.register_id
        from records.registration.models import Register

        register = uow.session.get(Register, plain)
        assert register is not None
        register.ceiling = int(Secrecy.INTERNAL)
        add_register(
            uow,
            SERVICE,
            code="vault",
            name="Vault",
            kind="incoming",
            clerk_unit_id=unit_by_code(uow, "vault").id,
            pattern="V-{year}-{number}",
            padding=3,
            ceiling=Secrecy.TOP_SECRET,
        )
    answer = _do(Visitor(app, "chen"), made, "secrecy", secrecy="secret", reason="dams")
    assert answer.location == "/registration"


def test_voiding_wants_a_reason_and_leaves_the_number(
    office: Office, clerk: Visitor, made: Document
) -> None:
    assert 'id="void-reason-error"' in _do(clerk, made, "voiding", reason=" ").text
    assert _do(clerk, made, "voiding", reason="twice").status_code == 303
    page = clerk.get(f"/documents/{made.id}").text
    assert f"{made.number} is voided. It stays in the book." in page
    assert "This registration was voided." in page
    assert document(office, made.id).state == "voided"


def test_an_act_from_an_old_sight_is_refused_in_its_dialog(
    office: Office, clerk: Visitor, made: Document
) -> None:
    assert _do(clerk, made, "secrecy", secrecy="public", reason="printed").status_code == 303
    answer = _do(clerk, made, "voiding", reason="twice")
    assert answer.status_code == 412
    assert "Somebody else has changed this" in answer.text
    assert document(office, made.id).state == "registered"


def test_sharing_opens_the_document_until_it_is_taken_back(
    office: Office, app: Flask, clerk: Visitor, made: Document
) -> None:
    builders.add_unit(office, "branch")
    reader = builders.add_person(office, "li", Role.STAFF, unit="branch", name="Li Jianguo")
    li = Visitor(app, "li")
    assert li.get(f"/documents/{made.id}").status_code == 404
    with office.database.reading() as uow:
        tomorrow = uow.today + timedelta(days=1)
    answer = clerk.post(
        f"/documents/{made.id}/grants",
        with_=f"user:{reader.user_id}",
        with_text="Li Jianguo",
        reason="to read",
        until=tomorrow.isoformat(),
    )
    assert answer.status_code == 303
    page = clerk.get(f"/documents/{made.id}").text
    assert "Li Jianguo" in page
    assert "Shared with Li Jianguo until" in page
    assert li.get(f"/documents/{made.id}").status_code == 200
    with office.database.reading() as uow:
        (grant,) = grants_of(uow, made.id)
    assert clerk.post(f"/documents/{made.id}/grants/{grant.id}/end").status_code == 303
    assert li.get(f"/documents/{made.id}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"with_": "", "with_text": "somebody", "reason": "x"}, "share-with_text-error"),
        ({"with_": "user:1", "reason": "x"}, "share-with_text-error"),
        ({"with_": "@", "reason": " "}, "share-reason-error"),
        ({"with_": "@", "reason": "x", "until": "2001-01-01"}, "share-until-error"),
        ({"with_": "@", "reason": "x", "until": "soon"}, "share-until-error"),
    ],
)
def test_sharing_badly_is_refused_beside_the_field(
    office: Office,
    clerk: Visitor,
    holder: Actor,
    made: Document,
    fields: dict[str, str],
    field: str,
) -> None:
    given = {name: value.replace("@", f"user:{holder.user_id}") for name, value in fields.items()}
    answer = clerk.post(f"/documents/{made.id}/grants", **given)
    assert answer.status_code == 422
    assert f'id="{field}"' in answer.text
    with office.database.reading() as uow:
        assert grants_of(uow, made.id) == []


def test_a_right_on_another_document_is_not_ended_here(
    office: Office, clerk: Visitor, holder: Actor, made: Document
) -> None:
    other = builders.register(office, holder, "Other")
    clerk.post(
        f"/documents/{other.id}/grants", with_=f"user:{holder.user_id}", reason="x", until=""
    )
    with office.database.reading() as uow:
        (grant,) = grants_of(uow, other.id)
    assert clerk.post(f"/documents/{made.id}/grants/{grant.id}/end").status_code == 404


def test_files_are_added_until_the_document_is_filed(
    office: Office, clerk: Visitor, made: Document
) -> None:
    path = f"/documents/{made.id}/files"
    answer = clerk.drop(("table.txt", b"more"), path=path, script=False)
    assert answer.status_code == 303
    assert len(components_of(office, made)) == 2
    assert "Added the file table.txt." in clerk.get(f"/documents/{made.id}").text
    assert clerk.drop(path=path, script=False).status_code == 422
    _filed(office, clerk, document(office, made.id))
    assert clerk.drop(("late.txt", b"late"), path=path, script=False).status_code == 409
    assert len(components_of(office, made)) == 2
    assert not list(office.config.spool.glob("*"))


def test_adding_a_file_from_another_site_adds_nothing(
    office: Office, clerk: Visitor, made: Document
) -> None:
    data = {"csrf_token": "made up", "file": stored([("a.txt", b"one")])}
    answer = clerk.client.post(f"/documents/{made.id}/files", data=data)
    assert answer.status_code == 400
    assert len(components_of(office, made)) == 1


@pytest.mark.parametrize("act", ["filing", "corrections", "secrecy", "voiding", "grants"])
def test_acts_on_hidden_documents_answer_not_found(
    office: Office, app: Flask, made: Document, act: str
) -> None:
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.CLERK, unit="branch")
    far = Visitor(app, "far")
    fields = {"class_": "77.01", "title": "x", "received_on": "2026-01-01", "reason": "x"}
    answer = _do(far, made, act, secrecy="secret", with_=f"unit:{made.id}", **fields)
    assert answer.status_code == 404


def test_a_reader_is_offered_no_act_and_may_do_none(
    office: Office, app: Flask, made: Document
) -> None:
    builders.add_person(office, "li", Role.STAFF)
    with office.database.writing() as uow:
        row = uow.session.get(Document, made.id)
        assert row is not None
        row.unit_id = unit_by_code(uow, "office").id
        from records.documents.visibility import refresh_access

        refresh_access(uow, row)
    reader = Visitor(app, "li")
    page = reader.get(f"/documents/{made.id}").text
    assert "<h1>Dykes</h1>" in page
    assert 'id="void"' not in page
    assert 'id="share"' not in page
    assert _do(reader, made, "voiding", reason="x").status_code == 403
