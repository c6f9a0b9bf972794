"""What a request for a seal says: its terms, and the bounds that they keep."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from records.core.errors import Invalid
from records.core.rows import clean, filled
from records.documents.rules import choose
from records.seals.rules import Matter, SealMedium

LONGEST_MATTER = 500
LONGEST_NAME = 200
MOST_COPIES = 9_999
MOST_PAGES = 10_000
# A hundred billion in whole units: what is more is a slip of the hand.
MOST_CENTS = 10**13
LONGEST_OUT = timedelta(days=90)


@dataclass(frozen=True)
class Terms:
    """What is to be sealed, for whom, how often, and where.

    Attributes:
        recipient: Who gets what is sealed.
        copies: How many are stamped on paper; of an electronic document one copy is made.
        pages: Pages of one copy.
        outside: Whether the seal leaves the office; then place, escort and time are known.
    """

    matter: str
    matter_kind: str
    amount_cents: int | None
    recipient: str
    copies: int
    pages: int
    medium: str
    cross_page: bool
    urgent: bool
    outside: bool
    outside_place: str | None
    escort: str | None
    due_back_at: datetime | None

    @property
    def is_electronic(self) -> bool:
        """Whether a file gets the seal."""
        return self.medium == SealMedium.ELECTRONIC


def check_terms(terms: Terms, *, now: datetime) -> Terms:
    """Return clean terms; what only a seal outside needs is dropped where it stays in.

    Raises:
        Invalid: One of them is missing or out of bounds; `field` names it.
    """
    _check_count(terms.copies, MOST_COPIES, "copies")
    _check_count(terms.pages, MOST_PAGES, "pages")
    if terms.amount_cents is not None and not 0 < terms.amount_cents <= MOST_CENTS:
        raise Invalid("An amount is more than nothing.", field="amount_cents")
    if terms.cross_page and terms.pages < 2:
        raise Invalid("A document of one page takes no cross-page seal.", field="cross_page")
    plain = replace(
        terms,
        matter=_line(terms.matter, LONGEST_MATTER, "matter"),
        matter_kind=choose(Matter, terms.matter_kind, field="matter_kind").value,
        recipient=_line(terms.recipient, LONGEST_NAME, "recipient"),
        medium=choose(SealMedium, terms.medium, field="medium").value,
        outside_place=None,
        escort=None,
        due_back_at=None,
    )
    return _outside(plain, terms, now) if terms.outside else plain


def _outside(plain: Terms, terms: Terms, now: datetime) -> Terms:
    if plain.is_electronic:
        raise Invalid("Only a seal on paper is taken outside.", field="outside")
    place = _line(terms.outside_place or "", LONGEST_NAME, "outside_place")
    escort = _line(terms.escort or "", LONGEST_NAME, "escort")
    if terms.due_back_at is None:
        raise Invalid("Say when the seal is back.", field="due_back_at")
    if terms.due_back_at <= now:
        raise Invalid("This time is over.", field="due_back_at")
    if terms.due_back_at > now + LONGEST_OUT:
        raise Invalid(
            "A seal is out for at most %(days)d days.",
            {"days": LONGEST_OUT.days},
            field="due_back_at",
        )
    return replace(plain, outside_place=place, escort=escort, due_back_at=terms.due_back_at)


def _check_count(count: int, most: int, field: str) -> None:
    if not 1 <= count <= most:
        raise Invalid("This lies between 1 and %(most)d.", {"most": most}, field=field)


def _line(text: str, longest: int, field: str) -> str:
    line = " ".join(filled(clean(text), field).split())
    if len(line) > longest:
        raise Invalid("This has at most %(count)d characters.", {"count": longest}, field=field)
    return line
