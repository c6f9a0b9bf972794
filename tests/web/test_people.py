"""Users, units, posts, groups and one's own account, as those who keep them use the screens."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from records.core.log import LogPayload
from records.office import Office
from records.people.models import Group, Post, Unit, User
from records.people.rules import Role, Secrecy
from tests import builders
from tests.web.conftest import sign_in
from tests.web.offices import client_of, counted, post


@pytest.fixture
def admin(office: Office, app: Flask) -> FlaskClient:
    builders.add_person(office, "sysadmin", Role.SYSTEM_ADMIN)
    return client_of(app, "sysadmin")


def _secret(text: str) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', text)
    assert found is not None
    return found.group(1)


def _payloads(office: Office) -> str:
    with office.database.reading() as uow:
        return "\n".join(uow.session.scalars(select(LogPayload.payload)))


def test_a_new_user_gets_a_password_once_and_must_change_it(
    office: Office, app: Flask, admin: FlaskClient
) -> None:
    answer = post(
        admin, "/users/new", name="李建国", login="lijg", unit="office", role=["staff", "leader"]
    )
    password = _secret(answer.text)
    assert password not in admin.get("/users").text
    assert password not in _payloads(office)
    client = app.test_client()
    sign_in(client, "lijg", password)
    assert client.get("/").headers["Location"].startswith("/password")
    assert "lijg" in admin.get("/users?q=lijianguo").text
    assert "lijg" in admin.get("/users?role=leader&unit=office&state=active").text
    assert "lijg" not in admin.get("/users?role=auditor").text


def test_a_refused_user_comes_back_beside_the_field(admin: FlaskClient) -> None:
    answer = post(admin, "/users/new", name="Li", login="sysadmin", unit="office", role="staff")
    assert answer.status_code == 409
    assert "data-reopen" in answer.text
    assert "The name sysadmin is taken." in answer.text
    assert 'value="Li"' in answer.text
    assert post(admin, "/users/new", name="Li", login="li", unit="office").status_code == 422


def test_posts_are_given_and_left_and_accounts_closed(office: Office, admin: FlaskClient) -> None:
    person = builders.add_person(office, "li", Role.STAFF)
    page = f"/users/{person.user_id}"
    with office.database.reading() as uow:
        given = uow.session.scalar(select(Post.id).where(Post.title == "system admin"))
    assert post(admin, f"{page}/posts", post=str(given)).status_code == 303
    ends = re.findall(rf'action="({page}/posts/[^"]+/end)"', admin.get(page).text)
    assert len(ends) == 2
    assert post(admin, ends[0]).status_code == 303
    wrong = post(admin, ends[1], until_on="soon")
    assert wrong.status_code == 422
    assert "is not a date" in wrong.text
    assert post(admin, f"{page}/disabling").status_code == 303
    assert "Open again" in admin.get(page).text
    assert post(admin, f"{page}/enabling").status_code == 303
    password = _secret(post(admin, f"{page}/password").text)
    assert password not in _payloads(office)
    assert password not in admin.get(page).text


def test_clearance_is_given_by_security_alone(
    office: Office, app: Flask, admin: FlaskClient
) -> None:
    person = builders.add_person(office, "li", Role.STAFF, clearance=Secrecy.INTERNAL)
    builders.add_person(office, "security", Role.SECURITY_ADMIN)
    path = f"/users/{person.user_id}/clearance"
    assert post(admin, path, clearance="secret").status_code == 403
    security = client_of(app, "security")
    assert post(security, path, clearance="cosmic").status_code == 422
    assert post(security, path, clearance="secret").status_code == 303
    assert builders.again(office, person).clearance is Secrecy.SECRET
    assert post(security, "/users/new", login="x").status_code == 403


def test_units_and_posts_are_added_renamed_and_ended(office: Office, admin: FlaskClient) -> None:
    assert post(admin, "/units/save", code="W", name="Water", parent="office").status_code == 303
    assert post(admin, "/units/save", code="W", name="Wet", parent="office").status_code == 409
    with office.database.reading() as uow:
        unit = uow.session.scalars(select(Unit).where(Unit.code == "W")).one()
    assert "data-reopen" in admin.get(f"/units?unit={unit.id}").text
    form = {"id": str(unit.id), "version": "1", "parent": "office"}
    assert post(admin, "/units/save", **form, name="Rivers").status_code == 303
    assert post(admin, "/units/save", **form, name="Lakes").status_code == 412
    made = post(admin, "/units/posts", post_unit="W", title="Engineer", role="staff")
    assert made.status_code == 303
    text = admin.get("/units").text
    assert "Rivers" in text
    assert "Engineer" in text
    refused = post(admin, "/units/posts", post_unit="W", title="Nothing")
    assert refused.status_code == 422
    assert "at least one role" in refused.text
    assert admin.get("/units?unit=x").status_code == 404


def test_groups_take_and_lose_members(office: Office, admin: FlaskClient) -> None:
    li = builders.add_person(office, "li", Role.STAFF, name="Li Jianguo")
    wang = builders.add_person(office, "wang", Role.STAFF, name="Wang Min")
    assert post(admin, "/groups", name="Floods", person=str(li.user_id)).status_code == 303
    with office.database.reading() as uow:
        group = uow.session.scalars(select(Group)).one()
    assert "Li Jianguo" in admin.get(f"/groups?group={group.id}").text
    form = {"id": str(group.id), "name": "Droughts"}
    assert post(admin, "/groups", **form, person_text="wang").status_code == 303
    text = admin.get("/groups").text
    assert "Wang Min" in text
    assert "Droughts" in text
    assert "Li Jianguo" not in text
    assert post(admin, "/groups", name="Droughts").status_code == 409
    assert post(admin, "/groups", name="X", person_text="nobody here").status_code == 422
    assert wang.user_id is not None


def test_a_token_is_shown_once_works_and_ends(office: Office, app: Flask) -> None:
    builders.add_person(office, "li", Role.STAFF)
    client = client_of(app, "li")
    secret = _secret(post(client, "/account/tokens", label="scanner", days="30").text)
    assert secret not in client.get("/account").text
    headers = {"Authorization": f"Bearer {secret}"}
    assert app.test_client().get("/api/v1/documents", headers=headers).status_code == 200
    ends = re.findall(r'action="(/account/tokens/[^"]+/end)"', client.get("/account").text)
    other = builders.add_person(office, "wang", Role.STAFF)
    assert other.user_id is not None
    assert post(client_of(app, "wang"), ends[0]).status_code == 404
    assert post(client, ends[0]).status_code == 303
    assert app.test_client().get("/api/v1/documents", headers=headers).status_code == 401
    assert post(client, "/account/tokens", label="", days="30").status_code == 422
    assert post(client, "/account/tokens", label="x", days="9999").status_code == 422


def test_no_page_of_users_costs_more_for_more_users(office: Office, admin: FlaskClient) -> None:
    prices = []
    for start in (0, 20):
        for number in range(start, start + 20):
            builders.add_person(office, f"person{number}", Role.STAFF)
        with counted(office) as statements:
            admin.get("/users")
        prices.append(len(statements))
    assert prices[0] == prices[1]
    with office.database.reading() as uow:
        assert uow.session.query(User).count() == 41
