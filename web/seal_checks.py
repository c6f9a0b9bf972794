"""Check lists: what is due, what was found of many seals at once, and the list on paper."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from records.core.errors import Conflict, Invalid, Refusal
from records.people.rules import Act
from records.seals.checks import Finding, check_list, record_checks
from records.seals.rules import CheckResult
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import read_id
from web.permissions import SEAL_CHECKERS
from web.routes import route
from web.seals import seals
from web.session import actor

Answer = Response | tuple[str, int] | str
MOST_MISSING = 20


@route(seals, "/checks", permission=SEAL_CHECKERS)
def checks() -> str:
    """Show the check list; `?due=1` only what is due, `?missing=` what has just been missed."""
    return _page()


@route(seals, "/checks", permission=SEAL_CHECKERS, methods=("POST",))
def record() -> Answer:
    """Record what was found; a seal of which nothing is said is not checked."""
    findings = _findings()
    try:
        with writing() as uow:
            done = record_checks(uow, actor(), findings=findings)
            missing = [str(each.seal_id) for each in done if each.result == CheckResult.MISSING]
    except (Invalid, Conflict) as refusal:
        return _page(refusal), status_of(refusal)
    said = ngettext("%(num)s seal is checked.", "%(num)s seals are checked.", len(done))
    flash(said, "ok")
    return redirect(url_for("seals.checks", missing=missing[:MOST_MISSING]), code=303)


def _findings() -> list[Finding]:
    """Return what the form says of its seals; one button says that all others are there."""
    rest = CheckResult.PRESENT.value if request.form.get("rest") == CheckResult.PRESENT else ""
    found = []
    for text in dict.fromkeys(request.form.getlist("seal")):
        seal_id, result = read_id(text), request.form.get(f"result:{text}") or rest
        if seal_id is not None and result:
            found.append(Finding(seal_id, result, request.form.get(f"remarks:{text}")))
    return found


def _page(refusal: Refusal | None = None) -> str:
    person = actor()
    due_only = request.args.get("due") == "1"
    missed = set(request.args.getlist("missing")[:MOST_MISSING])
    with reading() as uow:
        lines = check_list(uow, person, due_only=due_only)
        today = uow.today
    return render_template(
        "seals/checks.html",
        lines=lines,
        due_only=due_only,
        today=today,
        missing=[each for each in lines if str(each.seal_id) in missed],
        values=request.form,
        results=[each.value for each in CheckResult],
        error=sentence(refusal) if refusal else None,
        keeps=person.may(Act.KEEP_SEAL_REGISTER),
    )
