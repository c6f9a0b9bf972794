"""The rules of filing: the list in its order, one rule, and what it would have done."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.errors import Conflict, Invalid, Refusal, Stale
from records.filing.keeping import (
    RuleFacts,
    RuleLine,
    add_rule,
    all_rules,
    change_rule,
    get_rule,
    move_rule,
    remove_rule,
    routes_to_name,
)
from records.filing.trying import Trial, try_rule
from records.people.organization import all_units
from records.registration.registers import all_registers
from web.boundary import office, reading, writing
from web.errors import sentence, status_of
from web.forms import Errors, field, read_id
from web.permissions import FILING_RULE_KEEPERS
from web.routes import route
from web.session import actor
from web.words import choices

filing_rules = Blueprint("filing_rules", __name__, url_prefix="/file-plan/rules")

_NAMES = (
    *("name", "sender", "words", "number_prefix", "kind", "register"),
    *("unit", "route", "active", "version"),
)


@route(filing_rules, "", permission=FILING_RULE_KEEPERS)
def index() -> str:
    """Show the rules in the order in which they are asked; `?remove=<id>` asks whether to."""
    with reading() as uow:
        lines = all_rules(uow, actor())
    asked = next((each for each in lines if str(each.id) == request.args.get("remove")), None)
    return render_template(
        "filing/rules.html", lines=lines, asked=asked, reopen="remove" if asked else None
    )


@route(filing_rules, "/new", permission=FILING_RULE_KEEPERS)
def new() -> str:
    """Show an empty rule."""
    return _page(None, {"active": "1"})


@route(filing_rules, "/<uuid:rule_id>", permission=FILING_RULE_KEEPERS)
def show(rule_id: UUID) -> str:
    """Show one rule."""
    with reading() as uow:
        line = get_rule(uow, actor(), rule_id)
    return _page(line, _values(line))


@route(filing_rules, "/new", permission=FILING_RULE_KEEPERS, methods=("POST",), endpoint="add")
def add() -> Response | tuple[str, int] | str:
    """Write a rule, or only try it."""
    return _save(None)


@route(
    filing_rules,
    "/<uuid:rule_id>",
    permission=FILING_RULE_KEEPERS,
    methods=("POST",),
    endpoint="change",
)
def change(rule_id: UUID) -> Response | tuple[str, int] | str:
    """Change a rule, or only try what the form says."""
    return _save(rule_id)


@route(filing_rules, "/<uuid:rule_id>/move", permission=FILING_RULE_KEEPERS, methods=("POST",))
def move(rule_id: UUID) -> Response:
    """Let a rule be asked earlier or later."""
    with writing() as uow:
        move_rule(uow, actor(), rule_id=rule_id, up=request.form.get("to") == "up")
    return redirect(url_for("filing_rules.index") + f"#rule-{rule_id}", code=303)


@route(filing_rules, "/remove", permission=FILING_RULE_KEEPERS, methods=("POST",))
def remove() -> Response:
    """Remove the rule that the form names."""
    rule_id = read_id(request.form.get("rule", ""))
    if rule_id is not None:
        with writing() as uow:
            remove_rule(uow, actor(), rule_id=rule_id, version=None)
        flash(gettext("The rule is removed. What was filed by it stays where it is."), "ok")
    return redirect(url_for("filing_rules.index"), code=303)


def _save(rule_id: UUID | None) -> Response | tuple[str, int] | str:
    form, facts = request.form, _facts(request.form)
    try:
        if form.get("then") == "try":
            with reading() as uow:
                trial = try_rule(uow, actor(), office().vault, facts)
            return _again(rule_id, trial=trial)
        with writing() as uow:
            if rule_id is None:
                name = add_rule(uow, actor(), facts).name
            else:
                version = form.get("version", type=int)
                name = change_rule(uow, actor(), rule_id=rule_id, version=version, facts=facts).name
    except (Invalid, Conflict, Stale) as refusal:
        return _again(rule_id, refusal), status_of(refusal)
    flash(gettext("The rule %(name)s is saved. What waits is judged again.", name=name), "ok")
    return redirect(url_for("filing_rules.index"), code=303)


def _facts(form: Mapping[str, str]) -> RuleFacts:
    return RuleFacts(
        name=form.get("name", ""),
        sender=form.get("sender", ""),
        words=form.get("words", ""),
        number_prefix=form.get("number_prefix", ""),
        kind=form.get("kind", ""),
        register=form.get("register", ""),
        class_code=field(form, "class"),
        unit=form.get("unit", ""),
        route_id=read_id(form.get("route", "")),
        active=bool(form.get("active")),
    )


def _again(
    rule_id: UUID | None, refusal: Refusal | None = None, *, trial: Trial | None = None
) -> str:
    values = {name: request.form.get(name, "") for name in _NAMES}
    values["class"] = field(request.form, "class")
    values["class_text"] = request.form.get("class_text", "")
    line = None
    if rule_id is not None:
        with reading() as uow:
            line = get_rule(uow, actor(), rule_id)
    errors = {} if refusal is None else {_field_of(refusal): sentence(refusal)}
    return _page(line, values, errors, trial=trial)


def _field_of(refusal: Refusal) -> str:
    # The words of a rule are read as keywords are.
    return "words" if refusal.field == "keywords" else refusal.field or ""


def _page(
    line: RuleLine | None,
    values: Mapping[str, Any],
    errors: Errors | None = None,
    *,
    trial: Trial | None = None,
) -> str:
    with reading() as uow:
        registers = [(each.code, each.name) for each in all_registers(uow)]
        units = [(each.code, each.name) for each in all_units(uow)]
        routes = [(str(route_id), name) for route_id, name in routes_to_name(uow)]
    return render_template(
        "filing/rule.html",
        line=line,
        values=values,
        errors=errors or {},
        registers=registers,
        units=units,
        routes=routes,
        kinds=list(choices("kind")),
        picked=(values["class"], values["class_text"]) if values.get("class") else None,
        trial=trial,
    )


def _values(line: RuleLine) -> dict[str, str]:
    held = line.conditions
    return {
        "name": line.name,
        "sender": held.sender or "",
        "words": ", ".join(held.words),
        "number_prefix": held.number_prefix or "",
        "kind": held.kind or "",
        "register": line.register_code or "",
        "class": line.class_code or "",
        "class_text": f"{line.class_code} {line.class_title}" if line.class_code else "",
        "unit": line.unit_code or "",
        "route": str(line.route_id or ""),
        "active": "1" if line.active else "",
        "version": str(line.version),
    }


def init_app(app: Flask) -> None:
    """Add the rules of filing."""
    app.register_blueprint(filing_rules)
