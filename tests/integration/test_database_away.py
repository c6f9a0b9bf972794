"""A database that is away loses nothing: uploads are kept, folders wait, all is taken in later."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from records.channels.journal import FOLDER
from records.channels.keeper import ChannelKeeper
from records.channels.models import Arrival
from records.channels.taking_in import TakingIn
from records.core.errors import Refusal
from records.documents.models import Component, Document
from records.office import Office, open_office
from records.people.models import User
from records.people.signing_in import open_session
from records.scans.models import Split
from tests.api.conftest import Place, served
from tests.letters import letter
from tests.offices import office_config
from tests.records.channels.watched import faults, files_below, titles, watch
from tests.servers import set_up_postgres

PDF = letter([["A letter about the harbour"]])


@pytest.fixture
def place(office: Office) -> Iterator[Place]:
    with served(office) as found:
        yield found


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Let nobody write into the database, and nobody wait for long."""
    engine = office.database.engine
    engine.dispose()
    event.listen(engine, "connect", _impatient)
    with closing(sqlite3.connect(_path(office), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _impatient(made: Any, _: Any) -> None:
    made.execute("PRAGMA busy_timeout=200")


def _path(office: Office) -> Path:
    return office.config.home / "chancery.sqlite3"


def kept_files(office: Office) -> list[Path]:
    folder = office.config.spool / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def assert_kept(answer: Any) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json["code"] == "kept"
    assert "is kept" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def documents(office: Office) -> int:
    with office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(Document)) or 0


def states(office: Office) -> list[str]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Arrival.state).order_by(Arrival.id)))


def content_of(place: Place) -> bytes:
    """Return the bytes of the only component."""
    with place.office.database.reading() as uow:
        component_id = uow.session.scalars(select(Component.id)).one()
    answer: bytes = place.clerk("GET", f"/components/{component_id}/content").data
    return answer


def test_an_upload_is_kept_while_the_database_is_locked_and_registered_afterwards(
    place: Place,
) -> None:
    with locked(place.office):
        assert_kept(place.clerk.register(("one.pdf", PDF), title="About the harbour"))
        assert place.clerk("GET", "/documents").status_code == 200
    assert TakingIn(place.office).take_all() == 1
    assert titles(place.office) == ["About the harbour"]
    assert states(place.office) == ["registered"]
    assert content_of(place) == PDF
    assert kept_files(place.office) == []
    assert TakingIn(place.office).take_all() == 0


@pytest.mark.parametrize("asked", [True, False])
def test_a_stack_that_is_kept_is_still_to_be_split_afterwards(place: Place, asked: bool) -> None:
    more = {"split": "1"} if asked else {}
    with locked(place.office):
        assert_kept(place.clerk.register(("stack.pdf", PDF), **more))
    assert TakingIn(place.office).take_all() == 1
    with place.office.database.reading() as uow:
        found = [each.state for each in uow.session.scalars(select(Split))]
    assert found == (["awaited"] if asked else [])


def test_a_stack_that_was_dropped_is_still_to_be_split_afterwards(place: Place) -> None:
    client = browser(place)
    with locked(place.office):
        assert drop(client, key="0" * 32, split="1").json["code"] == "kept"
    assert TakingIn(place.office).take_all() == 1
    with place.office.database.reading() as uow:
        assert [each.state for each in uow.session.scalars(select(Split))] == ["awaited"]


def test_what_is_kept_lies_nowhere_in_clear(place: Place) -> None:
    with locked(place.office):
        assert_kept(place.clerk.register(("harbour plan.pdf", PDF), title="About the harbour"))
        lying = b"".join(each.read_bytes() for each in kept_files(place.office))
    assert len(kept_files(place.office)) == 2
    for clear in (PDF[:200], b"harbour", b"incoming"):
        assert clear not in lying
        assert clear.hex().encode() not in lying


@pytest.mark.parametrize("key", [None, "one"])
def test_sending_again_before_the_worker_has_come_registers_once(
    place: Place, key: str | None
) -> None:
    with locked(place.office):
        for _ in range(2):
            assert_kept(place.clerk.register(("one.pdf", PDF), key=key))
    assert len(kept_files(place.office)) == 2
    assert place.clerk.register(("one.pdf", PDF), key=key).status_code == 201
    assert kept_files(place.office) == []
    assert TakingIn(place.office).take_all() == 0
    assert documents(place.office) == 1


@pytest.mark.parametrize("key", [None, "one"])
def test_sending_again_after_the_worker_has_come_answers_with_the_same_document(
    place: Place, key: str | None
) -> None:
    with locked(place.office):
        assert_kept(place.clerk.register(("one.pdf", PDF), key=key))
    assert TakingIn(place.office).take_all() == 1
    answers = [place.clerk.register(("one.pdf", PDF), key=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert len({each.json["number"] for each in answers}) == 1
    assert documents(place.office) == 1
    assert faults(place.office) == []


def test_what_cannot_be_registered_afterwards_waits_with_its_reason(place: Place) -> None:
    with locked(place.office):
        assert_kept(place.clerk.register(("one.pdf", PDF), register="nowhere"))
        with pytest.raises(OperationalError):
            TakingIn(place.office).take_all()
    assert TakingIn(place.office).take_all() == 1
    assert states(place.office) == ["waiting"]
    (item,) = place.clerk("GET", "/arrivals").json["items"]
    assert item["name"] == "one.pdf"
    assert kept_files(place.office) == []


def test_a_worker_that_dies_between_the_two_steps_registers_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(place.office):
        assert_kept(place.clerk.register(("one.pdf", PDF)))

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("records.channels.taking_in.try_again", die)
        with pytest.raises(KeyboardInterrupt):
            TakingIn(place.office).take_all()
    assert states(place.office) == ["waiting"]
    assert TakingIn(place.office).take_all() == 1
    assert states(place.office) == ["registered"]
    assert documents(place.office) == 1
    assert content_of(place) == PDF


def browser(place: Place) -> tuple[Any, str]:
    """Return the clerk's browser, signed in, and the forgery token of its forms."""
    with place.office.database.writing() as uow:
        clerk = uow.session.scalars(select(User).where(User.login == "clerk")).one()
        clerk.password_is_temporary = False
        secret = open_session(uow, clerk, address="127.0.0.1", agent="tests")
    client = place.app.test_client()
    with client.session_transaction() as session:
        session["secret"] = secret
    page = client.get("/registration").text
    return client, page.partition('name="csrf_token" value="')[2].partition('"')[0]


def drop(signed_in: tuple[Any, str], *, script: bool = True, **fields: str) -> Any:
    """Send a file as the drop zone does."""
    data = {"register": "incoming", "file": FileStorage(BytesIO(PDF), "one.pdf"), **fields}
    client, token = signed_in
    headers = {"X-Requested-With": "fetch", "X-CSRFToken": token} if script else {}
    form = data if script else {"csrf_token": token, **data}
    return client.post("/registration/files", data=form, headers=headers)


def test_the_drop_zone_says_that_the_file_is_kept_and_gets_its_number_later(place: Place) -> None:
    client, key = browser(place), "0" * 32
    with locked(place.office):
        answer = drop(client, key=key)
        assert answer.status_code == 503
        assert answer.json["code"] == "kept"
    assert TakingIn(place.office).take_all() == 1
    again = drop(client, key=key)
    assert again.status_code == 200, again.text
    assert documents(place.office) == 1


def test_a_form_without_script_is_told_in_a_page(place: Place) -> None:
    client = browser(place)
    with locked(place.office):
        answer = drop(client, script=False)
    assert answer.status_code == 503
    assert "The file is kept" in answer.text
    assert TakingIn(place.office).take_all() == 1
    assert documents(place.office) == 1


def test_a_folder_waits_while_the_database_is_locked_and_goes_on(
    office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    watching = watch(office, folder)
    (folder / "letter.pdf").write_bytes(PDF)
    with locked(office):
        told = ChannelKeeper(office).look_once(watching)
        assert isinstance(told, Refusal)
        assert files_below(folder) == ["letter.pdf"]
    assert ChannelKeeper(office).look_once(watching) is None
    assert titles(office) == ["letter"]
    assert files_below(folder) == ["done/letter.pdf"]


@pytest.mark.postgresql
def test_nothing_is_lost_while_postgresql_is_stopped(tmp_path: Path) -> None:
    with set_up_postgres() as cluster:
        with cluster.up() as server:
            url = server.new_database()
            office = open_office(office_config(tmp_path / "home", database_url=url))
            serving = served(office)
            place = serving.__enter__()
            client, key = browser(place), "0" * 32
            assert place.clerk("GET", "/me").status_code == 200
            watching = watch(office, tmp_path / "in")
            (tmp_path / "in" / "letter.pdf").write_bytes(PDF)
        assert_kept(place.clerk.register(("rest.pdf", PDF), key="one"))
        assert_kept(place.clerk.register(("rest.pdf", PDF), key="one"))
        assert drop(client, key=key).json["code"] == "kept"
        assert "The file is kept" in drop(client, script=False).text
        # Nobody reads anything, and whoever was not known before leaves nothing.
        assert place.clerk("GET", "/documents").json["code"] == "database"
        assert place.admin.register(("no.pdf", PDF)).json["code"] == "database"
        assert isinstance(ChannelKeeper(office).look_once(watching), Refusal)
        with cluster.up():
            assert TakingIn(office).take_all() == 3
            assert ChannelKeeper(office).look_once(watching) is None
            assert titles(office) == ["letter", "one", "one", "rest"]
            again = place.clerk.register(("rest.pdf", PDF), key="one")
            assert again.status_code == 201, again.text
            assert drop(client, key=key).status_code == 200
            assert documents(office) == 4
            assert faults(office) == []
            assert kept_files(office) == []
            serving.__exit__(None, None, None)
            office.close()
