"""Opinions that a reader uses often, kept in an order of their own."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select

from records.circulation.models import OpinionPhrase
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotFound
from records.core.rows import clean
from records.people.rules import Actor

PHRASES_MAX = 20
LENGTH_MAX = 200
DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "en": ("Read", "Agreed"),
    "zh": ("已阅", "同意", "请办公室阅处"),
}


def phrases_of(uow: UnitOfWork, user_id: UUID, language: str | None = None) -> list[str]:
    """Return the phrases that somebody keeps; before any was kept, those of the language."""
    query = (
        select(OpinionPhrase.text)
        .where(OpinionPhrase.user_id == user_id)
        .order_by(OpinionPhrase.position)
    )
    kept = list(uow.session.scalars(query))
    return kept or list(DEFAULTS.get((language or "en")[:2], DEFAULTS["en"]))


def keep_phrases(uow: UnitOfWork, actor: Actor, *, texts: Sequence[str]) -> list[str]:
    """Keep phrases in this order, in place of the earlier ones; none brings the defaults back.

    Raises:
        Invalid: Too many, or one is too long.
    """
    if actor.user_id is None:
        raise NotFound
    # A phrase is one line: it stands on a button.
    lines = (" ".join(clean(each).split()) for each in texts)
    wanted = list(dict.fromkeys(each for each in lines if each))
    if len(wanted) > PHRASES_MAX:
        raise Invalid("Keep at most %(count)d phrases.", {"count": PHRASES_MAX}, field="phrases")
    if any(len(each) > LENGTH_MAX for each in wanted):
        raise Invalid(
            "This has at most %(count)d characters.", {"count": LENGTH_MAX}, field="phrases"
        )
    mine = OpinionPhrase.user_id == actor.user_id
    uow.session.execute(delete(OpinionPhrase).where(mine))
    uow.session.add_all(
        OpinionPhrase(id=uow.new_id(), user_id=actor.user_id, position=position, text=text)
        for position, text in enumerate(wanted)
    )
    return wanted
