"""Sending: drafts, double clicks, who can be a reader, deadlines, and what is told."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from records.circulation.managing import recall_round
from records.circulation.models import ReadingItem, Round, RoundContent
from records.circulation.plans import ReaderChoice, RoundPlan, StagePlan, expand_readers
from records.circulation.rules import Purpose
from records.circulation.sending import (
    change_draft,
    discard_draft,
    draft_round,
    send_round,
    start_round,
    start_rounds,
)
from records.circulation.sent import sent_rounds
from records.circulation.telling import round_view, rounds_of
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from records.core.ids import new_id
from records.core.jobs import Job
from records.core.log import log_size
from records.documents.visibility import visible_ids
from records.finding.changes import changed_documents
from records.people.organization import add_post, assign
from records.people.rules import SERVICE, Role, Secrecy
from records.people.service import disable_user
from records.registration.service import void_registration
from tests.builders import add_group, add_person, add_unit, id_of
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks, due_of
from tests.records.test_listing import statements


def test_a_draft_is_kept_changed_and_sent(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    first, second = desks.plan(["li"]), desks.plan(["wang"], ["zhao"], note="For your opinion")
    with desks.office.database.writing() as uow:
        draft = draft_round(uow, desks.clerk, document_id=letter.id, plan=first)
    with desks.office.database.writing() as uow:
        changed = change_draft(
            uow, desks.clerk, round_id=draft.id, version=draft.version, plan=second
        )
    assert changed.version > draft.version
    with pytest.raises(Stale), desks.office.database.writing() as uow:
        change_draft(uow, desks.clerk, round_id=draft.id, version=draft.version, plan=first)
    with pytest.raises(Stale), desks.office.database.writing() as uow:
        send_round(uow, desks.clerk, round_id=draft.id, version=draft.version)
    assert desks.states(draft.id) == ("draft", ["waiting", "waiting"], ["waiting", "waiting"])
    with desks.office.database.writing() as uow:
        send_round(uow, desks.clerk, round_id=draft.id, version=changed.version)
    with desks.office.database.reading() as uow:
        view = round_view(uow, desks.reader("wang"), draft.id)
        assert [each.reader_name for each in view.items] == ["wang", "zhao"]
        assert view.note == "For your opinion"
        content = uow.session.scalars(select(RoundContent)).all()
        assert [(each.revision, each.position) for each in content] == [(1, 0)]


def test_a_draft_is_its_senders_alone(desks: Desks) -> None:
    letter = desks.document(secrecy="public")
    other = add_person(desks.office, "clerk2", Role.CLERK)
    with desks.office.database.writing() as uow:
        plan = desks_plan(desks, "clerk")
        draft = draft_round(uow, desks.clerk, document_id=letter.id, plan=plan)
    with desks.office.database.reading() as uow:
        assert len(rounds_of(uow, desks.clerk, letter.id)) == 1
        assert rounds_of(uow, other, letter.id) == []
        assert sent_rounds(uow, other)[0] == []
        with pytest.raises(NotFound):
            round_view(uow, other, draft.id)
    for act in (send_round, discard_draft):
        with pytest.raises(NotFound), desks.office.database.writing() as uow:
            act(uow, other, round_id=draft.id)
    with desks.office.database.writing() as uow:
        discard_draft(uow, desks.clerk, round_id=draft.id)
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        send_round(uow, desks.clerk, round_id=draft.id)
    assert desks.states(draft.id) == ("discarded", [], [])


def desks_plan(desks: Desks, *names: str) -> RoundPlan:
    """A plan for people who are there already, so that it can be made in an open unit."""
    people = {"clerk": desks.clerk, **desks.readers}
    stage = StagePlan(tuple(id_of(people[name]) for name in names))
    return RoundPlan(Purpose.READ, (stage,))


def test_a_double_click_sends_once(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    plan, form = desks.plan(["li"]), new_id()
    for _ in range(2):
        with desks.office.database.writing() as uow:
            start_round(uow, desks.clerk, document_id=letter.id, plan=plan, round_id=form)
    with desks.office.database.writing() as uow:
        send_round(uow, desks.clerk, round_id=form, version=1)
    with desks.office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Round)) == 1
        told = uow.session.scalars(select(Job).where(Job.kind == "notice.tell")).all()
        assert [each.payload["kind"] for each in told] == ["item.delivered"]
    other = desks.document("Another letter")
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        start_round(uow, desks.clerk, document_id=other.id, plan=plan, round_id=form)


def test_the_same_reader_twice_and_the_sender_as_reader_work(desks: Desks) -> None:
    desks.readers["clerk"] = desks.clerk
    sent = desks.send(desks.document(), ["li", "li", "clerk"], ["li"])
    assert desks.states(sent)[2] == ["delivered", "delivered", "delivered", "waiting"]
    desks.sign(sent, "clerk")
    with desks.office.database.reading() as uow:
        items = round_view(uow, desks.reader("li"), sent).items
    assert [each.reader_name for each in items] == ["li", "li", "clerk", "li"]
    assert len({each.id for each in items}) == 4


def test_readers_see_the_document_from_delivery_on(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li"], ["wang"])

    def seen() -> list[str]:
        with desks.office.database.reading() as uow:
            return [
                name for name in ("li", "wang") if visible_ids(uow, desks.reader(name), [letter.id])
            ]

    assert seen() == ["li"]
    desks.sign(sent, "li")
    assert seen() == ["li", "wang"]


def test_who_cannot_read_the_document_is_refused_by_name(desks: Desks) -> None:
    letter = desks.document(secrecy="secret")
    desks.readers["li"] = add_person(
        desks.office, "li", Role.STAFF, clearance=Secrecy.INTERNAL, name="Li Na"
    )
    with pytest.raises(Invalid, match="Li Na") as refused:
        desks.send(letter, ["li"])
    assert refused.value.field == "readers"
    keeper = add_person(desks.office, "keeper", Role.SYSTEM_ADMIN)
    wang = desks.reader("wang")
    with desks.office.database.writing() as uow:
        disable_user(uow, keeper, user_id=id_of(wang))
    with pytest.raises(Invalid, match="wang") as refused:
        desks.send(letter, ["wang"])
    assert refused.value.field == "readers"
    with pytest.raises(Invalid) as refused:
        desks.send(letter, ["zhao"], urger_id=id_of(desks.readers["li"]))
    assert refused.value.field == "urger"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"due_at": datetime(2026, 3, 1, tzinfo=UTC)}, "due_at"),
        ({"repeat_hours": 0}, "repeat_hours"),
        ({"remind_before_hours": -1}, "remind_before_hours"),
        ({"escalate_after_hours": 1}, "escalate_to"),
        ({"due_days": 400}, "due_days"),
        ({"urger_id": UUID(int=7)}, "urger"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(
    desks: Desks, facts: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        desks.send(desks.document(), ["li"], **facts)
    assert refused.value.field == field


def test_a_stage_without_readers_can_be_drafted_and_not_sent(desks: Desks) -> None:
    letter = desks.document()
    plans: list[list[list[str]]] = [[], [[]], [["li"], []]]
    for stages in plans:
        with pytest.raises(Invalid) as refused:
            desks.send(letter, *stages)
        assert refused.value.field == "readers"


def test_only_who_circulates_and_sees_the_document_sends_it(desks: Desks) -> None:
    letter = desks.document()
    staff = add_person(desks.office, "staff", Role.STAFF)
    add_unit(desks.office, "finance")
    leader = add_person(desks.office, "leader", Role.LEADER, unit="finance")
    plan = desks.plan(["li"])
    for who, refusal in ((staff, NotAllowed), (leader, NotFound)):
        with pytest.raises(refusal), desks.office.database.writing() as uow:
            start_round(uow, who, document_id=letter.id, plan=plan)


def test_a_voided_document_is_not_sent(desks: Desks) -> None:
    letter, plan = desks.document(), desks.plan(["li"])
    with desks.office.database.writing() as uow:
        draft = draft_round(uow, desks.clerk, document_id=letter.id, plan=plan)
    with desks.office.database.writing() as uow:
        void_registration(
            uow, desks.clerk, document_id=letter.id, version=None, reason="Entered twice"
        )
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        send_round(uow, desks.clerk, round_id=draft.id)
    with pytest.raises(Conflict), desks.office.database.writing() as uow:
        start_round(uow, desks.clerk, document_id=letter.id, plan=plan)


def test_several_documents_are_sent_together_or_not_at_all(desks: Desks) -> None:
    letters = [desks.document(f"Letter {number}").id for number in range(3)]
    plan = desks.plan(["li"])
    with desks.office.database.writing() as uow:
        made = start_rounds(uow, desks.clerk, document_ids=letters[::-1], plan=plan)
    assert [each.document_id for each in made] == letters[::-1]
    with pytest.raises(NotFound), desks.office.database.writing() as uow:
        start_rounds(uow, desks.clerk, document_ids=[*letters, new_id()], plan=plan)
    with desks.office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Round)) == 3


def test_deadlines_are_working_days_of_the_stage_or_that_of_the_round(
    desks: Desks, clock: HeldClock
) -> None:
    whole = clock.now() + timedelta(days=20)
    sent = desks.send(desks.document(), ["li"], ["wang"], due_days=5, due_at=whole)
    # From Monday five working days: the next Monday at six in the evening in Shanghai.
    assert due_of(desks.office, desks.item(sent, "li")) == datetime(2026, 3, 9, 10, tzinfo=UTC)
    clock.advance(days=2)
    desks.sign(sent, "li")
    assert due_of(desks.office, desks.item(sent, "wang")) == datetime(2026, 3, 11, 10, tzinfo=UTC)
    plain = desks.send(desks.document(), ["li"], due_at=whole)
    assert due_of(desks.office, desks.item(plain, "li")) == whole


def test_reminders_are_first_looked_for_before_the_deadline(desks: Desks, clock: HeldClock) -> None:
    def next_look(**facts: object) -> datetime | None:
        sent = desks.send(desks.document(), ["li"], **facts)
        with desks.office.database.reading() as uow:
            item = uow.session.get_one(ReadingItem, desks.item(sent, "li"))
            return item.next_urge_at

    due = clock.now() + timedelta(days=3)
    assert next_look() is None
    assert next_look(due_at=due) == due - timedelta(hours=24)
    assert next_look(due_at=due, remind_before_hours=71) == due - timedelta(hours=71)


def test_choices_become_people_in_order_and_without_closed_accounts(desks: Desks) -> None:
    office = desks.office
    unit = add_unit(office, "finance")
    people = {
        name: add_person(office, name, Role.STAFF, unit="finance")
        for name in ("chen", "zhou", "gone")
    }
    keeper = add_person(office, "keeper", Role.SYSTEM_ADMIN)
    group = add_group(office, "Committee", [people["zhou"], desks.clerk])
    with office.database.writing() as uow:
        disable_user(uow, keeper, user_id=id_of(people["gone"]))
        post = add_post(
            uow, SERVICE, unit_id=unit, title="Head", roles=frozenset({Role.LEADER}), rank=1
        )
        assign(uow, SERVICE, user_id=id_of(people["zhou"]), post_id=post.id)
    names = {id_of(each): each.name for each in (*people.values(), desks.clerk)}

    def expanded(*choices: tuple[str, UUID]) -> list[str]:
        with office.database.reading() as uow:
            found = expand_readers(uow, [ReaderChoice(kind, id_) for kind, id_ in choices])
            return [names[each] for each in found]

    assert expanded(("unit", unit)) == ["zhou", "chen"]
    assert expanded(("post", post.id)) == ["zhou"]
    assert expanded(("group", group)) == ["clerk", "zhou"]
    chen = id_of(people["chen"])
    assert expanded(("user", chen), ("unit", unit)) == ["chen", "zhou"]
    assert expanded(("user", chen), ("user", chen)) == ["chen", "chen"]
    assert expanded(("user", id_of(people["gone"]))) == []
    with pytest.raises(Invalid):
        expanded(("everybody", unit))


def test_a_stage_of_many_readers_is_worked_out_once(desks: Desks) -> None:
    names = [f"reader{number}" for number in range(30)]
    letter, plan = desks.document(), desks.plan(names)
    with desks.office.database.writing() as uow, statements(desks.office) as seen:
        start_round(uow, desks.clerk, document_id=letter.id, plan=plan)
    assert sum(each.startswith("DELETE FROM access") for each in seen) == 1
    assert sum(each.replace('"', "").startswith("INSERT INTO grant") for each in seen) == 1


def test_the_index_looks_at_a_document_again_when_rights_were_given(desks: Desks) -> None:
    letter = desks.document()
    with desks.office.database.reading() as uow:
        before = log_size(uow.session)
    sent = desks.send(letter, ["li"])
    with desks.office.database.reading() as uow:
        assert changed_documents(uow, before, log_size(uow.session)) == [letter.id]
        before = log_size(uow.session)
    with desks.office.database.writing() as uow:
        recall_round(uow, desks.clerk, round_id=sent, reason="By mistake")
    with desks.office.database.reading() as uow:
        assert changed_documents(uow, before, log_size(uow.session)) == [letter.id]
