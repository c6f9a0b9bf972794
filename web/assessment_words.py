"""What the four checks found, in sentences: why a check says what it says, and of which files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext

from records.assessment.models import Assessment
from records.assessment.rules import PROPERTY_OF, Check, Outcome, Property
from records.documents.models import Document
from records.exchange.slip import Slip, SlipLine, SlipStage
from web.formats import instant, joined
from web.i18n import language_tag
from web.words import word

_PASSED: dict[Check, LazyString] = {
    Check.DIGEST: lazy_gettext("Every file is, byte for byte, what was received."),
    Check.SIGNATURES: lazy_gettext("Every signature holds, and its signer is known."),
    Check.METADATA: lazy_gettext("Everything that filing asks for is there."),
    Check.FILES: lazy_gettext("All files are there, and nothing was left inside them."),
    Check.NAMES: lazy_gettext("Every file is of the kind that its name says."),
    Check.OPENS: lazy_gettext("Every file can be opened."),
    Check.ENCRYPTION: lazy_gettext("No file needs a password."),
    Check.ACTIVE: lazy_gettext("No macros, no scripts, nothing that is loaded from elsewhere."),
}
_WHY: dict[str, LazyString] = {
    "no_files": lazy_gettext("It has no files: the paper is the document."),
    "no_file": lazy_gettext("It is kept electronically and has no file yet."),
    "changed": lazy_gettext("Stored bytes are not what was received, or are gone."),
    "unsigned": lazy_gettext("No file carries a signature."),
    "unchecked": lazy_gettext("Signatures have not been examined yet."),
    "broken": lazy_gettext("A signature does not hold."),
    "unknown_signer": lazy_gettext("A signature holds, and nobody here vouches for its signer."),
    "not_yet": lazy_gettext("It is not filed yet; filing will ask for more."),
    "missing": lazy_gettext("It is filed, and metadata is missing."),
    "lost": lazy_gettext("The count of its files has a hole."),
    "left_out": lazy_gettext("Something was left inside a file when it was unpacked."),
    "other_type": lazy_gettext("The content is not what the name says."),
    "unreadable": lazy_gettext("A file is damaged and cannot be opened."),
    "encrypted": lazy_gettext("A file needs a password that the office does not have."),
    "macros": lazy_gettext("A file carries macros. They are never run here."),
    "javascript": lazy_gettext("A file carries scripts. They are never run here."),
    "external": lazy_gettext("A file would load content from elsewhere when it is opened."),
}
_FIELDS = frozenset({"missing", "not_yet"})


@dataclass(frozen=True)
class Answer:
    """One check in words."""

    check: str
    outcome: str
    why: str
    named: str


@dataclass(frozen=True)
class Answers:
    """The checks of one property, with the worst of their outcomes."""

    property: str
    outcome: str
    lines: list[Answer]


def in_words(findings: Iterable[Mapping[str, Any]]) -> list[Answers]:
    """Return findings by property, each with its reason."""
    by_check = {Check(each["check"]): each for each in findings}
    told = []
    for each in Property:
        lines = [
            _answer(check, found) for check, found in by_check.items() if PROPERTY_OF[check] is each
        ]
        outcomes = [line.outcome for line in lines]
        told.append(Answers(each.value, _worst(outcomes), lines))
    return told


def _worst(outcomes: list[str]) -> str:
    order = list(Outcome)
    return max((Outcome(each) for each in outcomes), key=order.index, default=order[0]).value


def _answer(check: Check, found: Mapping[str, Any]) -> Answer:
    code, names = found["code"], list(found["named"])
    why = _WHY[code] if code in _WHY else _PASSED[check]
    if code in _FIELDS:
        names = [str(word("field", each).text) for each in names]
    return Answer(check.value, found["outcome"], str(why), joined(names))


def report_in_words(
    document: Document, made: Assessment, *, address: str, printed_by: str, now: datetime
) -> Slip:
    """Return the report of the four checks, as it is printed."""
    text: Callable[[str, str], str] = lambda family, code: str(word(family, code).text)  # noqa: E731
    return Slip(
        language=language_tag(),
        heading=gettext("Report of the four checks"),
        marks=[],
        number=document.number,
        title=document.title or gettext("Without title"),
        facts=[
            (gettext("Checked"), instant(made.made_at)),
            (gettext("Why"), text("assessed", made.cause)),
            (gettext("Outcome"), text("outcome", made.outcome)),
        ],
        columns=[gettext("Check"), gettext("Evidence"), gettext("Files and fields"), ""],
        stages=[
            SlipStage(
                f"{text('property', each.property)} – {text('outcome', each.outcome)}",
                [
                    SlipLine(
                        reader=text("check", line.check),
                        state=text("outcome", line.outcome),
                        opinion=line.why,
                        time=line.named,
                    )
                    for line in each.lines
                ],
            )
            for each in in_words(made.findings)
        ],
        address=address,
        address_words=gettext("The document"),
        foot=gettext(
            "Chancery · printed by %(name)s, %(time)s", name=printed_by, time=instant(now)
        ),
        page_of=gettext("Page {page} of {pages}"),
    )
