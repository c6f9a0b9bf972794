"""The keys with which one signs: passkeys to enrol and to end, and the one held by the service."""

import json
from uuid import UUID

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from records.core.errors import NotFound
from records.people.keys import (
    enrol_passkey,
    keys_of,
    passkey_question,
    passkeys_in_use,
    revoke_key,
)
from web.boundary import office, reading, writing
from web.fresh import not_fresh
from web.own_account import own_account, own_id
from web.passkeys import answered, party
from web.permissions import SIGNED_IN
from web.routes import route
from web.session import actor


@route(own_account, "/keys", permission=SIGNED_IN)
def keys() -> str:
    """Show one's keys."""
    with reading() as uow:
        found = keys_of(uow, own_id())
        in_use = len(passkeys_in_use(uow, own_id()))
    return render_template(
        "people/keys.html",
        keys=found,
        passkeys_in_use=in_use,
        is_usable=party().is_usable,
        public_url=office().config.public_url,
    )


@route(own_account, "/keys/question", permission=SIGNED_IN, methods=("POST",))
def ask_for_passkey() -> AnyResponse:
    """Give the options with which the browser makes a passkey."""

    def act() -> Response:
        with writing() as uow:
            options = passkey_question(uow, office().vault, actor(), party())
        return jsonify({"options": json.loads(options)})

    return answered(act)


@route(own_account, "/keys", permission=SIGNED_IN, methods=("POST",), endpoint="enrol_passkey")
def enrol() -> AnyResponse:
    """Keep the passkey that the browser has made."""

    def act() -> Response:
        with writing() as uow:
            key = enrol_passkey(
                uow,
                office().vault,
                actor(),
                answer=request.form.get("answer", ""),
                label=request.form.get("label", ""),
                party=party(),
            )
        flash(
            gettext(
                "The passkey %(name)s is enrolled. You sign with it from now on.", name=key.label
            ),
            "ok",
        )
        return jsonify({"href": url_for("own_account.keys")})

    return answered(act)


@route(own_account, "/keys/<uuid:key_id>/end", permission=SIGNED_IN, methods=("POST",))
def end_key(key_id: UUID) -> AnyResponse:
    """End one of one's own keys; one that opens is a second factor, which is not taken lightly."""
    with reading() as uow:
        found = {each.id: each for each in keys_of(uow, own_id())}.get(key_id)
    if found is None:
        raise NotFound
    stale = not_fresh(url_for("own_account.keys")) if found.opens_since else None
    if stale is not None:
        return stale
    with writing() as uow:
        revoke_key(uow, actor(), key_id=key_id)
    flash(gettext("The key signs no more. What it has signed stays true."), "ok")
    return redirect(url_for("own_account.keys"), code=303)
