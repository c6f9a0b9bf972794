"""What the checking page fills in, offers and leaves alone; and taking a confirmation back."""

import re

import pytest
from flask import Flask

from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.registration.service import void_registration
from records.worker import Worker
from tests import builders
from tests.web.visitor import Visitor, counted, document

NOTICE = """机密★1年
特急
滨海市水务局文件
滨水〔2024〕7号
滨海市水务局关于做好防汛工作的通知
各科室：
现将有关事项通知如下。
滨海市水务局
2024年4月30日
"""
FACE = {
    "title": "滨海市水务局关于做好防汛工作的通知",
    "sender": "滨海市水务局",
    "document_number": "滨水〔2024〕7号",
    "addressee": "各科室",
    "written_on": "2024-04-30",
    "kind": "通知",
    "urgency": "flash",
    "secrecy": "secret",
    "secrecy_term": "1年",
}


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK)


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


def _read(
    office: Office, holder: Actor, title: str = "notice", text: str = NOTICE, **values: str
) -> Document:
    file = ("notice.txt", text.encode())
    made = builders.register(office, holder, title, files=[file], **values)
    with Worker(office) as worker:
        worker.run_until_idle()
    return made


def _values(page: str) -> dict[str, str]:
    """Return what stands in the fields."""
    found = dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)<', page))
    for field in re.findall(r'<input class="input"[^>]*>', page):
        name, value = re.search(r'name="(\w+)"', field), re.search(r'value="([^"]*)"', field)
        if name and value:
            found[name[1]] = value[1]
    for name, options in re.findall(
        r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def _field(page: str, name: str) -> str:
    """Return the part of a page that is one field."""
    before, _, after = page.partition(f'for="{name}"')
    return before[before.rindex('<div class="field') :] + after[: after.index('<div class="field')]


def test_what_the_page_says_surely_stands_in_the_fields(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder)
    page = clerk.get(f"/registration/check/{made.id}").text
    values = _values(page)
    assert {name: values[name] for name in FACE} == FACE
    assert "is-filled" in _field(page, "title")
    assert "Read from the page: 滨水〔2024〕7号" in _field(page, "document_number")
    assert "data-look" not in page
    assert document(office, made.id).title == "notice"


def test_what_a_person_or_a_program_said_is_never_overwritten(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    said = {"sender": "水务局", "written_on": "2024-05-01", "urgency": "urgent"}
    made = _read(office, holder, title="My own title", **said)
    page = clerk.get(f"/registration/check/{made.id}").text
    values = _values(page)
    assert {name: values[name] for name in said} == said
    assert values["title"] == "My own title"
    # It can be taken all the same, by a click.
    assert f'data-take="{FACE["title"]}"' in _field(page, "title")
    assert "is-other" in _field(page, "sender")
    assert "⏎" not in _field(page, "sender")
    assert "data-look" not in page


def test_a_page_never_makes_a_document_less_secret(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder, secrecy="top_secret")
    page = clerk.get(f"/registration/check/{made.id}").text
    assert _values(page)["secrecy"] == "top_secret"
    assert "data-take" not in _field(page, "secrecy")


def test_what_is_not_sure_is_offered_and_wants_a_look(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder, text=NOTICE.replace("滨水〔2024〕7号", "滨水[2024] 78"))
    page = clerk.get(f"/registration/check/{made.id}").text
    number = _field(page, "document_number")
    assert _values(page)["document_number"] == ""
    assert "is-offered" in number
    assert "data-look" in number
    assert 'data-take="滨水〔2024〕78号"' in number


def test_a_title_from_the_name_of_the_file_and_a_missing_sender_want_a_look(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder, text="nothing that a face would have")
    page = clerk.get(f"/registration/check/{made.id}").text
    assert "data-look" in _field(page, "title")
    assert "data-look" in _field(page, "sender")
    assert "data-look" not in _field(page, "document_number")


def test_a_form_that_comes_back_keeps_what_was_typed(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder)
    answer = clerk.post(
        f"/registration/check/{made.id}",
        version="1",
        title="Typed",
        sender="",
        copies="many",
        received_on="2026-03-02",
    )
    assert answer.status_code == 422
    values = _values(answer.text)
    assert (values["title"], values["sender"]) == ("Typed", "")
    assert "is-other" in _field(answer.text, "title")


def test_a_document_that_was_checked_is_not_filled_in_again(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder)
    clerk.post(
        f"/registration/check/{made.id}", version="1", title="Typed", received_on="2026-03-02"
    )
    page = clerk.get(f"/registration/check/{made.id}").text
    assert _values(page)["sender"] == ""
    assert "is-offered" in _field(page, "sender")
    assert "data-look" not in page


def test_the_fields_come_anew_once_the_text_was_read(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = builders.register(office, holder, "notice", files=[("notice.txt", NOTICE.encode())])
    page = clerk.get(f"/registration/check/{made.id}").text
    assert f'data-renew="/registration/check/{made.id}/fields"' in page
    assert clerk.get(f"/registration/check/{made.id}/fields").status_code == 204
    with Worker(office) as worker:
        worker.run_until_idle()
    fields = clerk.get(f"/registration/check/{made.id}/fields").text
    assert _values(fields)["title"] == FACE["title"]
    assert "data-renew" not in clerk.get(f"/registration/check/{made.id}").text


def test_a_confirmation_is_taken_back_with_all_that_came_with_it(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made = _read(office, holder)
    following = _read(office, holder)
    typed = {**FACE, "received_on": "2026-03-02", "medium": "electronic"}
    answer = clerk.post(f"/registration/check/{made.id}?done=4", version="1", **typed)
    assert answer.location == f"/registration/check/{following.id}?done=5"
    assert document(office, made.id).secrecy == Secrecy.SECRET
    page = clerk.get(answer.location).text
    undo = re.search(r'action="(/registration/check/[^"]+)" data-undo', page)
    version = re.search(r'name="version" value="(\d+)"><button class="toast-undo"', page)
    assert undo
    assert version
    back = clerk.post(undo[1], version=version[1])
    assert back.location == f"/registration/check/{made.id}?done=4"
    now = document(office, made.id)
    assert (now.state, now.title, now.sender, now.secrecy) == ("registered", "notice", None, 1)
    # Twice is once too often, and says so.
    again = clerk.post(undo[1], version=version[1])
    assert again.location == f"/documents/{made.id}"


def test_what_is_filed_at_once_is_not_offered_to_be_undone(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    made, _ = _read(office, holder), _read(office, holder)
    answer = clerk.post(
        f"/registration/check/{made.id}",
        version="1",
        then="file",
        title="One",
        sender="The mill",
        class_="1.1",
        unit="office",
        received_on="2026-03-02",
    )
    assert answer.status_code == 303
    assert "data-undo" not in clerk.get(answer.location).text


def test_the_next_document_is_drawn_ahead_and_only_for_who_may_see_it(
    office: Office, app: Flask, clerk: Visitor, holder: Actor
) -> None:
    from tests.letters import letter

    first = builders.register(office, holder, "One")
    second = builders.register(office, holder, "Two", files=[("a.pdf", letter([["Two"]]))])
    page = clerk.get(f"/registration/check/{first.id}").text
    assert f'data-ahead="/registration/check/{second.id}/ahead"' in page
    ahead = clerk.get(f"/registration/check/{second.id}/ahead")
    assert ahead.json is not None
    assert [set(each) for each in ahead.json] == [{"image", "images"}]
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.CLERK, unit="branch")
    far = Visitor(app, "far")
    for path in ("ahead", "fields"):
        assert far.get(f"/registration/check/{second.id}/{path}").status_code == 404
    assert far.post(f"/registration/check/{second.id}/undo").status_code == 404


def test_the_number_of_statements_does_not_grow_with_what_is_offered(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    plain = _read(office, holder, text="nothing that a face would have")
    full = _read(office, holder)
    counts = []
    for made in (plain, full):
        clerk.get(f"/registration/check/{made.id}")
        with counted(office.database.engine) as statements:
            clerk.get(f"/registration/check/{made.id}")
        counts.append(len(statements))
    assert max(counts) <= 30
    assert counts[1] - counts[0] <= 3


def test_the_queue_goes_on_after_a_document_that_was_filed_or_voided_meanwhile(
    office: Office, clerk: Visitor, holder: Actor
) -> None:
    first, second = (builders.register(office, holder, title) for title in ("One", "Two"))
    with office.database.writing() as uow:
        void_registration(uow, holder, document_id=first.id, version=None, reason="twice")
    answer = clerk.get(f"/registration/check/{first.id}?done=2")
    assert answer.location == f"/registration/check/{second.id}?done=2"
    assert clerk.get(f"/registration/check/{first.id}").location == f"/documents/{first.id}"


def test_comparing_leads_back_to_the_queue(office: Office, clerk: Visitor, holder: Actor) -> None:
    first, second = _read(office, holder), _read(office, holder)
    page = clerk.get(f"/registration/check/{second.id}?done=2").text
    compare = f"/documents/{second.id}/compare/{first.id}"
    assert f'href="{compare}?checking=2"' in page
    assert f"{compare}/voiding?checking=2" in clerk.get(f"{compare}?checking=2").text
    voided = clerk.post(f"{compare}/voiding?checking=2", version="1", reason="twice")
    assert voided.location == f"/registration/check/{second.id}?done=2"
    # Nothing waits behind it.
    assert clerk.get(voided.location).location == "/registration"
