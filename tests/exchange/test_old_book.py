import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.core.errors import Invalid, NotAllowed
from records.exchange.old_book import BookReport, bring_in_book, check_book
from records.exchange.rows import Row
from records.office import Office
from records.people.rules import SERVICE, Actor, Role
from records.registration.book import number_faults
from records.registration.registers import register_by_code
from records.registration.rules import LineNumber, NumberForm, read_own_number
from tests.builders import add_person, register

FORM = NumberForm("收〔{year}〕{number}号", 4)


def rows(*lines: str) -> list[Row]:
    """Rows from `number title` texts, all of 2019."""
    return [
        Row(line, {"number": text.split()[0], "year": "2019", "title": text.split()[1]})
        for line, text in enumerate(lines, start=2)
    ]


def bring_in(office: Office, book: list[Row], actor: Actor = SERVICE) -> BookReport:
    with office.database.writing() as uow:
        return bring_in_book(uow, actor, register=register_by_code(uow, "incoming"), rows=book)


def faults(office: Office) -> tuple[list[object], list[object]]:
    with office.database.reading() as uow:
        gaps, doubles = number_faults(uow)
        return [*gaps], [*doubles]


def test_a_book_keeps_its_numbers_and_its_gaps_are_declared(office: Office) -> None:
    report = bring_in(office, rows("3 c", "5 e", "IN-2019-0009 i"))
    assert [(each.first, each.last, each.count, each.missing) for each in report.spans] == [
        (3, 9, 3, 4)
    ]
    assert faults(office) == ([], [])
    bring_in(office, rows("4 d", "12 l"))
    assert faults(office) == ([], [])
    with pytest.raises(Invalid, match="given already"):
        bring_in(office, rows("4 again"))


def test_counting_goes_on_after_a_book(office: Office) -> None:
    book = [Row(2, {"number": "41", "year": "2026", "title": "a"})]
    bring_in(office, book)
    clerk = add_person(office, "clerk", Role.CLERK)
    document = register(office, clerk)
    assert document.number == "IN-2026-0042"


def test_nothing_of_a_book_with_errors_is_brought_in(office: Office) -> None:
    book = [
        *rows("1 a", "1 b"),
        Row(4, {"year": "2019", "title": "c", "received_on": "1.2.2019"}),
        Row(5, {"number": "7", "year": "2019", "unit": "nowhere"}),
    ]
    with office.database.reading() as uow:
        report = check_book(uow, SERVICE, register=register_by_code(uow, "incoming"), rows=book)
    assert [(each.line, each.refusal.field) for each in report.errors] == [
        (3, "number"),
        (4, "received_on"),
        (4, "number"),
        (5, "title"),
        (5, "unit"),
    ]
    with pytest.raises(Invalid) as refused:
        bring_in(office, book)
    assert isinstance(refused.value.details["errors"], list)
    with office.database.reading() as uow:
        from records.documents.models import Document

        assert uow.session.query(Document).count() == 0


def test_only_a_clerk_brings_a_book_in(office: Office) -> None:
    person = add_person(office, "staff", Role.STAFF)
    with pytest.raises(NotAllowed):
        bring_in(office, rows("1 a"), person)


@pytest.mark.parametrize(
    ("text", "year", "found"),
    [
        ("7", 2019, LineNumber(2019, 7, "收〔2019〕0007号")),
        ("收〔2019〕0012号", None, LineNumber(2019, 12, "收〔2019〕0012号")),
        ("收[2019]12号", None, LineNumber(2019, 12, "收[2019]12号")),
        ("12/2019", None, LineNumber(2019, 12, "12/2019")),
        ("1２", 2019, LineNumber(2019, 12, "收〔2019〕0012号")),
    ],
)
def test_own_numbers_are_read(text: str, year: int | None, found: LineNumber) -> None:
    assert read_own_number(FORM, text, year) == found


@pytest.mark.parametrize(
    ("text", "year"),
    [("7", None), ("2019-2020", None), ("12/2019", 2018), ("x", 2019), ("0", 2019)],
)
def test_a_number_that_cannot_be_told_is_refused(text: str, year: int | None) -> None:
    with pytest.raises(Invalid):
        read_own_number(FORM, text, year)


@given(st.integers(1900, 2100), st.integers(1, 10**9 - 1))
def test_what_a_form_writes_is_read_back(year: int, number: int) -> None:
    text = FORM.write(year, number)
    assert read_own_number(FORM, text, None) == LineNumber(year, number, text)
