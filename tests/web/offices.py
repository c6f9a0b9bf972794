"""People who sign in, forms that are sent, and what is counted, for tests of screens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from records.office import Office
from tests.builders import PASSWORD
from tests.web.conftest import forgery_token, sign_in

# What nobody may see who is not cleared for it; it stands in no title of ours.
MARK = "ZEBRAFALCON"


def client_of(app: Flask, login: str, language: str = "en") -> FlaskClient:
    """Return a browser in which a person of `tests.builders` is signed in."""
    client = app.test_client()
    client.set_cookie("language", language)
    assert sign_in(client, login, PASSWORD).status_code == 303
    return client


def post(client: FlaskClient, path: str, **fields: Any) -> TestResponse:
    """Send a form of ours."""
    token = forgery_token(client.get("/account"))
    return client.post(path, data={"csrf_token": token, **fields})


def upload(client: FlaskClient, path: str, name: str, content: bytes) -> TestResponse:
    """Send a form of ours with one file."""
    return post(client, path, file=(BytesIO(content), name))


@contextmanager
def counted(office: Office) -> Iterator[list[str]]:
    """Collect the SQL statements that this thread runs meanwhile."""
    seen: list[str] = []
    mine = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.get_ident() == mine:
            seen.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(office.database.engine, "before_cursor_execute", note)
