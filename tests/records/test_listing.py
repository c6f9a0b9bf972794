from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.documents import ranges
from records.documents.listing import (
    COUNT_LIMIT,
    Filters,
    Order,
    Page,
    count_documents,
    list_documents,
)
from records.documents.models import Document
from records.documents.ranges import RANGES_PER_QUERY, ranges_of
from records.documents.sharing import revoke_grant, share_document
from records.documents.visibility import refresh_access, title_key
from records.office import Office
from records.people.actors import load_actor
from records.people.rules import Actor, PrincipalKind, Role, Secrecy
from records.registration.registers import register_by_code
from tests.builders import add_person, again, register, register_in
from tests.offices import HeldClock
from tests.records.worlds import Held, Paper, Person, Share, World, build

TITLES = ("Annual report", "annual Report", "报告", "关于报告的批复", "Zebra", "通知")


@contextmanager
def statements(office: Office) -> Iterator[list[str]]:
    """Collect the SQL that runs meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(office.database.engine, "before_cursor_execute", note)


@pytest.fixture
def clerk(any_office: Office) -> Actor:
    return add_person(any_office, "clerk", Role.CLERK)


def fill(office: Office, clerk: Actor, count: int) -> list[UUID]:
    """Register documents with equal keys among them, in one unit."""
    with office.database.writing() as uow:
        return [
            register_in(
                uow,
                clerk,
                TITLES[number % len(TITLES)],
                received_on=str(date(2026, 1, 1) + timedelta(days=number % 5)),
                secrecy=Secrecy(number % 5).code,
            ).id
            for number in range(count)
        ]


def forwards(uow: UnitOfWork, actor: Actor, **asked: object) -> list[Page]:
    pages = [list_documents(uow, actor, **asked)]  # type: ignore[arg-type]
    while pages[-1].next:
        pages.append(list_documents(uow, actor, cursor=pages[-1].next, **asked))  # type: ignore[arg-type]
    return pages


def backwards(uow: UnitOfWork, actor: Actor, last: Page, **asked: object) -> list[Page]:
    pages = [last]
    while pages[0].previous:
        pages.insert(0, list_documents(uow, actor, cursor=pages[0].previous, **asked))  # type: ignore[arg-type]
    return pages


def ids(pages: list[Page]) -> list[UUID]:
    return [line.id for page in pages for line in page.items]


def in_order(uow: UnitOfWork, order: Order, *, descending: bool) -> list[UUID]:
    """Every document, sorted here and not by the database."""
    keys = {
        Order.REGISTERED: lambda each: each.id,
        Order.RECEIVED: lambda each: (each.received_on, each.id),
        Order.TITLE: lambda each: (title_key(each.title), each.id),
    }
    documents = uow.session.scalars(select(Document)).all()
    return [each.id for each in sorted(documents, key=keys[order], reverse=descending)]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", list(Order))
def test_pages_walk_everything_once_in_order_and_back(
    any_office: Office, clerk: Actor, order: Order, descending: bool
) -> None:
    fill(any_office, clerk, 33)
    with any_office.database.reading() as uow:
        expected = in_order(uow, order, descending=descending)
        for limit in (1, 4, 33, 50):
            asked = {"order": order, "descending": descending, "limit": limit}
            pages = forwards(uow, clerk, **asked)
            assert ids(pages) == expected
            assert all(len(page.items) == limit for page in pages[:-1])
            assert pages[0].previous is None
            assert ids(backwards(uow, clerk, pages[-1], **asked)) == expected


def test_what_comes_between_two_pages_repeats_and_skips_nothing(
    any_office: Office, clerk: Actor
) -> None:
    before = fill(any_office, clerk, 12)
    with any_office.database.reading() as uow:
        first = list_documents(uow, clerk, limit=5)
    later = fill(any_office, clerk, 3)
    with any_office.database.reading() as uow:
        second = list_documents(uow, clerk, limit=5, cursor=first.next)
        back = list_documents(uow, clerk, limit=5, cursor=second.previous)
        newer = list_documents(uow, clerk, limit=5, cursor=back.previous)
    assert ids([first, second]) == before[:1:-1]
    assert ids([back]) == ids([first])
    assert ids([newer]) == later[::-1]


def test_an_empty_list_has_no_pages(any_office: Office, clerk: Actor) -> None:
    with any_office.database.reading() as uow:
        assert list_documents(uow, clerk) == Page([], None, None)
        assert count_documents(uow, clerk) == (0, False)


@pytest.mark.parametrize("few", [0, ranges.FEW])
def test_filters_narrow_to_exactly_what_they_say(
    any_office: Office, clerk: Actor, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "FEW", few)  # 0: the ranges are walked, else the few looked at
    chosen = register(
        any_office,
        clerk,
        "Bridge",
        kind="通知",
        urgency="flash",
        secrecy="secret",
        unit="office",
        received_on="2025-12-31",
        register="internal",
    )
    fill(any_office, clerk, 8)
    with any_office.database.reading() as uow:
        internal = register_by_code(uow, "internal")
        for filters in (
            Filters(register_id=internal.id),
            Filters(kind="通知"),
            Filters(urgency="flash"),
            Filters(unit_id=chosen.unit_id),
            Filters(received_to=date(2025, 12, 31)),
            Filters(secrecy=Secrecy.SECRET, received_to=date(2025, 12, 31), state="registered"),
        ):
            for order in Order:
                page = list_documents(uow, clerk, filters=filters, order=order)
                assert ids([page]) == [chosen.id]
            assert count_documents(uow, clerk, filters=filters) == (1, False)
        for filters in (
            Filters(state="filed"),
            Filters(class_id=internal.id),
            Filters(received_from=date(2026, 2, 1)),
            Filters(secrecy=Secrecy.SECRET, received_from=date(2026, 1, 31)),
        ):
            assert list_documents(uow, clerk, filters=filters).items == []
            assert count_documents(uow, clerk, filters=filters) == (0, False)


def test_a_filter_for_a_secrecy_above_the_clearance_finds_nothing(office: Office) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    low = add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    register(office, clerk, secrecy="secret")
    with office.database.reading() as uow:
        assert list_documents(uow, low, filters=Filters(secrecy=Secrecy.SECRET)).items == []


@pytest.mark.parametrize(
    "cursor", ["!", "PA", "x" * 60, "é", "PjAxOTU", "=", "PDAx" * 40, "\x00", "Pnh4"]
)
@pytest.mark.parametrize("order", list(Order))
def test_a_cursor_of_garbage_is_refused(office: Office, order: Order, cursor: str) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    with office.database.reading() as uow, pytest.raises(Invalid) as caught:
        list_documents(uow, clerk, order=order, cursor=cursor)
    assert caught.value.field == "cursor"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cursor=st.text(min_size=1, max_size=80))
def test_no_cursor_breaks_the_list(office: Office, cursor: str) -> None:
    nobody = Actor(None, "nobody")
    with office.database.reading() as uow, pytest.raises(Invalid):
        list_documents(uow, nobody, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(any_office: Office, clerk: Actor) -> None:
    fill(any_office, clerk, 3)
    with any_office.database.reading() as uow:
        for order in Order:
            cursor = list_documents(uow, clerk, order=order, limit=1).next
            for other in set(Order) - {order}:
                with pytest.raises(Invalid):
                    list_documents(uow, clerk, order=other, cursor=cursor)


def test_the_number_of_queries_does_not_depend_on_the_number_of_lines(
    any_office: Office, clerk: Actor
) -> None:
    fill(any_office, clerk, 3)
    counts = []
    for more in (0, 60):
        fill(any_office, clerk, more)
        with any_office.database.reading() as uow, statements(any_office) as seen:
            list_documents(uow, clerk, order=Order.TITLE)
            counts.append(len(seen))
            count_documents(uow, clerk)
            counts.append(len(seen))
    assert counts == [2, 3, 2, 3]


def test_an_actor_is_loaded_with_four_queries_at_most(any_office: Office) -> None:
    leader = add_person(any_office, "leader", Role.LEADER)
    assert leader.user_id is not None
    with any_office.database.reading() as uow, statements(any_office) as seen:
        load_actor(uow, leader.user_id)
    assert len(seen) == 4


def test_one_document_given_in_many_windows_counts_once_and_ends_no_page(
    any_office: Office, clerk: Actor
) -> None:
    reader = add_person(any_office, "reader", Role.STAFF)
    assert reader.user_id is not None
    with any_office.database.writing() as uow:
        documents = [register_in(uow, clerk, "One").id for _ in range(5)]
        for document_id in documents:
            document = uow.session.get_one(Document, document_id)
            document.unit_id = None
            refresh_access(uow, document)
            for minute in range(1, 7):
                share_document(
                    uow,
                    clerk,
                    document_id=document_id,
                    principal_kind=PrincipalKind.USER,
                    principal_object_id=reader.user_id,
                    reason="please read",
                    from_at=uow.now - timedelta(minutes=minute),
                )
    with any_office.database.reading() as uow:
        for order in Order:
            assert ids(forwards(uow, reader, order=order, limit=2)) == documents[::-1]
        assert count_documents(uow, reader) == (5, False)


def test_a_window_opens_and_shuts_by_itself(office: Office, clock: HeldClock) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    reader = add_person(office, "reader", Role.STAFF)
    assert reader.user_id is not None
    document = register(office, clerk)
    with office.database.writing() as uow:
        grant = share_document(
            uow,
            clerk,
            document_id=document.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=reader.user_id,
            reason="for the meeting",
            from_at=uow.now + timedelta(hours=1),
            until_at=uow.now + timedelta(hours=3),
        )
    seen = []
    for _ in range(4):
        with office.database.reading() as uow:
            seen.append(len(list_documents(uow, reader).items))
        clock.advance(hours=1)
    assert seen == [0, 1, 1, 0]
    clock.advance(hours=-2)
    with office.database.writing() as uow:
        revoke_grant(uow, clerk, grant_id=grant.id)
    with office.database.reading() as uow:
        assert list_documents(uow, again(office, reader)).items == []


def test_a_leader_of_three_hundred_units_sees_everything_in_order(any_office: Office) -> None:
    above: dict[str, str | None] = {"top": None, "elsewhere": None}
    above |= {f"u{number}": "top" for number in range(300)}
    papers = [
        Paper(f"d{number}", "internal", "registered", f"u{number * 7 % 300}", "elsewhere")
        for number in range(120)
    ]
    # The same document in two capacities.
    papers[0].shares.append(Share("unit", "top"))
    boss = Person("boss", "top_secret", [Held("top", frozenset({"leader"}))])
    with any_office.database.writing() as uow:
        made = build(uow, World(above, [boss], papers))
    with any_office.database.reading() as uow:
        actor = load_actor(uow, made.people["boss"])
        assert len(ranges_of(actor)) > 5 * RANGES_PER_QUERY
        for order in Order:
            pages = forwards(uow, actor, order=order, limit=50)
            assert ids(pages) == in_order(uow, order, descending=True)
        assert count_documents(uow, actor) == (120, False)


def test_counting_stops_at_its_limit(office: Office) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    fill(office, clerk, COUNT_LIMIT)
    with office.database.reading() as uow:
        assert count_documents(uow, clerk) == (COUNT_LIMIT, False)
    fill(office, clerk, 2)
    with office.database.reading() as uow:
        assert count_documents(uow, clerk) == (COUNT_LIMIT, True)


def test_titles_are_ordered_latin_first_and_then_by_pinyin() -> None:
    titles = ["张三", "Zebra", "apple", "北京", "上海", "Äpfel"]
    ordered = sorted(titles, key=title_key)
    assert ordered[:2] == ["apple", "Zebra"]
    assert [each for each in ordered if each in ("张三", "北京", "上海")] == [
        "北京",
        "上海",
        "张三",
    ]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", list(Order))
def test_every_range_is_read_from_an_index_in_its_order(
    office: Office, order: Order, descending: bool
) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    fill(office, clerk, 4)
    asked: dict[str, object] = {"order": order, "descending": descending, "limit": 1}
    with office.database.reading() as uow:
        cursor = list_documents(uow, clerk, **asked).next  # type: ignore[arg-type]
        index = {
            Order.REGISTERED: "PRIMARY KEY",
            Order.RECEIVED: "COVERING INDEX ix_access_received",
            Order.TITLE: "COVERING INDEX ix_access_title",
        }[order]
        for place in (None, cursor):
            with plans(office) as seen:
                list_documents(uow, clerk, cursor=place, **asked)  # type: ignore[arg-type]
            reads = [line for line in seen if line.startswith(("SEARCH a ", "SCAN a "))]
            assert len(reads) == len(ranges_of(clerk))
            assert all(line.startswith(f"SEARCH a USING {index}") for line in reads)
            assert not [line for line in seen if "FOR DISTINCT" in line or "SCAN a" in line]


@contextmanager
def plans(office: Office) -> Iterator[list[str]]:
    """Collect the query plans of the statements on `access` that run meanwhile."""
    found: list[str] = []

    def explain(connection: Any, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if "FROM access" in statement and not statement.startswith("EXPLAIN"):
            rows = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            found.extend(row[3] for row in rows)

    event.listen(office.database.engine, "before_cursor_execute", explain)
    yield found
    event.remove(office.database.engine, "before_cursor_execute", explain)
