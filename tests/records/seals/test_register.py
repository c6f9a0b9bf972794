"""The register of seals: what is entered, corrected, refused, listed and shown."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale
from records.people.rules import Actor, Role
from records.seals.listing import SealFilters, SealMark, SealOrder, SealPage, list_seals
from records.seals.models import Seal
from records.seals.register import RuleStep, SealEntry, change_seal, get_seal, rule_of, set_rule
from records.seals.rules import ApproverKind, Matter, SealStep
from records.seals.states import destroy_seal, withdraw_seal
from records.seals.views import SealView, seal_view
from tests.builders import add_person
from tests.records.seals.offices import SealOffice, enter_seal, hand_over
from tests.records.test_listing import statements


def enter(seals: SealOffice, who: Actor | None = None, **facts: Any) -> UUID:
    return enter_seal(seals.office, who or seals.admin, seals.unit_id, **{"code": "N", **facts})


def view(seals: SealOffice, who: Actor) -> SealView:
    with seals.office.database.reading() as uow:
        return seal_view(uow, who, seals.seal_id)


def listed(seals: SealOffice, who: Actor | None = None, **asked: Any) -> SealPage:
    with seals.office.database.reading() as uow:
        return list_seals(uow, who or seals.admin, **asked)


def codes(page: SealPage) -> list[str]:
    return [each.seal.code for each in page.items]


def post_of(holder: Actor) -> UUID:
    return holder.posts[0].id


@pytest.mark.parametrize(
    ("facts", "refusal", "field"),
    [
        ({"code": " "}, Invalid, "code"),
        ({"code": "A B"}, Invalid, "code"),
        ({"code": "x" * 21}, Invalid, "code"),
        ({"code": "S"}, Conflict, "code"),
        ({"name": ""}, Invalid, "name"),
        ({"name": "Example Organization"}, Conflict, "name"),
        ({"kind": "toy"}, Invalid, "kind"),
        ({"shape": "star"}, Invalid, "shape"),
        ({"width_mm": 0.0}, Invalid, "width_mm"),
        ({"height_mm": 201.0}, Invalid, "height_mm"),
        ({"width_mm": float("nan")}, Invalid, "width_mm"),
        ({"width_mm": 40.0}, Invalid, "height_mm"),
        ({"issuer": ""}, Invalid, "issuer"),
        ({"stop_on": date(2025, 12, 31)}, Invalid, "stop_on"),
        ({"check_every_months": 0}, Invalid, "check_every_months"),
        ({"check_every_months": 61}, Invalid, "check_every_months"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_at_its_field(
    seals: SealOffice, facts: dict[str, Any], refusal: type[Refusal], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        enter(seals, **facts)
    assert refused.value.field == field


def test_only_the_administrator_enters_seals(seals: SealOffice) -> None:
    for who in (seals.security, seals.keeper, seals.leader, seals.clerk, seals.auditor):
        with pytest.raises(NotAllowed):
            enter(seals, who)


def changed(seals: SealOffice, version: int | None, **facts: Any) -> Seal:
    seal = seals.seal()
    given: dict[str, Any] = {
        "name": seal.name,
        "kind": seal.kind,
        "shape": seal.shape,
        "width_mm": seal.width_mm,
        "height_mm": seal.height_mm,
        "issuer": seal.issuer,
        "unit_id": seal.unit_id,
        "start_on": seal.start_on,
        **facts,
    }
    with seals.office.database.writing() as uow:
        entry = SealEntry(**given)
        return change_seal(uow, seals.admin, seal_id=seal.id, version=version, entry=entry)


def test_an_entry_is_corrected_from_a_fresh_sight_only(seals: SealOffice) -> None:
    seen = seals.seal().version
    assert changed(seals, seen, material="Copper").material == "Copper"
    with pytest.raises(Stale):
        changed(seals, seen, material="Wood")
    assert changed(seals, seals.seal().version, material="Wood").version == seen + 2


def test_a_destroyed_seal_keeps_its_entry(seals: SealOffice) -> None:
    with seals.office.database.writing() as uow:
        withdraw_seal(uow, seals.admin, seal_id=seals.seal_id, reason="Old")
        destroy_seal(uow, seals.admin, seal_id=seals.seal_id, reason="Old", witness="Officer")
    with pytest.raises(Conflict):
        changed(seals, None)
    with pytest.raises(Conflict):
        seals.rule()


def test_a_rule_names_approvers_in_order_with_their_conditions(seals: SealOffice) -> None:
    post = post_of(seals.head)
    steps = (
        RuleStep(ApproverKind.APPLICANT_LEADER),
        RuleStep(ApproverKind.POST, post, when_matter=Matter.CONTRACT, when_amount_cents=100_00),
        RuleStep(ApproverKind.SEAL_LEADER, when_outside=True),
    )
    seals.rule(*steps)
    seals.rule(*steps)
    with seals.office.database.reading() as uow:
        found = rule_of(uow, seals.seal_id)
    assert [each.approver for each in found] == ["applicant_leader", "post", "seal_leader"]
    assert (found[1].post_id, found[1].when_amount_cents) == (post, 100_00)
    assert view(seals, seals.admin).rule[1].post_unit == "Office"


@pytest.mark.parametrize(
    "step",
    [
        RuleStep("somebody"),
        RuleStep(ApproverKind.POST),
        RuleStep(ApproverKind.POST, uuid4()),
        RuleStep(ApproverKind.SEAL_LEADER, when_matter="weather"),
        RuleStep(ApproverKind.SEAL_LEADER, when_amount_cents=0),
    ],
)
def test_a_step_that_names_nobody_is_refused(seals: SealOffice, step: RuleStep) -> None:
    with pytest.raises(Invalid) as refused:
        seals.rule(RuleStep(ApproverKind.APPLICANT_LEADER), step)
    assert refused.value.field == "steps.1"


def test_a_rule_is_set_from_a_fresh_sight_only(seals: SealOffice) -> None:
    seen = seals.seal().version
    step = RuleStep(ApproverKind.SEAL_LEADER)
    with seals.office.database.writing() as uow:
        set_rule(uow, seals.admin, seal_id=seals.seal_id, steps=[step], version=seen)
    with pytest.raises(Stale), seals.office.database.writing() as uow:
        set_rule(uow, seals.admin, seal_id=seals.seal_id, steps=[], version=seen)


def test_the_list_goes_page_by_page_in_every_order_both_ways(any_seals: SealOffice) -> None:
    seals = any_seals
    for number, code in enumerate("EBDAC"):
        enter(seals, code=code, name=f"Seal {code}", start_on=date(2026, 2, 1 + number % 2))
    for order in SealOrder:
        for descending in (False, True):
            whole = codes(listed(seals, order=order, descending=descending))
            assert len(whole) == 6
            there, cursor = [], None
            while True:
                page = listed(seals, order=order, descending=descending, cursor=cursor, limit=2)
                there += codes(page)
                if page.next is None:
                    break
                cursor = page.next
            assert there == whole
            back = codes(page)
            while page.previous is not None:
                page = listed(
                    seals, order=order, descending=descending, cursor=page.previous, limit=2
                )
                back = codes(page) + back
            assert back == whole


def test_the_list_is_narrowed_by_what_marks_a_seal(seals: SealOffice) -> None:
    enter(seals, code="U", name="Finance seal", kind="finance")
    enter(seals, code="X", name="Old", start_on=date(2020, 1, 1), stop_on=date(2021, 1, 1))
    for filters, expected in (
        (SealFilters(kind="finance"), ["U"]),
        (SealFilters(typed="finance"), ["U"]),
        (SealFilters(mark=SealMark.UNHELD), ["U", "X"]),
        (SealFilters(mark=SealMark.EXPIRED), ["X"]),
        (SealFilters(mark=SealMark.LATE), []),
        (SealFilters(state="lost"), []),
        (SealFilters(keeper_id=seals.keeper.user_id), ["S"]),
        (SealFilters(unit_id=uuid4()), []),
    ):
        assert codes(listed(seals, filters=filters)) == expected


def test_a_cursor_of_another_order_is_refused(seals: SealOffice) -> None:
    enter(seals, code="T")
    cursor = listed(seals, limit=1).next
    with pytest.raises(Invalid):
        listed(seals, order=SealOrder.NAME, cursor=cursor)
    with pytest.raises(Invalid):
        listed(seals, cursor="nonsense")


def test_who_reads_the_register_of_seals(seals: SealOffice) -> None:
    for who in (seals.admin, seals.security, seals.keeper, seals.second_keeper, seals.auditor):
        assert codes(listed(seals, who)) == ["S"]
        assert view(seals, who).seal.code == "S"
    for who in (seals.applicant, seals.witness, seals.clerk, seals.leader):
        with pytest.raises(NotAllowed):
            listed(seals, who)
    assert view(seals, seals.leader).steps == {SealStep.REPORT_LOST}
    for who in (seals.applicant, seals.witness, seals.clerk):
        with pytest.raises(NotFound):
            view(seals, who)


def test_the_picture_of_an_imprint_is_for_its_keeper_and_the_administrators(
    seals: SealOffice,
) -> None:
    seen = {
        name: view(seals, getattr(seals, name)).sees_imprint
        for name in ("admin", "security", "keeper", "second_keeper", "auditor", "leader")
    }
    assert {name for name, sees in seen.items() if sees} == {"admin", "security", "keeper"}


def test_a_page_costs_the_same_however_much_it_shows(seals: SealOffice) -> None:
    def cost() -> int:
        with statements(seals.office) as run:
            view(seals, seals.admin)
            listed(seals)
        return len(run)

    first = cost()
    for number in range(3):
        seals.add_seal(f"M{number}")
    hand_over(seals.office, seals.seal_id, seals.keeper, seals.second_keeper, seals.witness)
    seals.rule(*[RuleStep(ApproverKind.POST, post_of(seals.head)) for _ in range(3)])
    assert cost() == first


def test_a_person_without_any_post_in_seals_is_told_nothing(seals: SealOffice) -> None:
    who = add_person(seals.office, "archivist", Role.ARCHIVIST)
    with pytest.raises(NotFound):
        view(seals, who)
    with pytest.raises(NotFound), seals.office.database.reading() as uow:
        get_seal(uow, uuid4())
