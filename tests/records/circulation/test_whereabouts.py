"""Where the paper of a document is: handed over, confirmed, withdrawn, taken with the label."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from records.audit.timeline import timeline
from records.circulation.labels import document_by_label, label_of
from records.circulation.models import DocumentLabel, PaperHolding
from records.circulation.paper import (
    confirm_paper,
    hand_paper,
    take_paper,
    to_confirm,
    withdraw_paper,
)
from records.circulation.reading import return_item
from records.circulation.sending import draft_round
from records.circulation.whereabouts import End, Keeper, Kept, Whereabouts, whereabouts_of
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.core.jobs import Job
from records.core.news import SETTLE_JOB, TELL_JOB
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.people.service import disable_user
from records.registration.service import change_secrecy
from tests import builders
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks


@dataclass
class Place:
    """An office with one paper, its clerk, and people who may see it or not."""

    office: Office
    clock: HeldClock
    clerk: Actor
    wang: Actor
    li: Actor
    stranger: Actor
    paper: Document

    def hand(self, giver: Actor, to: Actor, **more: str) -> PaperHolding:
        assert to.user_id is not None
        with self.office.database.writing() as uow:
            return hand_paper(uow, giver, document_id=self.paper.id, to_id=to.user_id, **more)

    def confirm(self, who: Actor, holding: PaperHolding) -> PaperHolding:
        with self.office.database.writing() as uow:
            return confirm_paper(uow, who, holding_id=holding.id)

    def withdraw(self, who: Actor, holding: PaperHolding) -> PaperHolding:
        with self.office.database.writing() as uow:
            return withdraw_paper(uow, who, holding_id=holding.id)

    def take(self, who: Actor, code: str) -> PaperHolding:
        with self.office.database.writing() as uow:
            return take_paper(uow, who, code=code)

    def label(self, who: Actor) -> str:
        with self.office.database.writing() as uow:
            return label_of(uow, who, self.paper.id)

    def where(self, who: Actor | None = None) -> Whereabouts:
        with self.office.database.reading() as uow:
            return whereabouts_of(uow, who or self.clerk, self.paper.id)

    def kinds(self) -> list[str]:
        with self.office.database.reading() as uow:
            return [each.kind for each in timeline(uow, self.clerk, self.paper.id)]

    def jobs(self, kind: str) -> list[Job]:
        with self.office.database.reading() as uow:
            return list(uow.session.scalars(select(Job).where(Job.kind == kind)))


@pytest.fixture
def place(any_office: Office, clock: HeldClock) -> Place:
    office = any_office
    builders.add_unit(office, "finance")
    builders.add_unit(office, "elsewhere")
    clerk = builders.add_person(office, "clerk", Role.CLERK, name="Zhao Clerk")
    return Place(
        office,
        clock,
        clerk,
        builders.add_person(office, "wang", unit="finance", name="王芳"),
        builders.add_person(office, "li", unit="finance", name="李强"),
        builders.add_person(office, "stranger", unit="elsewhere"),
        builders.register(office, clerk, "Budget", unit="finance"),
    )


def test_the_registry_has_the_paper_until_somebody_confirms_to_have_it(place: Place) -> None:
    found = place.where()
    assert found.paper is not None
    assert (found.paper.keeper, found.paper.name) == (Keeper.REGISTRY, "Office")
    assert [(each.keeper, each.name) for each in found.electronic] == [(Keeper.UNIT, "Finance")]
    place.clock.advance(hours=2)
    holding = place.hand(place.clerk, place.wang, place="Room 12", note="Signed copy")
    found = place.where()
    assert found.paper.name == "Office" if found.paper else False
    assert found.pending is not None
    assert found.pending.leg.name == "王芳"
    assert found.pending.may_withdraw
    assert not found.pending.mine
    assert not found.may_hand
    assert place.where(place.wang).pending.mine  # type: ignore[union-attr]
    place.clock.advance(hours=1)
    place.confirm(place.wang, holding)
    found = place.where()
    assert found.paper is not None
    assert (found.paper.name, found.paper.place) == ("王芳", "Room 12")
    assert found.paper.from_at == place.clock.now()
    assert found.pending is None
    assert place.kinds()[-2:] == ["paper.handed", "paper.confirmed"]


def test_the_whole_way_has_every_holder_with_from_until_and_length(place: Place) -> None:
    place.clock.advance(hours=2)
    place.confirm(place.wang, place.hand(place.clerk, place.wang))
    place.clock.advance(days=1)
    lost = place.hand(place.wang, place.li)
    place.clock.advance(hours=3)
    place.withdraw(place.wang, lost)
    place.confirm(place.li, place.hand(place.wang, place.li))
    place.clock.advance(minutes=30)
    way = [each for each in place.where().way if each.kept is Kept.PAPER]
    now = place.clock.now()
    assert [(each.name, each.end, each.length(now).total_seconds() / 60) for each in way] == [
        ("Office", End.HANDED_ON, 120),
        ("王芳", End.HANDED_ON, 27 * 60),
        ("李强", End.WITHDRAWN, 180),
        ("李强", None, 30),
    ]
    assert way[-1].given_by == "王芳"


def test_confirming_twice_counts_once(place: Place) -> None:
    holding = place.hand(place.clerk, place.wang)
    place.confirm(place.wang, holding)
    place.clock.advance(hours=1)
    first = place.where().paper
    place.confirm(place.wang, holding)
    assert place.where().paper == first
    assert place.kinds().count("paper.confirmed") == 1


def test_the_taker_is_told_and_the_notice_goes_when_it_is_confirmed(place: Place) -> None:
    holding = place.hand(place.clerk, place.wang)
    told = place.jobs(TELL_JOB)
    assert [(each.payload or {})["to"] for each in told] == [[str(place.wang.user_id)]]
    with place.office.database.reading() as uow:
        assert [each[1].id for each in to_confirm(uow, place.wang)] == [place.paper.id]
        assert to_confirm(uow, place.li) == []
    place.confirm(place.wang, holding)
    assert [(each.payload or {})["subjects"] for each in place.jobs(SETTLE_JOB)] == [
        [str(holding.id)]
    ]
    with place.office.database.reading() as uow:
        assert to_confirm(uow, place.wang) == []


def test_a_clerk_who_takes_the_paper_back_has_it_at_once(place: Place) -> None:
    place.confirm(place.wang, place.hand(place.clerk, place.wang))
    taken = place.hand(place.clerk, place.clerk)
    assert taken.confirmed_at is not None
    assert taken.given_by == place.wang.user_id
    assert place.where().paper.name == "Zhao Clerk"  # type: ignore[union-attr]


def test_only_the_holder_and_the_registry_hand_a_paper_over(place: Place) -> None:
    with pytest.raises(NotAllowed):
        place.hand(place.li, place.wang)
    place.confirm(place.wang, place.hand(place.clerk, place.wang))
    with pytest.raises(NotAllowed):
        place.hand(place.li, place.li)
    with pytest.raises(Conflict):
        place.hand(place.wang, place.wang)
    with pytest.raises(NotFound):
        place.hand(place.stranger, place.wang)
    place.hand(place.wang, place.li)
    with pytest.raises(Conflict):
        place.hand(place.clerk, place.wang)


def test_nobody_gets_a_paper_who_may_not_see_the_document(place: Place) -> None:
    with pytest.raises(Invalid) as refused:
        place.hand(place.clerk, place.stranger)
    assert refused.value.field == "to"
    admin = builders.add_person(place.office, "admin", Role.SYSTEM_ADMIN)
    with place.office.database.writing() as uow:
        assert place.li.user_id is not None
        disable_user(uow, admin, user_id=place.li.user_id)
    with pytest.raises(Invalid):
        place.hand(place.clerk, place.li)
    with pytest.raises(Invalid), place.office.database.writing() as uow:
        hand_paper(uow, place.clerk, document_id=place.paper.id, to_id=uuid4())


def test_others_neither_confirm_nor_withdraw(place: Place) -> None:
    holding = place.hand(place.clerk, place.wang)
    refusals: list[tuple[type[Refusal], Actor]] = [
        (NotAllowed, place.li),
        (NotFound, place.stranger),
    ]
    for kind, who in refusals:
        with pytest.raises(kind):
            place.confirm(who, holding)
        with pytest.raises(kind):
            place.withdraw(who, holding)
    with pytest.raises(NotAllowed):
        place.confirm(place.clerk, holding)
    place.withdraw(place.clerk, holding)
    with pytest.raises(Conflict):
        place.confirm(place.wang, holding)


def test_a_confirmed_hand_over_is_not_withdrawn(place: Place) -> None:
    holding = place.hand(place.clerk, place.wang)
    place.confirm(place.wang, holding)
    for who in (place.clerk, place.wang):
        with pytest.raises(Conflict):
            place.withdraw(who, holding)


def test_with_the_label_in_hand_one_press_is_enough(place: Place) -> None:
    code = place.label(place.clerk)
    assert place.label(place.wang) == code
    on_its_way = place.hand(place.clerk, place.li)
    taken = place.take(place.wang, code.upper())
    assert (taken.confirmed_by_way, taken.given_by) == ("label", None)
    assert place.where().paper.name == "王芳"  # type: ignore[union-attr]
    assert place.where().pending is None
    with pytest.raises(Conflict):
        place.confirm(place.li, on_its_way)
    assert place.take(place.wang, code).id == taken.id
    handed = place.hand(place.wang, place.li)
    assert place.take(place.li, code).id == handed.id
    assert place.kinds().count("paper.confirmed") == 2
    assert place.kinds().count("label.made") == 1


def test_a_code_is_random_and_finds_nothing_for_who_may_not_see_the_document(place: Place) -> None:
    code = place.label(place.clerk)
    assert len(code) == 26
    other = builders.register(place.office, place.clerk, "Other")
    with place.office.database.writing() as uow:
        assert label_of(uow, place.clerk, other.id) != code
        with pytest.raises(NotFound):
            label_of(uow, place.stranger, place.paper.id)
        for who, asked in ((place.stranger, code), (place.clerk, "a" * 26), (place.clerk, "")):
            with pytest.raises(NotFound):
                document_by_label(uow, who, asked)
            with pytest.raises(NotFound):
                take_paper(uow, who, code=asked)
        with pytest.raises(NotFound):
            whereabouts_of(uow, place.stranger, place.paper.id)


def test_a_paper_that_became_too_secret_leaves_the_list_of_its_taker(place: Place) -> None:
    junior = builders.add_person(
        place.office, "junior", unit="finance", clearance=Secrecy.INTERNAL, name="Junior"
    )
    holding = place.hand(place.clerk, junior)
    with place.office.database.writing() as uow:
        change_secrecy(
            uow,
            place.clerk,
            document_id=place.paper.id,
            version=None,
            secrecy=Secrecy.SECRET,
            reason="Contains names",
        )
    with place.office.database.reading() as uow:
        assert to_confirm(uow, junior) == []
    with pytest.raises(NotFound):
        place.confirm(junior, holding)


def test_an_electronic_document_has_no_paper_until_somebody_has_one(place: Place) -> None:
    place.paper = builders.register(
        place.office, place.clerk, "Mail", unit="finance", files=[("a.txt", b"words")]
    )
    assert place.where().paper is None
    assert place.where().may_hand
    place.confirm(place.wang, place.hand(place.clerk, place.wang))
    assert place.where().paper.name == "王芳"  # type: ignore[union-attr]


def test_labels_are_one_for_each_document(place: Place) -> None:
    code = place.label(place.clerk)
    with place.office.database.reading() as uow:
        rows = list(uow.session.scalars(select(DocumentLabel)))
    assert [(each.code, each.document_id) for each in rows] == [(code, place.paper.id)]
    assert isinstance(rows[0].document_id, UUID)


def test_the_electronic_item_goes_from_reader_to_reader_and_home(any_desks: Desks) -> None:
    desks, clock = any_desks, any_desks.office.database.clock
    assert isinstance(clock, HeldClock)
    document = desks.document()
    clock.advance(hours=1)
    round_id = desks.send(document, ["li", "wang"], ["zhao"])
    clock.advance(hours=2)
    desks.sign(round_id, "li")

    def where() -> Whereabouts:
        with desks.office.database.reading() as uow:
            return whereabouts_of(uow, desks.clerk, document.id)

    assert [each.name for each in where().electronic] == ["wang"]
    clock.advance(hours=1)
    desks.sign(round_id, "wang")
    assert [each.name for each in where().electronic] == ["zhao"]
    item_id, zhao = desks.item(round_id, "zhao"), desks.reader("zhao")
    with desks.office.database.writing() as uow:
        return_item(uow, zhao, item_id=item_id, reason="Not mine")
    clock.advance(days=1)
    found = where()
    now = clock.now()
    hours = [(each.name, each.end, each.length(now).total_seconds() / 3600) for each in found.way]
    assert hours == [
        ("Office", End.SENT, 1),
        ("li", End.SIGNED, 2),
        ("wang", End.SIGNED, 3),
        ("zhao", End.RETURNED, 0),
        ("Office", None, 24),
    ]
    assert [each.id for each in found.rounds] == [round_id]


def test_readers_who_have_not_got_it_yet_and_drafts_are_not_on_the_way(any_desks: Desks) -> None:
    desks = any_desks
    document = desks.document()
    desks.send(document, ["li"], ["zhao"])
    plan = desks.plan(["wang"])
    with desks.office.database.writing() as uow:
        draft_round(uow, desks.clerk, document_id=document.id, plan=plan)
    with desks.office.database.reading() as uow:
        found = whereabouts_of(uow, desks.clerk, document.id)
    assert {each.name for each in found.way} == {"li"}
    assert len(found.rounds) == 1
