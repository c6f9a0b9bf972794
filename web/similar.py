"""Documents like the one that is looked at: brought once its page stands, which never waits."""

from uuid import UUID

from flask import render_template

from records.finding.similar import similar_documents
from web.boundary import office, reading
from web.documents import documents
from web.index import index
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor


@route(documents, "/<uuid:document_id>/similar", permission=SIGNED_IN)
def similar(document_id: UUID) -> str:
    """Give the section of the page with documents like this one; nothing where there is none."""
    with reading() as uow:
        lines = similar_documents(uow, actor(), index(), office().vault, document_id)
    return render_template("related/similar.html", lines=lines)
