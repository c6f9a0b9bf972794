"""Reminders: by hand and by rule, never two within an hour, never twice the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from records.circulation.managing import close_round
from records.circulation.models import ReadingItem, Reminder, Round
from records.circulation.rhythm import APART
from records.circulation.urging import BATCH, Urged, run_rules, urge_items, urge_round
from records.core.errors import NotAllowed, NotFound
from records.core.jobs import Job
from records.core.log import LogEntry
from records.core.news import TELL_JOB
from records.office import Office
from records.people.calendar import set_day
from records.people.rules import SERVICE, Role, Secrecy
from tests.builders import add_person, id_of
from tests.offices import HeldClock, reopened
from tests.records.circulation.desks import Desks


def urge(desks: Desks, round_id: UUID) -> Urged:
    with desks.office.database.writing() as uow:
        return urge_round(uow, desks.clerk, round_id=round_id)


def tick(office: Office) -> int:
    with office.database.writing() as uow:
        return run_rules(uow)


def reminders(office: Office, item_id: UUID | None = None) -> list[Reminder]:
    with office.database.reading() as uow:
        query = select(Reminder).order_by(Reminder.reminded_at, Reminder.id)
        if item_id is not None:
            query = query.where(Reminder.item_id == item_id)
        return list(uow.session.scalars(query))


def told(office: Office) -> list[tuple[str, list[str]]]:
    """Kind and people of the news that wait, without those of delivering."""
    with office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB).order_by(Job.id))
        return [
            (each.payload["kind"], each.payload["to"])
            for each in jobs
            if each.payload["kind"] in ("item.reminder", "item.escalated")
        ]


def walk(desks: Desks, clock: HeldClock, hours: int, step: timedelta = timedelta(hours=1)) -> None:
    end = clock.instant + timedelta(hours=hours)
    while clock.instant < end:
        clock.instant += step
        tick(desks.office)


# By hand -----------------------------------------------------------------------------------------


def test_one_click_urges_everybody_who_holds_it_and_a_double_click_nobody(
    any_desks: Desks, clock: HeldClock
) -> None:
    desks = any_desks
    round_id = desks.send(desks.document(), ["li", "wang", "zhao"], ["chen"])
    desks.sign(round_id, "wang")
    assert urge(desks, round_id) == Urged(count=2, too_soon=0)
    assert urge(desks, round_id) == Urged(count=0, too_soon=2)
    assert len(told(desks.office)) == 2
    clock.advance(minutes=59)
    assert urge(desks, round_id) == Urged(count=0, too_soon=2)
    clock.advance(minutes=1)
    assert urge(desks, round_id) == Urged(count=2, too_soon=0)
    li = desks.item(round_id, "li")
    rows = reminders(desks.office, li)
    assert [(each.kind, each.count, each.by_id) for each in rows] == [
        ("by_hand", 1, desks.clerk.user_id),
        ("by_hand", 2, desks.clerk.user_id),
    ]
    with desks.office.database.reading() as uow:
        item = uow.session.get_one(ReadingItem, li)
        assert (item.urge_count, item.urged_at, item.version) == (2, clock.now(), item.version)
        kinds = uow.session.scalars(select(LogEntry.kind).where(LogEntry.kind == "item.urged"))
        assert len(kinds.all()) == 2


def test_some_items_of_several_rounds_are_urged_at_once(desks: Desks) -> None:
    first = desks.send(desks.document(), ["li", "wang"])
    second = desks.send(desks.document(), ["li"])
    items = [desks.item(first, "wang"), desks.item(second, "li")]
    with desks.office.database.writing() as uow:
        assert urge_items(uow, desks.clerk, item_ids=items) == Urged(2, 0)
    assert {each.item_id for each in reminders(desks.office)} == set(items)


def test_only_managers_urge_and_for_others_there_is_nothing_there(desks: Desks) -> None:
    round_id = desks.send(desks.document(), ["li"])
    item = desks.item(round_id, "li")
    stranger = add_person(desks.office, "stranger", Role.CLERK, clearance=Secrecy.PUBLIC)
    nobody = desks.reader("nobody")
    with desks.office.database.writing() as uow:
        with pytest.raises(NotAllowed):
            urge_round(uow, desks.reader("li"), round_id=round_id)
        with pytest.raises(NotAllowed):
            urge_items(uow, desks.reader("li"), item_ids=[item])
        for person in (stranger, nobody):
            with pytest.raises(NotFound):
                urge_round(uow, person, round_id=round_id)
            with pytest.raises(NotFound):
                urge_items(uow, person, item_ids=[item])
        with pytest.raises(NotFound):
            urge_items(uow, desks.clerk, item_ids=[item, UUID(int=1)])
    assert reminders(desks.office) == []


# By rule -----------------------------------------------------------------------------------------


def test_due_soon_due_and_overdue_are_told_as_the_round_wants_it(
    any_desks: Desks, clock: HeldClock
) -> None:
    desks = any_desks
    due = clock.now() + timedelta(hours=50)
    round_id = desks.send(
        desks.document(), ["li"], due_at=due, remind_before_hours=20, repeat_hours=10
    )
    start = clock.instant
    walk(desks, clock, 80)
    rows = reminders(desks.office, desks.item(round_id, "li"))
    assert [(each.kind, (each.reminded_at - start) / timedelta(hours=1)) for each in rows] == [
        ("due_soon", 30),
        ("due", 50),
        ("overdue", 60),
        ("overdue", 70),
        ("overdue", 80),
    ]
    assert [each.count for each in rows] == [1, 1, 1, 2, 3]
    assert {each.by_id for each in rows} == {None}
    desks.sign(round_id, "li")
    walk(desks, clock, 30)
    assert len(reminders(desks.office)) == 5


def test_without_a_deadline_nobody_is_reminded_by_the_rule(desks: Desks, clock: HeldClock) -> None:
    desks.send(desks.document(), ["li"])
    walk(desks, clock, 100)
    assert reminders(desks.office) == []


def test_from_a_moment_on_the_named_person_is_told_as_well(desks: Desks, clock: HeldClock) -> None:
    boss = desks.reader("boss")
    due = clock.now() + timedelta(hours=3)
    desks.send(
        desks.document(),
        ["li"],
        due_at=due,
        repeat_hours=8,
        escalate_after_hours=12,
        escalate_to_id=id_of(boss),
    )
    walk(desks, clock, 24)
    to = {"item.reminder": str(desks.reader("li").user_id), "item.escalated": str(boss.user_id)}
    kinds = [each.kind for each in reminders(desks.office)]
    # At the deadline, after 8, after 12 hours (both), and after 16 (both).
    assert kinds == ["due", "overdue", "overdue", "escalated", "overdue", "escalated"]
    assert all(people == [to[kind]] for kind, people in told(desks.office))


def test_without_a_named_person_whoever_urges_is_told(desks: Desks, clock: HeldClock) -> None:
    due = clock.now() + timedelta(hours=3)
    desks.send(desks.document(), ["li"], due_at=due)
    with desks.office.database.writing() as uow:
        uow.session.execute(update(Round).values(escalate_after_hours=5))
    walk(desks, clock, 10)
    escalated = [people for kind, people in told(desks.office) if kind == "item.escalated"]
    assert escalated == [[str(desks.clerk.user_id)]]


def test_on_days_off_nobody_is_reminded_and_on_the_next_day_once(
    desks: Desks, clock: HeldClock
) -> None:
    # The held Monday is nine in the morning; the deadline is Friday, six in the evening.
    friday = clock.now() + timedelta(days=4, hours=9)
    desks.send(desks.document(), ["li"], due_at=friday, repeat_hours=6)
    with desks.office.database.writing() as uow:
        monday = (friday + timedelta(days=3)).date()
        set_day(uow, SERVICE, day=monday, is_working=False, name="Founding day")
    walk(desks, clock, 24 * 8 + 3)
    days = [
        each.reminded_at.astimezone(desks.office.config.time_zone)
        for each in reminders(desks.office)
    ]
    assert [
        (f"{each:%a %H}", row.kind) for each, row in zip(days, reminders(desks.office), strict=True)
    ] == [
        ("Thu 18", "due_soon"),
        ("Fri 18", "due"),
        ("Tue 00", "overdue"),
        ("Tue 06", "overdue"),
        ("Tue 12", "overdue"),
    ]


def test_a_worker_that_was_away_for_long_reminds_once(desks: Desks, clock: HeldClock) -> None:
    due = clock.now() + timedelta(hours=5)
    desks.send(desks.document(), ["li"], due_at=due, repeat_hours=2)
    clock.advance(hours=31)
    tick(desks.office)
    tick(desks.office)
    (row,) = reminders(desks.office)
    assert row.kind == "overdue"


def test_a_closed_round_reminds_nobody(desks: Desks, clock: HeldClock) -> None:
    round_id = desks.send(desks.document(), ["li"], due_at=clock.now() + timedelta(hours=5))
    with desks.office.database.writing() as uow:
        close_round(uow, desks.clerk, round_id=round_id, reason="enough")
    walk(desks, clock, 40)
    assert reminders(desks.office) == []
    with desks.office.database.reading() as uow:
        looks = uow.session.scalars(select(ReadingItem.next_urge_at)).all()
    assert set(looks) == {None}


def test_two_workers_remind_once(any_desks: Desks, clock: HeldClock) -> None:
    from concurrent.futures import ThreadPoolExecutor

    desks = any_desks
    readers = [f"reader{number}" for number in range(6)]
    for _ in range(3):
        desks.send(desks.document(), readers, due_at=clock.now() + timedelta(hours=5))
    clock.advance(hours=5)
    offices = [reopened(desks.office) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tick, offices))
    for each in offices:
        each.close()
    rows = reminders(desks.office)
    assert len(rows) == len({each.item_id for each in rows}) == 18


def test_more_than_one_batch_is_done_in_several(desks: Desks, clock: HeldClock) -> None:
    readers = [f"reader{number}" for number in range(8)]
    due = clock.now() + timedelta(hours=5)
    for number in range(BATCH // 8 + 1):
        desks.send(desks.document(f"Paper {number}"), readers, due_at=due)
    clock.advance(hours=5)
    assert tick(desks.office) == BATCH
    assert tick(desks.office) == 8
    assert tick(desks.office) == 0
    assert len(reminders(desks.office)) == BATCH + 8


# Whatever happens --------------------------------------------------------------------------------

acts = st.lists(
    st.tuples(
        st.sampled_from(["urge one", "urge all", "rules", "deadline"]),
        st.integers(0, 200),
        st.integers(1, 20),
    ),
    max_size=40,
)


@pytest.fixture
def urged(desks: Desks) -> Desks:
    return desks


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts, st.integers(0, 5), st.integers(1, 5), st.none() | st.integers(0, 6))
def test_within_any_hour_no_item_is_urged_twice(
    urged: Desks,
    clock: HeldClock,
    acts: Sequence[tuple[str, int, int]],
    before: int,
    repeat: int,
    escalate: int | None,
) -> None:
    desks = urged
    round_id = desks.send(
        desks.document(),
        ["li", "wang"],
        due_at=clock.now() + timedelta(hours=6),
        remind_before_hours=before,
        repeat_hours=repeat,
        escalate_after_hours=escalate,
        escalate_to_id=id_of(desks.clerk),
    )
    items = [desks.item(round_id, name) for name in ("li", "wang")]
    for act, minutes, hours in acts:
        clock.advance(minutes=minutes)
        with desks.office.database.writing() as uow:
            match act:
                case "urge one":
                    urge_items(uow, desks.clerk, item_ids=items[:1])
                case "urge all":
                    urge_round(uow, desks.clerk, round_id=round_id)
                case "deadline":
                    from records.circulation.managing import change_deadline

                    due = uow.now + timedelta(hours=hours)
                    change_deadline(uow, desks.clerk, round_id=round_id, stage_id=None, due_at=due)
                case _:
                    run_rules(uow)
    for item in items:
        instants: list[datetime] = sorted(
            {each.reminded_at for each in reminders(desks.office, item)}
        )
        assert all(later - earlier >= APART for earlier, later in pairwise(instants))
        for instant in instants:
            at_once = [
                each for each in reminders(desks.office, item) if each.reminded_at == instant
            ]
            assert len({each.to_id for each in at_once}) == len(at_once)
