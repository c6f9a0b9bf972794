"""Do lists stay flat? Each offered order with 1,000 and with 1,000,000 rows, as ratios of one run.

    python -m benchmarks.lists [--rows N] [--keep FOLDER] [--database-urls SMALL LARGE]

For a clerk who sees everything and for a reader who sees one document in ten thousand: the first
page and one from the middle, in each order, and the count; then the page as the browser gets it.
The target is a ratio of at most 1.3 for the page. Filtered lists have no counterpart in the small
archive: their times stand alone.
"""

import argparse
import base64
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, insert, select, text

from records.core.base import table_of
from records.core.config import load_config
from records.core.database import UnitOfWork
from records.core.ids import new_id
from records.documents.listing import Filters, Order, count_documents, list_documents
from records.documents.models import Access, Document
from records.documents.visibility import title_key
from records.office import Office, open_office
from records.people.actors import actor_by_login, load_actor
from records.people.models import Unit, User
from records.people.rules import SERVICE, Actor, PrincipalKind, Role, Secrecy, principal_id
from records.people.service import add_user
from records.people.signing_in import open_session
from records.registration.registers import register_by_code
from web.app import create_app

SMALL = 1_000
ONE_IN = 10_000
# So few may the reader see of the small archive; a page of the list would be empty otherwise.
LEAST = 60
RARE = 3
BATCH = 20_000
REPEATS = 30

Act = Callable[[], object]


@dataclass(frozen=True)
class Archive:
    """A filled archive, and the two who look at it."""

    office: Office
    rows: int
    clerk: Actor
    reader: Actor


def main() -> None:
    """Fill two archives, measure both in turn, and print the ratios."""
    parser = argparse.ArgumentParser(description="Do lists stay flat?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the archives for next time")
    parser.add_argument("--database-urls", nargs=2, help="two empty PostgreSQL databases")
    asked = parser.parse_args()
    urls = asked.database_urls or (None, None)
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        small, large = (
            stack.enter_context(archive(folder / f"rows-{rows}", rows, url))
            for rows, url in zip((SMALL, asked.rows), urls, strict=True)
        )
        for title, acts in (("the bare list", _lists), ("the page over HTTP", _pages)):
            print(f"{title:44} {SMALL:>10,} {asked.rows:>10,}   ratio")
            pairs = zip(stack.enter_context(acts(small)), stack.enter_context(acts(large)))  # noqa: B905
            worst = max(compare(name, one, other) for (name, one), (_, other) in pairs)
            print(f"worst ratio {worst:.2f}\n")
        for name, act in stack.enter_context(_filtered(large)):
            print(f"{name:44} {min(_milliseconds(act) for _ in range(REPEATS)):18.2f} ms")


def compare(name: str, small: Act, large: Act) -> float:
    """Measure the same act in both archives in turn, and print it; return the ratio."""
    pairs = [(_milliseconds(small), _milliseconds(large)) for _ in range(REPEATS)]
    # The best of many: whatever else the machine does can only add.
    base, other = min(one for one, _ in pairs), min(two for _, two in pairs)
    print(f"{name:44} {base:7.2f} ms {other:7.2f} ms   {other / base:5.2f}")
    return other / base


def _milliseconds(act: Act) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1_000


# What is measured --------------------------------------------------------------------------------


@contextmanager
def _lists(archive: Archive) -> Iterator[Iterator[tuple[str, Act]]]:
    with archive.office.database.reading() as uow:
        yield _list_acts(archive, uow)


def _list_acts(archive: Archive, uow: UnitOfWork) -> Iterator[tuple[str, Act]]:
    for who, actor, rows in _people_of(archive):
        for order in Order:
            deep = _deep_cursor(uow, actor, order, rows)
            for place, cursor in (("first page", None), ("deep page", deep)):
                page = partial(list_documents, uow, actor, order=order, cursor=cursor)
                yield f"{who}: {order}, {place}", page
        # A thousand lines are counted, in the small archive and in the large one.
        yield f"{who}: count", partial(count_documents, uow, actor)


@contextmanager
def _pages(archive: Archive) -> Iterator[Iterator[tuple[str, Act]]]:
    with archive.office.database.reading() as uow:
        yield _page_acts(archive, uow)


def _page_acts(archive: Archive, uow: UnitOfWork) -> Iterator[tuple[str, Act]]:
    app = create_app(archive.office)
    for who, actor, rows in _people_of(archive):
        client = signed_in(app, archive, actor)
        for order in Order:
            deep = _deep_cursor(uow, actor, order, rows)
            for place, cursor in (("first page", ""), ("deep page", f"&cursor={deep}")):
                address = f"/documents?sort=-{order}{cursor}"
                yield f"{who}: {order}, {place}", partial(get, client, address)


@contextmanager
def _filtered(archive: Archive) -> Iterator[Iterator[tuple[str, Act]]]:
    with archive.office.database.reading() as uow:
        yield _filtered_acts(archive, uow)


def _filtered_acts(archive: Archive, uow: UnitOfWork) -> Iterator[tuple[str, Act]]:
    for name, filters in (
        (f"clerk, all: kind of {RARE} documents", Filters(kind="rare")),
        ("clerk, all: kind of every document", Filters(kind="common")),
        (f"clerk, all: state of {RARE} documents", Filters(state="checked")),
        ("clerk, all: urgency of none", Filters(urgency="flash")),
    ):
        yield name, partial(list_documents, uow, archive.clerk, filters=filters)
        yield f"{name}, count", partial(count_documents, uow, archive.clerk, filters=filters)


def signed_in(app: Flask, archive: Archive, actor: Actor) -> FlaskClient:
    """Return a browser in which somebody is signed in."""
    client = app.test_client()
    with archive.office.database.writing() as writing:
        user = writing.session.get_one(User, actor.user_id)
        user.password_is_temporary = False
        secret = open_session(writing, user, address="127.0.0.1", agent="benchmark")
    with client.session_transaction() as session:
        session["secret"] = secret
    return client


def get(client: FlaskClient, address: str) -> None:
    """Ask for a page.

    Raises:
        SystemExit: It is no page.
    """
    if client.get(address).status_code != 200:
        raise SystemExit(f"no answer to {address}")


def _people_of(archive: Archive) -> Iterator[tuple[str, Actor, int]]:
    yield "clerk, all", archive.clerk, archive.rows
    yield "reader, few", archive.reader, LEAST


def _deep_cursor(uow: UnitOfWork, actor: Actor, order: Order, rows: int) -> str:
    """Return a cursor from within the list: that of the page around the middle document seen."""
    middle = uow.session.scalars(
        select(Access.document_id)
        .where(Access.principal.in_(actor.principals), Access.secrecy == int(Secrecy.INTERNAL))
        .order_by(Access.document_id)
        .offset(rows // 4)
        .limit(1)
    ).one()
    line = uow.session.get_one(Document, middle)
    value = {Order.RECEIVED: line.received_on.isoformat(), Order.TITLE: title_key(line.title).hex()}
    plain = f">{order} {middle.hex}{value.get(order, '')}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


# The archives ------------------------------------------------------------------------------------


@contextmanager
def archive(home: Path, rows: int, url: str | None) -> Iterator[Archive]:
    """Open an archive, and fill it at the first time."""
    settings = {"CHANCERY_DATABASE_URL": url} if url else {}
    office = open_office(load_config(settings, home=home))
    with office.database.reading() as uow:
        is_new = uow.session.scalar(select(Document.id).limit(1)) is None
    if is_new:
        began = time.perf_counter()
        _fill(office, rows, _people(office)[1])
        print(f"{rows:,} rows written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    with office.database.reading() as uow:
        clerk, reader = (actor_by_login(uow, role.value) for role in (Role.CLERK, Role.STAFF))
    yield Archive(office, rows, clerk, reader)
    office.close()


def _people(office: Office) -> tuple[Actor, Actor]:
    with office.database.writing() as uow:
        root = uow.session.scalars(select(Unit.id)).one()
        people = [
            add_user(
                uow,
                SERVICE,
                login=role.value,
                roles=frozenset({role}),
                unit_id=root,
                clearance=Secrecy.TOP_SECRET,
            )[0]
            for role in (Role.CLERK, Role.STAFF)
        ]
        uow.session.flush()
        clerk, reader = (load_actor(uow, each.id) for each in people)
    return clerk, reader


def _fill(office: Office, rows: int, reader: Actor) -> None:
    """Write straight into the tables; the indexes are made at the end, as a bulk load does."""
    assert reader.user_id is not None
    seen_by_reader = principal_id(PrincipalKind.USER, reader.user_id)
    step = min(ONE_IN, rows // LEAST)
    with office.database.reading() as uow:
        register = register_by_code(uow, "incoming")
    clerks = principal_id(PrincipalKind.CLERKS, register.clerk_unit_id)
    engine = office.database.engine
    with engine.begin() as connection:
        indexes = _drop_indexes(connection)
        for batch in _batches(_documents(rows, register.id, register.clerk_unit_id)):
            connection.execute(insert(table_of(Document)), batch)
            access = [_access(each, clerks) for each in batch]
            chosen = (each for each in batch if int(each["number"][-7:]) % step == 0)
            access += [_access(each, seen_by_reader) for each in chosen]
            connection.execute(insert(table_of(Access)), access)
        for each in indexes:
            connection.execute(text(each))
    if not office.database.is_sqlite:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _drop_indexes(connection: Connection) -> list[str]:
    """Drop the indexes that SQLite would fill in random order; return how to make them again."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(
        text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name IN ('document', 'access')"
        )
    ).all()
    for name, _ in found:
        connection.execute(text(f"DROP INDEX {name}"))
    return [sql for _, sql in found]


def _documents(rows: int, register_id: UUID, unit_id: UUID) -> Iterator[dict[str, Any]]:
    chance = random.Random(5)
    words = ["报告", "通知", "Bridge", "经费", "Annual", "会议", "plan", "关于", "letter", "请示"]
    day, now = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
    for serial in range(rows):
        yield {
            "id": new_id(),
            "register_id": register_id,
            "clerk_unit_id": unit_id,
            "number": f"IN-2026-{serial:07d}",
            "state": "checked" if serial % (rows // RARE) == 1 else "registered",
            "title": f"{' '.join(chance.choices(words, k=4))} {serial}",
            "kind": "rare" if serial % (rows // RARE) == 1 else "common",
            "received_on": day - timedelta(days=chance.randrange(3650)),
            "urgency": "routine",
            "secrecy": chance.choice((0, 1, 1, 1, 2, 3)),
            "medium": "electronic",
            "keywords": [],
            "text_state": "done",
            "registered_at": now,
            "version": 1,
        }


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _access(document: dict[str, Any], principal: UUID) -> dict[str, Any]:
    return {
        "principal": principal,
        "secrecy": document["secrecy"],
        "document_id": document["id"],
        "window": 0,
        "received_on": document["received_on"],
        "title_key": title_key(document["title"]),
    }


if __name__ == "__main__":
    main()
