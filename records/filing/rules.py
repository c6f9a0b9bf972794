"""Pure rules about filing: what a document is judged by, and when a rule of the office applies."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from records.classification.face import parse_number
from records.core.errors import Invalid

MOST_WORDS = 20
# Enough for the first pages: what a document is about stands at its beginning.
TEXT_CHARACTERS = 4_000


@dataclass(frozen=True)
class Facts:
    """What is known of a document before it is filed: typed values, else those of the page face.

    Attributes:
        text: The beginning of what its files say.
    """

    register_id: UUID
    title: str = ""
    sender: str | None = None
    number: str | None = None
    kind: str | None = None
    keywords: tuple[str, ...] = ()
    text: str = ""

    @property
    def sender_key(self) -> str | None:
        """The sender as two writings of one name are compared; None when nobody is named."""
        return folded(self.sender or "") or None

    @property
    def series(self) -> str | None:
        """What stays of the number from one document to the next: 国办发, 国务院令."""
        return series_of(self.number) if self.number else None


@dataclass(frozen=True)
class Conditions:
    """When a rule applies: everything that is set must hold.

    Attributes:
        sender: A part of the sender's name.
        words: Each occurs in the title, the keywords or the first pages.
        number_prefix: What the document number begins with.
        kind: The kind (文种) that the document is of.
        register_id: The register that it was entered in.
    """

    sender: str | None = None
    words: tuple[str, ...] = ()
    number_prefix: str | None = None
    kind: str | None = None
    register_id: UUID | None = None


def applies(conditions: Conditions, facts: Facts) -> bool:
    """Return whether a rule has something to say about a document; without conditions, never."""
    if conditions == Conditions():
        return False
    return (
        _stands_in(conditions.sender, facts.sender)
        and _begins(conditions.number_prefix, facts.number)
        and (conditions.kind is None or conditions.kind == facts.kind)
        and (conditions.register_id is None or conditions.register_id == facts.register_id)
        and _all_occur(conditions.words, facts)
    )


def check_conditions(conditions: Conditions) -> None:
    """Refuse a rule that would apply to everything, or is beyond reading.

    Raises:
        Invalid: No condition, or too many words.
    """
    if conditions == Conditions():
        raise Invalid("A rule needs at least one condition.", field="sender")
    if len(conditions.words) > MOST_WORDS:
        raise Invalid("At most %(max)d words.", {"max": MOST_WORDS}, field="words")


def folded(text: str) -> str:
    """Return a text without case, width and spaces, as names and words are compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def series_of(number: str) -> str | None:
    """Return what a document number says of its series: the agency's code, or the letters before.

    None where it begins with a digit, as 2024-17 does.
    """
    parsed = parse_number(number)
    if parsed is not None:
        return parsed.code.strip() or None
    text = unicodedata.normalize("NFKC", number).strip()
    digits = next((place for place, each in enumerate(text) if each.isdigit()), len(text))
    return text[:digits].strip(" -/.#:") or None


def _stands_in(part: str | None, whole: str | None) -> bool:
    return part is None or folded(part) in folded(whole or "")


def _begins(prefix: str | None, number: str | None) -> bool:
    return prefix is None or folded(number or "").startswith(folded(prefix))


def _all_occur(words: Sequence[str], facts: Facts) -> bool:
    if not words:
        return True
    said = folded("\n".join((facts.title, *facts.keywords, facts.text)))
    return all(folded(each) in said for each in words)
