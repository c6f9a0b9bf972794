"""What stands ready in the fields of the checking page: read from the page, learned from the file.

A value that is sure is filled in, others are offered below their field. Where a value was read is
told to the script, which outlines the place on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from records.classification.face import FILLED_FROM
from records.core.database import UnitOfWork
from records.documents.faces import face_with_place
from records.documents.intake import title_of_file
from records.documents.models import Component, Document
from records.documents.offers import Offer, Standing, offers_of, plain
from records.documents.rules import DocumentState, RegisterKind
from records.filing.suggestions import Choice, FilingSuggestion, suggestion_of
from records.people.rules import Actor
from records.related.twins import TwinLine, twins_of
from web.boundary import office
from web.filing_words import reason_words
from web.timeline import value_text

Picked = tuple[str, str] | None


@dataclass(frozen=True)
class Take:
    """One value that can be taken by a key or a click.

    Attributes:
        value: What the form sends.
        label: What people read.
        reason: Why it is offered; None where the evidence on the page says enough.
    """

    value: str
    label: str
    reason: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """What is suggested for one field, as `components/fields.html` takes it.

    Attributes:
        standing: filled, offered, same or other, see `offers.Standing`.
        takes: What can be taken; the first by Enter while the field has nothing else.
        text: What stands on the page; None for what was not read there.
        show: Where, as "page,x0,y0,x1,y1" in points; None where the file shown has no places.
        page: Counted from 1; None for what was not read from a page.
        says: The text once more where it is not simply the value and nothing can be outlined.
        reason: Why it was filled in, of what was not read from the page.
    """

    standing: Standing
    takes: tuple[Take, ...]
    text: str | None = None
    show: str | None = None
    page: int | None = None
    says: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Prefill:
    """Everything that is suggested for one document.

    Attributes:
        fields: By names of the form.
        filing: What the file suggests.
        twins: Documents that may be the same one.
    """

    fields: Mapping[str, Suggestion]
    filing: FilingSuggestion
    twins: Sequence[TwinLine] = ()

    def value(self, name: str) -> str | None:
        """Return what a field is filled with; None for nothing."""
        found = self.fields.get(name)
        return found.takes[0].value if found and found.standing is Standing.FILLED else None

    def picked(self, name: str) -> Picked:
        """Return what a picker is filled with, with its label."""
        found = self.fields.get(name)
        if found is None or found.standing is not Standing.FILLED:
            return None
        return found.takes[0].value, found.takes[0].label

    def beside(self, raw: Mapping[str, str]) -> dict[str, Suggestion]:
        """Return the suggestions beside a form that came back: what was typed stays."""
        return {name: _beside(each, raw.get(name, "")) for name, each in self.fields.items()}


def prefill(
    uow: UnitOfWork,
    actor: Actor,
    document: Document,
    components: Sequence[Component],
    *,
    shown: Component | None = None,
) -> Prefill:
    """Return what is suggested for a document that has been found visible.

    Args:
        shown: The file whose pages are shown; only on these something can be outlined.
    """
    component_id, face = face_with_place(uow, office().vault, document.id)
    is_shown = shown is not None and shown.id == component_id
    offers = offers_of(document, list(components), face)
    fields = {name: _read(name, offer, is_shown=is_shown) for name, offer in offers.items()}
    filing = suggestion_of(uow, actor, document.id)
    waits = document.state == DocumentState.REGISTERED
    for name, own, choices in (
        ("class", document.class_id, filing.classes),
        ("unit", document.unit_id, [filing.unit] if filing.unit else []),
    ):
        if choices:
            fields[name] = _learned(choices, own, with_code=name == "class", waits=waits)
    return Prefill(fields, filing, twins_of(uow, actor, document.id))


def looks(
    document: Document,
    components: Sequence[Component],
    fields: Mapping[str, Suggestion],
    kind: str,
    values: Mapping[str, str],
) -> set[str]:
    """Return the fields that want to be looked at before the document is confirmed."""
    if document.state != DocumentState.REGISTERED:
        return set()
    wanted = {name for name, each in fields.items() if each.standing is Standing.OFFERED}
    if components and values.get("title") == title_of_file(components[0].name):
        wanted.add("title")
    if kind == RegisterKind.INCOMING and not values.get("sender"):
        wanted.add("sender")
    return wanted


def _read(name: str, offer: Offer, *, is_shown: bool) -> Suggestion:
    take = Take(offer.value, value_text(name, offer.value))
    if offer.evidence is None:
        return Suggestion(offer.standing, (take,))
    text, page, box = offer.evidence["text"], offer.evidence["page"], offer.evidence["box"]
    place = ",".join(f"{each:g}" for each in (page, *box)) if box and is_shown else None
    says = None if place or plain(text) == plain(offer.value) else " ".join(text.split())
    return Suggestion(offer.standing, (take,), text=text, show=place, page=page, says=says)


def _learned(
    choices: Sequence[Choice], own: UUID | None, *, with_code: bool, waits: bool
) -> Suggestion:
    takes = tuple(
        Take(
            each.code,
            f"{each.code} {each.title}" if with_code else each.title,
            reason_words(each.reason),
        )
        for each in choices
    )
    if own is not None:
        return Suggestion(Standing.SAME, ())
    if waits and choices[0].confidence >= FILLED_FROM:
        return Suggestion(Standing.FILLED, takes, reason=takes[0].reason)
    return Suggestion(Standing.OFFERED, takes)


def _beside(suggestion: Suggestion, typed: str) -> Suggestion:
    if suggestion.standing is not Standing.FILLED:
        return suggestion
    same = bool(suggestion.takes) and plain(typed) == plain(suggestion.takes[0].value)
    return suggestion if same else replace(suggestion, standing=Standing.OTHER)
