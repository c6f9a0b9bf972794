"""The fields of a round besides its readers, between form and plan."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from records.circulation.models import Round
from records.circulation.plans import RoundPlan
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.people.calendar import OFFICE_CLOSES, end_of_working_day
from records.people.models import User
from web.forms import day_of
from web.pickers import read_person
from web.stages import StageForm, to_plans

# Working days that are offered as one click.
DUE_DAYS = (1, 3, 5)
REMIND_BEFORE_HOURS = (0, 4, 24, 48)
REPEAT_HOURS = (4, 24, 48, 72)
ESCALATE_AFTER_HOURS = (24, 48, 72, 120)
MOST_HOURS = 24 * 365
FIELDS = (
    *("once", "purpose", "note", "due", "due_on", "urger", "urger_text"),
    *("remind_before_hours", "repeat_hours", "escalate_after_hours"),
    *("escalate_to", "escalate_to_text", "name", "unit"),
)

Values = Mapping[str, str]


def read_plan(
    uow: UnitOfWork, values: Values, stages: Iterable[StageForm], *, is_complete: bool
) -> RoundPlan:
    """Return the plan that a form describes.

    Raises:
        Invalid: Something makes no sense; the field is named.
    """
    purpose = values.get("purpose", "")
    if purpose not in set(Purpose):
        raise Invalid("Choose why it is circulated.", field="purpose")
    escalates = _hours(values, "escalate_after_hours")
    return RoundPlan(
        purpose=Purpose(purpose),
        stages=to_plans(uow, stages, is_complete=is_complete),
        note=values.get("note", "").strip() or None,
        due_at=read_due(uow, values),
        urger_id=read_person(uow, values, "urger"),
        remind_before_hours=_hours(values, "remind_before_hours", otherwise=24) or 0,
        repeat_hours=_hours(values, "repeat_hours", otherwise=24) or 24,
        escalate_after_hours=escalates,
        escalate_to_id=read_person(uow, values, "escalate_to") if escalates is not None else None,
    )


def read_due(uow: UnitOfWork, values: Values) -> datetime | None:
    """Return a deadline: a number of working days from now, or the close of office of a day.

    Raises:
        Invalid: It is no such thing, or it is over.
    """
    chosen = values.get("due", "")
    if not chosen:
        return None
    if chosen in {str(each) for each in DUE_DAYS}:
        return end_of_working_day(uow, uow.now, int(chosen))
    day = day_of(values, "due_on")
    if day is None:
        raise Invalid("Choose the day, or another deadline.", field="due_on")
    due = end_of_day(uow, day)
    if due <= uow.now:
        raise Invalid("This day is over.", field="due_on")
    return due


def end_of_day(uow: UnitOfWork, day: date) -> datetime:
    """Return when the office closes on a day, be it worked or not."""
    return datetime.combine(day, OFFICE_CLOSES, uow.zone).astimezone(UTC)


def due_choices(uow: UnitOfWork) -> list[tuple[int, date]]:
    """Return the working days that are offered, each with the day on which it ends."""
    return [
        (days, end_of_working_day(uow, uow.now, days).astimezone(uow.zone).date())
        for days in DUE_DAYS
    ]


def values_of(uow: UnitOfWork, draft: Round) -> dict[str, str]:
    """Return the fields of a draft as text."""
    values = {
        "purpose": draft.purpose,
        "note": draft.note or "",
        "remind_before_hours": str(draft.remind_before_hours),
        "repeat_hours": str(draft.repeat_hours),
        "escalate_after_hours": str(draft.escalate_after_hours or ""),
    }
    if draft.due_at is not None:
        values["due"] = "on"
        values["due_on"] = draft.due_at.astimezone(uow.zone).date().isoformat()
    named = (("urger", draft.urger_id), ("escalate_to", draft.escalate_to_id))
    for name, person_id in named:
        person = uow.session.get(User, person_id) if person_id else None
        if person is not None and not (name == "urger" and person.id == draft.sender_id):
            values |= {name: str(person.id), f"{name}_text": person.name}
    return values


def _hours(values: Values, name: str, otherwise: int | None = None) -> int | None:
    text = values.get(name, "").strip()
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or int(text[:5]) > MOST_HOURS:
        raise Invalid("%(text)s is not a number of hours.", {"text": text}, field=name)
    return int(text)
