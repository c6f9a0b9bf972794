"""The page of one line of the seal book, and the proof that the log holds it."""

from uuid import UUID

from flask import Response, render_template, url_for

from records.audit.checkpoints import log_origin, prove_entry
from records.core.errors import NotFound
from records.seals.book_views import book_line
from records.seals.line_views import entry_of, line_view
from records.seals.models import Seal
from web.boundary import office, reading, writing
from web.content import attachment
from web.permissions import SEAL_BOOK_READERS
from web.routes import route
from web.seal_book_words import state_of
from web.seal_books import seal_books
from web.session import actor


@route(seal_books, "/book/<uuid:line_id>", permission=SEAL_BOOK_READERS)
def line(line_id: UUID) -> str:
    """Show a line with its request, its approvers, its digests and its place in the log."""
    with reading() as uow:
        found = line_view(uow, actor(), line_id)
        seal = uow.session.get_one(Seal, found.usage.seal_id)
    has_proof = found.sequence is not None
    return render_template(
        "seals/line.html",
        found=found,
        line=found.line,
        usage=found.usage,
        seal=seal,
        state=state_of(found.line),
        proof_href=url_for("seal_books.proof", line_id=line_id) if has_proof else None,
        file_name=proof_name(found.usage.text),
    )


@route(seal_books, "/book/<uuid:line_id>/proof", permission=SEAL_BOOK_READERS)
def proof(line_id: UUID) -> Response:
    """Give the proof that the line stands in the log, for any program that reads such proofs."""
    opened = office()
    # The first time the log may have to sign a checkpoint, so this writes.
    with writing() as uow:
        usage, _ = book_line(uow, actor(), line_id)
        sequence = entry_of(uow, line_id)
        if sequence is None:
            raise NotFound
        origin = log_origin(opened.config.public_url)
        found = prove_entry(uow, opened.vault, sequence=sequence, origin=origin)
        name = proof_name(usage.text)
    response = Response(found.text(), mimetype="text/plain")
    response.headers["Content-Disposition"] = attachment(name)
    return response


def proof_name(number: str) -> str:
    """Return the name under which the proof of a line is downloaded."""
    return f"{number}.tlog-proof"
