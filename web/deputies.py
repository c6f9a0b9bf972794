"""Who stands in while one is away: naming a deputy for a time, and ending it."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.circulation.absence import delegations_of, end_deputy, name_deputy, stands_in_for
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.people.directory import names_of_people
from records.people.models import User
from records.people.rules import Secrecy
from records.people.service import get_user
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import day_of
from web.own_account import own_account
from web.permissions import SIGNED_IN
from web.pickers import read_person
from web.routes import route
from web.session import actor

Answer = Response | tuple[str, int]


@route(own_account, "/deputies", permission=SIGNED_IN)
def deputies() -> str:
    """Show who stands in for whoever asks, and for whom they stand in."""
    return _page()


@route(own_account, "/deputies", permission=SIGNED_IN, methods=("POST",), endpoint="name_deputy")
def name() -> Answer:
    """Name a deputy from the beginning of one day to the end of another."""
    form = request.form
    try:
        with writing() as uow:
            deputy_id = read_person(uow, form, "deputy")
            if deputy_id is None:
                raise Invalid("Choose a person from the list.", field="deputy")
            ceiling = Secrecy.from_code(form.get("ceiling", ""), field="ceiling")
            name_deputy(
                uow,
                actor(),
                deputy_id=deputy_id,
                from_at=_beginning(uow, _day(form, "from")),
                until_at=_beginning(uow, _day(form, "until") + timedelta(days=1)),
                purposes=_purposes(),
                ceiling=ceiling,
            )
            deputy = get_user(uow, deputy_id)
    except (Invalid, Conflict) as refusal:
        return _page(refusal), status_of(refusal)
    flash(gettext("%(name)s stands in for you.", name=deputy.name), "ok")
    if deputy.clearance < ceiling:
        flash(lower_clearance(deputy), "warn")
    return redirect(url_for("own_account.deputies"), code=303)


@route(own_account, "/deputies/<uuid:delegation_id>/end", permission=SIGNED_IN, methods=("POST",))
def end_delegation(delegation_id: UUID) -> Response:
    """End a delegation at once."""
    with writing() as uow:
        end_deputy(uow, actor(), delegation_id=delegation_id)
    flash(gettext("Your deputy stands in no more. What they have signed stays true."), "ok")
    return redirect(url_for("own_account.deputies"), code=303)


def lower_clearance(deputy: User) -> str:
    """Say that a deputy may see less than they are to stand in for."""
    return str(
        gettext(
            "%(name)s is cleared for less than that. What lies above waits for you.",
            name=deputy.name,
        )
    )


def _page(refusal: Refusal | None = None) -> str:
    with reading() as uow:
        mine = delegations_of(uow, actor())
        others = stands_in_for(uow, actor())
        names = names_of_people(uow, {each.user_id for each in others})
        today = uow.today
    return render_template(
        "people/deputies.html",
        mine=mine,
        others=[(each, names[each.user_id], Secrecy(each.ceiling)) for each in others],
        clearance=actor().clearance,
        levels=[each.code for each in Secrecy if each <= actor().clearance],
        purposes=[each.value for each in Purpose],
        today=today,
        values=request.form,
        chosen=request.form.getlist("purpose") if refusal else [each.value for each in Purpose],
        errors={refusal.field or "": sentence(refusal)} if refusal else {},
    )


def _purposes() -> list[Purpose]:
    known = {each.value: each for each in Purpose}
    found = [known[each] for each in request.form.getlist("purpose") if each in known]
    if not found:
        raise Invalid("Choose at least one.", field="purposes")
    return found


def _day(form: Mapping[str, str], name: str) -> date:
    found = day_of(form, name)
    if found is None:
        raise Invalid("This must not be empty.", field=name)
    if not date.min.year < found.year < date.max.year:
        text = form.get(name, "")
        raise Invalid("%(text)s is not a date. Write it as 2026-01-31.", {"text": text}, field=name)
    return found


def _beginning(uow: UnitOfWork, day: date) -> datetime:
    """Return when a day begins in the office."""
    return datetime.combine(day, time(), uow.zone)
