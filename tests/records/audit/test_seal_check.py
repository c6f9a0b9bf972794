"""Verification of seal books: each way in which a line can be untrue is found and named."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from records.audit.report import Report
from records.audit.seal_check import check_seals
from records.office import Office
from records.seals.models import SealUsage
from records.seals.use import bring_back, take_out, use_on_paper, withdraw_usage
from tests.records.audit.test_verification import run
from tests.records.seals.approved import approved, contract
from tests.records.seals.offices import SealOffice, seal_office


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


def sealed(seals: SealOffice, **given: Any) -> SealUsage:
    request_id = approved(seals)
    with seals.office.database.writing() as uow:
        facts = {"copies_stamped": 2, "place": "Seal room", **given}
        return use_on_paper(uow, seals.keeper, request_id=request_id, **facts)


def checked(seals: SealOffice) -> Report:
    report = Report()
    check_seals(seals.office.database, report, lambda _what, _count: None)
    return report


def erase(office: Office, table: str) -> None:
    """Delete what others refer to, as only a hand outside of the program can."""
    with closing(sqlite3.connect(str(office.database.engine.url.database))) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(f"DELETE FROM {table}")
        connection.commit()


def faults(seals: SealOffice) -> list[tuple[str, str]]:
    """Return the lines that are not as they must be, and why; nothing else may be wrong."""
    report = checked(seals)
    assert report.as_json() == {**Report().as_json(), "ok": report.ok, "counts": report.counts} | {
        "changed": [each.as_json() for each in report.changed]
    }
    return [(each.id, each.reason) for each in report.changed]


def test_true_books_pass(any_office: Office) -> None:
    seals = seal_office(any_office)
    sealed(seals)
    other = seals.add_seal("C")
    request_id = approved(seals, contract(seals), seal_id=other)
    with any_office.database.writing() as uow:
        use_on_paper(uow, seals.keeper, request_id=request_id, copies_stamped=1, place="Room")
    withdrawn = sealed(seals, copies_spoilt=1, remarks="Blurred")
    out_id = approved(seals, outside=True)
    with any_office.database.writing() as uow:
        withdraw_usage(uow, seals.keeper, usage_id=withdrawn.id, reason="Wrong copy")
        out = take_out(uow, seals.keeper, request_id=out_id)
    assert checked(seals).ok
    with any_office.database.writing() as uow:
        bring_back(uow, seals.keeper, usage_id=out.id, copies_stamped=2, remarks="Done")
    report = checked(seals)
    assert report.ok, report.as_json()
    assert report.counts == {"seal_usages": 4}


def test_a_number_that_is_missing_is_a_gap_and_its_line_is_lost(seals: SealOffice) -> None:
    for _ in range(3):
        sealed(seals)
    run(seals.office, "DELETE FROM seal_usage WHERE number = 2")
    report = checked(seals)
    (year,) = {each["year"] for each in report.gaps}
    assert report.gaps == [{"seal": "S", "year": year, "number": 2}]
    assert sorted(each.kind for each in report.missing) == ["seal_request", "seal_usage"]
    run(seals.office, "DELETE FROM seal_usage WHERE number = 3")
    assert [each["number"] for each in checked(seals).gaps] == [2, 3]


def test_a_number_given_twice_is_found(seals: SealOffice) -> None:
    sealed(seals)
    sealed(seals)
    with seals.office.database.engine.connect() as connection:
        table = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'seal_usage'"
        ).scalar_one()
    bare = table.replace('"seal_usage"', "seal_usage").replace(
        "CONSTRAINT uq_seal_usage_seal_id UNIQUE (seal_id, year, number)", "CHECK (1)"
    )
    bare = bare.replace("UNIQUE (seal_id, year, number)", "CHECK (1)")
    run(
        seals.office,
        "ALTER TABLE seal_usage RENAME TO seal_usage_old",
        bare,
        "INSERT INTO seal_usage SELECT * FROM seal_usage_old",
        "DROP TABLE seal_usage_old",
        "UPDATE seal_usage SET number = 1, text = replace(text, '0002', '0001')",
    )
    report = checked(seals)
    assert [each["number"] for each in report.duplicates] == [1]
    assert [each["number"] for each in report.gaps] == [2]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE seal_usage SET copies_stamped = 9", "the log tells otherwise: copies_stamped"),
        ("UPDATE seal_usage SET place = 'Elsewhere'", "the log tells otherwise: place"),
        ("UPDATE seal_usage SET remarks = 'Later'", "the log tells otherwise: remarks"),
        (
            "UPDATE seal_usage SET used_at = '2020-01-01 00:00:00.000000'",
            "the log tells otherwise: used_at",
        ),
        (
            "UPDATE seal_usage SET text = 'S-2020-0001'",
            "its number is not written as its seal, year and number say",
        ),
        (
            "UPDATE seal_request SET state = 'approved', ended_at = NULL",
            "its request is not used up",
        ),
        (
            "UPDATE seal_approval SET state = 'waiting', decided_at = NULL",
            "its request was not agreed to in every step",
        ),
        ("DELETE FROM seal_approval", "its request was not agreed to in every step"),
        ("UPDATE seal_request SET medium = 'electronic'", "its request is about something else"),
        (
            "UPDATE seal_usage SET state = 'withdrawn', withdrawn_reason = 'x'",
            "whether it was declared withdrawn is not what the log says",
        ),
        (
            "UPDATE component SET sha256 = '" + "1" * 64 + "'",
            "what was sealed is not the file that it names",
        ),
        ("DELETE FROM log_object", "the log does not know it"),
    ],
)
def test_a_line_that_was_changed_is_named(seals: SealOffice, statement: str, reason: str) -> None:
    line = sealed(seals)
    assert faults(seals) == []
    run(seals.office, statement)
    ((found, why),) = faults(seals)
    assert found == ("S-2020-0001" if " text =" in statement else line.text)
    assert why == reason


def test_a_line_whose_request_is_gone_is_named(seals: SealOffice) -> None:
    line = sealed(seals)
    erase(seals.office, "seal_request")
    assert faults(seals) == [(line.text, "its request is gone")]


def test_a_return_that_the_log_does_not_know_is_named(seals: SealOffice) -> None:
    request_id = approved(seals, outside=True)
    with seals.office.database.writing() as uow:
        line = take_out(uow, seals.keeper, request_id=request_id)
    run(
        seals.office,
        "UPDATE seal_usage SET returned_at = used_at, copies_stamped = 1, copies_spoilt = 0",
    )
    assert faults(seals) == [(line.text, "its return and the log do not agree")]


def test_copies_that_came_back_are_those_of_the_log(seals: SealOffice) -> None:
    request_id = approved(seals, outside=True)
    with seals.office.database.writing() as uow:
        line = take_out(uow, seals.keeper, request_id=request_id)
    with seals.office.database.writing() as uow:
        bring_back(uow, seals.keeper, usage_id=line.id, copies_stamped=1)
    assert faults(seals) == []
    run(seals.office, "UPDATE seal_usage SET copies_stamped = 2")
    assert faults(seals) == [(line.text, "the log tells otherwise: copies_stamped")]


def make_electronic(seals: SealOffice) -> None:
    """Make a line one of an electronic seal whose files and certificate are missing yet."""
    sealed(seals)
    run(
        seals.office,
        "UPDATE seal_request SET medium = 'electronic'",
        "UPDATE seal_usage SET medium = 'electronic', result_id = component_id,"
        " result_sha256 = sha256",
        "UPDATE log_payload SET payload = replace(replace(replace(payload,"
        ' \'"medium":"paper"\', \'"medium":"electronic"\'),'
        " '\"result_id\":null', '\"result_id\":' || substr(payload,"
        " instr(payload, '\"component_id\":') + 15, 38)),"
        " '\"result_sha256\":null', '\"result_sha256\":' || substr(payload,"
        " instr(payload, '\"sha256\":') + 9, 66))",
    )


def test_an_electronic_line_has_its_stamped_copy_and_its_certificate(seals: SealOffice) -> None:
    make_electronic(seals)
    assert [why for _, why in faults(seals)] == ["the stamped copy is not one of its document"]
    run(seals.office, "UPDATE component SET role = 'stamped'")
    assert [why for _, why in faults(seals)] == ["its certificate is not one of its seal"]
    run(seals.office, "UPDATE component SET sha256 = '" + "1" * 64 + "'")
    assert [why for _, why in faults(seals)] == ["what was sealed is not the file that it names"]
    erase(seals.office, "component")
    assert [why for _, why in faults(seals)] == ["what was sealed is not the file that it names"]
