"""What the daily check of the objects found, for those who watch over the office."""

from uuid import UUID

from flask import Blueprint, Flask, render_template, url_for

from records.fixity.models import FixityRun
from records.fixity.service import list_runs
from web.boundary import office, reading
from web.filters import Asked
from web.forms import read_id
from web.permissions import FIXITY_READERS
from web.routes import route

fixity = Blueprint("fixity", __name__, url_prefix="/fixity")

LINES = 50


@route(fixity, "", permission=FIXITY_READERS)
def index() -> str:
    """Show the runs, the newest first."""
    before = _before(Asked())
    with reading() as uow:
        runs = list_runs(uow, before=before, limit=LINES + 1)
    older = runs[LINES - 1].id if len(runs) > LINES else None
    return render_template(
        "log/fixity.html",
        runs=[(each, findings(each)) for each in runs[:LINES]],
        days=office().config.fixity_days,
        is_mirrored=office().mirror is not None,
        newest_href=url_for("fixity.index") if before else None,
        older_href=url_for("fixity.index", before=older) if older else None,
    )


def _before(asked: Asked) -> UUID | None:
    return read_id(asked.text("before"))


def findings(run: FixityRun) -> list[tuple[str, dict[str, str]]]:
    """Return what a run found wrong or mended, each with the word for it."""
    return [
        (what, item)
        for what in ("missing", "changed", "extra", "restored")
        for item in getattr(run, what)
    ]


def init_app(app: Flask) -> None:
    """Add the page."""
    app.register_blueprint(fixity)
