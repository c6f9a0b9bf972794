"""Do lists stay flat? Each offered order with 1,000 and with 1,000,000 rows, as ratios of one run.

    python -m benchmarks.lists [--rows N] [--database-url URL]

For a clerk who sees everything and for a reader who sees one document in ten thousand: the first
page and one from the middle, in each order, and the count. The target is a ratio of at most 1.3.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from records.core.config import load_config
from records.core.database import Database, UnitOfWork
from records.core.ids import new_id
from records.documents.listing import Order, count_documents, list_documents
from records.documents.models import Access, Document
from records.documents.visibility import title_key
from records.office import Office, open_office
from records.people.actors import load_actor
from records.people.models import Unit
from records.people.rules import SERVICE, Actor, PrincipalKind, Role, Secrecy, principal_id
from records.people.service import add_user
from records.registration.registers import register_by_code

SMALL = 1_000
ONE_IN = 10_000
# So few may the reader see of the small archive; a page of the list would be empty otherwise.
LEAST = 60
BATCH = 20_000
REPEATS = 30
STRIDE = 250


def main() -> None:
    """Fill two archives, measure both, and print the ratios."""
    parser = argparse.ArgumentParser(description="Do lists stay flat?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database-url", help="an empty PostgreSQL database, for both in turn")
    asked = parser.parse_args()
    times = {rows: _measure(rows, asked.database_url) for rows in (SMALL, asked.rows)}
    print(f"{'':44} {SMALL:>10,} {asked.rows:>10,}   ratio")
    worst = 0.0
    for name, base in times[SMALL].items():
        large = times[asked.rows][name]
        worst = max(worst, large / base)
        print(f"{name:44} {base:7.2f} ms {large:7.2f} ms   {large / base:5.2f}")
    print(f"worst ratio {worst:.2f}, target 1.3")


def _measure(rows: int, url: str | None) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"CHANCERY_DATABASE_URL": url} if url else {}
        office = open_office(load_config(settings, home=Path(folder)))
        clerk, reader = _people(office)
        began = time.perf_counter()
        _fill(office, rows, reader)
        print(f"{rows:,} rows written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        people = {"clerk, all": (clerk, rows), "reader, few": (reader, LEAST)}
        found = dict(_times(office.database, people))
        if url:
            with office.database.writing() as uow:
                uow.session.execute(text("DROP SCHEMA public CASCADE"))
                uow.session.execute(text("CREATE SCHEMA public"))
        office.close()
        return found


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
    assert reader.user_id is not None
    seen_by_reader = principal_id(PrincipalKind.USER, reader.user_id)
    step = min(ONE_IN, rows // LEAST)
    with office.database.reading() as uow:
        register = register_by_code(uow, "incoming")
    clerks = principal_id(PrincipalKind.CLERKS, register.clerk_unit_id)
    engine = office.database.engine.execution_options(chancery_writing=True)
    with engine.begin() as connection:
        for batch in _batches(_documents(rows, register.id, register.clerk_unit_id)):
            connection.execute(insert(Document), batch)
            access = [_access(each, clerks) for each in batch]
            chosen = (each for each in batch if int(each["number"][-7:]) % step == 0)
            access += [_access(each, seen_by_reader) for each in chosen]
            connection.execute(insert(Access), access)
    if not office.database.is_sqlite:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


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
            "state": "registered",
            "title": f"{' '.join(chance.choices(words, k=4))} {serial}",
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


def _times(database: Database, people: dict[str, tuple[Actor, int]]) -> Iterator[tuple[str, float]]:
    for who, (actor, rows) in people.items():
        with database.reading() as uow:
            for order in Order:
                deep = _deep_cursor(uow, actor, order, rows)
                for place, cursor in (("first page", None), ("deep page", deep)):
                    name = f"{who}: {order}, {place}"
                    page = partial(list_documents, uow, actor, order=order, cursor=cursor)
                    yield name, _milliseconds(page)
            # A thousand lines are counted, in the small archive and in the large one.
            yield f"{who}: count", _milliseconds(partial(count_documents, uow, actor))


def _deep_cursor(uow: UnitOfWork, actor: Actor, order: Order, rows: int) -> str | None:
    """Walk to the middle of a list, as a patient person would."""
    cursor = None
    for _ in range(max(1, rows // 2 // STRIDE)):
        page = list_documents(uow, actor, order=order, cursor=cursor, limit=STRIDE)
        if page.next is None:
            break
        cursor = page.next
    return cursor


def _milliseconds(act: Callable[[], object]) -> float:
    act()
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    # The best of many: whatever else the machine does can only add.
    return min(times) * 1_000


if __name__ == "__main__":
    main()
