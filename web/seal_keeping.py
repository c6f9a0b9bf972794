"""Keeping the register of seals: entering a seal, correcting its entry, and setting its rule."""

from collections.abc import Mapping
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.people.directory import all_posts
from records.people.organization import all_units, unit_by_code
from records.people.rules import WORKING_ROLES
from records.seals.models import Seal
from records.seals.register import (
    MOST_STEPS,
    RuleStep,
    SealEntry,
    change_seal,
    get_seal,
    register_seal,
    set_rule,
)
from records.seals.views import RuleLine, rule_lines
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import day_of, read_id
from web.permissions import SEAL_REGISTER_KEEPERS
from web.routes import route
from web.seals import seals
from web.session import actor

Answer = Response | tuple[str, int] | str
_NEW = {"kind": "unit", "shape": "round", "width_mm": "42", "check_every_months": "12"}
_LONGEST_NUMBER = 9
_STEP_FIELDS = ("approver", "post", "matter", "amount", "outside")


# The entry ---------------------------------------------------------------------------------------


@route(seals, "/new", permission=SEAL_REGISTER_KEEPERS)
def new() -> str:
    """Show the form of a new seal."""
    with reading() as uow:
        today = uow.today.isoformat()
    return _form(None, {**_NEW, "start_on": today})


@route(seals, "/new", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def add() -> Answer:
    """Enter a seal, and show it: its rule, imprint and first hand-over come next."""
    try:
        with writing() as uow:
            made = register_seal(uow, actor(), code=request.form.get("code", ""), entry=_entry(uow))
            seal_id, name = made.id, made.name
    except (Invalid, Conflict) as refusal:
        return _form(None, request.form, refusal), status_of(refusal)
    flash(gettext("The seal %(seal)s is registered.", seal=name), "ok")
    return redirect(url_for("seals.show", seal_id=seal_id), code=303)


@route(seals, "/<uuid:seal_id>/settings", permission=SEAL_REGISTER_KEEPERS)
def settings(seal_id: UUID) -> str:
    """Show the form of an entry."""
    with reading() as uow:
        found = get_seal(uow, seal_id)
        units = {each.id: each.code for each in all_units(uow)}
    return _form(found, _values_of(found, units))


@route(seals, "/<uuid:seal_id>/settings", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def change(seal_id: UUID) -> Answer:
    """Correct an entry."""
    with reading() as uow:
        found = get_seal(uow, seal_id)
    try:
        with writing() as uow:
            version = request.form.get("version", 0, int)
            changed = change_seal(uow, actor(), seal_id=seal_id, version=version, entry=_entry(uow))
            name = changed.name
    except (Invalid, Conflict) as refusal:
        return _form(found, request.form, refusal), status_of(refusal)
    flash(gettext("The entry of %(seal)s is saved.", seal=name), "ok")
    return redirect(url_for("seals.show", seal_id=seal_id), code=303)


def _entry(uow: UnitOfWork) -> SealEntry:
    form = request.form
    width = _millimetres(form, "width_mm")
    months = form.get("check_every_months", "").strip()
    start_on = day_of(form, "start_on")
    if start_on is None:
        raise Invalid("This must not be empty.", field="start_on")
    return SealEntry(
        name=form.get("name", ""),
        kind=form.get("kind", ""),
        shape=form.get("shape", ""),
        width_mm=width,
        # One size is enough for what is as wide as it is high.
        height_mm=_millimetres(form, "height_mm") if form.get("height_mm") else width,
        issuer=form.get("issuer", ""),
        unit_id=unit_by_code(uow, form.get("unit", "")).id,
        start_on=start_on,
        stop_on=day_of(form, "stop_on"),
        emblem=form.get("emblem"),
        material=form.get("material"),
        check_every_months=_months(months) if months else None,
        remarks=form.get("remarks"),
    )


def _millimetres(form: Mapping[str, str], name: str) -> float:
    text = form.get(name, "").strip().replace(",", ".")
    try:
        if len(text) > _LONGEST_NUMBER or not text.isascii():
            raise ValueError(text)
        return float(text)
    except ValueError:
        raise Invalid("%(text)s is not a size in mm.", {"text": text or "–"}, field=name) from None


def _months(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Invalid("%(text)s is not a whole number.", {"text": text}, field="check_every_months")
    return int(text)


def _values_of(seal: Seal, units: Mapping[UUID, str]) -> dict[str, str]:
    return {
        "code": seal.code,
        "name": seal.name,
        "kind": seal.kind,
        "shape": seal.shape,
        "width_mm": f"{seal.width_mm:g}",
        "height_mm": f"{seal.height_mm:g}" if seal.height_mm != seal.width_mm else "",
        "emblem": seal.emblem or "",
        "material": seal.material or "",
        "issuer": seal.issuer,
        "unit": units.get(seal.unit_id, ""),
        "start_on": seal.start_on.isoformat(),
        "stop_on": seal.stop_on.isoformat() if seal.stop_on else "",
        "check_every_months": str(seal.check_every_months or ""),
        "remarks": seal.remarks or "",
        "version": str(seal.version),
    }


def _form(seal: Seal | None, values: Mapping[str, str], refusal: Refusal | None = None) -> str:
    with reading() as uow:
        units = [(each.code, each.name) for each in all_units(uow) if each.until_on is None]
    return render_template(
        "seals/settings.html",
        seal=seal,
        values=values,
        units=units,
        errors={} if refusal is None else {refusal.field or "": sentence(refusal)},
    )


# The rule ----------------------------------------------------------------------------------------

Step = dict[str, str]


@route(seals, "/<uuid:seal_id>/rule", permission=SEAL_REGISTER_KEEPERS)
def rule(seal_id: UUID) -> str:
    """Show the form of a rule."""
    with reading() as uow:
        found = get_seal(uow, seal_id)
        steps = [_shown(each) for each in rule_lines(uow, seal_id)]
    return _rule_form(found, steps or [_empty()], str(found.version))


@route(seals, "/<uuid:seal_id>/rule", permission=SEAL_REGISTER_KEEPERS, methods=("POST",))
def save_rule(seal_id: UUID) -> Answer:
    """Save a rule, or change the form: add, drop or move a step; works without script."""
    steps, version = _typed_steps(), request.form.get("version", "")
    with reading() as uow:
        found = get_seal(uow, seal_id)
    if request.form.get("act"):
        return _rule_form(found, _rearranged(steps, request.form["act"]), version)
    try:
        given = [_step(position, each) for position, each in enumerate(steps)]
        with writing() as uow:
            seen = request.form.get("version", 0, int)
            set_rule(uow, actor(), seal_id=seal_id, steps=given, version=seen)
    except (Invalid, Conflict) as refusal:
        return _rule_form(found, steps or [_empty()], version, refusal), status_of(refusal)
    flash(gettext("The rule of %(seal)s is saved.", seal=found.name), "ok")
    return redirect(url_for("seals.show", seal_id=seal_id, _anchor="rule"), code=303)


def _typed_steps() -> list[Step]:
    """Return the rows of the form; of each field there is one value in every row."""
    columns = [request.form.getlist(name) for name in _STEP_FIELDS]
    rows = zip(*columns, strict=False)
    return [dict(zip(_STEP_FIELDS, row, strict=True)) for row in rows][:MOST_STEPS]


def _rearranged(steps: list[Step], act: str) -> list[Step]:
    verb, _, number = act.partition(":")
    at = int(number) if number.isdecimal() and len(number) < 3 else -1
    if verb == "add" and len(steps) < MOST_STEPS:
        steps.append(_empty())
    elif 0 <= at < len(steps):
        step = steps.pop(at)
        if verb == "up":
            steps.insert(max(0, at - 1), step)
        elif verb == "down":
            steps.insert(at + 1, step)
        elif verb != "drop":
            steps.insert(at, step)
    return steps


def _step(position: int, step: Step) -> RuleStep:
    return RuleStep(
        step["approver"],
        read_id(step["post"]),
        step["matter"] or None,
        _cents(step["amount"], f"steps.{position}"),
        step["outside"] == "1",
    )


def _cents(text: str, field: str) -> int | None:
    """Return an amount of money in cents; None for an empty field."""
    plain = text.strip().replace(",", "").replace(" ", "").replace("\uffe5", "").replace("¥", "")
    if not plain:
        return None
    whole, _, part = plain.partition(".")
    digits = f"{whole}{part:0<2}"
    if not digits.isascii() or not digits.isdigit() or len(part) > 2 or len(whole) > 13:
        raise Invalid("%(text)s is no amount.", {"text": text.strip()}, field=field)
    return int(digits)


def _empty() -> Step:
    return dict.fromkeys(_STEP_FIELDS, "") | {"approver": "applicant_leader"}


def _shown(line: RuleLine) -> Step:
    cents = line.when_amount_cents
    return {
        "approver": line.approver,
        "post": str(line.post_id or ""),
        "matter": line.when_matter or "",
        "amount": "" if cents is None else f"{cents // 100}.{cents % 100:02}",
        "outside": "1" if line.when_outside else "",
    }


def _rule_form(seal: Seal, steps: list[Step], version: str, refusal: Refusal | None = None) -> str:
    with reading() as uow:
        units = {each.id: each.name for each in all_units(uow)}
        works = {each.value for each in WORKING_ROLES}
        posts = [
            (str(each.id), f"{units.get(each.unit_id, '')} · {each.title}")
            for each in all_posts(uow)
            if works & set(each.roles)
        ]
    wrong = (refusal.field or "") if refusal else ""
    return render_template(
        "seals/rule.html",
        seal=seal,
        steps=steps,
        posts=sorted(posts, key=lambda each: each[1]),
        version=version,
        most=MOST_STEPS,
        error=sentence(refusal) if refusal and not wrong.startswith("steps.") else None,
        step_error=(wrong.removeprefix("steps."), sentence(refusal)) if refusal else ("", ""),
    )
