"""A form that makes something is done once, however often its button is pressed.

The form carries a key of its own. What was made is kept under the key and the content of the form,
in the transaction that made it; the same form sent again gets the same answer.
"""

import hashlib
from collections.abc import Callable

from flask import request
from sqlalchemy.exc import IntegrityError

from records.core.database import UnitOfWork
from records.core.idempotency import Answer, Asked, keep, recall
from web.boundary import office, reading, writing
from web.session import actor

KEY = "once"
_LEFT_OUT = frozenset({"csrf_token"})


def once(make: Callable[[UnitOfWork], list[str]]) -> list[str]:
    """Make what a form asks for, or return what the same form made before.

    Args:
        make: Makes it and returns ids that tell what was made.
    """
    asked = _asked()
    if asked is None:
        with writing() as uow:
            return make(uow)
    try:
        with writing() as uow:
            before = recall(uow, office().vault, asked)
            if before is not None:
                return list(before.body)
            made = make(uow)
            keep(uow, office().vault, asked, Answer(made))
            uow.session.flush()
            return made
    except IntegrityError:
        # Two at once: the other was first, and what this one made is rolled back.
        with reading() as uow:
            before = recall(uow, office().vault, asked)
        if before is None:
            raise
        return list(before.body)


def _asked() -> Asked | None:
    key, person = request.form.get(KEY, ""), actor().user_id
    if not key or person is None:
        return None
    digest = hashlib.sha256(f"{request.path}\n".encode())
    for name, values in sorted(request.form.lists()):
        if name not in _LEFT_OUT:
            digest.update("\0".join([name, *values, "", ""]).encode())
    # The content is part of the key: who goes back and changes the form means another thing.
    return Asked(person, f"form {digest.hexdigest()}", digest.digest())
