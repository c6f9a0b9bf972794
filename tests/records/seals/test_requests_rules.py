"""Every refusal of seal requests, cell by cell: separation, state, digest, clearance, the seal."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from records.circulation.absence import name_deputy
from records.circulation.rules import Purpose
from records.classification.models import FileClass
from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal
from records.documents.models import Component, Document, Grant
from records.documents.service import add_components, change_document
from records.people.models import User
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.registration.service import change_secrecy, void_registration
from records.seals.approvals import decide
from records.seals.custody import ask_handover, confirm_handover
from records.seals.following import (
    document_changed,
    look_after_requests,
    requests_to_look_after,
)
from records.seals.models import Seal, SealApproval, SealRequest, SealStamping
from records.seals.register import RuleStep
from records.seals.request_views import approval_count, approvals_for, my_requests, request_view
from records.seals.requests import (
    ask_for_seal,
    ask_with_file,
    check_current,
    refuse_request,
    who_will_approve,
    withdraw_request,
)
from records.seals.rules import REQUEST_STEPS, RequestState, RequestStep, next_request_state
from records.seals.states import report_lost, withdraw_seal
from tests.builders import add_person, again, give_post, keep, register
from tests.records.seals.asking import (
    PDF,
    agree,
    approved,
    ask,
    decline,
    file_of,
    give_certificate,
    now,
    outside,
    paper,
    step_of,
    terms,
)
from tests.records.seals.offices import SealOffice, hand_over

Act = Callable[[SealOffice, SealRequest], object]


def steps_of(seals: SealOffice, request: SealRequest) -> list[SealApproval]:
    with seals.office.database.reading() as uow:
        query = select(SealApproval).where(SealApproval.request_id == request.id)
        return list(uow.session.scalars(query.order_by(SealApproval.position)))


def decides(seals: SealOffice, person: Actor, request: SealRequest, *, says: bool = True) -> None:
    step = step_of(seals, request.id)
    with seals.office.database.writing() as uow:
        decide(uow, again(seals.office, person), approval_id=step, agree=says, opinion="So")


def events(seals: SealOffice, request: SealRequest) -> list[str]:
    from records.core.log import LogEntry, LogObject

    with seals.office.database.reading() as uow:
        query = (
            select(LogEntry.kind)
            .join(LogObject, LogObject.sequence == LogEntry.sequence)
            .where(LogObject.object_id == request.id)
            .order_by(LogEntry.sequence)
        )
        return list(uow.session.scalars(query))


def set_seal(seals: SealOffice, **facts: Any) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(Seal).where(Seal.id == seals.seal_id).values(**facts))


def add_file(seals: SealOffice, request: SealRequest) -> None:
    kept = keep(seals.office, [("more.pdf", PDF + b"more")])
    with seals.office.database.writing() as uow:
        add_components(uow, seals.clerk, document_id=request.document_id, received=kept)
    follow(seals, request)


def follow(seals: SealOffice, request: SealRequest) -> None:
    """Do what the worker does after a document changed."""
    with seals.office.database.writing() as uow:
        document_changed(uow, request.document_id)


# Separation of duties ----------------------------------------------------------------------------


def test_the_keeper_of_a_seal_does_not_ask_for_it(any_seals: SealOffice) -> None:
    document = paper(any_seals, secrecy="public")
    with pytest.raises(Invalid, match="keeps a seal does not ask") as refusal:
        ask(any_seals, document, by=any_seals.keeper)
    assert refusal.value.field == "seal"


def test_whoever_asks_does_not_approve_even_as_leader_and_it_climbs(any_seals: SealOffice) -> None:
    request = ask(any_seals, by=any_seals.leader)
    with pytest.raises(NotAllowed, match="asks for a seal does not approve"):
        decides(any_seals, any_seals.leader, request)
    decides(any_seals, any_seals.head, request)
    assert now(any_seals, request.id).state == "approved"


def test_the_keeper_does_not_approve_even_as_leader(any_seals: SealOffice) -> None:
    give_post(any_seals.office, any_seals.keeper, Role.LEADER, unit="finance")
    request = ask(any_seals)
    with pytest.raises(NotAllowed, match="keeps a seal does not approve"):
        decides(any_seals, any_seals.keeper, request)


def test_whoever_decided_a_step_does_not_decide_the_next_one(seals: SealOffice) -> None:
    give_post(seals.office, seals.leader, Role.LEADER, unit="office")
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=_post(seals, seals.head)))
    post = _post(seals, seals.head)
    with seals.office.database.writing() as uow:
        from records.people.organization import assign

        assert seals.leader.user_id is not None
        assign(uow, SERVICE, user_id=seals.leader.user_id, post_id=post)
    request = ask(seals)
    agree(seals, request.id, again(seals.office, seals.leader))
    with pytest.raises(NotAllowed, match="earlier step"):
        decides(seals, seals.leader, request)
    decides(seals, seals.head, request)
    assert now(seals, request.id).state == "approved"


def _post(seals: SealOffice, person: Actor) -> Any:
    return again(seals.office, person).posts[0].id


def test_somebody_who_is_not_asked_does_not_decide(seals: SealOffice) -> None:
    request = ask(seals, paper(seals, secrecy="public"))
    for person in (seals.head, seals.witness, seals.auditor):
        with pytest.raises(NotAllowed, match="somebody else to decide"):
            decides(seals, person, request)
    assert now(seals, request.id).state == "waiting"


def test_whoever_is_the_only_one_for_a_later_step_is_kept_for_it(seals: SealOffice) -> None:
    second = add_person(seals.office, "leader2", Role.LEADER, unit="finance", name="Second")
    before = {each.id for each in seals.leader.posts}
    counsel = give_post(seals.office, seals.leader, Role.STAFF, unit="office")
    (post,) = {each.id for each in counsel.posts} - before
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=post))
    request = ask(seals)
    with pytest.raises(NotAllowed, match="somebody else"):
        decides(seals, seals.leader, request)
    agree(seals, request.id, second, seals.leader)
    assert now(seals, request.id).state == "approved"


def test_asking_is_refused_when_nobody_could_approve_and_says_for_what(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        people = [seals.leader.user_id, seals.head.user_id]
        uow.session.execute(update(User).where(User.id.in_(people)).values(disabled_at=uow.now))
    with pytest.raises(Invalid, match="Nobody can approve for Finance") as refusal:
        ask(seals)
    assert refusal.value.field == "seal"


def test_two_steps_need_two_people(seals: SealOffice) -> None:
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=_post(seals, seals.leader)))
    with seals.office.database.writing() as uow:
        uow.session.execute(
            update(User).where(User.id == seals.head.user_id).values(disabled_at=uow.now)
        )
    with pytest.raises(Invalid, match="Nobody can approve"):
        ask(seals)


def test_steps_that_fall_on_the_same_unit_are_one(seals: SealOffice) -> None:
    seals.rule(RuleStep("applicant_leader"), RuleStep("seal_leader"))
    request = ask(seals)
    assert len(steps_of(seals, request)) == 1


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({}, 1),
        ({"amount_cents": 999_999}, 1),
        ({"amount_cents": 1_000_000}, 2),
        ({"amount_cents": 1_000_000, "matter_kind": "letter"}, 1),
    ],
)
def test_a_rule_names_more_approvers_by_amount_and_kind(
    seals: SealOffice, asked: dict[str, Any], count: int
) -> None:
    post = _post(seals, seals.head)
    seals.rule(
        RuleStep("applicant_leader"),
        RuleStep("post", post_id=post, when_amount_cents=1_000_000, when_matter="contract"),
    )
    request = ask(seals, **asked)
    assert len(steps_of(seals, request)) == count
    with seals.office.database.reading() as uow:
        plan = who_will_approve(
            uow,
            seals.applicant,
            seal_id=seals.seal_id,
            document_id=request.document_id,
            matter_kind=request.matter_kind,
            amount_cents=request.amount_cents,
            outside=False,
        )
    assert len(plan) == count
    assert plan[0].people == ("Leader",)


def test_a_rule_can_ask_more_for_outside(seals: SealOffice) -> None:
    post = _post(seals, seals.head)
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=post, when_outside=True))
    assert len(steps_of(seals, ask(seals, **outside(seals)))) == 2
    assert len(steps_of(seals, ask(seals))) == 1


# Deputies ----------------------------------------------------------------------------------------


def _deputy(
    seals: SealOffice, absent: Actor, deputy: Actor, purpose: Purpose = Purpose.APPROVE
) -> None:
    assert deputy.user_id is not None
    with seals.office.database.writing() as uow:
        name_deputy(
            uow,
            absent,
            deputy_id=deputy.user_id,
            from_at=None,
            until_at=uow.now + timedelta(days=7),
            purposes=[purpose],
            ceiling=Secrecy.CONFIDENTIAL,
        )


def test_a_deputy_decides_on_behalf_and_both_count_as_having_decided(
    any_seals: SealOffice,
) -> None:
    _deputy(any_seals, any_seals.leader, any_seals.witness)
    request = ask(any_seals)
    with any_seals.office.database.reading() as uow:
        (line,) = approvals_for(uow, any_seals.witness)
        assert line.on_behalf_of == "Leader"
    decides(any_seals, any_seals.witness, request)
    (step,) = steps_of(any_seals, request)
    assert (step.decided_by, step.on_behalf_of_id) == (
        any_seals.witness.user_id,
        any_seals.leader.user_id,
    )


@pytest.mark.parametrize("who", ["applicant", "keeper"])
def test_a_deputy_with_another_part_does_not_decide(seals: SealOffice, who: str) -> None:
    deputy = getattr(seals, who)
    _deputy(seals, seals.leader, deputy)
    request = ask(seals, paper(seals, secrecy="public"))
    with pytest.raises(NotAllowed):
        decides(seals, deputy, request)


def test_a_deputy_for_reading_does_not_approve(seals: SealOffice) -> None:
    _deputy(seals, seals.leader, seals.witness, Purpose.READ)
    request = ask(seals, paper(seals, secrecy="public"))
    with pytest.raises(NotAllowed):
        decides(seals, seals.witness, request)


def test_a_deputy_acts_only_up_to_the_ceiling(seals: SealOffice) -> None:
    _deputy(seals, seals.leader, seals.witness)
    with seals.office.database.writing() as uow:
        from records.registration.models import Register

        uow.session.execute(update(Register).values(ceiling=int(Secrecy.TOP_SECRET)))
    request = ask(seals, paper(seals, secrecy="secret"))
    with pytest.raises(NotFound):
        decides(seals, seals.witness, request)


def test_who_comes_to_a_post_later_is_asked_by_the_next_look_of_the_worker(
    any_seals: SealOffice,
) -> None:
    request = ask(any_seals)
    newcomer = add_person(
        any_seals.office, "newcomer", Role.LEADER, unit="finance", clearance=Secrecy.SECRET
    )
    with any_seals.office.database.reading() as uow:
        found = requests_to_look_after(uow)
    assert found == [request.id]
    with any_seals.office.database.writing() as uow:
        look_after_requests(uow, found)
    with any_seals.office.database.reading() as uow:
        assert requests_to_look_after(uow) == []
        assert approval_count(uow, newcomer) == 1
    decides(any_seals, newcomer, request)


# The seal ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "lost"}, "lost"),
        ({"state": "withdrawn"}, "withdrawn"),
        ({"state": "destroyed"}, "destroyed"),
        ({"stop_on": date(2026, 2, 1)}, "was used until"),
        ({"start_on": date(2026, 4, 1)}, "not used before"),
        ({"keeper_id": None}, "Nobody holds"),
    ],
)
def test_a_seal_that_is_not_in_use_is_neither_asked_for_nor_agreed_to(
    any_seals: SealOffice, facts: dict[str, Any], words: str
) -> None:
    request = ask(any_seals)
    set_seal(any_seals, **facts)
    with pytest.raises(Conflict, match=words):
        ask(any_seals)
    with pytest.raises(Conflict, match=words):
        decides(any_seals, any_seals.leader, request)
    decline(any_seals, request.id, any_seals.leader)
    assert now(any_seals, request.id).state == "declined"


def test_a_seal_that_is_out_is_asked_for_and_approved_and_waits(seals: SealOffice) -> None:
    set_seal(seals, state="lent")
    assert approved(seals).state == "approved"


def _lost(seals: SealOffice, _request: SealRequest) -> None:
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=seals.seal_id, reason="Gone")


def _taken_out_of_use(seals: SealOffice, _request: SealRequest) -> None:
    with seals.office.database.writing() as uow:
        withdraw_seal(uow, seals.admin, seal_id=seals.seal_id, reason="Old")


def _expired(seals: SealOffice, request: SealRequest) -> None:
    set_seal(seals, stop_on=date(2026, 3, 1))
    with seals.office.database.reading() as uow:
        assert requests_to_look_after(uow) == [request.id]
    with seals.office.database.writing() as uow:
        look_after_requests(uow, [request.id])


def _voided(seals: SealOffice, request: SealRequest) -> None:
    with seals.office.database.writing() as uow:
        void_registration(
            uow, seals.clerk, document_id=request.document_id, version=None, reason="Twice"
        )
    follow(seals, request)


def _too_secret(seals: SealOffice, request: SealRequest) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(User).where(User.id == seals.keeper.user_id).values(clearance=0))
    follow(seals, request)


def _to_the_applicant(seals: SealOffice, _request: SealRequest) -> None:
    keeper = give_post(seals.office, seals.applicant, Role.SEAL_KEEPER, unit="office")
    hand_over(seals.office, seals.seal_id, seals.keeper, keeper, seals.witness)


@pytest.mark.parametrize("was", ["waiting", "approved"])
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (add_file, "content_changed"),
        (_voided, "document_voided"),
        (_too_secret, "secrecy_raised"),
        (_lost, "seal_lost"),
        (_taken_out_of_use, "seal_withdrawn"),
        (_expired, "seal_expired"),
        (_to_the_applicant, "keeper_changed"),
    ],
)
def test_what_is_not_as_it_was_voids_the_request_in_each_state(
    any_seals: SealOffice, happens: Act, reason: str, was: str
) -> None:
    request = ask(any_seals) if was == "waiting" else approved(any_seals)
    happens(any_seals, request)
    ended = now(any_seals, request.id)
    assert (ended.state, ended.end_reason) == ("void", reason)
    assert events(any_seals, request)[-1] == "seal_request.voided"
    assert all(each.state in ("agreed", "skipped") for each in steps_of(any_seals, request))
    happened = ended.ended_at
    follow(any_seals, request)
    assert now(any_seals, request.id).ended_at == happened


@pytest.mark.parametrize("happens", [add_file, _voided, _lost])
@pytest.mark.parametrize("as_", ["declined", "withdrawn", "refused"])
def test_what_has_ended_stays_as_it_ended(seals: SealOffice, happens: Act, as_: str) -> None:
    request = ask(seals) if as_ == "declined" else approved(seals)
    with seals.office.database.writing() as uow:
        if as_ == "withdrawn":
            withdraw_request(uow, seals.applicant, request_id=request.id)
        elif as_ == "refused":
            refuse_request(uow, seals.keeper, request_id=request.id, reason="Blank")
    if as_ == "declined":
        decline(seals, request.id, seals.leader)
    happens(seals, request)
    assert now(seals, request.id).state == as_


def test_a_hand_over_to_somebody_else_hands_the_approved_request_over(seals: SealOffice) -> None:
    request = approved(seals)
    hand_over(seals.office, seals.seal_id, seals.keeper, seals.second_keeper, seals.witness)
    assert now(seals, request.id).state == "approved"
    with seals.office.database.reading() as uow:
        query = select(Grant.principal_object_id).where(
            Grant.source_id == request.id, Grant.revoked_at.is_(None)
        )
        assert list(uow.session.scalars(query)) == [seals.second_keeper.user_id]


# The document and its digest ---------------------------------------------------------------------


def test_a_changed_document_is_not_agreed_to_before_the_worker_has_looked(
    any_seals: SealOffice,
) -> None:
    request = ask(any_seals)
    kept = keep(any_seals.office, [("more.pdf", b"more")])
    with any_seals.office.database.writing() as uow:
        add_components(uow, any_seals.clerk, document_id=request.document_id, received=kept)
    with pytest.raises(Conflict, match="has changed"):
        decides(any_seals, any_seals.leader, request)
    with (
        any_seals.office.database.reading() as uow,
        pytest.raises(Conflict, match="has changed"),
    ):
        check_current(uow, uow.session.get_one(SealRequest, request.id))


def test_metadata_and_a_stamped_copy_change_nothing_that_was_asked_for(seals: SealOffice) -> None:
    request = ask(seals)
    with seals.office.database.writing() as uow:
        uow.session.execute(update(Document).values(state="checked"))
        change_document(
            uow,
            seals.clerk,
            document_id=request.document_id,
            version=None,
            values={"remarks": "Seen"},
        )
    add_file(seals, request)
    assert now(seals, request.id).state == "void"
    other = ask(seals)
    kept = keep(seals.office, [("c.stamped.pdf", b"stamped")])
    with seals.office.database.writing() as uow:
        (made,) = add_components(uow, seals.clerk, document_id=other.document_id, received=kept)
        uow.session.execute(update(Component).where(Component.id == made.id).values(role="stamped"))
    follow(seals, other)
    assert now(seals, other.id).state == "waiting"


@pytest.mark.parametrize("state", ["voided"])
def test_a_voided_document_takes_no_seal(seals: SealOffice, state: str) -> None:
    document = paper(seals)
    with seals.office.database.writing() as uow:
        uow.session.execute(update(Document).values(state=state))
    with pytest.raises(Conflict, match="voided"):
        ask(seals, document)


def test_a_filed_document_takes_a_seal_on_paper_and_none_in_its_files(seals: SealOffice) -> None:
    give_certificate(seals)
    document = paper(seals)
    with seals.office.database.writing() as uow:
        row = uow.session.get_one(Document, document.id)
        file_class = FileClass(id=uow.new_id(), code="01", title="All", search_key="all")
        uow.session.add(file_class)
        uow.session.flush()
        row.state, row.class_id, row.filed_at = "filed", file_class.id, uow.now
    with pytest.raises(Conflict, match="files are frozen"):
        ask(seals, document, component_id=file_of(seals, document), medium="electronic")
    assert ask(seals, document).state == "waiting"


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"component_id": None}, "component", "Choose the file"),
        ({"media_type": "text/plain"}, "component", "Only a PDF"),
        ({"reason_code": "encrypted"}, "component", "encrypted"),
        ({"role": "stamped"}, "component", "Choose the file itself"),
        ({"certificate": None}, "medium", "no certificate"),
        ({"certificate": "ended"}, "medium", "no certificate"),
        ({"certificate": "over"}, "medium", "no certificate"),
        ({"outside": True}, "outside", "Only a seal on paper"),
    ],
)
def test_an_electronic_seal_needs_a_certificate_and_a_plain_pdf(
    seals: SealOffice, changed: dict[str, Any], field: str, words: str
) -> None:
    document = paper(seals)
    file_id = file_of(seals, document)
    match changed.get("certificate", "good"):
        case "good":
            give_certificate(seals)
        case "ended":
            give_certificate(seals, ended_at=seals.office.database.clock.now())
        case "over":
            give_certificate(seals, not_after=seals.office.database.clock.now())
    facts = {
        name: changed[name] for name in ("media_type", "reason_code", "role") if name in changed
    }
    if facts:
        with seals.office.database.writing() as uow:
            uow.session.execute(update(Component).where(Component.id == file_id).values(**facts))
    more = outside(seals) if changed.get("outside") else {}
    wanted = {**more, "component_id": file_id, "medium": "electronic"}
    if "component_id" in changed:
        wanted["component_id"] = None
    with pytest.raises(Invalid, match=words) as refusal:
        ask(seals, document, **{k: v for k, v in wanted.items() if k in terms()})
    assert refusal.value.field == field


def test_an_electronic_seal_is_asked_for_with_the_digest_of_its_file(seals: SealOffice) -> None:
    give_certificate(seals)
    document = paper(seals)
    request = ask(seals, document, component_id=file_of(seals, document), medium="electronic")
    assert request.sha256 is not None
    assert len(request.content_sha256) == 64


def test_the_file_of_another_document_is_refused(seals: SealOffice) -> None:
    other = file_of(seals, paper(seals, "Other"))
    with pytest.raises(Invalid, match="none of the document"):
        ask(seals, component_id=other)


# Terms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"matter": "  "}, "matter"),
        ({"matter": "x" * 501}, "matter"),
        ({"matter_kind": "dance"}, "matter_kind"),
        ({"recipient": ""}, "recipient"),
        ({"copies": 0}, "copies"),
        ({"copies": 10_000}, "copies"),
        ({"pages": 0}, "pages"),
        ({"pages": 10_001}, "pages"),
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": -5}, "amount_cents"),
        ({"amount_cents": 10**14}, "amount_cents"),
        ({"medium": "stone"}, "medium"),
        ({"cross_page": True, "pages": 1}, "cross_page"),
    ],
)
def test_terms_out_of_bounds_are_refused_at_their_field(
    seals: SealOffice, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(seals, **changed)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("missing", "field"),
    [
        ({"outside_place": " "}, "outside_place"),
        ({"escort": None}, "escort"),
        ({"due_back_at": None}, "due_back_at"),
        ({"due_back_at": "past"}, "due_back_at"),
        ({"due_back_at": "far"}, "due_back_at"),
    ],
)
def test_a_seal_outside_needs_place_escort_and_a_time_ahead(
    seals: SealOffice, missing: dict[str, Any], field: str
) -> None:
    present = seals.office.database.clock.now()
    times = {"past": present, "far": present + timedelta(days=91)}
    given = {name: times.get(value, value) for name, value in missing.items()}
    with pytest.raises(Invalid) as refusal:
        ask(seals, **{**outside(seals), **given})
    assert refusal.value.field == field


def test_what_only_a_seal_outside_needs_is_dropped_where_it_stays_in(seals: SealOffice) -> None:
    request = ask(seals, **{**outside(seals), "outside": False})
    assert (request.escort, request.outside_place, request.due_back_at) == (None, None, None)


# Clearance and visibility ------------------------------------------------------------------------


def test_a_document_that_one_does_not_see_is_not_asked_about(any_seals: SealOffice) -> None:
    hidden = register(any_seals.office, any_seals.clerk, "Hidden", unit="office")
    with pytest.raises(NotFound):
        ask(any_seals, hidden)


def test_a_keeper_who_is_not_cleared_is_told_at_asking(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(User).where(User.id == seals.keeper.user_id).values(clearance=0))
    with pytest.raises(Invalid, match="clearance of Keeper") as refusal:
        ask(seals)
    assert refusal.value.field == "seal"


def test_an_approver_who_is_not_cleared_is_passed_over(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(User).where(User.id == seals.leader.user_id).values(clearance=0))
    request = ask(seals)
    with pytest.raises(NotFound):
        decides(seals, seals.leader, request)
    decides(seals, seals.head, request)
    assert now(seals, request.id).state == "approved"


def test_raised_within_everybodys_clearance_the_request_goes_on(seals: SealOffice) -> None:
    request = ask(seals)
    with seals.office.database.writing() as uow:
        change_secrecy(
            uow,
            seals.clerk,
            document_id=request.document_id,
            version=None,
            secrecy=Secrecy.CONFIDENTIAL,
            reason="Names",
        )
    follow(seals, request)
    assert now(seals, request.id).state == "waiting"


def test_approver_and_keeper_see_the_document_from_their_turn_on(seals: SealOffice) -> None:
    from records.documents.visibility import visible_ids

    post = add_person(seals.office, "legal", Role.STAFF, name="Legal")
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=post.posts[0].id))
    request = ask(seals)

    def sees(person: Actor) -> bool:
        with seals.office.database.reading() as uow:
            return bool(visible_ids(uow, person, [request.document_id]))

    assert (sees(post), sees(seals.keeper)) == (False, False)
    agree(seals, request.id, seals.leader)
    assert (sees(post), sees(seals.keeper)) == (True, False)
    agree(seals, request.id, post)
    assert (sees(post), sees(seals.keeper)) == (True, True)
    with seals.office.database.writing() as uow:
        withdraw_request(uow, seals.applicant, request_id=request.id)
    assert (sees(post), sees(seals.keeper)) == (True, False)


def test_what_was_asked_for_a_document_out_of_sight_is_listed_without_what_it_says(
    seals: SealOffice,
) -> None:
    request = ask(seals)
    with seals.office.database.writing() as uow:
        uow.session.execute(
            update(User).where(User.id == seals.applicant.user_id).values(clearance=0)
        )
    person = again(seals.office, seals.applicant)
    with seals.office.database.reading() as uow:
        ((line,), _, _) = my_requests(uow, person)
        assert (line.hidden, line.title, line.matter, line.number) == (True, None, None, None)
        with pytest.raises(NotFound):
            request_view(uow, person, request.id)


def test_opinions_are_for_those_who_take_part(seals: SealOffice) -> None:
    request = ask(seals, paper(seals, secrecy="public"))
    step = step_of(seals, request.id)
    with seals.office.database.writing() as uow:
        decide(uow, seals.leader, approval_id=step, agree=True, opinion="With care")
    with seals.office.database.reading() as uow:
        for person, told in (
            (seals.applicant, "With care"),
            (seals.keeper, "With care"),
            (seals.leader, "With care"),
            (seals.witness, None),
            (seals.auditor, None),
        ):
            assert request_view(uow, person, request.id).steps[0].opinion == told


# Who may do what, and when -----------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR])
def test_administration_and_oversight_ask_for_no_seal(seals: SealOffice, role: Role) -> None:
    person = add_person(seals.office, "other", role)
    with pytest.raises(NotAllowed):
        ask(seals, paper(seals, secrecy="public"), by=person)


def test_only_the_applicant_withdraws_and_only_the_keeper_refuses(seals: SealOffice) -> None:
    request = approved(seals, paper(seals, secrecy="public"))
    with seals.office.database.writing() as uow:
        for person in (seals.leader, seals.keeper, seals.witness):
            with pytest.raises(NotAllowed):
                withdraw_request(uow, person, request_id=request.id)
        for person in (seals.applicant, seals.leader, seals.second_keeper):
            with pytest.raises(NotAllowed):
                refuse_request(uow, person, request_id=request.id, reason="No")
        with pytest.raises(Invalid):
            refuse_request(uow, seals.keeper, request_id=request.id, reason=" ")


def test_what_is_being_stamped_is_neither_withdrawn_nor_refused(seals: SealOffice) -> None:
    request = approved(seals)
    with seals.office.database.writing() as uow:
        uow.session.add(
            SealStamping(
                id=uow.new_id(),
                request_id=request.id,
                keeper_id=seals.keeper.user_id,
                plan={},
                code="abc",
                state="waiting",
                asked_at=uow.now,
            )
        )
    with seals.office.database.writing() as uow:
        with pytest.raises(Conflict, match="being stamped"):
            withdraw_request(uow, seals.applicant, request_id=request.id)
        with pytest.raises(Conflict, match="being stamped"):
            refuse_request(uow, seals.keeper, request_id=request.id, reason="No")


@pytest.mark.parametrize("state", list(RequestState))
@pytest.mark.parametrize("step", list(RequestStep))
def test_each_step_is_open_only_where_the_table_says(
    state: RequestState, step: RequestStep
) -> None:
    try:
        next_request_state(state, step)
        is_open = True
    except Conflict:
        is_open = False
    assert is_open == ((state, step) in REQUEST_STEPS)


def test_declining_needs_a_reason_and_a_step_is_decided_once(any_seals: SealOffice) -> None:
    request = ask(any_seals)
    step = step_of(any_seals, request.id)
    with any_seals.office.database.writing() as uow:
        with pytest.raises(Invalid) as refusal:
            decide(uow, any_seals.leader, approval_id=step, agree=False, opinion=" ")
        assert refusal.value.field == "opinion"
    for _ in range(2):  # a double tap
        with any_seals.office.database.writing() as uow:
            decide(uow, any_seals.leader, approval_id=step, agree=True)
    assert events(any_seals, request) == [
        "seal_request.asked",
        "seal_request.agreed",
        "seal_request.approved",
    ]
    with any_seals.office.database.writing() as uow, pytest.raises(Refusal):
        decide(uow, any_seals.leader, approval_id=step, agree=False, opinion="No")


def test_a_step_that_has_not_begun_is_not_decided(seals: SealOffice) -> None:
    seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=_post(seals, seals.head)))
    request = ask(seals)
    second = steps_of(seals, request)[1]
    with seals.office.database.writing() as uow, pytest.raises(Conflict, match="waiting"):
        decide(uow, seals.head, approval_id=second.id, agree=True)


# Asking with a file ------------------------------------------------------------------------------


def test_a_file_is_registered_on_the_way_and_seen_by_whoever_asked(
    any_seals: SealOffice,
) -> None:
    kept = keep(any_seals.office, [("Lease.pdf", PDF)])
    facts = {name: value for name, value in terms().items() if name != "component_id"}
    with any_seals.office.database.writing() as uow:
        made = ask_with_file(
            uow, any_seals.applicant, seal_id=any_seals.seal_id, received=kept, **facts
        )
    with any_seals.office.database.reading() as uow:
        view = request_view(uow, any_seals.applicant, made.id)
        assert view.document.title == "Lease"
        assert view.document.registered_by == any_seals.applicant.user_id
        assert view.document.unit_id == any_seals.unit_id
        assert view.document.number.endswith("0001")


def test_a_file_whose_request_is_refused_takes_no_number(any_seals: SealOffice) -> None:
    facts = {name: value for name, value in terms().items() if name != "component_id"}
    for copies in (0, 1):
        kept = keep(any_seals.office, [("Lease.pdf", PDF)])
        try:
            with any_seals.office.database.writing() as uow:
                made = ask_with_file(
                    uow,
                    any_seals.applicant,
                    seal_id=any_seals.seal_id,
                    received=kept,
                    **{**facts, "copies": copies},
                )
        except Invalid:
            continue
    with any_seals.office.database.reading() as uow:
        number = uow.session.get_one(Document, made.document_id).number
    assert number.endswith("0001")


def test_the_same_id_asks_once_and_is_not_taken_by_another(seals: SealOffice) -> None:
    request = ask(seals)
    with seals.office.database.writing() as uow:
        same = ask_for_seal(
            uow,
            seals.applicant,
            seal_id=seals.seal_id,
            document_id=request.document_id,
            request_id=request.id,
            **terms(),
        )
        assert same.id == request.id
        with pytest.raises(Conflict, match="with this id"):
            ask_for_seal(
                uow,
                seals.leader,
                seal_id=seals.seal_id,
                document_id=request.document_id,
                request_id=request.id,
                **terms(),
            )


def test_a_hand_over_needs_no_request(seals: SealOffice) -> None:
    assert seals.second_keeper.user_id is not None
    assert seals.witness.user_id is not None
    with seals.office.database.writing() as uow:
        handover = ask_handover(
            uow,
            seals.keeper,
            seal_id=seals.seal_id,
            taker_id=seals.second_keeper.user_id,
            witness_id=seals.witness.user_id,
            reason="Leave",
        )
        for person in (seals.keeper, seals.second_keeper, seals.witness):
            confirm_handover(uow, person, handover_id=handover.id)
    assert seals.seal().keeper_id == seals.second_keeper.user_id
