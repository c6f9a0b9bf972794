import contextlib
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from records.core.errors import Invalid
from records.core.log import LogEntry, log_size
from records.documents.models import Document
from records.office import Office
from records.people.rules import Role
from records.registration.book import number_faults
from records.registration.models import NumberGap, RegisterCounter, Registration
from records.registration.numbering import count_on_after, take_number
from records.registration.registers import register_by_code
from records.registration.rules import NumberForm, check_form
from tests.builders import add_person, register, register_in
from tests.offices import HeldClock

PROCESSES = 5


class Undone(Exception):
    """Ends a unit on purpose."""


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("incoming", "outgoing")), st.sampled_from((2025, 2026)), st.booleans()
        ),
        max_size=30,
    )
)
def test_numbers_follow_each_other_whatever_is_rolled_back(
    office: Office, steps: list[tuple[str, int, bool]]
) -> None:
    with office.database.writing() as uow:
        uow.session.execute(delete(RegisterCounter))
        registers = {each: register_by_code(uow, each).id for each in ("incoming", "outgoing")}
    given_numbers: dict[tuple[str, int], list[int]] = {}
    for code, year, commits in steps:
        try:
            with office.database.writing() as uow:
                number = take_number(uow.session, registers[code], year)
                if not commits:
                    raise Undone
        except Undone:
            continue
        given_numbers.setdefault((code, year), []).append(number)
    for numbers in given_numbers.values():
        assert numbers == list(range(1, len(numbers) + 1))


@given(
    year=st.integers(1000, 9999),
    number=st.integers(1, 10**10),
    padding=st.integers(1, 9),
    ends=st.tuples(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)),
)
def test_a_written_number_holds_its_year_and_all_its_digits(
    year: int, number: int, padding: int, ends: tuple[str, str, str]
) -> None:
    before, between, after = (each.replace("{", "").replace("}", "") for each in ends)
    form = check_form(f"{before}{{year}}{between}{{number}}{after}", padding)
    written = form.write(year, number)
    assert written == f"{before}{year}{between}{number:0{padding}d}{after}"


@pytest.mark.parametrize(
    "pattern", ["{year}", "{number}", "", "{year}{year}{number}", "{Year}-{number}"]
)
def test_a_pattern_without_year_and_number_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_form(pattern, 4)
    assert caught.value.field == "pattern"


@pytest.mark.parametrize("padding", [0, 10, -1])
def test_a_senseless_padding_is_refused(padding: int) -> None:
    with pytest.raises(Invalid) as caught:
        check_form("{year}-{number}", padding)
    assert caught.value.field == "padding"


def test_a_number_wider_than_its_padding_keeps_all_digits() -> None:
    assert NumberForm("收〔{year}〕{number}号", 2).write(2026, 12345) == "收〔2026〕12345号"


def test_counting_goes_on_after_an_old_book_and_never_back(any_office: Office) -> None:
    with any_office.database.writing() as uow:
        book = register_by_code(uow, "incoming").id
        count_on_after(uow.session, book, 2019, 7)
        count_on_after(uow.session, book, 2019, 3)
        assert take_number(uow.session, book, 2019) == 8


def test_the_year_changes_at_midnight_in_the_time_zone_of_the_office(
    any_office: Office, clock: HeldClock
) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    numbers = []
    # Midnight in Shanghai is four in the afternoon in Greenwich.
    for hour, minute, second in ((15, 59, 58), (15, 59, 59), (16, 0, 0), (16, 0, 1)):
        clock.instant = datetime(2026, 12, 31, hour, minute, second, tzinfo=UTC)
        document = register(any_office, clerk)
        numbers.append((document.number, document.received_on.isoformat()))
    assert numbers == [
        ("IN-2026-0001", "2026-12-31"),
        ("IN-2026-0002", "2026-12-31"),
        ("IN-2027-0001", "2027-01-01"),
        ("IN-2027-0002", "2027-01-01"),
    ]


def test_a_document_received_last_year_gets_a_number_of_the_year_of_registration(
    office: Office,
) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    document = register(office, clerk, received_on="2025-12-30")
    assert (document.number, document.received_on.isoformat()) == ("IN-2026-0001", "2025-12-30")


def clerks_at_once(office: Office, *, threads: int, each: int) -> list[str]:
    """Register from several processes with several threads each; return all numbers."""
    add_person(office, "clerk", Role.CLERK)
    task = {
        "home": str(office.config.home),
        "database_url": office.config.database_url,
        "login": "clerk",
        "threads": threads,
        "each": each,
    }
    command = [sys.executable, "-m", "tests.records.concurrent_clerks", json.dumps(task)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = list(pool.map(lambda process: process.communicate(timeout=300), processes))
    assert [process.returncode for process in processes] == [0] * PROCESSES, answers[0][1]
    return [number for out, _ in answers for number in json.loads(out)]


def check_books(office: Office, numbers: list[str], total: int) -> None:
    """Nothing lost, nothing doubled, and the log in one order without a gap."""
    assert sorted(numbers) == [f"IN-2026-{number:04d}" for number in range(1, total + 1)]
    with office.database.reading() as uow:
        assert number_faults(uow) == ([], [])
        sequences = uow.session.scalars(select(LogEntry.sequence).order_by(LogEntry.sequence)).all()
        assert list(sequences) == list(range(log_size(uow.session)))
        kinds = Counter(uow.session.scalars(select(LogEntry.kind)))
        assert kinds["document.registered"] == total


def test_clerks_who_register_at_once_share_one_series(any_office: Office) -> None:
    check_books(any_office, clerks_at_once(any_office, threads=2, each=4), PROCESSES * 2 * 4)


@pytest.mark.slow
def test_fifty_clerks_register_forty_documents_each_at_once(any_office: Office) -> None:
    check_books(any_office, clerks_at_once(any_office, threads=10, each=40), 2_000)


def test_the_check_finds_what_a_book_lacks_and_what_it_has_twice(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    for _ in range(6):
        register(any_office, clerk)
    with any_office.database.writing() as uow:
        book = register_by_code(uow, "incoming").id
        here = Registration.number
        uow.session.execute(delete(Registration).where(here.in_((2, 6))))
        assert number_faults(uow) == (
            [{"register": "incoming", "year": 2026, "number": number} for number in (2, 6)],
            [],
        )
        gap = {
            "id": uow.new_id(),
            "register_id": book,
            "year": 2026,
            "first": 2,
            "last": 3,
            "declared_at": uow.now,
        }
        uow.session.execute(insert(NumberGap), [gap])
        assert number_faults(uow) == (
            [{"register": "incoming", "year": 2026, "number": 6}],
            [{"register": "incoming", "year": 2026, "number": 3}],
        )
        uow.session.execute(update(RegisterCounter).values(last=4))
        uow.session.execute(delete(NumberGap))
        assert [each["number"] for each in number_faults(uow)[0]] == [2]


def test_lines_of_a_year_without_a_counter_are_checked_too(office: Office) -> None:
    clerk = add_person(office, "clerk", Role.CLERK)
    for _ in range(3):
        register(office, clerk)
    with office.database.writing() as uow:
        uow.session.execute(delete(RegisterCounter))
        uow.session.execute(delete(Registration).where(Registration.number == 2))
        assert [each["number"] for each in number_faults(uow)[0]] == [2]


def test_a_registration_that_fails_gives_its_number_to_the_next(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    lost = []
    with contextlib.suppress(Undone), any_office.database.writing() as uow:
        lost.append(register_in(uow, clerk).number)
        raise Undone
    assert lost == ["IN-2026-0001"]
    with any_office.database.reading() as uow:
        size = log_size(uow.session)
        assert uow.session.scalars(select(Document)).all() == []
    assert register(any_office, clerk).number == "IN-2026-0001"
    with any_office.database.reading() as uow:
        assert log_size(uow.session) == size + 1
