"""The bell, the list of notices and the settings, as people use them."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from records.circulation.reading import return_item
from records.core.log import LogEntry
from records.notify.rules import MailWhen
from records.notify.service import settings_of
from records.office import Office
from records.people.models import User
from records.people.rules import Role, Secrecy
from records.registration.service import change_secrecy
from tests.browser import DESKTOP, PHONE, fits, new_page, serve, sign_in
from tests.builders import add_person, id_of
from tests.records.circulation.desks import Desks
from tests.records.notify.post import Post
from tests.web.conftest import forgery_token
from tests.web.offices import MARK, client_of, counted, post


@pytest.fixture
def desks(office: Office) -> Desks:
    return Desks(office, add_person(office, "clerk", Role.CLERK))


@pytest.fixture
def told(office: Office) -> Post:
    return Post(office)


def badge(client: FlaskClient) -> str | None:
    found = re.search(r'class="bell-count"[^>]*>([^<]+)<', client.get("/account").text)
    return found.group(1) if found else None


def test_the_badge_is_there_while_something_waits(app: Flask, desks: Desks, told: Post) -> None:
    desks.reader("li")
    li = client_of(app, "li")
    assert badge(li) is None
    round_id = desks.send(desks.document("Flood alarm"), ["li"])
    told.run()
    assert badge(li) == "1"
    text = li.get("/notices").text
    assert "Flood alarm" in text
    assert "clerk sends you something to read." in text
    desks.sign(round_id, "li")
    told.run()
    assert badge(li) is None
    assert "Flood alarm" in li.get("/notices").text
    assert badge(client_of(app, "clerk")) == "1"


def test_the_bell_looks_again_and_stops_after_signing_out(
    app: Flask, desks: Desks, told: Post
) -> None:
    desks.send(desks.document(), ["li"])
    told.run()
    client = client_of(app, "li")
    answer = client.get("/notices/bell", headers={"HX-Request": "true"})
    assert (answer.status_code, "bell-count" in answer.text) == (200, True)
    assert "<html" not in answer.text
    post(client, "/sign-out")
    answer = client.get("/notices/bell", headers={"HX-Request": "true"})
    assert (answer.status_code, "bell-count" in answer.text) == (286, False)


def test_a_notice_leads_to_its_thing_and_is_done_when_reading_is_enough(
    office: Office, app: Flask, desks: Desks, told: Post
) -> None:
    round_id = desks.send(desks.document(), ["li", "wang"])
    for name in ("li", "wang"):
        desks.sign(round_id, name)
    told.run()
    clerk = client_of(app, "clerk")
    path = _first(clerk.get("/notices").text)
    answer = clerk.get(path)
    assert (answer.status_code, answer.location) == (303, f"/rounds/{round_id}")
    assert badge(clerk) is None
    # Somebody else's notice is not there.
    assert client_of(app, "li").get(path).status_code == 404
    with office.database.reading() as uow:
        kinds = {each.kind for each in uow.session.query(LogEntry)}
    assert not any(each.startswith("notice") for each in kinds)


def test_all_can_be_marked_as_read_but_not_what_asks_for_something(
    office: Office, app: Flask, desks: Desks, told: Post
) -> None:
    desks.readers["clerk"] = desks.clerk
    document = desks.document()
    round_id = desks.send(document, ["li", "clerk"])
    with office.database.writing() as uow:
        item = desks.item(round_id, "li")
        return_item(uow, desks.reader("li"), item_id=item, reason="unclear")
    told.run()
    clerk = client_of(app, "clerk")
    assert badge(clerk) == "2"
    page = clerk.get("/notices").text
    assert "Reason: unclear" in page
    assert "Mark all as read" in page
    assert post(clerk, "/notices/read").status_code == 303
    assert badge(clerk) == "1"
    page = clerk.get("/notices").text
    assert "Mark all as read" not in page
    assert "Reason: unclear" in page
    assert clerk.get(_first(page)).location == f"/reading/{desks.item(round_id, 'clerk')}"
    assert badge(clerk) == "1"


def test_the_list_comes_in_pages_and_a_wrong_page_is_refused(
    app: Flask, desks: Desks, told: Post
) -> None:
    for number in range(60):
        desks.send(desks.document(f"Paper {number:02}"), ["li"])
    told.run()
    client = client_of(app, "li")
    first = client.get("/notices").text
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)
    assert following is not None
    second = client.get(following.group(1).replace("&amp;", "&")).text
    titles = [set(re.findall(r"Paper \d\d", each)) for each in (first, second)]
    assert [len(each) for each in titles] == [50, 10]
    assert not titles[0] & titles[1]
    assert client.get("/notices?cursor=waiting:x").status_code == 422
    assert client.get("/notices?cursor=nonsense").status_code == 200


def test_a_hidden_document_leaves_nothing_on_the_page(
    office: Office, app: Flask, desks: Desks, told: Post
) -> None:
    document = desks.document(MARK)
    desks.send(document, ["li"])
    told.run()
    client = client_of(app, "li")
    assert MARK in client.get("/notices").text
    with office.database.writing() as uow:
        uow.session.get_one(User, id_of(desks.reader("li"))).clearance = int(Secrecy.INTERNAL)
        change_secrecy(
            uow,
            desks.clerk,
            document_id=document.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason=MARK,
        )
    page = client.get("/notices").text
    assert MARK not in page
    assert document.number not in page
    assert "clerk sends you something to read." in page


def test_the_price_of_the_list_does_not_grow(
    office: Office, app: Flask, desks: Desks, told: Post
) -> None:
    desks.reader("li")
    client = client_of(app, "li")
    prices = []
    for _ in range(2):
        for number in range(8):
            desks.send(desks.document(f"Paper {number}"), ["li"])
        told.run()
        with counted(office) as statements:
            client.get("/notices")
        prices.append(len(statements))
    assert prices[0] == prices[1] <= 23


def test_an_empty_list_says_so(app: Flask, desks: Desks) -> None:
    assert (
        "There is no notice for you yet." in client_of(app, desks.clerk.name).get("/notices").text
    )


# Settings ----------------------------------------------------------------------------------------

FORM = {"mail": "daily", "daily_at": "09:30", "quiet_from": "19:00", "quiet_until": "08:00"}


def test_settings_are_kept_and_recorded(office: Office, app: Flask, desks: Desks) -> None:
    client = client_of(app, "clerk")
    assert "checked" in client.get("/account/notices").text
    answer = post(client, "/account/notices", **FORM, told=["item.delivered", "item.reminder"])
    assert answer.status_code == 303
    with office.database.reading() as uow:
        kept = settings_of(uow, id_of(desks.clerk))
        kinds = [each.kind for each in uow.session.query(LogEntry)]
    assert (kept.mail, f"{kept.daily_at:%H:%M}") == (MailWhen.DAILY, "09:30")
    assert "item.delivered" not in kept.muted
    assert "round.completed" in kept.muted
    assert "notice.settings_changed" in kinds
    page = client.get("/account/notices").text
    assert 'value="09:30"' in page
    assert "No mail server is set up here" in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"mail": "hourly"}, "There is no such choice."),
        ({"daily_at": ""}, "This must not be empty."),
        ({"daily_at": "25:00"}, "This must be a time of day such as 08:30."),
        ({"daily_at": "07:59"}, "must not fall into the quiet hours"),
        ({"quiet_until": ""}, "have a beginning and an end, or neither"),
        ({"quiet_from": "08:00"}, "end at another time than they begin"),
    ],
)
def test_wishes_that_cannot_be_met_come_back_beside_the_field(
    app: Flask, desks: Desks, change: dict[str, str], sentence: str
) -> None:
    client = client_of(app, desks.clerk.name)
    answer = post(client, "/account/notices", **{**FORM, **change}, told=["item.reminder"])
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="item.reminder" checked' in answer.text


@pytest.mark.browser
def test_bell_and_settings_in_a_browser(
    app: Flask, desks: Desks, told: Post, browser: Browser
) -> None:
    desks.send(desks.document("关于防汛工作的通知"), ["li"])
    told.run()
    with serve(app) as address:
        for size in (DESKTOP, PHONE):
            for language in ("en", "zh_CN"):
                with new_page(browser, size=size, language=language) as page:
                    sign_in(page, address, "li")
                    bell = page.locator("#bell")
                    expect(bell.locator(".bell-count")).to_have_text("1")
                    box = bell.bounding_box()
                    bell.click()
                    page.wait_for_url("**/notices")
                    expect(page.locator(".news-about").first).to_be_visible()
                    fits(page)
                    assert page.locator("#bell").bounding_box() == box
                    page.goto(f"{address}/account/notices")
                    page.check("input[value=never]")
                    page.locator("main form button.primary").click()
                    page.wait_for_selector("#toasts .notice")
                    assert page.is_checked("input[value=never]")
                    fits(page)


def _first(text: str) -> str:
    found = re.search(r'href="(/notices/[0-9a-f-]{36})"', text)
    assert found is not None
    return found.group(1)


def test_a_form_of_ours_is_needed(app: Flask, desks: Desks) -> None:
    client = client_of(app, desks.clerk.name)
    assert forgery_token(client.get("/account"))
    assert client.post("/notices/read").status_code == 400
