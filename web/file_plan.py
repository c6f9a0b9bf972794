"""The file plan: the tree of classes, its changes, and plans that are brought in."""

from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from records.classification.models import FileClass
from records.classification.plan import (
    COLUMNS,
    ClassFacts,
    add_class,
    change_class,
    get_class,
    import_plan,
    ready_plan,
    whole_plan,
)
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, Refusal
from records.documents.holdings import filed_by_class
from records.people.directory import names_of_units
from records.people.organization import all_units
from records.people.rules import Act, Secrecy
from web import exports
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import read_id
from web.i18n import current_language
from web.permissions import FILE_PLAN_KEEPERS, SIGNED_IN
from web.routes import route
from web.session import actor

file_plan = Blueprint("file_plan", __name__, url_prefix="/file-plan")

_FIELDS = (
    "id",
    "version",
    "code",
    "title",
    "parent",
    "retention",
    "default_secrecy",
    "unit",
    "closed",
)


@dataclass
class Node:
    """One class of the tree as `file_plan/show.html` takes it."""

    id: UUID
    code: str
    title: str
    retention: str | None
    default_secrecy: str | None
    unit: str | None
    closed: bool
    count: int
    href: str
    children: list["Node"] = field(default_factory=list)


@route(file_plan, "", permission=SIGNED_IN)
def show() -> str:
    """Show the plan; with `?class=<id>` an archivist changes that class."""
    chosen = request.args.get("class", "")
    values: dict[str, str] = {}
    if chosen:
        with reading() as uow:
            values = _values_of(uow, get_class(uow, _id(chosen)))
    return _page(values, reopen=bool(chosen) and actor().may(Act.KEEP_FILE_PLAN))


@route(file_plan, "/classes", permission=FILE_PLAN_KEEPERS, methods=("POST",))
def save() -> AnyResponse | tuple[str, int]:
    """Add a class, or change the one that the form names."""
    form = request.form
    facts = ClassFacts(
        code=form.get("code", ""),
        title=form.get("title", ""),
        parent=form.get("parent") or None,
        retention=form.get("retention") or None,
        secrecy=form.get("default_secrecy") or None,
        unit=form.get("unit") or None,
    )
    try:
        with writing() as uow:
            if form.get("id"):
                saved = change_class(
                    uow,
                    actor(),
                    class_id=_id(form["id"]),
                    version=form.get("version", 0, int),
                    facts=facts,
                    closed=bool(form.get("closed")),
                )
            else:
                saved = add_class(uow, actor(), facts)
            label = f"{saved.code} {saved.title}"
    except (Invalid, Conflict) as refusal:
        values = {name: form.get(name, "") for name in _FIELDS}
        return _page(values, refusal, reopen=True), status_of(refusal)
    flash(gettext("The class %(label)s is saved.", label=label), "ok")
    return redirect(url_for("file_plan.show"), code=303)


@route(file_plan, "/import", permission=FILE_PLAN_KEEPERS)
def bring_in() -> str:
    """Show where a plan is handed in."""
    return _import_page()


@route(file_plan, "/import", permission=FILE_PLAN_KEEPERS, methods=("POST",))
def take() -> AnyResponse | tuple[str, int]:
    """Take the classes of a CSV file, or of the ready plan of a language."""
    try:
        text = _plan_text()
        with writing() as uow:
            added = import_plan(uow, actor(), text)
    except (Invalid, Conflict) as refusal:
        return _import_page(refusal), status_of(refusal)
    count = len(added)
    flash(ngettext("%(num)s class was added.", "%(num)s classes were added.", count), "ok")
    return redirect(url_for("file_plan.show"), code=303)


@route(file_plan, "/list.<format_>", permission=SIGNED_IN)
def export(format_: str) -> Response:
    """Give the plan as a file that can be brought in again."""
    with reading() as uow:
        classes = whole_plan(uow)
        codes = {each.id: each.code for each in classes}
        units = {each.id: each.code for each in all_units(uow)}
    rows = [
        [
            each.code,
            each.title,
            codes.get(each.parent_id) if each.parent_id else None,
            each.retention,
            Secrecy(each.default_secrecy).code if each.default_secrecy is not None else None,
            units.get(each.default_unit_id) if each.default_unit_id else None,
        ]
        for each in classes
    ]
    return exports.answer(format_, gettext("File plan"), COLUMNS, rows)


def _page(values: dict[str, str], refusal: Refusal | None = None, *, reopen: bool = False) -> str:
    person = actor()
    with reading() as uow:
        classes = whole_plan(uow)
        counts = filed_by_class(uow, person, [each.id for each in classes])
        units = names_of_units(
            uow, (each.default_unit_id for each in classes if each.default_unit_id)
        )
        may_edit = person.may(Act.KEEP_FILE_PLAN)
        unit_choices = [(each.code, each.name) for each in all_units(uow)] if may_edit else []
    return render_template(
        "file_plan/show.html",
        roots=_tree(classes, counts, units),
        may_edit=may_edit,
        values=values,
        reopen="class-dialog" if reopen else None,
        errors={} if refusal is None else {refusal.field or "": sentence(refusal)},
        parents=[(each.code, f"{each.code} {each.title}") for each in classes],
        units=unit_choices,
    )


def _tree(classes: list[FileClass], counts: dict[UUID, int], units: dict[UUID, str]) -> list[Node]:
    nodes = {each.id: _node(each, counts, units) for each in classes}
    roots: list[Node] = []
    for each in classes:
        above = nodes.get(each.parent_id) if each.parent_id else None
        (above.children if above else roots).append(nodes[each.id])
    return roots


def _node(each: FileClass, counts: dict[UUID, int], units: dict[UUID, str]) -> Node:
    secrecy = each.default_secrecy
    return Node(
        each.id,
        each.code,
        each.title,
        each.retention,
        Secrecy(secrecy).code if secrecy is not None else None,
        units.get(each.default_unit_id) if each.default_unit_id else None,
        each.closed,
        counts.get(each.id, 0),
        f"{url_for('documents.index')}?{urlencode({'class': each.code})}",
    )


def _values_of(uow: UnitOfWork, found: FileClass) -> dict[str, str]:
    secrecy = found.default_secrecy
    parent = get_class(uow, found.parent_id).code if found.parent_id else ""
    units = {each.id: each.code for each in all_units(uow)} if found.default_unit_id else {}
    return {
        "id": str(found.id),
        "version": str(found.version),
        "code": found.code,
        "title": found.title,
        "parent": parent,
        "retention": found.retention or "",
        "default_secrecy": Secrecy(secrecy).code if secrecy is not None else "",
        "unit": units[found.default_unit_id] if found.default_unit_id else "",
        "closed": "1" if found.closed else "",
    }


def _id(text: str) -> UUID:
    found = read_id(text)
    if found is None:
        raise Invalid("There is no class %(code)s.", {"code": text}, field="class")
    return found


def _plan_text() -> str:
    ready = request.form.get("ready")
    if ready:
        return ready_plan(ready)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid("Choose a file first.", field="file")
    data = upload.stream.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("The file is neither CSV in UTF-8 or GB 18030 nor XLSX.", field="file")


def _import_page(refusal: Refusal | None = None) -> str:
    faults = refusal.details.get("errors", []) if refusal else []
    with reading() as uow:
        is_empty = not whole_plan(uow)
    return render_template(
        "file_plan/import.html",
        error=sentence(refusal) if refusal else None,
        faults=faults,
        columns=COLUMNS,
        is_empty=is_empty,
        language=current_language(),
    )


def init_app(app: Flask) -> None:
    """Add the file plan."""
    app.register_blueprint(file_plan)
