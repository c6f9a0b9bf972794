"""Grants: who else may see a document, and its timeline."""

import json
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.core.idempotency import Answer
from records.core.log import entries_about
from records.documents.sharing import grants_of, revoke_grant, share_document
from records.documents.visibility import get_document
from records.people.models import Group, Unit, User
from records.people.rules import PrincipalKind
from web.api.answers import grant_answer
from web.api.bodies import instant, obj, one_of, string
from web.api.declaring import Answered, body_of_request, endpoint
from web.api.once import once
from web.api.schemas import ID, TIME, page_of, ref
from web.boundary import reading
from web.permissions import SHARERS, SIGNED_IN
from web.session import actor

_TAG = "documents"
_KINDS: dict[str, type[Any]] = {"user": User, "unit": Unit, "group": Group}


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/grants",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List who else may see a document",
    answers=[Answered(200, "Rights given and not taken back.", page_of("Grant"))],
    refusals=(404,),
)
def show_grants(document_id: UUID) -> Answer:
    """Within the clearance of those who are named."""
    with reading() as uow:
        get_document(uow, actor(), document_id)
        items = [grant_answer(each) for each in grants_of(uow, document_id)]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/grants",
    tag=_TAG,
    permission=SHARERS,
    summary="Let a person, unit or group see a document",
    body=obj(
        {
            "with_kind": one_of(_KINDS),
            "with": {**ID, "description": "Id of the person, unit or group."},
            "reason": string(minLength=1),
            "from": TIME,
            "until": TIME,
        },
        *("with_kind", "with", "reason"),
    ),
    answers=[Answered(201, "The right.", ref("Grant"))],
    refusals=(404, 422),
)
def share(document_id: UUID) -> Answer:
    """It never reaches beyond their clearance."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        document = get_document(uow, actor(), document_id)
        with_id = UUID(given["with"])
        if uow.session.get(_KINDS[given["with_kind"]], with_id) is None:
            raise Invalid("Choose somebody from the list.", field="with")
        grant = share_document(
            uow,
            actor(),
            document_id=document.id,
            principal_kind=PrincipalKind(given["with_kind"]),
            principal_object_id=with_id,
            reason=given["reason"],
            from_at=instant(given.get("from")),
            until_at=instant(given.get("until")),
        )
        return Answer(grant_answer(grant), 201)

    return once(act)


@endpoint(
    "DELETE",
    "/grants/<uuid:grant_id>",
    tag=_TAG,
    permission=SHARERS,
    summary="Take a right back",
    answers=[Answered(204, "It counts no more from this moment.")],
    refusals=(404,),
)
def take_back(grant_id: UUID) -> Answer:
    """What was taken back already stays so."""

    def act(uow: UnitOfWork) -> Answer:
        revoke_grant(uow, actor(), grant_id=grant_id)
        return Answer(None, 204)

    return once(act)


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/timeline",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show what happened to a document",
    answers=[Answered(200, "The entries of the log, oldest first.", page_of("Event"))],
    refusals=(404,),
)
def show_timeline(document_id: UUID) -> Answer:
    """Each with the name and post that its actor had then."""
    with reading() as uow:
        get_document(uow, actor(), document_id)
        items = [
            {
                "sequence": entry.sequence,
                "at": entry.occurred_at.isoformat(),
                "kind": entry.kind,
                "actor": str(entry.actor_id) if entry.actor_id else None,
                "objects": entry.objects,
                "payload": json.loads(payload) if payload else None,
            }
            for entry, payload in entries_about(uow.session, document_id)
        ]
    return Answer({"items": items, "next": None})
