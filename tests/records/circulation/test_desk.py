"""The desk of a reader: its order, its pages, whom deputies read for, and what a page costs."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from records.circulation.absence import end_deputy, name_deputy
from records.circulation.desk import COUNT_LIMIT
from records.circulation.managing import recall_item
from records.circulation.models import ReadingItem
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Purpose
from records.circulation.sending import start_round
from records.circulation.sent import sent_rounds
from records.circulation.telling import (
    item_page,
    reading_count,
    reading_list,
    round_view,
    rounds_of,
)
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.documents.visibility import visible_ids
from records.people.rules import Actor, Secrecy
from records.registration.service import change_secrecy
from records.worker import Worker
from tests.builders import again, id_of, register_in
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks
from tests.records.circulation.walks import lower_clearance
from tests.records.test_listing import statements


def fill(desks: Desks, clock: HeldClock, count: int, *names: str) -> None:
    """Send many documents, with deadlines of all kinds: past, to come, equal, and none."""
    people = tuple(id_of(desks.reader(name)) for name in names)
    for number in range(count):
        clock.advance(seconds=number % 3)
        with desks.office.database.writing() as uow:
            due = None if number % 4 == 0 else uow.now + timedelta(hours=1 + number * 7 % 5)
            plan = RoundPlan(Purpose.READ, (StagePlan(people),), due_at=due)
            letter = register_in(uow, desks.clerk, f"Letter {number}")
            uow.session.flush()
            start_round(uow, desks.clerk, document_id=letter.id, plan=plan)
    clock.advance(hours=3)


def walked(uow: UnitOfWork, actor: Actor, limit: int) -> Iterator[UUID]:
    cursor: str | None = None
    while True:
        lines, cursor = reading_list(uow, actor, cursor=cursor, limit=limit)
        yield from (each.item_id for each in lines)
        if cursor is None:
            return


def stand_in(
    desks: Desks,
    absent: str,
    deputy: str,
    *,
    hours: tuple[int, int] = (0, 48),
    purposes: tuple[Purpose, ...] = (Purpose.READ,),
    ceiling: Secrecy = Secrecy.SECRET,
) -> UUID:
    """Have somebody stand in for a reader for some hours from now."""
    to_id, reader = id_of(desks.reader(deputy)), desks.reader(absent)
    with desks.office.database.writing() as uow:
        return name_deputy(
            uow,
            reader,
            deputy_id=to_id,
            from_at=uow.now + timedelta(hours=hours[0]),
            until_at=uow.now + timedelta(hours=hours[1]),
            purposes=purposes,
            ceiling=ceiling,
        ).id


@pytest.mark.parametrize("limit", [1, 4, 50])
def test_pages_walk_the_desk_once_overdue_first_and_without_deadline_last(
    any_desks: Desks, clock: HeldClock, limit: int
) -> None:
    fill(any_desks, clock, 13, "li")
    with any_desks.office.database.reading() as uow:
        items = uow.session.scalars(select(ReadingItem)).all()
        far = datetime.max.replace(tzinfo=clock.now().tzinfo)
        expected = sorted(items, key=lambda each: (each.due_at or far, each.delivered_at, each.id))
        assert list(walked(uow, any_desks.reader("li"), limit)) == [each.id for each in expected]
        lines, _ = reading_list(uow, any_desks.reader("li"))
        late = [each.overdue for each in lines]
        assert any(late)
        assert late == sorted(late, reverse=True)
        only, _ = reading_list(uow, any_desks.reader("li"), overdue_only=True)
        assert [each.item_id for each in only] == [each.item_id for each in lines if each.overdue]


def test_a_cursor_of_another_list_is_refused(desks: Desks) -> None:
    with desks.office.database.reading() as uow:
        for cursor in ("nonsense", "PjIwMjY", "PHg", "Pg"):
            with pytest.raises(Invalid):
                reading_list(uow, desks.reader("li"), cursor=cursor)
            with pytest.raises(Invalid):
                sent_rounds(uow, desks.clerk, cursor=cursor)


def test_an_item_shows_its_neighbours_on_the_desk(desks: Desks, clock: HeldClock) -> None:
    fill(desks, clock, 5, "li")
    with desks.office.database.reading() as uow:
        order = list(walked(uow, desks.reader("li"), 50))
        pages = [item_page(uow, desks.reader("li"), each) for each in order]
    assert [each.previous_id for each in pages] == [None, *order[:-1]]
    assert [each.next_id for each in pages] == [*order[1:], None]


def test_the_count_is_exact_up_to_its_limit(desks: Desks, clock: HeldClock) -> None:
    fill(desks, clock, 3, "li", "li")
    with desks.office.database.reading() as uow:
        assert reading_count(uow, desks.reader("li")) == 6
    assert COUNT_LIMIT == 100


def test_a_page_costs_the_same_however_much_waits(desks: Desks, clock: HeldClock) -> None:
    counts: list[list[int]] = []
    stand_in(desks, "wang", "li", hours=(0, 500))
    for _ in range(2):
        fill(desks, clock, 7, "li", "wang")
        with desks.office.database.reading() as uow:
            li = desks.reader("li")
            counts.append([])
            asked = (
                lambda: reading_list(uow, li, limit=5),  # noqa: B023 - asked at once
                lambda: reading_count(uow, li),  # noqa: B023 - asked at once
                lambda: sent_rounds(uow, desks.clerk, limit=5),
            )
            for ask in asked:
                with statements(desks.office) as seen:
                    ask()
                counts[-1].append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 3
    assert counts[0][1] <= 2


def test_a_picture_costs_the_same_however_many_read(desks: Desks) -> None:
    small = desks.send(desks.document(), ["li"])
    large = desks.send(desks.document(), ["li", "wang", "zhao"], ["qian", "li"])
    counts = []
    for sent in (small, large):
        with desks.office.database.reading() as uow, statements(desks.office) as seen:
            document_id = round_view(uow, desks.clerk, sent).document_id
            rounds_of(uow, desks.clerk, document_id)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


# Deputies ----------------------------------------------------------------------------------------


def test_a_deputy_finds_what_the_absent_reader_has_to_read_for_that_time(
    any_desks: Desks, clock: HeldClock
) -> None:
    desks, letter = any_desks, any_desks.document()
    before = desks.send(letter, ["li"])
    stand_in(desks, "li", "wang", hours=(24, 48))
    after = desks.send(desks.document("Another letter"), ["li"])
    wang = desks.reader("wang")

    def found() -> list[tuple[str, str | None]]:
        with desks.office.database.reading() as uow:
            lines, _ = reading_list(uow, wang)
            assert reading_count(uow, wang) == len(lines)
            return [(each.title, each.on_behalf_of_name) for each in lines]

    assert found() == []
    with desks.office.database.reading() as uow:
        assert not visible_ids(uow, wang, [letter.id])
    clock.advance(hours=25)
    assert found() == [("Annual report", "li"), ("Another letter", "li")]
    with desks.office.database.reading() as uow:
        assert item_page(uow, wang, desks.item(before, "li")).line.is_deputy
    clock.advance(hours=24)
    assert found() == []
    with desks.office.database.reading() as uow:
        assert not visible_ids(uow, wang, [letter.id])
        with pytest.raises(NotFound):
            item_page(uow, wang, desks.item(after, "li"))


def test_a_deputy_acts_within_purposes_ceiling_and_clearance(desks: Desks) -> None:
    stand_in(desks, "li", "wang", ceiling=Secrecy.INTERNAL)
    zhao = desks.reader("zhao")
    with desks.office.database.writing() as uow:
        lower_clearance(uow, zhao, Secrecy.INTERNAL)
    desks.readers["zhao"] = again(desks.office, zhao)
    stand_in(desks, "li", "zhao")
    desks.send(desks.document("Plain"), ["li"])
    desks.send(desks.document("To approve"), ["li"], purpose=Purpose.APPROVE)
    desks.send(desks.document("Secret", secrecy="secret"), ["li"])
    with desks.office.database.reading() as uow:
        for name in ("wang", "zhao"):
            lines, _ = reading_list(uow, desks.reader(name))
            assert [each.title for each in lines] == ["Plain"], name


def test_a_recall_takes_the_document_from_the_deputy_too(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li"])
    delegation = stand_in(desks, "li", "wang")
    with desks.office.database.reading() as uow:
        assert visible_ids(uow, desks.reader("wang"), [letter.id])
    with desks.office.database.writing() as uow:
        recall_item(uow, desks.clerk, item_id=desks.item(sent, "li"), reason="By mistake")
    with desks.office.database.reading() as uow:
        assert not visible_ids(uow, desks.reader("wang"), [letter.id])
    with desks.office.database.writing() as uow:
        end_deputy(uow, desks.reader("li"), delegation_id=delegation)


def test_a_deputy_loses_sight_of_what_rises_above_the_ceiling_and_gets_it_back(
    any_desks: Desks,
) -> None:
    desks, letter = any_desks, any_desks.document()
    desks.send(letter, ["li"])
    stand_in(desks, "li", "wang", ceiling=Secrecy.CONFIDENTIAL)
    stand_in(desks, "li", "zhao", ceiling=Secrecy.SECRET)

    def seen() -> list[str]:
        with desks.office.database.reading() as uow:
            return [
                name
                for name in ("li", "wang", "zhao")
                if visible_ids(uow, desks.reader(name), [letter.id])
            ]

    assert seen() == ["li", "wang", "zhao"]
    for secrecy, expected in (
        (Secrecy.SECRET, ["li", "zhao"]),
        (Secrecy.CONFIDENTIAL, ["li", "wang", "zhao"]),
    ):
        with desks.office.database.writing() as uow:
            change_secrecy(
                uow,
                desks.clerk,
                document_id=letter.id,
                version=None,
                secrecy=secrecy,
                reason="Looked at again",
            )
        with Worker(desks.office) as worker:
            worker.run_until_idle()
        assert seen() == expected
