"""Fixity: what the daily check of the objects found."""

from records.core.idempotency import Answer
from records.core.places import no_such_page
from records.fixity.service import list_runs, shown
from web.api.bodies import Schema, nullable, obj
from web.api.declaring import CURSOR, LIMIT, Answered, cursor, endpoint, number
from web.api.schemas import COUNT, DAY, ID, SCHEMAS, TEXT, TIME, page_of
from web.boundary import reading
from web.forms import read_id
from web.permissions import FIXITY_READERS

_ITEMS: Schema = {
    "type": "array",
    "items": obj({"kind": TEXT, "id": TEXT, "reason": TEXT}, "kind", "id", "reason"),
}
_RUN = {
    "id": ID,
    "day": nullable({**DAY, "description": "Null for a run by hand."}),
    "started_at": TIME,
    "ended_at": TIME,
    "objects": COUNT,
    "mirrored": {**COUNT, "description": "Objects that the mirror lacked and has now."},
    "missing": _ITEMS,
    "extra": _ITEMS,
    "changed": _ITEMS,
    "restored": _ITEMS,
}
SCHEMAS["FixityRun"] = obj(_RUN, *_RUN)


@endpoint(
    "GET",
    "/fixity-runs",
    tag="log",
    permission=FIXITY_READERS,
    summary="List the checks of the objects, the newest first",
    parameters=(LIMIT, CURSOR),
    answers=[Answered(200, "A page of runs.", page_of("FixityRun"))],
    refusals=(403, 422),
)
def list_fixity_runs() -> Answer:
    """Each names what was missing, damaged, unknown, and what the mirror gave back."""
    given, limit = cursor(), number(LIMIT)
    before = read_id(given or "")
    if given is not None and before is None:
        raise no_such_page()
    with reading() as uow:
        runs = list_runs(uow, before=before, limit=limit + 1)
    more = str(runs[limit - 1].id) if len(runs) > limit else None
    return Answer({"items": [shown(each) for each in runs[:limit]], "next": more})
