"""A period of the log as a signed file, for whoever checks it elsewhere."""

from datetime import date, timedelta

from flask import Response, render_template, request, stream_with_context
from flask_babel import gettext

from records.audit.period import open_period, write_period
from records.audit.proofs import integrate
from records.core.errors import Invalid, Refusal
from web.boundary import database, office, reading, writing
from web.content import attachment
from web.errors import sentence, status_of
from web.log_places import log, origin
from web.permissions import LOG_EXPORTERS
from web.routes import route
from web.session import actor


@route(log, "/period", permission=LOG_EXPORTERS)
def period() -> str:
    """Ask for the days; last month to begin with."""
    with reading() as uow:
        ends = uow.today.replace(day=1) - timedelta(days=1)
    return _page({"from": ends.replace(day=1).isoformat(), "to": ends.isoformat()}, {})


@route(log, "/period", permission=LOG_EXPORTERS, methods=("POST",))
def give_period() -> Response | tuple[str, int]:
    """Give the file; that it was given is an entry of the log."""
    given = {name: request.form.get(name, "").strip() for name in ("from", "to")}
    try:
        return period_response(_day(given, "from"), _day(given, "to"))
    except Invalid as refusal:
        return _page(given, {refusal.field or "from": sentence(refusal)}), status_of(refusal)
    except Refusal as refusal:
        return _page(given, {"": sentence(refusal)}), status_of(refusal)


def period_response(from_on: date, to_on: date) -> Response:
    """Answer a period as a file that is written while it is read."""
    person = actor()
    integrate(database())
    with writing() as uow:
        found = open_period(
            uow, office().vault, person, from_on=from_on, to_on=to_on, origin=origin()
        )
    lines = write_period(database(), person, found)
    response = Response(stream_with_context(lines), content_type="application/octet-stream")
    name = f"log {from_on.isoformat()} {to_on.isoformat()}.period"
    response.headers["Content-Disposition"] = attachment(name)
    return response


def _day(given: dict[str, str], name: str) -> date:
    try:
        day = date.fromisoformat(given[name])
    except ValueError:
        day = date.max
    if not date.min.year < day.year < date.max.year:
        raise Invalid("Write a day as in 2026-01-31.", field=name)
    return day


def _page(given: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "log/period.html", given=given, errors=errors, file_name=gettext("a period of the log")
    )
