"""How fast the search page answers over many documents: the service, and the page as it goes out.

    python -m benchmarks.search_page [--documents N] [--keep FOLDER]

Documents of 120 to 700 words, every other one Chinese, lie in the database with sealed texts and in
the index; a member of the staff sees two thirds of them. Every question comes with all facets,
snippets of 20 hits, and the check of visibility. The target for 100,000 documents is a p95 of at
most 40 ms in the process.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import insert, select

from benchmarks.search_engine import _HAN, _QUESTIONS
from records.core.base import table_of
from records.core.config import load_config
from records.core.database import UnitOfWork
from records.core.ids import new_id
from records.documents.models import Access, Component, ComponentText, Document, StoredObject
from records.documents.texts import seal_text
from records.documents.visibility import access_rows
from records.finding.reader import IndexReader
from records.finding.rebuilding import reindex
from records.finding.service import search
from records.office import Office, open_office
from records.people.actors import actor_by_login
from records.people.models import User
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Actor, Role, Secrecy
from records.people.service import add_user
from records.people.signing_in import open_session
from records.registration.registers import register_by_code
from web.app import create_app

BATCH = 2_000
ROUNDS = 15
KINDS = ("通知", "函", "报告", "意见", "批复")


def main() -> None:
    """Fill an office at the first time, ask, and print."""
    parser = argparse.ArgumentParser(description="How fast is the search page?")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the office for next time")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        office = open_office(load_config({}, home=folder / f"documents-{asked.documents}"))
        stack.callback(office.close)
        with office.database.reading() as uow:
            is_new = uow.session.scalar(select(Document.id).limit(1)) is None
        if is_new:
            _fill(office, asked.documents)
        _ask(office)


def _ask(office: Office) -> None:
    with office.database.writing() as uow:
        person = actor_by_login(uow, "staff")
        user = uow.session.get_one(User, person.user_id)
        user.password_is_temporary = False
        secret = open_session(uow, user, address="127.0.0.1", agent="benchmark")
    client = create_app(office).test_client()
    with client.session_transaction() as session:
        session["secret"] = secret
    reader = IndexReader(office.config)
    print(
        f"{'question':24} {'found':>7} {'service p50':>12} {'p95':>8} {'page p50':>10} {'p95':>8}"
    )
    services: list[float] = []
    pages: list[float] = []
    for name, text in _QUESTIONS.items():
        with office.database.reading() as uow:
            total = search(uow, person, reader, office.vault, text=text).total
        service = _times(partial(_search, office, person, reader, text))
        page = _times(partial(_get, client, text))
        services += service
        pages += page
        print(
            f"{name:24} {total:7} {statistics.median(service):12.1f} {_p95(service):8.1f} "
            f"{statistics.median(page):10.1f} {_p95(page):8.1f}"
        )
    print(f"all questions: p95 of the service {_p95(services):.1f} ms, page {_p95(pages):.1f} ms")


def _search(office: Office, person: Actor, reader: IndexReader, text: str) -> None:
    with office.database.reading() as uow:
        search(uow, person, reader, office.vault, text=text)


def _get(client: FlaskClient, text: str) -> None:
    if client.get("/search", query_string={"q": text}).status_code != 200:
        raise SystemExit("no answer")


def _times(act: Callable[[], object]) -> list[float]:
    act()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1_000)
    return times


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


# The office --------------------------------------------------------------------------------------


def _fill(office: Office, count: int) -> None:
    """Write straight into the tables, then let the follower build the index."""
    begun = time.perf_counter()
    with office.database.writing() as uow:
        unit = unit_by_code(uow, ROOT_UNIT_CODE)
        add_user(
            uow,
            SERVICE,
            login="staff",
            roles=frozenset({Role.STAFF}),
            unit_id=unit.id,
            clearance=Secrecy.TOP_SECRET,
        )
        registers = [register_by_code(uow, each) for each in ("incoming", "outgoing", "internal")]
        places = [(each.id, each.clerk_unit_id) for each in registers]
        unit_id = unit.id
    chance = random.Random(20)
    for start in range(0, count, BATCH):
        with office.database.writing() as uow:
            serials = range(start, min(start + BATCH, count))
            _write(office, uow, [_document(chance, each, places, unit_id) for each in serials])
    print(f"written in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    reindex(office)
    print(f"searchable after {time.perf_counter() - begun:.0f} s", file=sys.stderr)


def _write(office: Office, uow: UnitOfWork, made: list[tuple[Document, str]]) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        each: [] for each in (Document, StoredObject, Component, ComponentText, Access)
    }
    for document, text in made:
        _, key = office.vault.keyring.new_data_key()
        component_id, name, now = new_id(), document.id.hex * 2, uow.now
        rows[Document].append(_values(document))
        rows[StoredObject].append(
            {"name": name, "wrapped_key": key, "stored_bytes": 1, "created_at": now}
        )
        component = Component(
            id=component_id,
            document_id=document.id,
            position=0,
            role="original",
            name=f"{document.number}.pdf",
            media_type="application/pdf",
            mismatch=False,
            size_bytes=1,
            sha256=name,
            object_name=name,
            added_at=now,
            text_state="done",
        )
        rows[Component].append(_values(component))
        sealed = seal_text(office.vault, key, [text])
        rows[ComponentText].append({"component_id": component_id, "sealed": sealed})
        rows[Access] += access_rows(document, ())
    for model, values in rows.items():
        uow.session.execute(insert(table_of(model)), values)


def _values(row: Document | Component) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name != "_sa_instance_state"}


def _document(
    chance: random.Random, serial: int, places: list[tuple[UUID, UUID]], unit_id: UUID
) -> tuple[Document, str]:
    register_id, clerk_unit_id = places[serial % 3]
    text = "".join(_words(chance, serial))
    year = 2017 + serial % 10
    document = Document(
        id=new_id(),
        register_id=register_id,
        clerk_unit_id=clerk_unit_id,
        number=f"IN〔{year}〕{serial:05}号",
        state="registered",
        title=text[:30],
        kind=KINDS[serial % 5],
        sender=f"Office {serial % 300}",
        received_on=date(year, 1, 1) + timedelta(days=serial % 365),
        urgency="routine",
        secrecy=serial % 4,
        medium="electronic",
        keywords=[],
        unit_id=unit_id if serial % 3 else None,
        text_state="done",
        registered_at=datetime(year, 1, 1, tzinfo=UTC),
        version=1,
    )
    return document, text


def _words(chance: random.Random, serial: int) -> Iterator[str]:
    length = chance.randint(120, 700)
    if serial % 2:
        yield " ".join(chance.choices(_VOCABULARY, _WEIGHTS, k=length))
    else:
        yield "".join(chance.choices(_HAN, [1 / (rank + 5) for rank in range(len(_HAN))], k=length))


_VOCABULARY = [f"t{rank}" for rank in range(5000)]
_WEIGHTS = [1 / (rank + 3) for rank in range(5000)]


if __name__ == "__main__":
    main()
