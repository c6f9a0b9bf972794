"""The register of seals in the browser: list, page, forms, hand-overs, check lists, losses."""

import re
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from records.office import Office
from records.people.rules import Role
from records.seals.checks import Finding, record_checks
from records.seals.custody import ask_handover
from records.seals.models import Seal, SealCheck, SealHandover
from records.seals.register import get_seal, rule_of
from tests.builders import add_person, id_of
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.visitor import Visitor, counted


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def admin(app: Flask, seals: SealOffice) -> Visitor:
    assert seals.admin.name == "Admin"
    return Visitor(app, "seal-admin")


@pytest.fixture
def keeper(app: Flask, seals: SealOffice) -> Visitor:
    assert seals.keeper.name == "Keeper"
    return Visitor(app, "keeper")


def text(visitor: Visitor, path: str) -> str:
    page = visitor.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return page.get_data(as_text=True)


def begin(seals: SealOffice) -> UUID:
    with seals.office.database.writing() as uow:
        return ask_handover(
            uow,
            seals.keeper,
            seal_id=seals.seal_id,
            taker_id=id_of(seals.second_keeper),
            witness_id=id_of(seals.witness),
            reason="Leave of three weeks",
        ).id


ENTRY = {
    "name": "Contract seal (2)",
    "code": "HT2",
    "kind": "contract",
    "unit": "finance",
    "shape": "oval",
    "width_mm": "45",
    "height_mm": "30,5",
    "issuer": "City police",
    "start_on": "2026-01-01",
    "stop_on": "",
    "check_every_months": "6",
}


# The list and the page ---------------------------------------------------------------------------


def test_the_list_shows_who_holds_each_seal_and_links_to_it(
    admin: Visitor, seals: SealOffice
) -> None:
    page = text(admin, "/seals")
    assert "Example Organization" in page
    assert "Keeper" in page
    assert f"/seals/{seals.seal_id}" in page


def test_filters_stand_in_the_address_and_say_what_they_left_out(admin: Visitor) -> None:
    assert "Example Organization" in text(admin, "/seals?state=in_use&kind=unit&unit=finance")
    assert "Example Organization" not in text(admin, "/seals?state=lost")
    assert "Example Organization" not in text(admin, "/seals?q=contract")
    wrong = admin.get("/seals?state=broken&sort=colour&cursor=nonsense&unit=nowhere&mark=x")
    assert wrong.status_code == 422
    assert "Example Organization" in wrong.get_data(as_text=True)


def test_the_register_is_for_its_readers_and_a_leader_sees_the_seal_of_the_unit(
    app: Flask, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}"
    for login in ("keeper", "keeper2", "seal-auditor", "seal-security", "seal-admin"):
        visitor = Visitor(app, login)
        assert visitor.get("/seals").status_code == 200
        assert visitor.get(path).status_code == 200
    for login, status in (("leader", 200), ("applicant", 404), ("seal-clerk", 404)):
        visitor = Visitor(app, login)
        assert visitor.get("/seals").status_code == 403
        assert visitor.get(path).status_code == status


def test_the_list_costs_the_same_however_long_it_is(admin: Visitor, seals: SealOffice) -> None:
    def cost() -> int:
        with counted(seals.office.database.engine) as statements:
            text(admin, "/seals")
            text(admin, f"/seals/{seals.seal_id}")
        return len(statements)

    text(admin, "/seals")
    first = cost()
    for number in range(4):
        seals.add_seal(f"N{number}")
    assert cost() == first


# Forms -------------------------------------------------------------------------------------------


def test_a_seal_is_registered_and_its_page_says_what_comes_next(admin: Visitor) -> None:
    answer = admin.post("/seals/new", **ENTRY)
    assert answer.status_code == 303
    page = text(admin, answer.location)
    assert "45 × 30.5 mm" in page
    assert "Nobody holds this seal yet" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "S"}, "The code S is taken."),
        ({"name": " "}, "This must not be empty."),
        ({"width_mm": "wide"}, "wide is not a size in mm."),
        ({"width_mm": "nan"}, "An imprint measures 1 to 200 mm."),
        ({"unit": ""}, "There is no unit"),
        ({"start_on": ""}, "This must not be empty."),
        ({"stop_on": "tomorrow"}, "is not a date"),
        ({"check_every_months": "often"}, "often is not a whole number."),
    ],
)
def test_a_wrong_entry_comes_back_with_the_reason_and_what_was_typed(
    admin: Visitor, wrong: dict[str, str], said: str
) -> None:
    answer = admin.post("/seals/new", **{**ENTRY, **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code in (409, 422)
    assert said in page
    assert 'aria-invalid="true"' in page
    assert "City police" in page


def test_an_entry_is_corrected_and_an_old_sight_refused(admin: Visitor, seals: SealOffice) -> None:
    path = f"/seals/{seals.seal_id}/settings"
    version = re.search(r'name="version" value="(\d+)"', text(admin, path))
    assert version is not None
    given = {**ENTRY, "name": "Example Organization", "version": version.group(1)}
    assert admin.post(path, **given).status_code == 303
    stale = admin.post(path, **given)
    assert stale.status_code == 412
    assert "Somebody else has changed this" in stale.get_data(as_text=True)


def test_only_the_administrator_keeps_entries_and_rules(app: Flask, seals: SealOffice) -> None:
    for login in ("keeper", "leader", "seal-security", "seal-auditor"):
        visitor = Visitor(app, login)
        for path in ("/seals/new", f"/seals/{seals.seal_id}/settings"):
            assert visitor.get(path).status_code == 403
            assert visitor.post(path, **ENTRY).status_code == 403
        assert visitor.post(f"/seals/{seals.seal_id}/rule").status_code == 403
        assert visitor.post(f"/seals/{seals.seal_id}/withdrawal", reason="x").status_code == 403


STEP = {"approver": "applicant_leader", "post": "", "matter": "", "amount": "", "outside": ""}


def test_a_rule_is_put_together_without_script_and_read_as_sentences(
    admin: Visitor, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}/rule"
    version = str(seals.seal().version)
    added = admin.post(path, act="add", version=version, **STEP).get_data(as_text=True)
    assert added.count('name="approver"') == 2
    dropped = admin.post(path, act="drop:0", version=version, **STEP).get_data(as_text=True)
    assert 'name="approver"' not in dropped
    step = {**STEP, "matter": "contract", "amount": "100,000.00", "outside": "1"}
    assert admin.post(path, version=version, **step).status_code == 303
    with seals.office.database.reading() as uow:
        assert [each.when_amount_cents for each in rule_of(uow, seals.seal_id)] == [100_000_00]
    page = text(admin, f"/seals/{seals.seal_id}")
    assert "amount from 100,000.00" in page
    assert "contract or agreement" in page


def test_a_step_that_makes_no_sense_is_refused_at_its_step(
    admin: Visitor, seals: SealOffice
) -> None:
    path, version = f"/seals/{seals.seal_id}/rule", str(seals.seal().version)
    for wrong, said in (
        ({"approver": "post"}, "Choose the post that approves."),
        ({"amount": "much"}, "much is no amount."),
        ({"amount": "1.234"}, "1.234 is no amount."),
        ({"approver": "king"}, "king"),
    ):
        answer = admin.post(path, version=version, **{**STEP, **wrong})
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)


# Hand-overs --------------------------------------------------------------------------------------


def test_a_hand_over_goes_from_the_page_over_three_desks(
    app: Flask, keeper: Visitor, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}"
    assert "Second Keeper" in text(keeper, path)
    begun = keeper.post(
        f"{path}/handovers",
        taker=str(seals.second_keeper.user_id),
        witness=str(seals.witness.user_id),
        reason="Leave",
    )
    assert begun.status_code == 303
    for login in ("keeper", "keeper2", "witness"):
        visitor = Visitor(app, login)
        assert begun.location in text(visitor, "/")
        assert "Confirm" in text(visitor, begun.location)
        assert visitor.post(f"{begun.location}/confirm").status_code == 303
        assert begun.location not in text(visitor, "/")
    assert seals.seal().keeper_id == seals.second_keeper.user_id
    assert "The hand-over counts" not in text(keeper, begun.location)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"taker": ""}, "Choose who takes the seal."),
        ({"witness": ""}, "Choose a witness."),
        ({"reason": ""}, "This must not be empty."),
        ({"witness": "taker"}, "The witness is neither giver nor taker."),
        ({"taker": "leader"}, "holds no post of a seal keeper"),
    ],
)
def test_a_refused_hand_over_comes_back_with_its_dialog(
    keeper: Visitor, seals: SealOffice, given: dict[str, str], said: str
) -> None:
    people = {
        "taker": str(seals.second_keeper.user_id),
        "leader": str(seals.leader.user_id),
        "": "",
    }
    typed = {
        "taker": str(seals.second_keeper.user_id),
        "witness": str(seals.witness.user_id),
        "reason": "Leave",
        **{name: people.get(value, value) for name, value in given.items()},
    }
    answer = keeper.post(f"/seals/{seals.seal_id}/handovers", **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "data-reopen" in page


def test_a_stranger_finds_no_hand_over_and_confirms_none(app: Flask, seals: SealOffice) -> None:
    path = f"/seals/handovers/{begin(seals)}"
    visitor = Visitor(app, "applicant")
    for answer in (
        visitor.get(path),
        visitor.post(f"{path}/confirm"),
        visitor.post(f"{path}/cancel"),
    ):
        assert answer.status_code == 404
    assert Visitor(app, "seal-auditor").post(f"{path}/confirm").status_code == 403


def test_a_hand_over_is_cancelled_by_one_of_its_people(app: Flask, seals: SealOffice) -> None:
    handover_id = begin(seals)
    visitor = Visitor(app, "witness")
    assert visitor.post(f"/seals/handovers/{handover_id}/cancel").status_code == 303
    again = visitor.post(f"/seals/handovers/{handover_id}/confirm")
    assert again.status_code == 409
    with seals.office.database.reading() as uow:
        assert uow.session.get_one(SealHandover, handover_id).cancelled_at is not None


# Losses and ends ---------------------------------------------------------------------------------


def test_a_leader_reports_a_loss_from_the_page_of_losses(app: Flask, seals: SealOffice) -> None:
    leader = Visitor(app, "leader")
    assert f"/seals/{seals.seal_id}#loss" in text(leader, "/seals/loss")
    answer = leader.post(f"/seals/{seals.seal_id}/loss", reason="Stolen from the safe")
    assert answer.status_code == 303
    assert seals.seal().state == "lost"
    assert "Stolen from the safe" in text(leader, f"/seals/{seals.seal_id}")
    assert "No seal is in your hands." in text(leader, "/seals/loss")


def test_a_loss_without_a_word_or_by_a_stranger_is_refused(
    app: Flask, keeper: Visitor, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}/loss"
    assert keeper.post(path, reason=" ").status_code == 422
    assert Visitor(app, "applicant").post(path, reason="x").status_code == 404
    assert Visitor(app, "keeper2").post(path, reason="x").status_code == 403
    assert seals.seal().state == "in_use"


def test_a_seal_leaves_use_and_is_destroyed_before_a_witness(
    admin: Visitor, seals: SealOffice
) -> None:
    path = f"/seals/{seals.seal_id}"
    assert admin.post(f"{path}/withdrawal", reason="Reorganized").status_code == 303
    assert admin.post(f"{path}/reinstatement", reason="Not after all").status_code == 303
    assert admin.post(f"{path}/withdrawal", reason="Reorganized").status_code == 303
    refused = admin.post(f"{path}/destruction", reason="Melted", witness="")
    assert refused.status_code == 422
    done = admin.post(f"{path}/destruction", reason="Melted", witness="Officer Chen")
    assert done.status_code == 303
    page = text(admin, path)
    assert "Officer Chen" in page
    assert "/settings" not in page


# Checks ------------------------------------------------------------------------------------------


def test_a_check_list_records_many_seals_and_leads_to_the_loss(
    admin: Visitor, seals: SealOffice
) -> None:
    other, third = seals.add_seal("T"), seals.add_seal("V")
    answer = admin.post(
        "/seals/checks",
        seal=[str(seals.seal_id), str(other), str(third)],  # type: ignore[arg-type]
        **{f"result:{other}": "missing", f"remarks:{other}": "Drawer empty", "rest": "present"},
    )
    assert answer.status_code == 303
    page = text(admin, answer.location)
    assert f"/seals/{other}#loss" in page
    with seals.office.database.reading() as uow:
        found = {each.seal_id: each.result for each in uow.session.scalars(select(SealCheck))}
    assert found == {seals.seal_id: "present", other: "missing", third: "present"}


def test_an_empty_check_list_is_refused_and_nothing_is_lost(admin: Visitor) -> None:
    answer = admin.post("/seals/checks")
    assert answer.status_code == 422
    assert "Say of one seal at least" in answer.get_data(as_text=True)


def test_what_is_due_stands_on_the_desks_of_keeper_and_administrator(
    app: Flask, admin: Visitor, keeper: Visitor, seals: SealOffice
) -> None:
    with seals.office.database.writing() as uow:
        seal = get_seal(uow, seals.seal_id, for_update=True)
        seal.check_every_months, seal.check_due_on = 1, uow.today
    for visitor in (admin, keeper):
        assert "Seals to check" in text(visitor, "/")
        assert "Example Organization" in text(visitor, "/seals/checks?due=1")
    with seals.office.database.writing() as uow:
        record_checks(uow, seals.keeper, findings=[Finding(seals.seal_id, "present")])
    assert "Seals to check" not in text(keeper, "/")
    assert "Nothing is due." in text(keeper, "/seals/checks?due=1")
    assert Visitor(app, "seal-auditor").get("/seals/checks").status_code == 403


def test_an_office_without_seals_is_told_how_to_begin(app: Flask, office: Office) -> None:
    add_person(office, "root", Role.SYSTEM_ADMIN)
    assert "No seal is registered yet." in text(Visitor(app, "root"), "/seals")


def test_a_seal_that_nobody_knows_is_not_found(admin: Visitor, seals: SealOffice) -> None:
    nowhere = UUID(int=5)
    for path in (f"/seals/{nowhere}", f"/seals/{nowhere}/settings", f"/seals/handovers/{nowhere}"):
        assert admin.get(path).status_code == 404
    with seals.office.database.reading() as uow:
        assert uow.session.get(Seal, nowhere) is None
