"""People: who I am, my tokens, finding others, and adding them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.people.models import ApiToken, User
from records.people.organization import unit_by_code
from records.people.rules import ROOT_UNIT_CODE, Role, Secrecy
from records.people.service import add_user, find_users, get_user
from records.people.signing_in import add_token, revoke_token, tokens_of
from web.api.bodies import integer, nullable, obj, one_of, string
from web.api.declaring import Answered, Parameter, body_of_request, endpoint, word
from web.api.once import once
from web.api.schemas import LEVELS, page_of, ref
from web.boundary import reading
from web.permissions import SIGNED_IN, USER_KEEPERS
from web.session import actor, current_identity

_TAG = "people"
_TYPED = Parameter("q", "Any part of name, login, pinyin or initials.")


@endpoint(
    "GET",
    "/me",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Tell as whom the token acts",
    answers=[Answered(200, "The person with today's posts.", ref("Me"))],
)
def show_me() -> Answer:
    """Rights come from the posts held today."""
    person = actor()
    with reading() as uow:
        user = get_user(uow, _me())
    posts = [
        {
            "title": each.title,
            "unit": each.unit_name,
            "roles": sorted(role.value for role in each.roles),
        }
        for each in person.posts
    ]
    return Answer({**_user(user), "clearance": person.clearance.code, "posts": posts})


@endpoint(
    "GET",
    "/users",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Find people",
    parameters=(_TYPED,),
    answers=[Answered(200, "The first twenty.", page_of("User"))],
)
def show_users() -> Answer:
    """For pickers: whoever has the typed part in the name."""
    with reading() as uow:
        items = [_user(each) for each in find_users(uow, word(_TYPED) or "")]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/users",
    tag=_TAG,
    permission=USER_KEEPERS,
    summary="Add a person",
    body=obj(
        {
            "login": string(minLength=1),
            "name": string(),
            "roles": {"type": "array", "items": one_of(Role), "minItems": 1},
            "unit": string("Code of the unit; the root by default."),
            "clearance": one_of(LEVELS),
            "email": nullable(string()),
            "language": nullable(string()),
        },
        *("login", "roles"),
    ),
    answers=[Answered(201, "The person, with a temporary password.", ref("NewUser"))],
    refusals=(409, 422),
)
def open_user() -> Answer:
    """The password is shown once, and is changed at the first sign-in."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        user, password = add_user(
            uow,
            actor(),
            login=given["login"],
            name=given.get("name"),
            roles=frozenset(Role(each) for each in given["roles"]),
            unit_id=unit_by_code(uow, given.get("unit", ROOT_UNIT_CODE)).id,
            clearance=Secrecy.from_code(given.get("clearance", "internal"), field="clearance"),
            email=given.get("email"),
            language=given.get("language"),
        )
        return Answer({**_user(user), "password": password}, 201)

    return once(act)


@endpoint(
    "GET",
    "/tokens",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List one's own tokens",
    answers=[Answered(200, "Newest first, without their secrets.", page_of("Token"))],
)
def show_tokens() -> Answer:
    """Revoked and expired ones stay in the list."""
    with reading() as uow:
        items = [_token(each) for each in tokens_of(uow, _me())]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/tokens",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Make a token of one's own",
    body=obj(
        {
            "label": string("What it is for.", minLength=1),
            "expires_days": integer(
                "Days until it ends, at most those of the token that asks; as that one without.",
                minimum=1,
                maximum=3650,
            ),
        },
        "label",
    ),
    answers=[Answered(201, "The secret, shown once.", ref("NewToken"))],
    refusals=(422,),
)
def open_token() -> Answer:
    """A program that shows it acts with all rights of its owner; it ends with the one that asks."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        days = given.get("expires_days")
        expires_at = uow.now + timedelta(days=days) if days else None
        identity = current_identity()
        secret = add_token(
            uow,
            actor(),
            user_id=_me(),
            label=given["label"],
            expires_at=expires_at,
            made_by=identity.token_id if identity else None,
        )
        return Answer({"token": secret}, 201)

    return once(act)


@endpoint(
    "DELETE",
    "/tokens/<uuid:token_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Revoke a token of one's own",
    answers=[Answered(204, "It is good no more.")],
    refusals=(404,),
)
def close_token(token_id: UUID) -> Answer:
    """From the next request on, and with it those that were made with it."""

    def act(uow: UnitOfWork) -> Answer:
        revoke_token(uow, actor(), token_id=token_id)
        return Answer(None, 204)

    return once(act)


def _me() -> UUID:
    user_id = actor().user_id
    assert user_id is not None  # a token belongs to a person
    return user_id


def _user(user: User) -> dict[str, Any]:
    return {"id": str(user.id), "login": user.login, "name": user.name}


def _token(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "label": token.label,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
        "made_by": str(token.made_by) if token.made_by else None,
    }
