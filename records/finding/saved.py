"""Use cases about one's own searches: keeping a question under a name, and the last ones asked.

They belong to one person. Nobody else can list, open or change them; what they find is what that
person may see at that moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update

from records.core.database import UnitOfWork, insert_into
from records.core.errors import Conflict, Invalid, NotFound
from records.core.log import LogEntry
from records.core.rows import check_version, clean
from records.finding.circles import circle_of
from records.finding.models import RecentSearch, SavedSearch, SearchHit
from records.finding.service import FACETS
from records.notify.models import Notice
from records.people.rules import Actor

MOST_SAVED = 50
MOST_NAME = 80
MOST_QUESTION = 2_000
MOST_VALUES = 50
MOST_RECENT = 10
# A longer question is no word to type again, and no key of an index.
MOST_RECENT_CHARACTERS = 200


@dataclass(frozen=True)
class Asked:
    """A question as an address carries it.

    Attributes:
        filters: Chosen values by facet.
        place: What the search is kept to, as `circles.circle_of` takes it; empty for everything.
    """

    question: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    place: str = ""


def saved_searches(uow: UnitOfWork, actor: Actor) -> list[SavedSearch]:
    """Return a person's own searches by name; one query."""
    query = select(SavedSearch).where(SavedSearch.user_id == actor.user_id)
    return list(uow.session.scalars(query.order_by(SavedSearch.name, SavedSearch.id)))


def get_saved(uow: UnitOfWork, actor: Actor, search_id: UUID) -> SavedSearch:
    """Return one of a person's own searches.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    found = uow.session.get(SavedSearch, search_id)
    if found is None or found.user_id != actor.user_id:
        raise NotFound
    return found


def save_search(
    uow: UnitOfWork, actor: Actor, *, name: str, asked: Asked, tells: bool
) -> SavedSearch:
    """Keep a question under a name.

    Args:
        tells: Whether the person wants to hear of new hits.

    Raises:
        Invalid: There is no name or nothing is asked, or it is too long.
        Conflict: The person has a search of this name, or too many.
        NotFound: It is kept to a round of which the person may not know.
    """
    if actor.user_id is None:
        raise NotFound
    before = saved_searches(uow, actor)
    if len(before) >= MOST_SAVED:
        raise Conflict("You keep %(max)d searches, which is the most.", {"max": MOST_SAVED})
    asked = _checked(uow, actor, asked)
    search = SavedSearch(
        id=uow.new_id(),
        user_id=actor.user_id,
        name=_name(name, before),
        question=asked.question,
        filters={key: list(values) for key, values in asked.filters.items()},
        place=asked.place,
        looked_until=0,
    )
    _tell_from_now(uow, search, tells=tells)
    uow.session.add(search)
    uow.session.flush()
    return search


def change_saved(
    uow: UnitOfWork,
    actor: Actor,
    *,
    search_id: UUID,
    version: int | None,
    name: str | None = None,
    tells: bool | None = None,
) -> SavedSearch:
    """Rename a search, or change whether its person hears of new hits; None leaves it.

    Raises:
        Stale: It was changed since.
        Invalid: As for a new one.
        Conflict: As for a new one.
    """
    search = get_saved(uow, actor, search_id)
    check_version(search, version)
    if name is not None:
        others = [each for each in saved_searches(uow, actor) if each is not search]
        search.name = _name(name, others)
    if tells is not None and tells != (search.told_since is not None):
        _tell_from_now(uow, search, tells=tells)
    uow.session.flush()
    return search


def remove_saved(
    uow: UnitOfWork, actor: Actor, *, search_id: UUID, version: int | None = None
) -> str:
    """Remove a search, and return its name; what it told of counts as read.

    Raises:
        Stale: It was changed since.
    """
    search = get_saved(uow, actor, search_id)
    check_version(search, version)
    uow.session.execute(delete(SearchHit).where(SearchHit.search_id == search.id))
    uow.session.execute(
        update(Notice)
        .where(Notice.subject_id == search.id, Notice.done_at.is_(None))
        .values(done_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    uow.session.delete(search)
    uow.session.flush()
    return search.name


def _checked(uow: UnitOfWork, actor: Actor, asked: Asked) -> Asked:
    question = clean(asked.question).strip()
    filters = {
        name: list(dict.fromkeys(values))[:MOST_VALUES]
        for name, values in asked.filters.items()
        if name in FACETS and values
    }
    if not (question or filters or asked.place):
        raise Invalid("There is nothing to search for.", field="question")
    if len(question) > MOST_QUESTION:
        raise Invalid(
            "This has at most %(count)d characters.", {"count": MOST_QUESTION}, field="question"
        )
    if asked.place:
        circle_of(uow, actor, asked.place)
    return Asked(question, filters, asked.place)


def _name(text: str, others: Sequence[SavedSearch]) -> str:
    name = " ".join(clean(text).split())
    if not name:
        raise Invalid("This must not be empty.", field="name")
    if len(name) > MOST_NAME:
        raise Invalid("This has at most %(count)d characters.", {"count": MOST_NAME}, field="name")
    if any(each.name == name for each in others):
        raise Conflict("You have a search of this name already.", field="name")
    return name


def _tell_from_now(uow: UnitOfWork, search: SavedSearch, *, tells: bool) -> None:
    search.told_since = uow.now if tells else None
    if tells:
        last = uow.session.scalar(select(func.max(LogEntry.sequence)))
        search.looked_until = 0 if last is None else last + 1


# The last questions -----------------------------------------------------------------------------


def recent_searches(uow: UnitOfWork, actor: Actor) -> list[str]:
    """Return a person's own last questions, the latest first, at most `MOST_RECENT`; one query."""
    query = (
        select(RecentSearch.question)
        .where(RecentSearch.user_id == actor.user_id)
        .order_by(RecentSearch.asked_at.desc())
        .limit(MOST_RECENT)
    )
    return list(uow.session.scalars(query))


def remember_search(uow: UnitOfWork, user_id: UUID, question: str, asked_at: datetime) -> None:
    """Remember a question of a person, in one statement; the same one again moves up."""
    row = {"user_id": user_id, "question": clean(question).strip(), "asked_at": asked_at}
    statement = insert_into(uow.session, RecentSearch).values(row)
    uow.session.execute(
        statement.on_conflict_do_update(
            index_elements=["user_id", "question"], set_={"asked_at": asked_at}
        )
    )


def forget_searches(uow: UnitOfWork, actor: Actor) -> None:
    """Forget all questions that a person asked."""
    uow.session.execute(delete(RecentSearch).where(RecentSearch.user_id == actor.user_id))


def forget_older_searches(uow: UnitOfWork) -> None:
    """Forget what is no more among the last `MOST_RECENT` questions of its person."""
    place = func.row_number().over(
        partition_by=RecentSearch.user_id, order_by=RecentSearch.asked_at.desc()
    )
    ranked = select(RecentSearch.user_id, RecentSearch.question, place.label("place")).subquery()
    older = select(ranked.c.user_id, ranked.c.question).where(ranked.c.place > MOST_RECENT)
    uow.session.execute(
        delete(RecentSearch)
        .where(tuple_(RecentSearch.user_id, RecentSearch.question).in_(older))
        .execution_options(synchronize_session=False)
    )
