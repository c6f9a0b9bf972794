"""Use cases about synonyms: the office keeps groups of words, and questions are widened by them."""

import threading
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Text, func, select, type_coerce

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.log import LogEntry
from records.core.rows import check_version, clean, get_row
from records.finding.models import SynonymGroup
from records.people.rules import Act, Actor, check_may
from search.synonyms import NONE, Thesaurus, synonym_key

MOST_GROUPS = 2_000
MOST_WORDS = 20
MOST_CHARACTERS = 60
KINDS = ("synonyms.added", "synonyms.changed", "synonyms.removed")
_LAST_CHANGE = select(func.max(LogEntry.sequence)).where(LogEntry.kind.in_(KINDS))


class SynonymCache:
    """The thesaurus of one office, read again when the log tells of a change; for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: int | None = -1
        self._thesaurus = NONE

    def thesaurus(self, uow: UnitOfWork) -> Thesaurus:
        """Return the synonyms as they are now, at the cost of one query."""
        stamp = uow.session.scalar(_LAST_CHANGE)
        with self._lock:
            if stamp == self._stamp:
                return self._thesaurus
        groups = uow.session.scalars(select(SynonymGroup.words).order_by(SynonymGroup.id))
        thesaurus = Thesaurus.of(groups)
        with self._lock:
            self._stamp, self._thesaurus = stamp, thesaurus
        return thesaurus


def synonym_groups(
    uow: UnitOfWork,
    actor: Actor,
    *,
    part: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[SynonymGroup], str | None]:
    """Return a page of groups, the newest first, and where the next page begins.

    Args:
        part: Only groups with a word that has this in it.
        cursor: What an earlier call returned as the beginning of its next page.

    Raises:
        Invalid: There is no such page.
    """
    check_may(actor, Act.KEEP_SYNONYMS)
    query = select(SynonymGroup).order_by(SynonymGroup.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(SynonymGroup.id < _place(cursor))
    if sought := clean(part).strip():
        kept = type_coerce(SynonymGroup.words, Text)
        query = query.where(kept.icontains(sought, autoescape=True))
    rows = list(uow.session.scalars(query))
    return rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None


def get_synonyms(uow: UnitOfWork, actor: Actor, group_id: UUID) -> SynonymGroup:
    """Return one group.

    Raises:
        NotFound: There is none with this id.
    """
    check_may(actor, Act.KEEP_SYNONYMS)
    return get_row(uow, SynonymGroup, group_id)


def add_synonyms(
    uow: UnitOfWork, actor: Actor, groups: Sequence[Iterable[str]]
) -> list[SynonymGroup]:
    """Add groups of words that mean the same, all of them or none.

    Raises:
        Invalid: A group has less than two words or too many, or a word that cannot be searched.
        Conflict: A word is in another group, or there are too many groups.
    """
    check_may(actor, Act.KEEP_SYNONYMS)
    owners = _owners(uow)
    if not groups:
        raise Invalid("This must not be empty.", field="words")
    if len(set(owners.values())) + len(groups) > MOST_GROUPS:
        raise Conflict(
            "There are at most %(max)d groups of synonyms.", {"max": MOST_GROUPS}, field="words"
        )
    made = []
    for words in groups:
        group = SynonymGroup(id=uow.new_id())
        group.words = _read(words, owners, group.id)
        uow.session.add(group)
        _record(uow, actor, "synonyms.added", group)
        made.append(group)
    uow.session.flush()
    return made


def change_synonyms(
    uow: UnitOfWork, actor: Actor, *, group_id: UUID, version: int | None, words: Iterable[str]
) -> SynonymGroup:
    """Change the words of a group.

    Raises:
        Stale: Somebody else changed it since.
        Invalid: As for a new group.
        Conflict: A word is in another group.
    """
    check_may(actor, Act.KEEP_SYNONYMS)
    group = get_row(uow, SynonymGroup, group_id)
    check_version(group, version)
    read, before = _read(words, _owners(uow), group.id), list(group.words)
    if read != before:
        group.words = read
        _record(uow, actor, "synonyms.changed", group, before=before)
        uow.session.flush()
    return group


def remove_synonyms(
    uow: UnitOfWork, actor: Actor, *, group_id: UUID, version: int | None
) -> list[str]:
    """Remove a group, and return its words.

    Raises:
        Stale: Somebody else changed it since.
    """
    check_may(actor, Act.KEEP_SYNONYMS)
    group = get_row(uow, SynonymGroup, group_id)
    check_version(group, version)
    _record(uow, actor, "synonyms.removed", group)
    uow.session.delete(group)
    return list(group.words)


def _place(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Invalid("This page of the list does not exist.", field="cursor") from None


def _owners(uow: UnitOfWork) -> dict[tuple[str, ...], UUID]:
    """Return which group has a word, by its tokens."""
    rows = uow.session.execute(select(SynonymGroup.id, SynonymGroup.words))
    return {synonym_key(word): group_id for group_id, words in rows for word in words}


def _read(words: Iterable[str], owners: dict[tuple[str, ...], UUID], group_id: UUID) -> list[str]:
    """Return the words of a group as they are kept, and note that they are taken."""
    kept: dict[tuple[str, ...], str] = {}
    for text in words:
        word = " ".join(clean(text).split())
        if not word:
            continue
        key = synonym_key(word)
        if not key or len(word) > MOST_CHARACTERS:
            raise Invalid(
                "“%(word)s” cannot be a synonym: give words or short phrases without punctuation.",
                {"word": word[:MOST_CHARACTERS]},
                field="words",
            )
        if owners.get(key, group_id) != group_id:
            raise Conflict("“%(word)s” is in another group already.", {"word": word}, field="words")
        kept.setdefault(key, word)
    if not 2 <= len(kept) <= MOST_WORDS:
        raise Invalid(
            "A group has 2 to %(max)d different words.", {"max": MOST_WORDS}, field="words"
        )
    owners.update(dict.fromkeys(kept, group_id))
    return list(kept.values())


def _record(uow: UnitOfWork, actor: Actor, kind: str, group: SynonymGroup, **more: object) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[group.id],
        payload={**actor.signature(), "words": list(group.words), **more},
    )
