"""The stages of a round as a form has them: readers as chips, moved by script or by buttons.

A form sends one field `plan` for every stage and every reader, in their order: `stage`, or a
choice as `user:<id>`. So whoever moves a chip, moves its field. `days` and `typed` come once for
each stage. Without script every button is a submit button: `act` says what it does, as
`reader.next.0.2`, and the form comes back changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from flask import Flask
from flask_babel import gettext, ngettext
from werkzeug.datastructures import MultiDict

from records.circulation.choices import KINDS, Key, NamedChoice, find_choices, name_choices
from records.circulation.plans import ReaderChoice, StagePlan, expand_readers
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from web.formats import joined
from web.forms import read_id

STAGE = "stage"
DAYS = (1, 2, 3, 5, 10)
MOST_STAGES = 50
MOST_CHOICES = 2_000
_NAMED = 3
_MOVES = ("earlier", "later", "back", "next", "remove", "unfold")


@dataclass
class StageForm:
    """One stage of a form.

    Attributes:
        days: Working days for its readers, as text; empty for none of its own.
        typed: What stands in the field of its picker.
        error: What is wrong with what was typed.
    """

    keys: list[Key] = field(default_factory=list)
    days: str = ""
    typed: str = ""
    error: str | None = None


@dataclass(frozen=True)
class ShownStage:
    """One stage as the template takes it."""

    readers: Sequence[NamedChoice]
    days: str
    typed: str
    error: str | None


def read_stages(form: MultiDict[str, str]) -> list[StageForm]:
    """Return the stages of a form; what makes no sense is left out."""
    days, typed = form.getlist("days"), form.getlist("typed")
    stages: list[StageForm] = []
    for text in form.getlist("plan")[:MOST_CHOICES]:
        if text == STAGE:
            place = len(stages)
            stages.append(
                StageForm(
                    days=_at(days, place).strip(),
                    typed=_at(typed, place).strip(),
                )
            )
        elif stages and (key := read_choice(text)) is not None:
            stages[-1].keys.append(key)
    return stages[:MOST_STAGES] or [StageForm()]


def read_choice(text: str) -> Key | None:
    """Return kind and id of a choice, None when the text is none."""
    kind, _, number = text.partition(":")
    found = read_id(number)
    return (kind, found) if kind in KINDS and found is not None else None


def take_typed(uow: UnitOfWork, stages: Iterable[StageForm]) -> bool:
    """Turn names that were typed without choosing from the list into readers.

    Returns:
        Whether every name means exactly one; the others say why they do not.
    """
    clear = True
    for stage in stages:
        if not stage.typed:
            continue
        found = find_choices(uow, stage.typed)
        exact = [each for each in found if each.name.casefold() == stage.typed.casefold()]
        if len(exact or found) == 1:
            chosen = (exact or found)[0]
            stage.keys.append((chosen.kind, chosen.id))
            stage.typed = ""
        else:
            clear = False
            stage.error = (
                gettext("Several fit. Choose one from the list.")
                if found
                else gettext("Nobody is called that.")
            )
    return clear


def change(uow: UnitOfWork, stages: list[StageForm], act: str) -> list[StageForm]:
    """Return the stages after a button was pressed; an unknown one changes nothing."""
    what, _, rest = act.partition(".")
    if what == "stage":
        return _change_stage(stages, rest)
    if what == "reader":
        return _change_reader(uow, stages, rest)
    return stages


def append_stages(stages: list[StageForm], more: Iterable[StageForm]) -> list[StageForm]:
    """Return the stages followed by those of a template or route; empty ones make room."""
    return [each for each in stages if each.keys] + list(more) or [StageForm()]


def from_plans(plans: Iterable[StagePlan]) -> list[StageForm]:
    """Return the stages of a plan, as of a template or a draft."""
    return [
        StageForm([("user", each) for each in plan.readers], str(plan.due_days or ""))
        for plan in plans
    ]


def to_plans(
    uow: UnitOfWork, stages: Iterable[StageForm], *, is_complete: bool
) -> tuple[StagePlan, ...]:
    """Return the stages with the people whom their choices mean; stages of nobody are left out.

    Args:
        is_complete: Whether somebody must be chosen; a draft may wait for its readers.

    Raises:
        Invalid: Nobody is chosen, a choice means nobody, or days are no number.
    """
    plans = [
        StagePlan(_people(uow, stage.keys), days_of(stage.days)) for stage in stages if stage.keys
    ]
    if is_complete and not plans:
        raise Invalid("Choose at least one reader.", field="readers")
    return tuple(plans)


def days_of(text: str) -> int | None:
    """Return a number of working days, None for none.

    Raises:
        Invalid: It is no whole number from 1 to 366.
    """
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:4]) <= 366:
        raise Invalid("%(text)s is not a number of working days.", {"text": text}, field="days")
    return int(text)


def shown_stages(uow: UnitOfWork, stages: Iterable[StageForm]) -> list[ShownStage]:
    """Return the stages with the names of their readers."""
    wanted = list(stages)
    named = name_choices(uow, [key for stage in wanted for key in stage.keys])
    return [
        ShownStage(
            [named[key] for key in stage.keys if key in named], stage.days, stage.typed, stage.error
        )
        for stage in wanted
    ]


def _change_stage(stages: list[StageForm], rest: str) -> list[StageForm]:
    what, place = _place(rest, 1)
    if what == "add":
        return [*stages, StageForm()]
    if what == "clear":
        return [StageForm()]
    if not place or place[0] >= len(stages):
        return stages
    (at,) = place
    stage = stages.pop(at)
    if what == "earlier":
        stages.insert(max(at - 1, 0), stage)
    elif what == "later":
        stages.insert(at + 1, stage)
    elif what != "remove":
        stages.insert(at, stage)
    return stages or [StageForm()]


def _change_reader(uow: UnitOfWork, stages: list[StageForm], rest: str) -> list[StageForm]:
    what, place = _place(rest, 2)
    if len(place) != 2 or what not in _MOVES or place[0] >= len(stages):
        return stages
    at, which = place
    keys = stages[at].keys
    if which >= len(keys):
        return stages
    key = keys.pop(which)
    if what == "earlier":
        keys.insert(max(which - 1, 0), key)
    elif what == "later":
        keys.insert(which + 1, key)
    elif what == "back":
        stages[max(at - 1, 0)].keys.append(key)
    elif what == "next":
        if at + 1 == len(stages):
            stages.append(StageForm())
        stages[at + 1].keys.append(key)
    elif what == "unfold":
        people = expand_readers(uow, [ReaderChoice(*key)])
        keys[which:which] = [("user", each) for each in people] or [key]
    return stages


def _place(rest: str, count: int) -> tuple[str, list[int]]:
    what, *numbers = rest.split(".")[: count + 1]
    return what, [int(each) for each in numbers if each.isascii() and each.isdigit()]


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""


def _people(uow: UnitOfWork, keys: Sequence[Key]) -> tuple[UUID, ...]:
    people: list[UUID] = []
    for key in keys:
        # A person stands for himself or herself, also twice; sets of people are looked up.
        meant = [key[1]] if key[0] == "user" else expand_readers(uow, [ReaderChoice(*key)])
        if not meant:
            named = name_choices(uow, [key])
            name = named[key].name if key in named else "–"
            raise Invalid("%(name)s means nobody today.", {"name": name}, field="readers")
        people += meant if key[0] == "user" else [each for each in meant if each not in people]
    return tuple(people)


def detail_of(choice: NamedChoice) -> str:
    """Return what is said of a choice beside its name: where somebody is, or who is meant."""
    if choice.kind == "user":
        return choice.place
    if not choice.people:
        who = str(gettext("nobody"))
    elif len(choice.people) <= _NAMED:
        who = joined(list(choice.people))
    else:
        who = str(ngettext("%(num)s person", "%(num)s people", len(choice.people)))
    return f"{choice.place} · {who}" if choice.place else who


def init_app(app: Flask) -> None:
    """Offer what is said of a choice to templates."""
    app.add_template_filter(detail_of, "choice_detail")
