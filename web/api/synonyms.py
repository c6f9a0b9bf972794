"""The synonyms of the office: words that search takes for the same."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.finding.models import SynonymGroup
from records.finding.synonyms import (
    add_synonyms,
    change_synonyms,
    get_synonyms,
    remove_synonyms,
    synonym_groups,
)
from web.api.bodies import obj
from web.api.declaring import (
    CURSOR,
    IF_MATCH,
    LIMIT,
    Answered,
    Parameter,
    body_of_request,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.once import once
from web.api.schemas import ID, SCHEMAS, TEXT, page_of, ref
from web.api.versions import seen_version, wanted_version
from web.boundary import reading, writing
from web.permissions import SYNONYM_KEEPERS
from web.session import actor

_TAG = "search"
_WORDS = {"type": "array", "items": TEXT, "description": "Words or short phrases, 2 to 20."}
_PART = Parameter("q", "Only groups with a word that has this in it.")
_BODY = obj({"words": _WORDS}, "words")
SCHEMAS |= {
    "Synonyms": obj(
        {"id": ID, "words": _WORDS, "version": {"type": "integer"}}, "id", "words", "version"
    )
}
_SHOWN = Answered(200, "The group.", ref("Synonyms"))


@endpoint(
    "GET",
    "/synonyms",
    tag=_TAG,
    permission=SYNONYM_KEEPERS,
    summary="List the synonyms of the office",
    parameters=(_PART, LIMIT, CURSOR),
    answers=[Answered(200, "Groups, the newest first.", page_of("Synonyms"))],
    refusals=(422,),
)
def list_synonyms() -> Answer:
    """Whoever searches for a word of a group finds its other words too."""
    with reading() as uow:
        groups, following = synonym_groups(
            uow, actor(), part=word(_PART) or "", cursor=cursor(), limit=number(LIMIT)
        )
        return Answer({"items": [_shown(each) for each in groups], "next": following})


@endpoint(
    "POST",
    "/synonyms",
    tag=_TAG,
    permission=SYNONYM_KEEPERS,
    summary="Add a group of synonyms",
    body=_BODY,
    answers=[Answered(201, "The group.", ref("Synonyms"))],
    refusals=(409, 422),
)
def write_synonyms() -> Answer:
    """It holds from the next question on; no document is indexed again."""
    words = body_of_request()["words"]

    def act(uow: UnitOfWork) -> Answer:
        (made,) = add_synonyms(uow, actor(), [words])
        return Answer(_shown(made), 201)

    return once(act)


@endpoint(
    "PATCH",
    "/synonyms/<uuid:group_id>",
    tag=_TAG,
    permission=SYNONYM_KEEPERS,
    summary="Change a group of synonyms",
    parameters=(replace(IF_MATCH, required=True),),
    body=_BODY,
    answers=[_SHOWN],
    refusals=(404, 409, 412, 422, 428),
)
def change_synonym_group(group_id: UUID) -> Answer:
    """The words given take the place of all that were there."""
    version, words = wanted_version(), body_of_request()["words"]
    with writing() as uow:
        change_synonyms(uow, actor(), group_id=group_id, version=version, words=words)
        return Answer(_shown(get_synonyms(uow, actor(), group_id)))


@endpoint(
    "DELETE",
    "/synonyms/<uuid:group_id>",
    tag=_TAG,
    permission=SYNONYM_KEEPERS,
    summary="Remove a group of synonyms",
    parameters=(IF_MATCH,),
    answers=[Answered(204, "It is gone.")],
    refusals=(404, 412),
)
def remove_synonym_group(group_id: UUID) -> Answer:
    """Its words are searched for one by one again."""
    version = seen_version()

    def act(uow: UnitOfWork) -> Answer:
        remove_synonyms(uow, actor(), group_id=group_id, version=version)
        return Answer(None, 204)

    return once(act)


def _shown(group: SynonymGroup) -> dict[str, Any]:
    return {"id": str(group.id), "words": list(group.words), "version": group.version}
