"""Every route is declared together with its permission, and none is served without one.

    @route(documents, "/documents/<uuid:document_id>", permission=SIGNED_IN)
    def show(document_id: UUID) -> str: ...

The permission is kept on the application per endpoint and checked before the handler runs.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from records.core.errors import NotAllowed, NotSignedIn
from web.addresses import here
from web.permissions import Permission
from web.session import current_identity

_EXTENSION = "chancery_permissions"
_OPEN_WITH_A_TEMPORARY_PASSWORD = {
    "signin.password",
    "signin.change_password",
    "signin.sign_out",
}
_OPEN_WITHOUT_THE_FACTOR = _OPEN_WITH_A_TEMPORARY_PASSWORD | {
    "second_factor.show",
    "second_factor.begin",
    "second_factor.confirm",
    "second_factor.enrol_passkey",
    "second_factor.take_passkey",
    "own_account.ask_for_passkey",
    "signin.again",
    "signin.sign_in_again",
}
Handler = TypeVar("Handler", bound=Callable[..., Any])


def permissions(app: Flask) -> dict[str, Permission]:
    """Return the table of endpoint names and what each demands."""
    table: dict[str, Permission] = app.extensions.setdefault(_EXTENSION, {})
    return table


def route(
    blueprint: Blueprint,
    rule: str,
    *,
    permission: Permission,
    methods: Sequence[str] = ("GET",),
    endpoint: str | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a handler of a blueprint with its path and the permission it demands.

    Several rules may lead to one endpoint, as long as they demand the same.
    """

    def declare(handler: Handler) -> Handler:
        name = endpoint or handler.__name__
        blueprint.add_url_rule(rule, name, handler, methods=list(methods))

        def remember(state: BlueprintSetupState) -> None:
            full_name = f"{state.name_prefix}.{state.name}.{name}".lstrip(".")
            known = permissions(cast("Flask", state.app)).setdefault(full_name, permission)
            if known is not permission:
                message = f"{full_name} is declared with two permissions"
                raise ValueError(message)

        blueprint.record(remember)
        return handler

    return declare


def check_permission() -> Response | None:
    """Stop the request unless its endpoint admits the caller.

    Whoever holds a temporary password is sent to change it first, and whoever needs a second factor
    and has none to set it up.

    Raises:
        NotSignedIn: nobody is signed in and the endpoint is not public.
        NotAllowed: the caller holds none of the roles, or the endpoint declares no permission.
    """
    if request.endpoint is None:
        return None
    permission = permissions(current_app).get(request.endpoint)
    if permission is not None and not permission.signed_in:
        return None
    identity = current_identity()
    if identity is None:
        raise NotSignedIn("Please sign in.")
    if permission is None or not permission.admits(identity.actor.roles):
        raise NotAllowed("This page belongs to another role.")
    if identity.must_change_password and request.endpoint not in _OPEN_WITH_A_TEMPORARY_PASSWORD:
        return redirect(url_for("signin.password", next=here()), code=303)
    # A token is made by somebody who has signed in; programs have no second factor to show.
    if identity.must_add_factor and request.endpoint not in _OPEN_WITHOUT_THE_FACTOR:
        return redirect(url_for("second_factor.show"), code=303)
    return None
