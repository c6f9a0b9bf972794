"""The picture of a round, what its managers do there, and the list of one's rounds."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from records.circulation.models import ReadingItem
from records.circulation.rules import Decision, Purpose
from records.circulation.signing import Opinion
from records.office import Office
from records.people.rules import Role, Secrecy
from tests import builders
from tests.builders import id_of
from tests.web.rounds import Chancery, chancery_of
from tests.web.test_pages import Reader
from tests.web.visitor import Visitor, counted
from web.i18n import LANGUAGE_COOKIE


@pytest.fixture
def chancery(office: Office, app: Flask) -> Chancery:
    return chancery_of(office, app)


@pytest.fixture
def clerk(chancery: Chancery) -> Visitor:
    return chancery.visitor()


@pytest.fixture
def sent(chancery: Chancery) -> UUID:
    """A round in three stages."""
    return chancery.send((chancery.leader, chancery.second), (chancery.staff,), (chancery.leader,))


def _late(chancery: Chancery, round_id: UUID) -> None:
    with chancery.office.database.writing() as uow:
        before = datetime.now(UTC) - timedelta(days=1)
        late = update(ReadingItem).where(ReadingItem.round_id == round_id)
        uow.session.execute(late.values(due_at=before))


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_screens_are_sound_markup_in_both_languages(
    chancery: Chancery, clerk: Visitor, sent: UUID, language: str
) -> None:
    chancery.give_back(sent, chancery.second, "A page is missing.")
    clerk.client.set_cookie(LANGUAGE_COOKIE, language)
    item = chancery.item(sent, chancery.leader).id
    for path in (
        f"/rounds/{sent}",
        f"/rounds/{sent}?ask=recall-one&item={item}",
        "/rounds",
        "/rounds?state=running&purpose=read&overdue=1",
        "/routes",
        "/routes/new",
        f"/documents/{chancery.document.id}",
        "/documents",
    ):
        reader = Reader()
        text = clerk.get(path).text
        reader.feed(re.sub(r"<template.*?</template>", "", text, flags=re.DOTALL))
        assert reader.faults == [], path
        assert reader.open == [], path
        assert len(reader.ids) == len(set(reader.ids)), path
        assert set(reader.labels) <= set(reader.ids), path
        assert [each for each in reader.fields if each not in reader.labels] == [], path
        assert reader.headings == 1, path


def test_the_picture_shows_who_has_done_what(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    chancery.sign(sent, chancery.leader, Opinion(Decision.READ, "Well done."))
    chancery.give_back(sent, chancery.second, "A page is missing.")
    text = clerk.get(f"/rounds/{sent}").text
    assert re.search(r"<strong>1</strong><span>of 4 signed", text)
    assert "Well done." in text
    assert "A page is missing." in text
    assert "1 reader has returned the document." in text
    assert text.count('data-state="waiting"') >= 2
    assert f"/rounds/{sent}/picture" in text
    part = clerk.get(f"/rounds/{sent}/picture", headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div class="round" id="round"')
    assert "<html" not in part


def test_whoever_does_not_manage_the_round_sees_it_without_its_acts(
    chancery: Chancery, sent: UUID
) -> None:
    reader = chancery.visitor("zhao")
    text = reader.get(f"/rounds/{sent}").text
    assert "Maria Rossi" in text
    assert "item-acts" not in text
    item = str(chancery.item(sent, chancery.second).id)
    for act in ("urge", "recall", "skip", "close", "deadline"):
        answer = reader.post(f"/rounds/{sent}/{act}", item=item, reason="no", due="1")
        assert answer.status_code == 403, act


def test_who_may_not_see_the_document_finds_no_round(chancery: Chancery, sent: UUID) -> None:
    builders.add_person(chancery.office, "stranger", Role.STAFF, unit="legal")
    stranger = chancery.visitor("stranger")
    assert stranger.get(f"/rounds/{sent}").status_code == 404
    assert stranger.get(f"/rounds/{sent}/picture").status_code == 404
    for act in ("urge", "recall", "skip", "again", "settle", "order", "deadline", "close"):
        assert stranger.post(f"/rounds/{sent}/{act}", item=str(sent)).status_code == 404, act
    assert stranger.get(f"/rounds/{UUID(int=1)}").status_code == 404


def test_one_click_urges_one_or_all_and_not_twice_within_the_hour(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    item = str(chancery.item(sent, chancery.leader).id)
    one = clerk.post(f"/rounds/{sent}/urge", item=item)
    assert "1 reader is reminded." in clerk.get(one.location).text
    rest = clerk.post(f"/rounds/{sent}/urge")
    assert "1 reader is reminded." in clerk.get(rest.location).text
    again = clerk.post(f"/rounds/{sent}/urge")
    text = clerk.get(again.location).text
    assert "Everybody was reminded within the last hour." in text
    assert text.count("urged once") == 2


def test_one_is_skipped_another_recalled_each_with_a_reason(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    leader, second = (
        str(chancery.item(sent, each).id) for each in (chancery.staff, chancery.second)
    )
    refused = clerk.post(f"/rounds/{sent}/skip", item=leader, reason=" ")
    assert refused.status_code == 422
    assert 'id="skip-one" aria-labelledby="skip-one-title" data-reopen' in refused.text
    assert '<strong data-said="who">李建国</strong>' in refused.text
    assert clerk.post(f"/rounds/{sent}/skip", item=leader, reason="On leave").status_code == 303
    done = clerk.post(f"/rounds/{sent}/recall", item=second, reason="Sent by mistake")
    assert "Taken back from Maria Rossi." in clerk.get(done.location).text
    assert chancery.item(sent, chancery.second).state == "recalled"
    # A second click finds the work done.
    twice = clerk.post(f"/rounds/{sent}/recall", item=second, reason="Sent by mistake")
    assert twice.status_code == 409
    assert clerk.post(f"/rounds/{sent}/skip", item=str(sent), reason="x").status_code == 404
    assert clerk.post(f"/rounds/{sent}/skip", item="x", reason="x").status_code == 404


def test_what_was_returned_is_sent_again_or_gone_on_without(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    chancery.give_back(sent, chancery.leader, "A page is missing.")
    item = str(chancery.view(sent).items[0].id)
    assert clerk.post(f"/rounds/{sent}/again", item=item).status_code == 303
    assert chancery.view(sent).stages[0].items[-1].state == "delivered"
    chancery.give_back(sent, chancery.second, "Not mine.")
    other = str(chancery.item(sent, chancery.second).id)
    done = clerk.post(f"/rounds/{sent}/settle", item=other)
    assert "The round goes on without Maria Rossi." in clerk.get(done.location).text
    repeated = clerk.post(f"/rounds/{sent}/settle", item=other)
    assert "notice seal" in clerk.get(repeated.location).text


def test_readers_are_added_to_a_stage_or_behind_the_last(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    first = str(chancery.view(sent).stages[0].id)
    user = f"user:{id_of(chancery.staff)}"
    form = {"csrf_token": clerk.token, "plan": ["stage", user], "stage": first}
    path = f"/rounds/{sent}/readers"
    assert clerk.client.post(path, data=form).status_code == 303
    assert len(chancery.view(sent).stages[0].items) == 3
    # The same form sent twice adds its readers once.
    twice = {**form, "once": "a key"}
    assert [clerk.client.post(path, data=twice).status_code for _ in range(2)] == [303, 303]
    assert len(chancery.view(sent).stages[0].items) == 4
    form |= {"stage": "", "plan": ["stage"], "typed": "maria"}
    assert clerk.client.post(path, data=form).status_code == 303
    assert [item.reader_name for item in chancery.view(sent).stages[-1].items] == ["Maria Rossi"]
    nobody = clerk.client.post(path, data={**form, "typed": ""})
    assert nobody.status_code == 422
    assert "Choose at least one reader." in nobody.text
    assert "data-reopen" in nobody.text
    builders.add_person(chancery.office, "low", name="Low Clearance", clearance=Secrecy.PUBLIC)
    low = clerk.client.post(path, data={**form, "typed": "Low Clearance"})
    assert low.status_code == 422
    assert "The clearance of Low Clearance does not reach this document." in low.text


def test_stages_that_have_not_begun_change_places(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    before = [each.id for each in chancery.view(sent).stages]
    page = clerk.get(f"/rounds/{sent}").text
    assert f'value="{before[1]}:later"' in page
    assert f'value="{before[0]}:later"' not in page
    clerk.post(f"/rounds/{sent}/order", move=f"{before[1]}:later")
    assert [each.id for each in chancery.view(sent).stages] == [before[0], before[2], before[1]]
    clerk.post(f"/rounds/{sent}/order", move=f"{before[0]}:later")
    assert [each.id for each in chancery.view(sent).stages] == [before[0], before[2], before[1]]


def test_the_deadline_changes_for_the_round_or_a_stage(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    assert clerk.post(f"/rounds/{sent}/deadline", due="3").status_code == 303
    assert chancery.view(sent).due_at is not None
    stage = chancery.view(sent).stages[1]
    far = "2126-05-04"
    done = clerk.post(f"/rounds/{sent}/deadline", stage=str(stage.id), due="on", due_on=far)
    assert done.status_code == 303
    due = chancery.view(sent).stages[1].due_at
    assert due is not None
    assert due.year == 2126
    refused = clerk.post(f"/rounds/{sent}/deadline", due="on", due_on="soon")
    assert refused.status_code == 422
    assert "is not a date" in refused.text


def test_a_round_closes_early_with_a_reason_and_complete_without(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    refused = clerk.post(f"/rounds/{sent}/close")
    assert refused.status_code == 422
    assert 'id="close" aria-labelledby="close-title" data-reopen' in refused.text
    assert clerk.post(f"/rounds/{sent}/close", reason="Overtaken").status_code == 303
    text = clerk.get(f"/rounds/{sent}").text
    assert "Overtaken" in text
    assert "hx-get" not in text.partition('id="round"')[2].partition(">")[0]
    other = chancery.send((chancery.leader,))
    chancery.sign(other, chancery.leader, Opinion(Decision.READ))
    assert "Everybody has answered." in clerk.get(f"/rounds/{other}").text
    assert clerk.post(f"/rounds/{other}/close").status_code == 303
    assert chancery.view(other).state == "closed"


def test_all_is_recalled_with_a_reason(chancery: Chancery, clerk: Visitor, sent: UUID) -> None:
    assert clerk.post(f"/rounds/{sent}/recall", reason="").status_code == 422
    assert clerk.post(f"/rounds/{sent}/recall", reason="Wrong document").status_code == 303
    assert chancery.view(sent).state == "recalled"


# Lists and other pages --------------------------------------------------------------------------


def test_my_rounds_are_filtered_by_their_address(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    chancery.send((chancery.second,), purpose=Purpose.APPROVE)
    assert clerk.get("/rounds").text.count("<tr data-row") == 2
    assert clerk.get("/rounds?purpose=approve").text.count("<tr data-row") == 1
    assert clerk.get("/rounds?state=closed").text.count("<tr data-row") == 0
    assert clerk.get("/rounds?overdue=1").text.count("<tr data-row") == 0
    _late(chancery, sent)
    text = clerk.get("/rounds?overdue=1").text
    assert text.count("<tr data-row") == 1
    assert 'class="overdue"' in text
    for odd in ("state=lost", "purpose=x", "cursor=%00"):
        answer = clerk.get(f"/rounds?{odd}")
        assert answer.status_code == 422
        assert "notice warn" in answer.text
    assert "You have sent nothing round yet." in chancery.visitor("zhao").get("/rounds").text


def test_pages_of_rounds_lead_to_the_last(chancery: Chancery, clerk: Visitor) -> None:
    made = [str(chancery.send((chancery.leader,))) for _ in range(52)]
    first = clerk.get("/rounds").text
    href = re.search(r'href="([^"]*cursor[^"]*)" rel="next"', first)
    assert href is not None
    last = clerk.get(href[1].replace("&amp;", "&")).text
    assert "Back to the first lines" in last
    seen = re.findall(r'<td class="title"><a href="/rounds/([^"]+)"', first + last)
    assert seen == list(reversed(made))


def test_the_list_and_the_picture_cost_the_same_for_more(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    many = [builders.add_person(chancery.office, f"p{number}") for number in range(30)]
    prices = []
    for path in ("/rounds", f"/rounds/{sent}"):
        with counted(chancery.office.database.engine) as few:
            clerk.get(path)
        prices.append(len(few))
    wide = chancery.send(tuple(many))
    for _ in range(8):
        chancery.send((chancery.second,))
    for at, path in enumerate(("/rounds", f"/rounds/{wide}")):
        with counted(chancery.office.database.engine) as statements:
            clerk.get(path)
        assert len(statements) == prices[at], path
    assert prices[0] <= 19
    assert prices[1] <= 24


def test_the_desk_shows_rounds_that_need_a_hand_first(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    assert "My rounds" in clerk.get("/").text
    chancery.give_back(sent, chancery.second, "A page is missing.")
    card = clerk.get("/").text.partition("My rounds")[2].partition("</section>")[0]
    assert "0 of 4 signed · 1 returned" in card
    assert 'class="late"' in card
    assert "My rounds" not in chancery.visitor("zhao").get("/").text


def test_a_document_tells_of_its_rounds_and_lists_mark_it(
    chancery: Chancery, clerk: Visitor, sent: UUID
) -> None:
    other = builders.register(chancery.office, chancery.clerk, "At rest")
    page = clerk.get(f"/documents/{chancery.document.id}").text
    assert f'href="/rounds/{sent}"' in page
    assert f'href="/rounds/new?document={chancery.document.id}"' in page
    assert "Not sent round yet." in clerk.get(f"/documents/{other.id}").text
    listed = clerk.get("/documents").text
    assert listed.count("in circulation") == 1
    assert listed.count("data-tick ") == 2
    chancery.visitor("zhao")
    reader = chancery.visitor("li").get("/documents").text
    assert "data-tick " not in reader
    clerk.post(f"/rounds/{sent}/recall", reason="Wrong document")
    assert "in circulation" not in clerk.get("/documents").text
    clerk.post(
        f"/documents/{other.id}/voiding", version=str(other.version), reason="Twice registered"
    )
    assert "rounds/new" not in clerk.get(f"/documents/{other.id}").text
