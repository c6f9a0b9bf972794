"""An opened installation, the web service on it, and a way to sign in."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from records.core.config import load_config
from records.office import Office, open_office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Role
from records.people.service import add_user
from tests import builders
from tests.applications import application
from tests.browser import browser
from tests.records.circulation.desks import Desks
from tests.web import gallery

__all__ = ["browser"]

PASSWORD = "a long enough password"


@pytest.fixture(scope="session")
def still_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An installation for tests that change nothing."""
    opened = open_office(
        load_config({"CHANCERY_TIME_ZONE": "Asia/Shanghai"}, home=tmp_path_factory.mktemp("still"))
    )
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def gallery_app(still_office: Office) -> Flask:
    return gallery.build(still_office)


@pytest.fixture
def office(tmp_path: Path, founded_home: Path) -> Iterator[Office]:
    home = tmp_path / "home"
    shutil.copytree(founded_home, home)
    config = load_config({"CHANCERY_TIME_ZONE": "Asia/Shanghai"}, home=home)
    opened = open_office(config, writing=False)
    yield opened
    opened.close()


@pytest.fixture
def app(office: Office) -> Iterator[Flask]:
    with application(office) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def desks(office: Office) -> Desks:
    """An office with a clerk who sends, and a leader who reads."""
    made = Desks(office, builders.add_person(office, "clerk", Role.CLERK, name="Wang Fang"))
    made.readers["zhao"] = builders.add_person(office, "zhao", Role.LEADER, name="Zhao Guodong")
    return made


def add_person(office: Office, login: str, role: Role, password: str | None = PASSWORD) -> str:
    """Add a person with one role and return the password."""
    with office.database.writing() as uow:
        root = unit_by_code(uow, "office")
        _, secret = add_user(
            uow,
            SERVICE,
            login=login,
            roles=frozenset({role}),
            unit_id=root.id,
            password=password,
        )
        return secret


def forgery_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.get_data(as_text=True))
    assert found is not None
    return found.group(1)


Send = Callable[..., TestResponse]


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Post a form with the forgery token of a page of ours."""
    token = forgery_token(client.get("/nowhere"))
    return client.post(path, data={"csrf_token": token, **fields})


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return send(client, "/sign-in", login=login, password=password, **more)
