"""Pure rules about registers: what a number looks like and which register may hold what."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from records.core.errors import Conflict, Invalid, NotAllowed
from records.documents.rules import DocumentState
from records.people.rules import Actor, Secrecy

YEAR, NUMBER = "{year}", "{number}"
MAX_PADDING = 9
MAX_NUMBER = 10**MAX_PADDING - 1
FIRST_YEAR, LAST_YEAR = 1800, 2199


class RegistrationState(StrEnum):
    """What became of a line in the book. A number once given is never given again."""

    CURRENT = "current"
    MOVED = "moved"
    VOIDED = "voided"


class RegisterFacts(Protocol):
    """What the rules need to know of a register."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def ceiling(self) -> int: ...  # noqa: D102
    @property
    def closed_on(self) -> date | None: ...  # noqa: D102


@dataclass(frozen=True)
class NumberForm:
    """How a register writes its numbers, such as `收〔{year}〕{number}号` padded to 4 digits."""

    pattern: str
    padding: int

    def write(self, year: int, number: int) -> str:
        """Return the number as people see it."""
        digits = str(number).zfill(self.padding)
        return self.pattern.replace(YEAR, str(year)).replace(NUMBER, digits)


@dataclass(frozen=True)
class LineNumber:
    """A number in a book: its year, its place in the series, and how it is written."""

    year: int
    number: int
    text: str


def read_own_number(form: NumberForm, text: str, year: int | None) -> LineNumber:
    """Read what an old book has for a number: the running number alone, or the full text.

    A running number is written in the register's form; a full text stays as it is. Its year and
    number are found by that form, else as the only year and the only other number in it.

    Args:
        year: The year of the line, where the book says it.

    Raises:
        Invalid: Year or number cannot be told.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isascii() and plain.isdigit():
        if year is None:
            raise Invalid("The year of number %(text)s is missing.", {"text": text}, field="year")
        return _own(year, int(plain), form.write(year, int(plain)))
    found = _by_form(form, plain) or _by_groups(plain)
    if found is None or (year is not None and found[0] != year):
        raise Invalid(
            "Year and running number cannot be told from %(text)s.", {"text": text}, field="number"
        )
    return _own(*found, text.strip())


def _own(year: int, number: int, text: str) -> LineNumber:
    if not 1 <= number <= MAX_NUMBER or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("%(text)s is not a number of a book.", {"text": text}, field="number")
    return LineNumber(year, number, text)


def _by_form(form: NumberForm, plain: str) -> tuple[int, int] | None:
    pattern = re.escape(unicodedata.normalize("NFKC", form.pattern))
    for mark, group in ((YEAR, r"(?P<year>[0-9]{4})"), (NUMBER, r"(?P<number>[0-9]{1,9})")):
        pattern = pattern.replace(re.escape(mark), group)
    found = re.fullmatch(pattern, plain)
    return (int(found["year"]), int(found["number"])) if found else None


def _by_groups(plain: str) -> tuple[int, int] | None:
    groups = re.findall(r"[0-9]+", plain)
    years = [each for each in groups if re.fullmatch(r"(?:18|19|20|21)[0-9]{2}", each)]
    others = [each for each in groups if each not in years]
    if len(years) != 1 or len(others) != 1 or len(others[0]) > MAX_PADDING:
        return None
    return int(years[0]), int(others[0])


def check_form(pattern: str, padding: int) -> NumberForm:
    """Return the form of a register's numbers.

    Raises:
        Invalid: The pattern lacks the year or the number, or the padding makes no sense.
    """
    if pattern.count(YEAR) != 1 or pattern.count(NUMBER) != 1:
        raise Invalid(
            "The pattern of a number contains {year} and {number} once each, "
            "as in IN-{year}-{number}.",
            field="pattern",
        )
    if not 1 <= padding <= MAX_PADDING:
        raise Invalid(
            "A number is padded to at least 1 and at most %(max)d digits.",
            {"max": MAX_PADDING},
            field="padding",
        )
    return NumberForm(pattern, padding)


def check_ceiling(
    register: RegisterFacts, secrecy: Secrecy, registers: Iterable[RegisterFacts]
) -> None:
    """Refuse a document that is too secret for a register, and name those that may hold it.

    Args:
        registers: The open registers of the office.

    Raises:
        Invalid: `details["allowed"]` lists the codes of the registers that may.
    """
    if secrecy <= register.ceiling:
        return
    allowed = [
        each.code for each in registers if each.kind == register.kind and each.ceiling >= secrecy
    ]
    raise Invalid(
        "The register %(register)s holds nothing above %(ceiling)s. Allowed registers: %(names)s.",
        {
            "register": register.code,
            "ceiling": Secrecy(register.ceiling).code,
            "names": ", ".join(allowed) or "–",
            "allowed": allowed,
        },
        field="secrecy",
    )


def check_open(register: RegisterFacts, today: date) -> None:
    """Refuse a register that is closed.

    Raises:
        Conflict: Its last day is over.
    """
    if not is_open(register, today):
        raise Conflict("The register %(code)s is closed.", {"code": register.code})


def is_open(register: RegisterFacts, today: date) -> bool:
    """Return whether a register takes lines on a day: it closes at the beginning of `closed_on`."""
    return register.closed_on is None or today < register.closed_on


def check_clearance(actor: Actor, secrecy: Secrecy) -> None:
    """Refuse handling what is above one's own clearance.

    Raises:
        NotAllowed: The document would vanish from the sight of the person who handles it.
    """
    if secrecy > actor.clearance:
        raise NotAllowed(
            "Your clearance is %(clearance)s. Somebody cleared for %(secrecy)s has to do this.",
            {"clearance": actor.clearance.code, "secrecy": secrecy.code},
        )


def check_can_void(state: RegistrationState, document_state: DocumentState) -> None:
    """Refuse voiding a line that is not current, or a document that is filed.

    Raises:
        Conflict: The line is moved or voided already, or the document is in the file.
    """
    if state is not RegistrationState.CURRENT:
        raise Conflict("This line is %(state)s already.", {"state": state.value})
    if document_state is DocumentState.FILED:
        raise Conflict("The document is filed: correct it instead.")
