"""The four checks: the panel and the report of a document, and the list of what needs a look."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.assessment.rules import Outcome
from records.assessment.service import (
    ask_assessment,
    assessments_of,
    current_of,
    list_assessments,
)
from records.core.errors import NotFound
from records.documents.models import Document
from records.documents.visibility import get_document
from records.exchange.slip import write_slip
from web.assessment_words import in_words, report_in_words
from web.boundary import reading, writing
from web.filters import Asked
from web.forms import read_id
from web.permissions import FILERS, SIGNED_IN
from web.routes import route
from web.session import actor
from web.views import record_view
from web.whereabouts import pdf_answer

assessments = Blueprint("assessments", __name__)

LINES = 50
# What somebody has to look at, the worst first.
LISTED = (Outcome.FAILED, Outcome.WARNING)


def section(document: Document) -> dict[str, Any]:
    """Return what the panel on the page of a document shows."""
    with reading() as uow:
        made = current_of(uow, document.id)
    return {"made": made, "answers": in_words(made.findings) if made else []}


@route(assessments, "/documents/<uuid:document_id>/assessments", permission=SIGNED_IN)
def of_document(document_id: UUID) -> str:
    """Show the last four checks of a document, and when it was checked before."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        record_view(uow, actor(), document_id)
        made = assessments_of(uow, actor(), document_id)
    return render_template(
        "assessments/show.html",
        document=document,
        made=made[0] if made else None,
        answers=in_words(made[0].findings) if made else [],
        earlier=made[1:],
        may=FILERS.admits(actor().roles),
    )


@route(
    assessments,
    "/documents/<uuid:document_id>/assessments",
    permission=FILERS,
    methods=("POST",),
)
def ask(document_id: UUID) -> AnyResponse:
    """Have a document checked now."""
    with writing() as uow:
        ask_assessment(uow, actor(), document_id)
    flash(gettext("The document is being checked. Look again in a moment."), "ok")
    return redirect(url_for("assessments.of_document", document_id=document_id), code=303)


@route(assessments, "/documents/<uuid:document_id>/assessment.pdf", permission=SIGNED_IN)
def on_paper(document_id: UUID) -> Response:
    """Give the report of the last four checks."""
    with reading() as uow:
        document = get_document(uow, actor(), document_id)
        record_view(uow, actor(), document_id)
        made = current_of(uow, document_id)
        now = uow.now
    if made is None:
        raise NotFound
    report = report_in_words(
        document,
        made,
        address=url_for("documents.show", document_id=document_id, _external=True),
        printed_by=actor().name,
        now=now,
    )
    content = write_slip(report, made_at=now)
    return pdf_answer(content, f"{document.number} {gettext('four checks')}")


@route(assessments, "/assessments", permission=FILERS)
def index() -> str:
    """List the documents whose last checks failed, or call for a look."""
    asked = Asked()
    chosen = Outcome(asked.choice("outcome", [each.value for each in LISTED]) or LISTED[0])
    before = read_id(asked.text("before"))
    with reading() as uow:
        lines = list_assessments(uow, actor(), outcome=chosen, before=before, limit=LINES + 1)
    older = lines[LINES - 1].id if len(lines) > LINES else None

    def address(place: UUID | None) -> str:
        return url_for("assessments.index", outcome=chosen.value, before=place)

    return render_template(
        "assessments/index.html",
        lines=[(each, _wrong(each.findings)) for each in lines[:LINES]],
        chosen=chosen.value,
        tabs=[each.value for each in LISTED],
        newest_href=address(None) if before else None,
        older_href=address(older) if older else None,
    )


def _wrong(findings: list[dict[str, Any]]) -> list[Any]:
    return [
        line
        for each in in_words(findings)
        for line in each.lines
        if line.outcome in ("failed", "warning")
    ]


def init_app(app: Flask) -> None:
    """Add the pages, and the panel to the page of a document."""
    app.register_blueprint(assessments)
    app.add_template_global(section, "assessment_section")
