"""Emergency access: who may, what it opens and for how long, who is told, what it never tells."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from records.audit.verification import verify
from records.core.database import Database
from records.core.log import LogEntry
from records.documents.models import BrokenGlass, Document
from records.documents.visibility import visible_ids
from records.notify.models import Notice
from records.office import Office
from records.people.models import User
from records.people.rules import Actor, Role, Secrecy
from records.people.signing_in import add_token
from records.worker import Worker
from tests import builders
from tests.builders import PASSWORD
from tests.offices import HeldClock
from tests.web.offices import client_of, post
from web.app import create_app

REASON = "The dam may break tonight, and Ms Chen is in hospital"
PATH = "/emergency-access"


@dataclass
class Emergency:
    """A leader without a right, those who answer for a document, and an auditor."""

    office: Office
    app: Flask
    leader: Actor
    document: Document
    secret: Document

    def ask(self, client: FlaskClient, asked: str, **more: str) -> tuple[int, str]:
        fields = {"document": asked, "reason": REASON, "password": PASSWORD, **more}
        answer = post(client, PATH, **fields)
        return answer.status_code, answer.headers.get("Location", "") or answer.text

    def rows(self) -> list[BrokenGlass]:
        with self.office.database.reading() as uow:
            return list(uow.session.scalars(select(BrokenGlass).order_by(BrokenGlass.id)))

    def kinds(self) -> list[str]:
        with self.office.database.reading() as uow:
            return list(uow.session.scalars(select(LogEntry.kind).order_by(LogEntry.sequence)))


@pytest.fixture
def emergency(office: Office, app: Flask) -> Emergency:
    clerk = builders.add_person(office, "clerk", Role.CLERK)
    builders.add_unit(office, "water")
    builders.add_unit(office, "elsewhere")
    builders.add_person(office, "head", Role.LEADER, unit="water")
    builders.add_person(office, "auditor", Role.AUDITOR, clearance=Secrecy.INTERNAL)
    builders.add_person(office, "staff", Role.STAFF, unit="elsewhere")
    builders.add_person(office, "admin", Role.SECURITY_ADMIN)
    leader = builders.add_person(
        office, "leader", Role.LEADER, unit="elsewhere", clearance=Secrecy.CONFIDENTIAL
    )
    document = builders.register(
        office, clerk, "Cracks in the dam", unit="water", files=[("dam.txt", b"The dam cracks.")]
    )
    secret = builders.register(
        office, clerk, "Spies at the dam", unit="water", register="outgoing", secrecy="secret"
    )
    return Emergency(office, app, leader, document, secret)


def test_a_leader_sees_the_document_at_once_and_no_longer_than_granted(
    emergency: Emergency,
) -> None:
    client = client_of(emergency.app, "leader")
    page = f"/documents/{emergency.document.id}"
    assert client.get(page).status_code == 404
    assert emergency.ask(client, emergency.document.number) == (303, page)
    text = client.get(page).text
    assert "by emergency access until" in text
    assert REASON in text
    (row,) = emergency.rows()
    assert row.until_at is not None
    assert row.until_at - row.broken_at == timedelta(minutes=60)
    config = emergency.office.config
    for length, seen in ((timedelta(seconds=-1), {emergency.document.id}), (timedelta(), set())):
        clock = HeldClock(row.until_at + length)
        later = Database(config.database_url, zone=config.time_zone, clock=clock)
        with later.reading() as uow:
            assert visible_ids(uow, emergency.leader, [emergency.document.id]) == seen
        later.close()


def test_it_can_be_ended_early_by_who_took_it_and_by_who_answers_for_the_document(
    emergency: Emergency,
) -> None:
    client, head = client_of(emergency.app, "leader"), client_of(emergency.app, "head")
    page = f"/documents/{emergency.document.id}"
    for ender, lands in ((client, PATH), (head, page)):
        emergency.ask(client, str(emergency.document.id))
        end = f"{PATH}/{emergency.rows()[-1].id}/end"
        assert end in ender.get(lands).text
        assert post(ender, end).headers["Location"] == lands
        assert client.get(page).status_code == 404
    assert emergency.kinds().count("document.glass_closed") == 2
    # Who may not know of the document does not know of this either.
    stranger = client_of(emergency.app, "staff")
    assert post(stranger, end).status_code == 404
    assert verify(emergency.office).ok


def test_those_who_answer_for_it_are_told_at_once(emergency: Emergency) -> None:
    emergency.ask(client_of(emergency.app, "leader"), emergency.document.number)
    with Worker(emergency.office) as worker:
        worker.run_until_idle()
    with emergency.office.database.reading() as uow:
        told = uow.session.execute(
            select(User.login, Notice.document_id)
            .join(Notice, Notice.user_id == User.id)
            .where(Notice.kind == "document.glass_broken")
        ).all()
    assert {tuple(row) for row in told} == {
        ("clerk", emergency.document.id),
        ("head", emergency.document.id),
    }
    text = client_of(emergency.app, "head").get("/notices").text
    assert "has opened a document by emergency access" in text
    assert emergency.document.number in text
    assert (
        REASON in client_of(emergency.app, "head").get(f"/documents/{emergency.document.id}").text
    )


def test_what_does_not_exist_and_what_is_above_the_clearance_answer_the_same(
    emergency: Emergency,
) -> None:
    client = client_of(emergency.app, "leader")
    never = emergency.secret.number[:-1] + "9"
    bodies = []
    for asked in (emergency.secret.number, never):
        status, body = emergency.ask(client, asked)
        assert status == 404
        # What was typed, and the list of what one asked for before, aside.
        body = re.sub(r"<section class=\"stack\">.*?</section>", "", body, flags=re.DOTALL)
        body = re.sub(r'csrf[-_]token" (content|value)="[^"]+"', "", body)
        bodies.append(body.replace(asked, "ASKED"))
    assert bodies[0] == bodies[1]
    assert "The attempt is in the log" in bodies[0]
    assert emergency.kinds().count("glass.in_vain") == 2
    assert [each.until_at for each in emergency.rows()] == [None, None]
    text = client.get(PATH).text
    assert text.count("nothing opened") == 2
    assert "Spies" not in text


def test_a_short_reason_a_wrong_password_and_what_is_open_anyway_are_refused(
    emergency: Emergency,
) -> None:
    client = client_of(emergency.app, "leader")
    number = emergency.document.number
    assert emergency.ask(client, number, reason="Because")[0] == 422
    assert emergency.ask(client, number, password="not my password at all")[0] == 422
    assert emergency.ask(client, "")[0] == 422
    assert emergency.ask(client_of(emergency.app, "head"), number)[0] == 409
    assert emergency.rows() == []


def test_wrong_passwords_are_braked_as_when_signing_in(emergency: Emergency) -> None:
    client = client_of(emergency.app, "leader")
    statuses = [
        emergency.ask(client, "x", password=f"wrong password {number}")[0] for number in range(7)
    ]
    assert statuses[0] == 422
    assert statuses[-1] == 429


@pytest.mark.parametrize("login", ["clerk", "staff", "auditor", "admin"])
def test_nobody_but_leaders_may(emergency: Emergency, login: str) -> None:
    client = client_of(emergency.app, login)
    assert client.get(PATH).status_code == 403
    assert emergency.ask(client, emergency.document.number)[0] == 403


def test_an_office_can_switch_it_off(emergency: Emergency) -> None:
    config = replace(emergency.office.config, break_glass_minutes=0)
    client = client_of(create_app(replace(emergency.office, config=config)), "leader")
    assert "switched off" in client.get(PATH).text
    assert emergency.ask(client, emergency.document.number)[0] == 403
    assert emergency.rows() == []


def test_auditors_see_every_attempt_as_far_as_their_clearance_goes(emergency: Emergency) -> None:
    client = client_of(emergency.app, "leader")
    for asked in (emergency.document.number, emergency.secret.number, "IN-1999-0001"):
        emergency.ask(client, asked)
    text = client_of(emergency.app, "auditor").get("/log/emergency-access").text
    assert emergency.document.number in text
    assert "IN-1999-0001" in text
    assert emergency.secret.number not in text
    assert text.count("above your clearance") == 1
    assert text.count("data-row") == 3


def test_a_program_does_the_same(emergency: Emergency) -> None:
    with emergency.office.database.writing() as uow:
        assert emergency.leader.user_id is not None
        token = add_token(
            uow, emergency.leader, user_id=emergency.leader.user_id, label="night", expires_at=None
        )
    client = emergency.app.test_client()
    head = {"Authorization": f"Bearer {token}"}
    said = {"document": emergency.document.number, "reason": REASON, "password": PASSWORD}
    path = f"/api/v1{PATH}"
    missing = client.post(path, json={**said, "document": "IN-1999-0001"}, headers=head)
    assert missing.status_code == 404
    first = client.post(path, json=said, headers={**head, "Idempotency-Key": "one-night"})
    assert first.status_code == 201
    again = client.post(path, json=said, headers={**head, "Idempotency-Key": "one-night"})
    assert again.get_json() == first.get_json() == {"document": str(emergency.document.id)}
    page = client.get(path, headers=head).get_json()["items"]
    assert [each["opened"] for each in page] == [True, False]
    assert page[0]["holds"]
    end = client.post(f"{path}/{UUID(page[0]['id'])}/end", headers=head)
    assert end.status_code == 204
    gone = client.get(f"/api/v1/documents/{emergency.document.id}", headers=head)
    assert gone.status_code == 404
