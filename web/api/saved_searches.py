"""The caller's own searches: kept under a name, and the last questions asked."""

from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.finding.models import SavedSearch
from records.finding.saved import (
    MOST_NAME,
    MOST_RECENT,
    MOST_SAVED,
    Asked,
    change_saved,
    forget_searches,
    get_saved,
    recent_searches,
    remove_saved,
    save_search,
    saved_searches,
)
from records.finding.service import FACETS
from web.api.bodies import nullable, obj, string
from web.api.declaring import IF_MATCH, Answered, body_of_request, endpoint
from web.api.once import once
from web.api.schemas import ID, SCHEMAS, TEXT, TIME, ref
from web.api.versions import seen_version
from web.boundary import reading, writing
from web.permissions import SIGNED_IN
from web.session import actor

_TAG = "search"
_NAME = string(f"What it is called, {MOST_NAME} characters at most; one name once.")
_TELLS = {"type": "boolean", "description": "Whether its person is told of new hits."}
_FILTERS = obj({name: {"type": "array", "items": TEXT} for name in FACETS})
_ROUND = string("What it is kept to, as `round` of `GET /search`; empty for everything.")
_QUESTION = string("The question, in the query language.")
SCHEMAS |= {
    "SavedSearch": obj(
        {
            "id": ID,
            "name": _NAME,
            "question": _QUESTION,
            "filters": _FILTERS,
            "round": _ROUND,
            "tells": _TELLS,
            "told_since": nullable(TIME),
            "version": {"type": "integer"},
        },
        *("id", "name", "question", "filters", "round", "tells", "told_since", "version"),
    )
}
_NEW = obj(
    {"name": _NAME, "question": _QUESTION, "filters": _FILTERS, "round": _ROUND, "tells": _TELLS},
    "name",
)
_SHOWN = Answered(200, "The search.", ref("SavedSearch"))


@endpoint(
    "GET",
    "/saved-searches",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the caller's own searches",
    answers=[
        Answered(
            200,
            f"Searches by name, {MOST_SAVED} at most.",
            obj({"items": {"type": "array", "items": ref("SavedSearch")}}, "items"),
        )
    ],
)
def list_saved_searches() -> Answer:
    """Nobody else sees them."""
    with reading() as uow:
        return Answer({"items": [_shown(each) for each in saved_searches(uow, actor())]})


@endpoint(
    "POST",
    "/saved-searches",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Keep a search under a name",
    body=_NEW,
    answers=[Answered(201, "The search.", ref("SavedSearch"))],
    refusals=(404, 409, 422),
)
def keep_saved_search() -> Answer:
    """With `tells`, its person gets a notice when it finds documents registered from now on."""
    body = body_of_request()
    asked = Asked(body.get("question", ""), body.get("filters", {}), body.get("round", ""))

    def act(uow: UnitOfWork) -> Answer:
        kept = save_search(
            uow, actor(), name=body["name"], asked=asked, tells=body.get("tells", False)
        )
        return Answer(_shown(kept), 201)

    return once(act)


@endpoint(
    "GET",
    "/saved-searches/<uuid:search_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Read one of the caller's own searches",
    answers=[_SHOWN],
    refusals=(404,),
)
def read_saved_search(search_id: UUID) -> Answer:
    """What it finds is asked of `GET /search`."""
    with reading() as uow:
        return Answer(_shown(get_saved(uow, actor(), search_id)))


@endpoint(
    "PATCH",
    "/saved-searches/<uuid:search_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Rename a search, or change whether it tells of new hits",
    parameters=(IF_MATCH,),
    body=obj({"name": _NAME, "tells": _TELLS}),
    answers=[_SHOWN],
    refusals=(404, 409, 412, 422),
)
def change_saved_search(search_id: UUID) -> Answer:
    """What is left out stays."""
    version, body = seen_version(), body_of_request()
    with writing() as uow:
        changed = change_saved(
            uow,
            actor(),
            search_id=search_id,
            version=version,
            name=body.get("name"),
            tells=body.get("tells"),
        )
        return Answer(_shown(changed))


@endpoint(
    "DELETE",
    "/saved-searches/<uuid:search_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Remove a search",
    parameters=(IF_MATCH,),
    answers=[Answered(204, "It is gone.")],
    refusals=(404, 412),
)
def remove_saved_search(search_id: UUID) -> Answer:
    """No document changes."""
    version = seen_version()

    def act(uow: UnitOfWork) -> Answer:
        remove_saved(uow, actor(), search_id=search_id, version=version)
        return Answer(None, 204)

    return once(act)


@endpoint(
    "GET",
    "/recent-searches",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the caller's last searches",
    answers=[
        Answered(
            200,
            f"Questions asked on the screens, the latest first, {MOST_RECENT} at most.",
            obj({"items": {"type": "array", "items": TEXT}}, "items"),
        )
    ],
)
def list_recent_searches() -> Answer:
    """Questions of programs are not remembered."""
    with reading() as uow:
        return Answer({"items": recent_searches(uow, actor())})


@endpoint(
    "DELETE",
    "/recent-searches",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Forget the caller's last searches",
    answers=[Answered(204, "They are forgotten.")],
)
def forget_recent_searches() -> Answer:
    """All of them at once."""

    def act(uow: UnitOfWork) -> Answer:
        forget_searches(uow, actor())
        return Answer(None, 204)

    return once(act)


def _shown(search: SavedSearch) -> dict[str, Any]:
    return {
        "id": str(search.id),
        "name": search.name,
        "question": search.question,
        "filters": search.filters,
        "round": search.place,
        "tells": search.told_since is not None,
        "told_since": search.told_since.isoformat() if search.told_since else None,
        "version": search.version,
    }
