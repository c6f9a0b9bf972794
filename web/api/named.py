"""People as programs name them: by login, by id, or all of a group, a post or a unit."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.circulation.plans import ReaderChoice, expand_readers
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.people.calendar import OFFICE_CLOSES
from records.people.models import Unit, User
from web.api.bodies import instant, obj
from web.api.schemas import DAY, ID, TIME
from web.forms import read_id

_SEVERAL = ("group", "post", "unit")
PERSON = {"type": "string", "description": "Login or id of a person."}
READER = {
    "type": ["string", "object"],
    "description": "Login or id of a person, or all members of a group, post or unit.",
    "properties": {
        "group": ID,
        "post": ID,
        "unit": {"type": "string", "description": "Id or code of the unit."},
    },
    "additionalProperties": False,
}
READERS = {"type": "array", "items": READER}
# A deadline is an instant, or a day, which ends with the office hours.
DEADLINE = {"due_at": TIME, "due_on": DAY}
STAGES = {
    "type": "array",
    "items": obj(
        {
            "readers": READERS,
            "due_days": {
                "type": ["integer", "null"],
                "minimum": 0,
                "description": "Working days from the beginning of the stage.",
            },
        },
        "readers",
    ),
    "description": "Readers of a stage read in parallel, stages follow each other.",
}


def readers(uow: UnitOfWork, given: Sequence[Any]) -> list[UUID]:
    """Return the people behind a list of readers, in order.

    Raises:
        Invalid: A person, group, post or unit is unknown, or nobody is behind it.
    """
    choices = [_choice(uow, each) for each in given]
    found = expand_readers(uow, choices)
    missing = {each.id for each in choices if each.kind == "user"} - set(found)
    if missing:
        raise Invalid("There is no such person.", field="readers")
    return found


def person_named(uow: UnitOfWork, name: str, field: str) -> UUID:
    """Return the person with a login or an id.

    Raises:
        Invalid: There is none.
    """
    known = read_id(name)
    query = select(User.id).where(
        User.id == known if known else User.login == name.strip().casefold()
    )
    found = uow.session.scalar(query)
    if found is None:
        raise Invalid("There is no such person.", field=field)
    return found


def deadline(uow: UnitOfWork, given: Mapping[str, Any]) -> datetime | None:
    """Return the deadline in a body, None for none.

    Raises:
        Invalid: Both an instant and a day are given.
    """
    if "due_on" not in given:
        return instant(given.get("due_at"))
    if "due_at" in given:
        raise Invalid("Give an instant or a day, not both.", field="due_on")
    day = date.fromisoformat(given["due_on"])
    if not date.min.year < day.year < date.max.year:
        raise Invalid("This is no %(kind)s.", {"kind": "date"}, field="due_on")
    return datetime.combine(day, OFFICE_CLOSES, uow.zone).astimezone(UTC)


def _choice(uow: UnitOfWork, given: Any) -> ReaderChoice:
    if isinstance(given, str):
        return ReaderChoice("user", person_named(uow, given, "readers"))
    named = [(kind, given[kind]) for kind in _SEVERAL if kind in given]
    if len(named) != 1:
        raise Invalid("Name one group, post or unit.", field="readers")
    kind, value = named[0]
    return ReaderChoice(kind, _unit(uow, value) if kind == "unit" else UUID(value))


def _unit(uow: UnitOfWork, value: str) -> UUID:
    known = read_id(value)
    found = uow.session.scalar(
        select(Unit.id).where(Unit.id == known if known else Unit.code == value)
    )
    if found is None:
        raise Invalid("There is no such unit.", field="readers")
    return found
