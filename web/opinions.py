"""An opinion as its form sends it: a decision, words, a drawing of the pen, an instruction."""

import base64
import binascii
from collections.abc import Mapping

from flask_babel import gettext

from records.circulation.rules import Decision
from records.circulation.signing import InstructionPlan, Opinion
from records.core.database import UnitOfWork
from records.core.errors import Invalid
from web.forms import day_of
from web.pickers import read_person

_PNG = "data:image/png;base64,"


def read_opinion(uow: UnitOfWork, form: Mapping[str, str]) -> Opinion:
    """Return the opinion in a form.

    Raises:
        Invalid: A part of it makes no sense; the refusal names the field.
    """
    try:
        decision = Decision(form.get("decision", Decision.READ))
    except ValueError:
        raise Invalid("There is no such choice.", field="decision") from None
    return Opinion(
        decision,
        form.get("opinion", "").strip() or None,
        _drawn(form.get("handwriting", "")),
        _instruction(uow, form),
    )


def _drawn(text: str) -> bytes | None:
    if not text:
        return None
    try:
        if not text.startswith(_PNG):
            raise ValueError(text[:30])
        return base64.b64decode(text.removeprefix(_PNG), validate=True)
    except (ValueError, binascii.Error):
        raise Invalid("The handwriting did not arrive whole.", field="handwriting") from None


def _instruction(uow: UnitOfWork, form: Mapping[str, str]) -> InstructionPlan | None:
    text = form.get("instruction", "").strip()
    assignee = read_person(uow, form, "assignee")
    due_on = day_of(form, "due_on")
    if not text and assignee is None and due_on is None:
        return None
    if not text:
        raise Invalid("Write what is to be done.", field="instruction")
    if assignee is None:
        raise Invalid("Choose a person from the list.", field="assignee")
    return InstructionPlan(text, assignee, due_on)


def signed_text(decision: str, number: str) -> str:
    """Say what was signed."""
    match decision:
        case Decision.AGREED:
            return str(gettext("You agreed to %(number)s.", number=number))
        case Decision.DECLINED:
            return str(gettext("You declined %(number)s.", number=number))
        case _:
            return str(gettext("%(number)s is signed as read.", number=number))
