"""What the keeper does with an approved request, and every reason for which it is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.core.jobs import Job
from records.core.log import LogEntry
from records.core.news import TELL_JOB
from records.documents.models import Document
from records.documents.service import add_components
from records.office import Office
from records.people.models import User
from records.people.rules import Actor, Role, Secrecy
from records.seals.models import (
    Seal,
    SealApproval,
    SealChange,
    SealCounter,
    SealRequest,
    SealStamping,
    SealUsage,
)
from records.seals.use import bring_back, take_out, use_on_paper, withdraw_usage
from tests.builders import add_person, again, give_post, id_of, keep
from tests.offices import HeldClock
from tests.records.seals.approved import approved, contract
from tests.records.seals.electronic import ask
from tests.records.seals.offices import SealOffice, seal_office


def use(seals: SealOffice, request_id: UUID, actor: Actor | None = None, **given: Any) -> SealUsage:
    facts = {"copies_stamped": 2, "place": "Seal room", **given}
    with seals.office.database.writing() as uow:
        return use_on_paper(uow, actor or seals.keeper, request_id=request_id, **facts)


def send_out(seals: SealOffice, request_id: UUID, actor: Actor | None = None) -> SealUsage:
    with seals.office.database.writing() as uow:
        return take_out(uow, actor or seals.keeper, request_id=request_id)


def bring(seals: SealOffice, line: SealUsage, **given: Any) -> SealUsage:
    with seals.office.database.writing() as uow:
        return bring_back(uow, seals.keeper, usage_id=line.id, **{"copies_stamped": 0, **given})


def line_count(office: Office) -> int:
    with office.database.reading() as uow:
        return len(uow.session.scalars(select(SealUsage.id)).all())


def test_paper_stamped_is_a_line_of_the_book_and_uses_the_request_up(any_seals: SealOffice) -> None:
    request_id = approved(any_seals)
    line = use(any_seals, request_id, copies_spoilt=1, witness_id=any_seals.witness.user_id)
    assert line.text == "S-2026-0001"
    assert (line.copies_stamped, line.copies_spoilt, line.place) == (2, 1, "Seal room")
    assert line.keeper_id == any_seals.keeper.user_id
    assert line.witness_id == any_seals.witness.user_id
    with any_seals.office.database.reading() as uow:
        request = uow.session.get_one(SealRequest, request_id)
        assert request.state == "used"
        assert line.sha256 == request.sha256
        entry = uow.session.scalars(select(LogEntry).where(LogEntry.kind == "seal.used")).one()
        assert entry.actor_id == any_seals.keeper.user_id
        told = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB)).all()
        assert "seal_request.used" in [each.payload["kind"] for each in told]


def test_numbers_go_up_by_one_for_each_seal_and_year(
    any_seals: SealOffice, clock: HeldClock
) -> None:
    assert [use(any_seals, approved(any_seals)).number for _ in range(3)] == [1, 2, 3]
    # New Year in Shanghai is still the old year in UTC.
    clock.instant = clock.instant.replace(month=12, day=31, hour=16)
    assert use(any_seals, approved(any_seals)).text == "S-2027-0001"


def test_an_approval_is_used_once(any_seals: SealOffice) -> None:
    request_id = approved(any_seals)
    use(any_seals, request_id)
    with pytest.raises(Conflict, match="is used"):
        use(any_seals, request_id)
    assert line_count(any_seals.office) == 1


def test_a_seal_that_is_out_is_back_with_what_was_stamped(any_seals: SealOffice) -> None:
    line = send_out(any_seals, approved(any_seals, outside=True))
    assert line.copies_stamped is None
    assert line.escort == "Zhao"
    with pytest.raises(Conflict, match="is lent"):
        use(any_seals, approved(any_seals))
    back = bring(any_seals, line, copies_stamped=1, copies_spoilt=1, remarks="wet")
    assert back.returned_at is not None
    with any_seals.office.database.reading() as uow:
        assert uow.session.get_one(Seal, any_seals.seal_id).state == "in_use"
        states = uow.session.scalars(select(SealChange.state).order_by(SealChange.id)).all()
        assert states == ["in_use", "lent", "in_use"]
        of_uses = ("seal.used", "seal.taken_out", "seal.brought_back")
        told = select(LogEntry.kind).where(LogEntry.kind.in_(of_uses))
        kinds = uow.session.scalars(told.order_by(LogEntry.sequence)).all()
        assert tuple(kinds) == of_uses
    assert use(any_seals, approved(any_seals)).number == 2


def test_a_seal_is_not_out_twice_and_not_back_twice(any_seals: SealOffice) -> None:
    line = send_out(any_seals, approved(any_seals, outside=True))
    with pytest.raises(Conflict, match="is lent"):
        send_out(any_seals, approved(any_seals, outside=True))
    bring(any_seals, line)
    with pytest.raises(Conflict, match="back already"):
        bring(any_seals, line)


def test_what_was_stamped_can_be_declared_withdrawn_once(any_seals: SealOffice) -> None:
    line = use(any_seals, approved(any_seals))
    with any_seals.office.database.writing() as uow:
        withdraw_usage(uow, any_seals.keeper, usage_id=line.id, reason="The contract is cancelled")
    with pytest.raises(Conflict), any_seals.office.database.writing() as uow:
        withdraw_usage(uow, any_seals.keeper, usage_id=line.id, reason="Again")
    with any_seals.office.database.reading() as uow:
        kept = uow.session.get_one(SealUsage, line.id)
        assert (kept.state, kept.number) == ("withdrawn", 1)
        assert kept.withdrawn_reason == "The contract is cancelled"


# Every refusal ----------------------------------------------------------------------------------

Change = Callable[[SealOffice, UUID], Actor | None]


@dataclass(frozen=True)
class Row:
    """One line of the truth table: what is otherwise than it must be, and the answer."""

    refusal: type[Refusal]
    says: str
    change: Change


def _write(seals: SealOffice, model: Any, key: UUID, **values: Any) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(model).where(model.id == key).values(**values))


def _request(**values: Any) -> Change:
    return lambda seals, request_id: _write(seals, SealRequest, request_id, **values)


def _ended(state: str) -> Change:
    return lambda seals, request_id: _write(
        seals, SealRequest, request_id, state=state, ended_at=seals.office.database.clock.now()
    )


def _seal(**values: Any) -> Change:
    return lambda seals, _: _write(seals, Seal, seals.seal_id, **values)


def _document(**values: Any) -> Change:
    def change(seals: SealOffice, request_id: UUID) -> None:
        with seals.office.database.reading() as uow:
            document_id = uow.session.get_one(SealRequest, request_id).document_id
        _write(seals, Document, document_id, **values)

    return change


def _other_keeper(seals: SealOffice, _: UUID) -> Actor:
    return add_person(seals.office, "other", Role.SEAL_KEEPER, Role.CLERK)


def _stranger(seals: SealOffice, _: UUID) -> Actor:
    return add_person(seals.office, "stranger", Role.SEAL_KEEPER, unit="office")


def _no_keeper_any_more(seals: SealOffice, _: UUID) -> Actor:
    with seals.office.database.writing() as uow:
        uow.session.execute(
            update(Seal).where(Seal.id == seals.seal_id).values(keeper_id=seals.clerk.user_id)
        )
    return seals.clerk


def _keeper_becomes(who: str) -> Change:
    def change(seals: SealOffice, _: UUID) -> Actor:
        person: Actor = getattr(seals, who)
        if who == "applicant":
            give_post(seals.office, person, Role.CLERK, unit="office")
        keeper = give_post(seals.office, person, Role.SEAL_KEEPER, Role.CLERK, unit="office")
        _write(seals, Seal, seals.seal_id, keeper_id=keeper.user_id)
        return keeper

    return change


def _keeper_decided_for_the_leader(seals: SealOffice, request_id: UUID) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(
            update(SealApproval)
            .where(SealApproval.request_id == request_id)
            .values(on_behalf_of_id=seals.leader.user_id, decided_by=seals.keeper.user_id)
        )


def _another_file(seals: SealOffice, request_id: UUID) -> None:
    received = keep(seals.office, [("more.txt", b"more")])
    with seals.office.database.writing() as uow:
        document_id = uow.session.get_one(SealRequest, request_id).document_id
        add_components(uow, seals.clerk, document_id=document_id, received=received)


def _clearance_taken(seals: SealOffice, _: UUID) -> Actor:
    _write(seals, User, id_of(seals.keeper), clearance=int(Secrecy.PUBLIC))
    return again(seals.office, seals.keeper)


ALWAYS = {
    "waits for approval": Row(Conflict, "is waiting", _request(state="waiting")),
    "declined": Row(Conflict, "is declined", _ended("declined")),
    "refused": Row(Conflict, "is refused", _ended("refused")),
    "withdrawn": Row(Conflict, "is withdrawn", _ended("withdrawn")),
    "void": Row(Conflict, "is void", _ended("void")),
    "used": Row(Conflict, "is used", _ended("used")),
    "seal out": Row(Conflict, "is lent", _seal(state="lent")),
    "seal lost": Row(Conflict, "is lost", _seal(state="lost")),
    "seal withdrawn": Row(Conflict, "is withdrawn", _seal(state="withdrawn")),
    "seal destroyed": Row(Conflict, "is destroyed", _seal(state="destroyed")),
    "document voided": Row(Conflict, "voided", _document(state="voided")),
    "a file more": Row(Conflict, "has changed", _another_file),
    "another digest": Row(Conflict, "has changed", _request(content_sha256="0" * 64)),
    "another keeper": Row(NotAllowed, "Only the keeper", _other_keeper),
    "a keeper who may not know": Row(NotFound, "nothing here", _stranger),
    "keeper without the role": Row(NotAllowed, "None of your posts", _no_keeper_any_more),
    "keeper is the applicant": Row(NotAllowed, "asked for", _keeper_becomes("applicant")),
    "keeper has approved": Row(NotAllowed, "had a part", _keeper_becomes("leader")),
    "keeper decided as a deputy": Row(NotAllowed, "had a part", _keeper_decided_for_the_leader),
    "keeper not cleared": Row(NotFound, "nothing here", _clearance_taken),
}


WAYS: dict[str, tuple[dict[str, Any], Callable[[SealOffice, UUID, Actor], object]]] = {
    "here": ({}, use),
    "outside": ({"outside": True}, send_out),
    "electronically": (
        {"medium": "electronic"},
        lambda seals, request_id, actor: ask(seals, request_id, actor=actor),
    ),
}


@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("way", WAYS)
def test_a_use_is_refused_when(office: Office, name: str, way: str) -> None:
    seals, row = seal_office(office), ALWAYS[name]
    columns, act = WAYS[way]
    request_id = approved(seals, **columns)
    actor = row.change(seals, request_id) or seals.keeper
    with pytest.raises(row.refusal, match=row.says):
        act(seals, request_id, actor)
    with office.database.reading() as uow:
        assert uow.session.scalars(select(SealUsage)).all() == []
        assert uow.session.scalars(select(SealCounter)).all() == []
        assert uow.session.scalars(select(SealStamping)).all() == []


def test_the_time_of_a_seal_is_looked_at_to_the_day(office: Office, clock: HeldClock) -> None:
    seals = seal_office(office)
    with office.database.reading() as uow:
        today = uow.today
    _write(seals, Seal, seals.seal_id, stop_on=today)
    use(seals, approved(seals))
    request_id = approved(seals)
    clock.advance(days=1)
    with pytest.raises(Conflict, match="was used until 2026-03-02"):
        use(seals, request_id)
    _write(seals, Seal, seals.seal_id, stop_on=None, start_on=today.replace(day=10))
    with pytest.raises(Conflict, match="not used before 2026-03-10"):
        use(seals, request_id)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"copies_stamped": 0}, "copies_stamped"),
        ({"copies_stamped": 3}, "copies_stamped"),
        ({"copies_spoilt": -1}, "copies_spoilt"),
        ({"copies_spoilt": 1000}, "copies_spoilt"),
        ({"place": "  "}, "place"),
        ({"witness_id": "keeper"}, "witness"),
        ({"witness_id": "applicant"}, "witness"),
    ],
)
def test_a_line_that_says_nonsense_is_refused(
    office: Office, given: dict[str, Any], field: str
) -> None:
    seals = seal_office(office)
    if "witness_id" in given:
        given = {"witness_id": getattr(seals, given["witness_id"]).user_id}
    with pytest.raises(Invalid) as refusal:
        use(seals, approved(seals), **given)
    assert refusal.value.field == field


def test_here_and_outside_paper_and_electronic_are_not_mixed(office: Office) -> None:
    seals = seal_office(office)
    with pytest.raises(Conflict, match="hand it out"):
        use(seals, approved(seals, outside=True))
    with pytest.raises(Conflict, match="not asked for outside"):
        send_out(seals, approved(seals))
    with pytest.raises(Conflict, match="another medium"):
        use(seals, approved(seals, medium="electronic"))


def test_paper_of_a_filed_document_is_stamped(office: Office) -> None:
    seals = seal_office(office)
    request_id = approved(seals, contract(seals, files=()))
    assert use(seals, request_id).sha256 is None
