"""A round under way: readers added and removed, returns settled, deadline, recall, closing."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from records.circulation import managing
from records.circulation.models import ReadingItem, Stage
from records.circulation.reading import PageShown, note_pages, open_item, return_item
from records.circulation.telling import reading_list, round_view
from records.core.errors import Conflict, Invalid, NotFound
from records.core.jobs import Job
from records.documents.models import Component
from records.documents.visibility import visible_ids
from records.people.rules import Role, Secrecy
from records.people.service import disable_user
from records.registration.service import change_secrecy
from tests.builders import add_person, id_of
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks, due_of


def stages_of(desks: Desks, sent: UUID) -> list[UUID]:
    with desks.office.database.reading() as uow:
        query = select(Stage.id).where(Stage.round_id == sent).order_by(Stage.position)
        return list(uow.session.scalars(query))


def told(desks: Desks, kind: str) -> list[set[str]]:
    """Whom each piece of news of a kind goes to."""
    names = {str(id_of(each)): each.name for each in (desks.clerk, *desks.readers.values())}
    with desks.office.database.reading() as uow:
        jobs = uow.session.scalars(select(Job).where(Job.kind == "notice.tell").order_by(Job.id))
        return [
            {names[each] for each in job.payload["to"]}
            for job in jobs
            if job.payload["kind"] == kind
        ]


def give_back(desks: Desks, sent: UUID, name: str) -> UUID:
    item = desks.item(sent, name)
    with desks.office.database.writing() as uow:
        return_item(uow, desks.reader(name), item_id=item, reason="Not for me")
    return item


def test_readers_are_added_to_a_stage_under_way_to_one_to_come_and_at_the_end(
    any_desks: Desks,
) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"], ["wang"])
    first, second = stages_of(desks, sent)
    zhao = [id_of(desks.reader("zhao"))]
    for stage in (first, second, None):
        with desks.office.database.writing() as uow:
            managing.add_readers(uow, desks.clerk, round_id=sent, stage_id=stage, reader_ids=zhao)
    assert desks.states(sent) == (
        "running",
        ["running", "waiting", "waiting"],
        ["delivered", "delivered", "waiting", "waiting", "waiting"],
    )
    with desks.office.database.writing() as uow:
        for name in ("li", "zhao"):
            item = uow.session.scalars(
                select(ReadingItem.id).where(
                    ReadingItem.stage_id == first,
                    ReadingItem.reader_id == id_of(desks.reader(name)),
                )
            ).one()
            managing.skip_item(uow, desks.clerk, item_id=item, reason="Away")
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        managing.add_readers(uow, desks.clerk, round_id=sent, stage_id=first, reader_ids=zhao)


def test_adding_readers_lets_a_complete_round_run_again(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"])
    desks.sign(sent, "li")
    assert desks.states(sent)[0] == "complete"
    assert told(desks, "round.completed") == [{"clerk"}]
    wang = [id_of(desks.reader("wang"))]
    with desks.office.database.writing() as uow:
        managing.add_readers(uow, desks.clerk, round_id=sent, stage_id=None, reader_ids=wang)
    assert desks.states(sent) == ("running", ["done", "running"], ["signed", "delivered"])


def test_a_returned_item_holds_its_stage_until_it_is_settled(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"], ["wang"])
    item = give_back(desks, sent, "li")
    assert desks.states(sent) == ("running", ["running", "waiting"], ["returned", "waiting"])
    assert told(desks, "item.returned") == [{"clerk"}]
    with desks.office.database.writing() as uow:
        managing.settle_item(uow, desks.clerk, item_id=item)
    assert desks.states(sent) == ("running", ["done", "running"], ["returned", "delivered"])
    for act in (managing.settle_item, managing.send_again):
        with pytest.raises(Conflict), desks.office.database.writing() as uow:
            act(uow, desks.clerk, item_id=item)


def test_a_returned_item_is_sent_again_as_a_new_one(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"], ["wang"])
    item = give_back(desks, sent, "li")
    with desks.office.database.writing() as uow:
        again = managing.send_again(uow, desks.clerk, item_id=item)
        assert again.previous_id == item
    assert desks.states(sent) == (
        "running",
        ["running", "waiting"],
        ["returned", "delivered", "waiting"],
    )
    desks.sign(sent, "li")
    assert desks.states(sent)[1] == ["done", "running"]


def test_stages_not_begun_change_places(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li"], ["wang"], ["zhao"], ["qian"])
    first, *rest = stages_of(desks, sent)
    with desks.office.database.writing() as uow:
        managing.reorder_stages(uow, desks.clerk, round_id=sent, stage_ids=rest[::-1])
    assert stages_of(desks, sent) == [first, *rest[::-1]]
    desks.sign(sent, "li")
    with desks.office.database.reading() as uow:
        line = reading_list(uow, desks.reader("qian"))[0]
        assert len(line) == 1
    for wrong in ([first, *rest], rest[1:], [rest[1]] * 3):
        with pytest.raises(Invalid), desks.office.database.writing() as uow:
            managing.reorder_stages(uow, desks.clerk, round_id=sent, stage_ids=wrong)


def test_an_item_is_recalled_and_its_reader_sees_nothing_any_more(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li", "wang", "zhao"])
    with desks.office.database.writing() as uow:
        open_item(uow, desks.reader("li"), item_id=desks.item(sent, "li"))
    for name in ("li", "wang"):
        with desks.office.database.writing() as uow:
            managing.recall_item(
                uow, desks.clerk, item_id=desks.item(sent, name), reason="Wrong person"
            )
    assert desks.states(sent)[2] == ["recalled", "recalled", "delivered"]
    # Only who had begun to read is told.
    assert told(desks, "item.recalled") == [{"li"}]
    with desks.office.database.reading() as uow:
        for name, seen in (("li", set()), ("wang", set()), ("zhao", {letter.id})):
            assert visible_ids(uow, desks.reader(name), [letter.id]) == seen
    with pytest.raises(NotFound):
        desks.sign(sent, "li")


def test_a_recalled_round_ends_for_those_who_have_not_answered(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li", "wang", "zhao"], ["qian"])
    desks.sign(sent, "li")
    give_back(desks, sent, "zhao")
    with pytest.raises(Invalid), desks.office.database.writing() as uow:
        managing.recall_round(uow, desks.clerk, round_id=sent, reason=" ")
    with desks.office.database.writing() as uow:
        managing.recall_round(uow, desks.clerk, round_id=sent, reason="Sent by mistake")
    assert desks.states(sent) == (
        "recalled",
        ["done", "done"],
        ["signed", "recalled", "returned", "recalled"],
    )
    with desks.office.database.reading() as uow:
        assert visible_ids(uow, desks.reader("li"), [letter.id])
        assert not visible_ids(uow, desks.reader("wang"), [letter.id])
        assert round_view(uow, desks.clerk, sent).end_reason == "Sent by mistake"


def test_closing_early_needs_a_reason_and_leaves_everything_readable(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li", "wang"], ["zhao"])
    desks.sign(sent, "li")
    with pytest.raises(Invalid), desks.office.database.writing() as uow:
        managing.close_round(uow, desks.clerk, round_id=sent, reason=None)
    with desks.office.database.writing() as uow:
        managing.close_round(uow, desks.clerk, round_id=sent, reason="The matter is settled")
    assert desks.states(sent) == ("closed", ["done", "done"], ["signed", "skipped", "skipped"])
    with desks.office.database.reading() as uow:
        assert visible_ids(uow, desks.reader("wang"), [letter.id])
        assert not visible_ids(uow, desks.reader("zhao"), [letter.id])
        assert reading_list(uow, desks.reader("wang"))[0] == []
    with pytest.raises(Conflict):
        desks.sign(sent, "wang")


def test_a_complete_round_is_closed_without_a_reason(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"])
    desks.sign(sent, "li")
    with desks.office.database.writing() as uow:
        managing.close_round(uow, desks.clerk, round_id=sent, reason=None)
    assert desks.states(sent)[0] == "closed"


def test_deadlines_move_for_what_is_in_hand_and_for_what_comes(
    desks: Desks, clock: HeldClock
) -> None:
    sent = desks.send(desks.document(), ["li"], ["wang"])
    first, second = stages_of(desks, sent)
    soon, later = clock.now() + timedelta(days=2), clock.now() + timedelta(days=9)
    for stage, due_at in ((None, later), (second, soon)):
        with desks.office.database.writing() as uow:
            managing.change_deadline(uow, desks.clerk, round_id=sent, stage_id=stage, due_at=due_at)
    assert due_of(desks.office, desks.item(sent, "li")) == later
    desks.sign(sent, "li")
    assert due_of(desks.office, desks.item(sent, "wang")) == soon
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        managing.change_deadline(uow, desks.clerk, round_id=sent, stage_id=first, due_at=soon)
    with pytest.raises(Invalid), desks.office.database.writing() as uow:
        managing.change_deadline(
            uow, desks.clerk, round_id=sent, stage_id=second, due_at=clock.now()
        )
    with desks.office.database.writing() as uow:
        managing.change_deadline(uow, desks.clerk, round_id=sent, stage_id=second, due_at=None)
    assert due_of(desks.office, desks.item(sent, "wang")) == later


def test_secrecy_raised_later_hides_the_item_until_it_is_recalled(desks: Desks) -> None:
    letter = desks.document()
    desks.readers["li"] = add_person(
        desks.office, "li", Role.AUDITOR, clearance=Secrecy.CONFIDENTIAL
    )
    sent = desks.send(letter, ["li"])
    with desks.office.database.writing() as uow:
        change_secrecy(
            uow,
            desks.clerk,
            document_id=letter.id,
            version=None,
            secrecy=Secrecy.SECRET,
            term=None,
            reason="Names of people",
        )
    with desks.office.database.reading() as uow:
        assert reading_list(uow, desks.reader("li"))[0] == []
    with pytest.raises(NotFound):
        desks.sign(sent, "li")
    with desks.office.database.writing() as uow:
        managing.recall_item(uow, desks.clerk, item_id=desks.item(sent, "li"), reason="Secret now")
    assert desks.states(sent)[0] == "complete"


def test_a_reader_whose_account_was_closed_is_skipped(desks: Desks) -> None:
    sent = desks.send(desks.document(), ["li"], ["wang"])
    keeper = add_person(desks.office, "keeper", Role.SYSTEM_ADMIN)
    with desks.office.database.writing() as uow:
        disable_user(uow, keeper, user_id=id_of(desks.reader("li")))
    with desks.office.database.writing() as uow:
        managing.skip_item(uow, desks.clerk, item_id=desks.item(sent, "li"), reason="Has left")
    assert desks.states(sent)[2] == ["skipped", "delivered"]
    li = [id_of(desks.reader("li"))]
    with pytest.raises(Invalid), desks.office.database.writing() as uow:
        managing.add_readers(uow, desks.clerk, round_id=sent, stage_id=None, reader_ids=li)


def test_what_readers_said_is_for_those_who_take_part(desks: Desks) -> None:
    letter = desks.document(secrecy="public")
    sent = desks.send(letter, ["li", "wang"], ["zhao"])
    desks.sign(sent, "li")
    onlooker, _ = desks.reader("qian"), desks.reader("zhao")
    with desks.office.database.reading() as uow:
        for who, opinion in (
            (desks.clerk, "Read"),
            (desks.reader("wang"), "Read"),
            (desks.reader("zhao"), None),  # not yet
            (onlooker, None),
        ):
            first = round_view(uow, who, sent).items[0]
            assert (first.state, first.opinion) == ("signed", opinion)


def test_pages_that_were_shown_add_up_until_the_item_has_ended(any_desks: Desks) -> None:
    from records.circulation.models import PageReading

    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li"])
    item = desks.item(sent, "li")
    with desks.office.database.reading() as uow:
        component = uow.session.scalars(
            select(Component.id).where(Component.document_id == letter.id)
        ).one()

    def note(*shown: tuple[int, int], of: UUID = component) -> None:
        with desks.office.database.writing() as uow:
            pages = [PageShown(of, page, seconds) for page, seconds in shown]
            note_pages(uow, desks.reader("li"), item_id=item, pages=pages)

    note((1, 5), (2, 3), (1, 1))
    note((1, 10), (0, 4), (-1, 4), (3, -1))
    note((1, 10), of=item)
    desks.sign(sent, "li")
    note((1, 100))
    with desks.office.database.reading() as uow:
        kept = uow.session.scalars(select(PageReading).order_by(PageReading.page))
        assert [(each.page, each.seconds) for each in kept] == [(1, 16), (2, 3)]
