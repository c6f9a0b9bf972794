"""One office with an object of every kind, open to somebody and hidden from somebody.

What is asked of it in these tests is undone: `Rehearsal` lets every writing unit of work do all it
does, and takes it back, so that acts that are let through can be told from those that are refused.
"""

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from records.core.base import Base
from records.core.database import Database, UnitOfWork
from records.documents.models import Document
from records.office import Office, open_office
from records.people.models import Delegation, User
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.people.signing_in import add_token
from records.tables import metadata
from records.worker import Worker
from tests import builders
from tests.builders import add_person, add_unit
from tests.letters import letter
from tests.offices import HeldClock, office_config
from tests.records.seals.approved import approved
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.conftest import forgery_token
from tests.web.offices import client_of, post
from web.app import create_app

CLEARED = Secrecy.CONFIDENTIAL
# What stands in all that is above the clearance of everybody who asks, or is somebody's own; and in
# all that is another unit's: those who keep its register may see that.
MARK, OTHERS_MARK = "ZEBRAFALCON", "QUOKKALYNX"
WORDS = {"secret": MARK, "elsewhere": OTHERS_MARK}
STATES = ("registered", "checked", "filed", "voided", "granted", "elsewhere", "secret")


def login_of(role: Role) -> str:
    """Return the login of the person who has a role and nothing else."""
    return f"the-{role.value}"


class _Undone(Exception):
    """Ends a unit of work that must leave nothing behind."""


class Rehearsal(Database):
    """A database whose writing units are undone, once it is told to."""

    rehearsing = False

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a unit that is undone when its block ends well."""
        try:
            with super().writing(durable=durable) as uow:
                yield uow
                if self.rehearsing:
                    uow.session.flush()
                    raise _Undone
        except _Undone:
            pass


@dataclass
class World:
    """The office, who asks, and what there is to ask for.

    Attributes:
        documents: By state; see `STATES`.
        seals: The people around a seal, and the seal.
    """

    office: Office
    app: Flask
    seals: SealOffice
    documents: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    forgery: dict[str, str] = field(default_factory=dict)

    def browser(self, login: str) -> FlaskClient:
        """Return the browser of a person, who is signed in."""
        if login not in self.clients:
            self.clients[login] = client_of(self.app, login)
        return self.clients[login]

    def token_of(self, login: str | None) -> str:
        """Return the token of a person's forms; a stranger has none."""
        if login is None:
            return ""
        if login not in self.forgery:
            self.forgery[login] = forgery_token(self.browser(login).get("/nowhere"))
        return self.forgery[login]

    def rest(self, login: str, method: str, path: str, **more: Any) -> Any:
        """Ask as a program of a person."""
        if login not in self.tokens:
            person = builders.actor(self.office, login)
            assert person.user_id is not None
            with self.office.database.writing() as uow:
                self.tokens[login] = add_token(
                    uow, SERVICE, user_id=person.user_id, label="tests", expires_at=None
                )
        headers = {"Authorization": f"Bearer {self.tokens[login]}", **more.pop("headers", {})}
        client = self.app.test_client()
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def act(self, login: str, method: str, path: str, **more: Any) -> Any:
        """Ask for what must be done."""
        answer = self.rest(login, method, path, **more)
        assert answer.status_code < 300, (login, method, path, answer.text)
        return answer.get_json(silent=True)

    def work(self) -> None:
        """Let the worker do everything that waits."""
        with Worker(self.office) as worker:
            worker.run_until_idle()

    def about(self, document_id: UUID) -> dict[str, list[UUID]]:
        """Return the ids of all rows that belong to a document, by table."""
        found: dict[str, list[UUID]] = {"document": [document_id]}
        with self.office.database.reading() as uow:
            for mapper in Base.registry.mappers:
                model = mapper.class_
                if not hasattr(model, "document_id") or not hasattr(model, "id"):
                    continue
                query = select(model.id).where(model.document_id == document_id)
                found[model.__tablename__] = list(uow.session.scalars(query.order_by(model.id)))
            for name, parent, key in _CHILDREN:
                table = metadata.tables[name]
                ids = found.get(parent, [])
                query = select(table.c.id).where(table.c[key].in_(ids))
                found[name] = list(uow.session.scalars(query))
        return found


_CHILDREN = (("seal_approval", "seal_request", "request_id"), ("task", "document", "document_id"))


def build(home: Path, founded_home: Path) -> World:
    """Furnish the office."""
    shutil.copytree(founded_home, home)
    config = office_config(home, smtp_url="smtp://127.0.0.1:9?from=office@example.org")
    opened = open_office(config, writing=False, clock=HeldClock())
    opened.database.close()
    clock = HeldClock()
    database = Rehearsal(config.database_url, zone=config.time_zone, clock=clock)
    office = dataclasses.replace(opened, database=database)
    seals = seal_office(office)
    world = World(office, create_app(office), seals)
    _people(office)
    for state in STATES:
        world.documents[state] = make_document(world, state)
    for state in ("registered", "elsewhere", "secret"):
        surround(world, state)
    _personal(world)
    _act_on(world)
    return world


def rehearse(world: World) -> None:
    """Sign everybody in, and let nothing change any more."""
    for role in Role:
        world.browser(login_of(role))
        world.act(login_of(role), "GET", "/me")
    rehearsal = world.office.database
    assert isinstance(rehearsal, Rehearsal)
    rehearsal.rehearsing = True


def _people(office: Office) -> None:
    add_unit(office, "elsewhere")
    add_person(office, "maker", Role.CLERK)
    add_person(office, "chief", Role.LEADER, unit="elsewhere")
    for role in Role:
        unit = "office" if role is Role.CLERK else "finance"
        add_person(office, login_of(role), role, unit=unit, clearance=CLEARED)


def make_document(world: World, state: str) -> UUID:
    """Register a document and bring it into its state; what is hidden carries the mark."""
    word = WORDS.get(state, "Plain")
    values = {
        "title": f"{word} plan",
        "sender": f"{word} works",
        "document_number": f"{word}〔2026〕1号",
        "remarks": f"{word} remark",
        "keywords": word,
        "secrecy": "secret" if state == "secret" else "internal",
        "unit": "finance" if state not in ("elsewhere", "granted") else "elsewhere",
        "register": "outgoing" if state == "secret" else "incoming",
        "written_on": "2026-02-01",
    }
    content = letter([[f"{word} said so. {state}"]])
    data: dict[str, Any] = {**values, "file": FileStorage(BytesIO(content), f"{word}.pdf")}
    made = world.act("maker", "POST", "/documents", data=data, content_type="multipart/form-data")
    path = f"/documents/{made['id']}"
    if state == "checked":
        world.act("maker", "POST", f"{path}/check", json={})
    elif state == "filed":
        classes = world.act("maker", "GET", "/classes")["items"]
        code = next(each["code"] for each in classes if each["retention"])
        world.act("maker", "POST", f"{path}/file", json={"class": code, "unit": "finance"})
    elif state == "voided":
        world.act("maker", "POST", f"{path}/void", json={"reason": "Twice"})
    elif state == "granted":
        for role in Role:
            person = builders.actor(world.office, login_of(role))
            share = {"with_kind": "user", "with": str(person.user_id), "reason": "Asked for"}
            world.act("maker", "POST", f"{path}/grants", json=share)
    return UUID(made["id"])


def surround(world: World, state: str) -> None:
    """Give a document one of everything that documents have."""
    document_id = world.documents[state]
    path = f"/documents/{document_id}"
    word = WORDS.get(state, "Plain")
    chief = builders.actor(world.office, "chief")
    share = {"with_kind": "user", "with": str(chief.user_id), "reason": f"{word} reason"}
    world.act("maker", "POST", f"{path}/grants", json=share)
    plan = {
        "purpose": "read",
        "stages": [{"readers": ["chief"]}, {"readers": ["maker"]}],
        "note": f"{word} note",
    }
    world.act("maker", "POST", f"{path}/rounds", json={**plan, "draft": True})
    world.act("maker", "POST", f"{path}/rounds", json=plan)
    task = {"text": f"{word} task", "assignee": "chief", "due_on": "2026-03-30"}
    world.act("maker", "POST", f"{path}/tasks", json=task)
    world.act("maker", "POST", f"{path}/paper", json={"to": "chief", "place": f"{word} room"})
    component = world.act("maker", "GET", path)["components"][0]["id"]
    world.act("maker", "POST", f"{path}/copies", json={"component": component, "count": 1})
    world.act("maker", "GET", f"{path}/label?form=sheet&first=1")
    approved(world.seals, document_id, matter=f"{word} matter", recipient=f"{word} Ltd")
    used = approved(world.seals, document_id, matter=f"{word} matter")
    line = {"copies_stamped": 1, "place": f"{word} hall"}
    world.act("keeper", "POST", f"/seal-requests/{used}/use", json=line)


def _personal(world: World) -> None:
    """Give the clerk who makes everything things of their own."""
    world.act("maker", "POST", "/tokens", json={"label": "A token", "expires_days": 30})
    until = {"deputy": "chief", "until_at": "2026-03-20T00:00:00Z"}
    world.act("maker", "POST", "/deputies", json=until)
    world.act("maker", "POST", "/uploads", json={"name": f"{MARK}.pdf", "size": 3})
    data = {"register": "incoming", "unit": "nowhere", "title": "An arrival"}
    content = FileStorage(BytesIO(b"It came in"), "arrival.txt")
    refused = world.rest(
        "maker",
        "POST",
        "/documents",
        data={**data, "file": content},
        content_type="multipart/form-data",
    )
    assert refused.status_code == 422
    rule = {"name": "Works", "sender": "Some works", "class": _class(world)}
    world.act(login_of(Role.ARCHIVIST), "POST", "/filing-rules", json=rule)
    post(world.browser("maker"), "/account/phrases", phrases=f"{MARK} seen")


def _class(world: World) -> str:
    classes = world.act("maker", "GET", "/classes")["items"]
    return str(next(each["code"] for each in classes if each["retention"]))


def _act_on(world: World) -> None:
    """Let readers read: the chief signs each round, so that there are receipts and instructions."""
    for item in world.act("chief", "GET", "/reading")["items"]:
        path = f"/items/{item['item']}"
        world.act("chief", "POST", f"{path}/open", json={})
        world.act("chief", "POST", f"{path}/sign", json={"opinion": "Noted"})
    world.work()


def people_of(world: World) -> dict[str, Actor]:
    """Return the person of each role."""
    return {role.value: builders.actor(world.office, login_of(role)) for role in Role}


def own_id(world: World, login: str) -> UUID:
    """Return the id of a person."""
    with world.office.database.reading() as uow:
        return uow.session.scalars(select(User.id).where(User.login == login)).one()


def document_row(world: World, state: str) -> Document:
    """Return a document as it is now."""
    with world.office.database.reading() as uow:
        return uow.session.get_one(Document, world.documents[state])


def delegation_of(world: World, login: str) -> UUID:
    """Return the deputy that a person named."""
    user_id = own_id(world, login)
    with world.office.database.reading() as uow:
        query = select(Delegation.id).where(Delegation.user_id == user_id)
        return uow.session.scalars(query).one()
