"""What the office is doing when something fails: the scenes of killing, and what people ask for.

Those who ask at the door must be told in their language that it did not work; whatever fails
below the door must raise what the door and the command line have a sentence for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from records.channels.taking_in import TakingIn
from records.circulation.models import ReadingItem
from records.circulation.rules import ItemState
from records.documents.models import Component, ComponentText, Document
from records.finding.follower import Follower
from records.finding.state import read_state
from records.people.models import User
from records.people.rules import SERVICE, Role
from records.people.signing_in import add_token, open_session
from records.worker import Worker
from storage import StorageError
from tests.builders import add_person, register
from tests.failing.trouble import LAST_TROUBLE
from tests.killing.scenes import SCENES, Stage, count_rows
from tests.letters import letter
from tests.records.circulation.desks import Desks
from web.app import create_app
from web.cli.frame import sentence_of

PDF = letter([["A letter about the harbour"]])
_DONE = (200, 201, 202, 303)


class NotDone(Exception):
    """The office said in a sentence that it could not do it now."""


@dataclass(frozen=True)
class Drama:
    """An act that something spoils.

    Attributes:
        prepare: Makes the office ready and returns the facts that the rest needs.
        arrive: Brings about, in each copy and before anything fails, who acts.
        act: Does it, or raises what is told; can be called again until it is done.
        is_done: Tells whether it was done; fails when it was done in part or twice.
    """

    prepare: Callable[[Stage, Random], Any]
    arrive: Callable[[Stage, Any], Any]
    act: Callable[[Any, Any], None]
    is_done: Callable[[Stage, Any], bool]


@dataclass(frozen=True)
class Visitor:
    """A person whose browser and program speak Chinese."""

    stage: Stage
    browser: FlaskClient
    forgery_token: str
    token: str

    def send(self, path: str, **fields: Any) -> None:
        """Send a form, as a browser without scripts does."""
        answer = self.browser.post(path, data={"csrf_token": self.forgery_token, **fields})
        if answer.status_code in _DONE:
            return
        assert answer.status_code == 503, (answer.status_code, LAST_TROUBLE.told, answer.text)
        assert answer.mimetype == "text/html"
        _check_sentence(answer.text.partition("<main")[2] or answer.text)
        raise NotDone

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask as a program."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept-Language": "zh-CN",
            **more.pop("headers", {}),
        }
        answer = self.browser.application.test_client().open(
            f"/api/v1{path}", method=method, headers=headers, **more
        )
        if answer.status_code in _DONE:
            return answer
        assert answer.status_code == 503, (answer.status_code, LAST_TROUBLE.told, answer.text)
        assert answer.mimetype == "application/problem+json"
        _check_sentence(answer.get_json()["detail"])
        raise NotDone


def _check_sentence(text: str) -> None:
    assert any("一" <= each <= "鿿" for each in text), f"no word of Chinese: {text}"
    assert "Traceback" not in text
    assert "Errno" not in text


def visit(stage: Stage, login: str) -> Visitor:
    """Sign a person in who reads Chinese."""
    app = create_app(stage.office)
    client = app.test_client()
    client.set_cookie("language", "zh_CN")
    with stage.office.database.writing() as uow:
        user = uow.session.scalars(select(User).where(User.login == login)).one()
        user.password_is_temporary = False
        secret = open_session(uow, user, address="127.0.0.1", agent="tests")
        token = add_token(uow, SERVICE, user_id=user.id, label="tests", expires_at=None)
    with client.session_transaction() as session:
        session["secret"] = secret
    page = client.get("/account").text
    found = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    return Visitor(stage, client, found, token)


# At the door --------------------------------------------------------------------------------------


def _prepare_desk(stage: Stage, _chance: Random) -> None:
    add_person(stage.office, "clerk", Role.CLERK)


def _as_clerk(stage: Stage, _facts: Any) -> Visitor:
    return visit(stage, "clerk")


def _post_document(visitor: Visitor, _facts: Any) -> None:
    data = {"register": "incoming", "title": "New", "file": FileStorage(BytesIO(PDF), "one.pdf")}
    visitor.ask("POST", "/documents", data=data, headers={"Idempotency-Key": "one"})


def _drop_file(visitor: Visitor, _facts: Any) -> None:
    office = visitor.stage.office
    # What was kept while the database was away is there in the end without a second try.
    TakingIn(office).take_all()
    if _is_registered(visitor.stage, None):
        return
    upload = FileStorage(BytesIO(PDF), "one.pdf")
    visitor.send("/registration/files", register="incoming", title="New", key="0" * 32, file=upload)


def _is_registered(stage: Stage, _facts: Any) -> bool:
    documents = count_rows(stage, Document)
    assert documents == count_rows(stage, Component) <= 1
    return documents == 1


def _prepare_item(stage: Stage, _chance: Random) -> Any:
    desks = Desks(stage.office, add_person(stage.office, "clerk", Role.CLERK))
    return desks.item(desks.send(desks.document("Report"), ["reader0"]), "reader0")


def _as_reader(stage: Stage, _facts: Any) -> Visitor:
    return visit(stage, "reader0")


def _sign_item(visitor: Visitor, item_id: Any) -> None:
    if not SCENES["signing"].is_done(visitor.stage, item_id):
        visitor.ask("POST", f"/items/{item_id}/open", json={})
        visitor.ask("POST", f"/items/{item_id}/sign", json={"opinion": "Seen"})


def _return_item(visitor: Visitor, item_id: Any) -> None:
    if not _is_returned(visitor.stage, item_id):
        visitor.send(f"/reading/{item_id}/return", reason="Not for me")


def _is_returned(stage: Stage, item_id: Any) -> bool:
    with stage.office.database.reading() as uow:
        state: str = uow.session.get_one(ReadingItem, item_id).state
    return state == ItemState.RETURNED


# The worker ---------------------------------------------------------------------------------------


def _prepare_read(stage: Stage, _chance: Random) -> None:
    clerk = add_person(stage.office, "clerk", Role.CLERK)
    for number in range(2):
        register(stage.office, clerk, f"Letter {number}", files=[("a.pdf", PDF)])


def _follow(stage: Stage, _facts: Any) -> None:
    Follower(stage.office).catch_up()


def _is_followed(stage: Stage, _facts: Any) -> bool:
    return read_state(stage.office.config).is_complete


def _work(stage: Stage, _facts: Any) -> None:
    with Worker(stage.office) as worker:
        worker.run_until_idle()


def _is_worked(stage: Stage, facts: Any) -> bool:
    return count_rows(stage, ComponentText) == 2 and _is_followed(stage, facts)


DRAMAS: Mapping[str, Drama] = {
    **{
        name: Drama(scene.prepare, lambda stage, _facts: stage, scene.act, scene.is_done)
        for name, scene in SCENES.items()
    },
    "program registers": Drama(_prepare_desk, _as_clerk, _post_document, _is_registered),
    "browser registers": Drama(_prepare_desk, _as_clerk, _drop_file, _is_registered),
    "program signs": Drama(_prepare_item, _as_reader, _sign_item, SCENES["signing"].is_done),
    "browser returns": Drama(_prepare_item, _as_reader, _return_item, _is_returned),
    "index": Drama(_prepare_read, lambda stage, _facts: stage, _follow, _is_followed),
    "worker": Drama(_prepare_read, lambda stage, _facts: stage, _work, _is_worked),
}


def is_told(error: Exception) -> bool:
    """Whether the door told it, or the command line has a sentence for it; not that it is lost."""
    if isinstance(error, StorageError) and not error.retryable:
        return False
    return isinstance(error, NotDone) or sentence_of(error) is not None
