"""A whole office on real SQLite with a folder as its store, and programs that talk to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from records.office import Office
from records.people.organization import add_unit, unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Actor, Role, Secrecy
from records.people.service import add_user
from records.people.signing_in import add_token
from tests.applications import application
from tests.builders import id_of
from web.app import create_app

LIMIT = 3_000_000
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Program:
    """A program that shows one person's token."""

    client: FlaskClient
    token: str

    def __call__(self, method: str, path: str, **more: Any) -> Any:
        """Send one request to the interface."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def register(self, *files: tuple[str, bytes], key: str | None = None, **fields: str) -> Any:
        """Register a document from files in memory."""
        data: dict[str, Any] = {"register": "incoming", **fields}
        if files:
            data["file"] = [FileStorage(BytesIO(content), name) for name, content in files]
        boundary, body = encode_multipart(data)
        headers: Mapping[str, str] = {"Idempotency-Key": key} if key else {}
        kind = f"multipart/form-data; boundary={boundary}"
        return self("POST", "/documents", data=body, headers=headers, content_type=kind)


@dataclass(frozen=True)
class Place:
    """An office that is served, with people in it."""

    office: Office
    app: Flask
    people: Mapping[str, Program]

    def __getattr__(self, name: str) -> Program:
        """Return the program of a person."""
        if name not in self.people:
            raise AttributeError(name)
        return self.people[name]

    def moved_to(self, office: Office) -> "Place":
        """Return the door of another node of the same office, for the same people."""
        app = create_app(office)
        people = {
            name: replace(each, client=app.test_client()) for name, each in self.people.items()
        }
        return Place(office, app, people)


PEOPLE = {
    "clerk": ({Role.CLERK}, ROOT_UNIT_CODE, Secrecy.SECRET),
    "archivist": ({Role.ARCHIVIST}, ROOT_UNIT_CODE, Secrecy.SECRET),
    "stranger": ({Role.STAFF}, "finance", Secrecy.INTERNAL),
    "leader": ({Role.LEADER}, "finance", Secrecy.CONFIDENTIAL),
    "admin": ({Role.SYSTEM_ADMIN}, ROOT_UNIT_CODE, Secrecy.INTERNAL),
    "keeper": ({Role.SEAL_KEEPER}, ROOT_UNIT_CODE, Secrecy.SECRET),
    "auditor": ({Role.AUDITOR}, ROOT_UNIT_CODE, Secrecy.INTERNAL),
    "security": ({Role.SECURITY_ADMIN}, ROOT_UNIT_CODE, Secrecy.INTERNAL),
}


def furnish(office: Office) -> dict[str, str]:
    """Put people into an empty office and return their tokens."""
    with office.database.writing() as uow:
        root = unit_by_code(uow, ROOT_UNIT_CODE)
        add_unit(uow, SERVICE, code="finance", name="Finance", parent_id=root.id)
        uow.session.flush()
        tokens = {}
        for login, (roles, unit, clearance) in PEOPLE.items():
            user, _ = add_user(
                uow,
                SERVICE,
                login=login,
                roles=frozenset(roles),
                unit_id=unit_by_code(uow, unit).id,
                clearance=clearance,
            )
            tokens[login] = add_token(uow, SERVICE, user_id=user.id, label="tests", expires_at=None)
    return tokens


def programs_of(app: Flask, office: Office, people: Mapping[str, Actor]) -> dict[str, Program]:
    """Give each of some people a program with a token."""
    with office.database.writing() as uow:
        tokens = {
            name: add_token(uow, SERVICE, user_id=id_of(who), label="tests", expires_at=None)
            for name, who in people.items()
        }
    return {name: Program(app.test_client(), token) for name, token in tokens.items()}


@contextmanager
def served(office: Office, *, limit_bytes: int = LIMIT) -> Iterator[Place]:
    """Furnish an office and serve it, with a small limit unless another is given."""
    small = replace(office, config=replace(office.config, upload_limit_bytes=limit_bytes))
    tokens = furnish(small)
    with application(small) as app:
        people = {login: Program(app.test_client(), token) for login, token in tokens.items()}
        yield Place(small, app, people)


@pytest.fixture
def place(office: Office) -> Iterator[Place]:
    """An office of its own for one test."""
    with served(office) as found:
        yield found


@pytest.fixture
def any_place(any_office: Office) -> Iterator[Place]:
    """The same on each database in turn."""
    with served(any_office) as found:
        yield found
