"""Keeping registers: opening, changing and closing books, and bringing an old book in.

An old book is looked through first; what was uploaded travels in the form of the second step,
packed, so that nothing of it lies on the server while somebody thinks.
"""

import base64
import binascii
import zlib
from typing import Any

from flask import Flask, Request, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from records.core.errors import Conflict, Invalid, NotAllowed, Refusal
from records.exchange.old_book import COLUMNS, BookReport, bring_in_book, check_book
from records.exchange.rows import read_rows
from records.people.organization import all_units, unit_by_code
from records.people.rules import Secrecy, check_clerk
from records.registration.models import Register
from records.registration.registers import add_register, change_register
from records.registration.rules import check_form
from web.boundary import reading, writing
from web.errors import sentence, status_of
from web.forms import day_of
from web.permissions import REGISTER_KEEPERS, REGISTRARS
from web.registers import example, open_register, registers
from web.routes import route
from web.session import actor

MOST_BOOK_BYTES = 8 * 1024 * 1024
# What is larger is brought in by the command, which takes its time and shows it.
MOST_BOOK_LINES = 5_000
_SHOWN_ERRORS = 200
_BOOK_FORMS = ("registers.look_through", "registers.bring_in")
_NEW = {"pattern": "{year}-{number}", "padding": "4", "ceiling": "top_secret", "kind": "incoming"}


@registers.url_value_preprocessor
def _let_books_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Widen the limit of a form for books, before anything reads it."""
    if endpoint in _BOOK_FORMS:
        wide: Request = request
        wide.max_content_length = 2 * MOST_BOOK_BYTES
        wide.max_form_memory_size = 2 * MOST_BOOK_BYTES


# Registers --------------------------------------------------------------------------------------


@route(registers, "/new", permission=REGISTER_KEEPERS)
def new() -> str:
    """Show the form of a new register."""
    return _form(None, _NEW)


@route(registers, "/new", permission=REGISTER_KEEPERS, methods=("POST",))
def add() -> Response | tuple[str, int]:
    """Open a register."""
    form = request.form
    try:
        with writing() as uow:
            made = add_register(
                uow,
                actor(),
                code=form.get("code", ""),
                name=form.get("name", ""),
                kind=form.get("kind", ""),
                clerk_unit_id=unit_by_code(uow, form.get("unit", "")).id,
                pattern=form.get("pattern", ""),
                padding=_padding(),
                ceiling=Secrecy.from_code(form.get("ceiling", ""), field="ceiling"),
            )
            name = made.name
    except (Invalid, Conflict) as refusal:
        return _form(None, form, refusal), status_of(refusal)
    flash(gettext("The register %(name)s is open.", name=name), "ok")
    return redirect(url_for("registers.index"), code=303)


@route(registers, "/<register>/settings", permission=REGISTER_KEEPERS)
def settings(register: str) -> str:
    """Show the form of a register."""
    with reading() as uow:
        found = open_register(uow, register)
    return _form(found, _values_of(found))


@route(registers, "/<register>/settings", permission=REGISTER_KEEPERS, methods=("POST",))
def change(register: str) -> Response | tuple[str, int]:
    """Change a register; numbers that were given stay as they are."""
    form = request.form
    with reading() as uow:
        found = open_register(uow, register)
    try:
        with writing() as uow:
            changed = change_register(
                uow,
                actor(),
                register_id=found.id,
                version=form.get("version", 0, int),
                name=form.get("name", ""),
                pattern=form.get("pattern", ""),
                padding=_padding(),
                ceiling=Secrecy.from_code(form.get("ceiling", ""), field="ceiling"),
                closed_on=day_of(request.form, "closed_on"),
            )
            name = changed.name
    except (Invalid, Conflict) as refusal:
        return _form(found, form, refusal), status_of(refusal)
    flash(gettext("The register %(name)s was changed.", name=name), "ok")
    return redirect(url_for("registers.index"), code=303)


@route(registers, "/preview", permission=REGISTER_KEEPERS)
def preview() -> tuple[str, int]:
    """Answer what the next numbers would look like, for the form as it is being typed."""
    return _preview(request.args.get("pattern", ""), request.args.get("padding", ""))[0], 200


def _preview(pattern: str, padding: str) -> tuple[str, bool]:
    with reading() as uow:
        year = uow.today.year
    try:
        form = check_form(pattern.strip(), int(padding) if padding.isdecimal() else 0)
    except Invalid as refusal:
        return sentence(refusal), False
    return example(form.pattern, form.padding, year), True


def _padding() -> int:
    text = request.form.get("padding", "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 2:
        raise Invalid("%(text)s is not a whole number.", {"text": text or "–"}, field="padding")
    return int(text)


def _values_of(register: Register) -> dict[str, str]:
    return {
        "code": register.code,
        "name": register.name,
        "kind": register.kind,
        "pattern": register.pattern,
        "padding": str(register.padding),
        "ceiling": Secrecy(register.ceiling).code,
        "closed_on": register.closed_on.isoformat() if register.closed_on else "",
        "version": str(register.version),
    }


def _form(register: Register | None, values: Any, refusal: Refusal | None = None) -> str:
    with reading() as uow:
        units = [(each.code, each.name) for each in all_units(uow) if each.until_on is None]
    return render_template(
        "registers/settings.html",
        register=register,
        values=values,
        units=units,
        errors=_errors(refusal),
        preview=_preview(values.get("pattern", ""), values.get("padding", ""))[0],
    )


def _errors(refusal: Refusal | None) -> dict[str, str]:
    return {} if refusal is None else {refusal.field or "": sentence(refusal)}


# Old books --------------------------------------------------------------------------------------


@route(registers, "/<register>/old-book", permission=REGISTRARS)
def old_book(register: str) -> str:
    """Show where an old book is handed in."""
    with reading() as uow:
        found = open_register(uow, register)
        check_clerk(actor(), clerk_unit_id=found.clerk_unit_id)
    return _book_page(found)


@route(registers, "/<register>/old-book", permission=REGISTRARS, methods=("POST",))
def look_through(register: str) -> tuple[str, int]:
    """Look an old book through and say what it would bring; nothing is written."""
    with reading() as uow:
        found = open_register(uow, register)
        check_clerk(actor(), clerk_unit_id=found.clerk_unit_id)
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise Invalid("Choose a file first.", field="file")
            data = upload.stream.read(MOST_BOOK_BYTES + 1)
            report = check_book(uow, actor(), register=found, rows=_rows(data))
        except (Invalid, Conflict) as refusal:
            return _book_page(found, refusal=refusal), status_of(refusal)
    packed = "" if report.errors else base64.b64encode(zlib.compress(data, 6)).decode()
    page = _book_page(found, report=report, packed=packed, file_name=upload.filename)
    return page, 422 if report.errors else 200


@route(registers, "/<register>/old-book/lines", permission=REGISTRARS, methods=("POST",))
def bring_in(register: str) -> Response | tuple[str, int]:
    """Bring an old book in: all of it, or nothing."""
    with reading() as uow:
        found = open_register(uow, register)
    try:
        rows = _rows(_unpack(request.form.get("book", "")))
        with writing() as uow:
            report = bring_in_book(uow, actor(), register=found, rows=rows)
    except NotAllowed:
        raise
    except (Invalid, Conflict) as refusal:
        return _book_page(found, refusal=refusal), status_of(refusal)
    flash(gettext("%(count)s lines of the old book are in.", count=report.lines), "ok")
    year = report.spans[-1].year if report.spans else None
    return redirect(url_for("registers.book", register=register, year=year), code=303)


def _rows(data: bytes) -> Any:
    if len(data) > MOST_BOOK_BYTES:
        raise Invalid("This file is too large for the browser.", field="file")
    rows = read_rows(data, columns=COLUMNS)
    if len(rows) > MOST_BOOK_LINES:
        raise Invalid(
            "The browser takes at most %(max)d lines. Bring a larger book in with the command "
            "line, or in parts.",
            {"max": MOST_BOOK_LINES},
            field="file",
        )
    return rows


def _unpack(packed: str) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        return unpacker.decompress(base64.b64decode(packed, validate=True), MOST_BOOK_BYTES + 1)
    except (binascii.Error, ValueError, zlib.error):
        raise Invalid("Choose a file first.", field="file") from None


def _book_page(
    register: Register,
    *,
    report: BookReport | None = None,
    packed: str = "",
    file_name: str | None = None,
    refusal: Refusal | None = None,
) -> str:
    errors = report.errors[:_SHOWN_ERRORS] if report else []
    return render_template(
        "registers/old_book.html",
        register=register,
        columns=COLUMNS,
        report=report,
        faults=[(each.line, each.refusal.field, sentence(each.refusal)) for each in errors],
        packed=packed,
        file_name=file_name,
        error=sentence(refusal) if refusal else None,
        limit=MOST_BOOK_BYTES,
    )


def init_app(app: Flask) -> None:
    """Add the registers: the books with what keeps them."""
    app.register_blueprint(registers)
