"""Finding the near duplicates of one document: a few candidates by an index, then a true look.

Candidates bear the same number, are the same mail, or share a band of the signature of a text. Of
texts, one at least must be what its document is: two letters that enclose the same leaflet are two
letters.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, union

from records.classification.face import parse_number
from records.core.base import table_of
from records.core.database import Database, UnitOfWork
from records.core.runner import Apply
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.related.contents import FileText, sure_value, texts_of_files
from records.related.models import BorneNumber, MailMessage, NearTwin, TextBand, TextTrace
from records.related.naming import bear_other_titles, speak_of_others
from records.related.resemblance import letters_of, likeness, unpack_bands
from records.related.rules import TwinReason
from storage import Vault

MOST_CANDIDATES = 20
# Bands that a great many texts share (forms) are not followed to the end.
MOST_ROWS = 4_000
# Numbers of two scans may differ by what was misread.
_MISREAD_LETTERS = 2
_HEAD = 600


@dataclass(frozen=True)
class _Facts:
    """What is known of a document that may be a twin."""

    number: str | None
    sender: str | None
    message: bytes | None
    title: str


@dataclass(frozen=True)
class _Pair:
    """Two texts of two documents that may be the same."""

    mine: UUID
    theirs: UUID
    other_id: UUID
    mine_is_main: bool
    theirs_is_main: bool


Found = dict[UUID, tuple[float, set[TwinReason]]]


def compare(database: Database, vault: Vault, document_id: UUID) -> Apply:
    """Find the near duplicates of a document; the result writes them down."""
    with database.reading() as uow:
        document = uow.session.get(Document, document_id)
        if document is None or document.state == DocumentState.VOIDED:
            return lambda uow: keep_twins(uow, document_id, {})
        found = _find(uow, vault, document_id)
    return lambda uow: keep_twins(uow, document_id, found)


def keep_twins(uow: UnitOfWork, document_id: UUID, found: Found) -> None:
    """Write down the near duplicates of a document, from both sides.

    What somebody has settled stays settled.
    """
    before = select(NearTwin.other_id, NearTwin.settled_at, NearTwin.settled_by).where(
        NearTwin.document_id == document_id
    )
    kept = {row[0]: (row[1], row[2]) for row in uow.session.execute(before)}
    _forget(uow, document_id, list(kept))
    wanted = [document_id, *found]
    there = set(uow.session.scalars(select(Document.id).where(Document.id.in_(wanted))))
    rows = []
    for other_id, (score, reasons) in found.items():
        if not {document_id, other_id} <= there:
            continue
        settled_at, settled_by = kept.get(other_id, (None, None))
        common = {
            "score": score,
            "reasons": sorted(reason.value for reason in reasons),
            "settled_at": settled_at,
            "settled_by": settled_by,
        }
        rows.append({"document_id": document_id, "other_id": other_id, **common})
        rows.append({"document_id": other_id, "other_id": document_id, **common})
    if rows:
        uow.session.execute(table_of(NearTwin).insert(), rows)


def _forget(uow: UnitOfWork, document_id: UUID, others: Sequence[UUID]) -> None:
    pairs = or_(
        NearTwin.document_id == document_id,
        and_(NearTwin.document_id.in_(others), NearTwin.other_id == document_id),
    )
    unseen = {"synchronize_session": False}
    uow.session.execute(delete(NearTwin).where(pairs), execution_options=unseen)


def _find(uow: UnitOfWork, vault: Vault, document_id: UUID) -> Found:
    found: Found = {}
    mine = _facts(uow, [document_id])[document_id]
    pairs = _alike(uow, document_id)
    numbered = _same_number(uow, document_id, mine)
    mails = _same_mail(uow, document_id, mine)
    others = {*numbered, *mails, *(pair.other_id for pair in pairs)}
    facts = _facts(uow, others)
    for other_id in numbered:
        if _same_sender(mine, facts[other_id]):
            _add(found, other_id, 1.0, TwinReason.NUMBER)
    for other_id in mails:
        _add(found, other_id, 1.0, TwinReason.MESSAGE)
    for other_id, score in _compared(uow, vault, pairs, mine, facts):
        _add(found, other_id, score, TwinReason.TEXT)
    return found


def _add(found: Found, other_id: UUID, score: float, reason: TwinReason) -> None:
    before, reasons = found.get(other_id, (0.0, set()))
    found[other_id] = (max(before, score), {*reasons, reason})


def _facts(uow: UnitOfWork, document_ids: Sequence[UUID] | set[UUID]) -> dict[UUID, _Facts]:
    query = (
        select(
            Document.id,
            Document.document_number,
            BorneNumber.number,
            Document.sender,
            MailMessage.message,
            Document.title,
        )
        .outerjoin(BorneNumber, BorneNumber.document_id == Document.id)
        .outerjoin(MailMessage, MailMessage.document_id == Document.id)
        .where(Document.id.in_(list(document_ids)))
    )
    return {
        row[0]: _Facts(row[1] or row[2], row[3], row[4], title=row[5])
        for row in uow.session.execute(query)
    }


def _same_number(uow: UnitOfWork, document_id: UUID, mine: _Facts) -> list[UUID]:
    if mine.number is None:
        return []
    confirmed = select(Document.id).where(Document.document_number == mine.number)
    read = (
        select(BorneNumber.document_id)
        .join(Document, Document.id == BorneNumber.document_id)
        .where(BorneNumber.number == mine.number, Document.document_number.is_(None))
    )
    both: Any = union(confirmed, read).limit(MOST_CANDIDATES + 1)
    return [each for each in uow.session.scalars(both) if each != document_id]


def _same_sender(mine: _Facts, other: _Facts) -> bool:
    """Tell whether two documents of one number come from one sender.

    The code in a formal number is the sender's own; a bare one may be anybody's.
    """
    number = parse_number(mine.number or "")
    if number is not None and number.year is not None and not number.repaired:
        return True
    if not mine.sender or not other.sender:
        return False
    one, two = _bare(mine.sender), _bare(other.sender)
    return one in two or two in one


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _same_mail(uow: UnitOfWork, document_id: UUID, mine: _Facts) -> list[UUID]:
    if mine.message is None:
        return []
    query = (
        select(MailMessage.document_id)
        .where(MailMessage.message == mine.message, MailMessage.document_id != document_id)
        .limit(MOST_CANDIDATES)
    )
    return list(uow.session.scalars(query))


def _alike(uow: UnitOfWork, document_id: UUID) -> list[_Pair]:
    """Return the pairs of texts that share most bands."""
    traces = uow.session.scalars(
        select(TextTrace).where(TextTrace.document_id == document_id)
    ).all()
    shared: Counter[_Pair] = Counter()
    for trace in traces:
        query = (
            select(TextTrace.component_id, TextTrace.document_id, TextTrace.is_main)
            .join(TextBand, TextBand.component_id == TextTrace.component_id)
            .where(TextBand.band.in_(unpack_bands(trace.bands)))
            .limit(MOST_ROWS)
        )
        for component_id, other_id, is_main in uow.session.execute(query):
            if other_id != document_id and (is_main or trace.is_main):
                pair = _Pair(trace.component_id, component_id, other_id, trace.is_main, is_main)
                shared[pair] += 1
    return [pair for pair, _ in shared.most_common(MOST_CANDIDATES)]


def _compared(
    uow: UnitOfWork,
    vault: Vault,
    pairs: Sequence[_Pair],
    mine: _Facts,
    facts: Mapping[UUID, _Facts],
) -> list[tuple[UUID, float]]:
    """Return the documents of which a text proves to be the same, with how alike it is."""
    wanted = {each for pair in pairs for each in (pair.mine, pair.theirs)}
    texts = texts_of_files(uow, vault, wanted)
    letters = {each: letters_of(text.pages) for each, text in texts.items()}
    found = []
    for pair in pairs:
        if pair.mine not in texts or pair.theirs not in texts:
            continue
        titles = (
            _title(texts[pair.mine], mine if pair.mine_is_main else None),
            _title(texts[pair.theirs], facts[pair.other_id] if pair.theirs_is_main else None),
        )
        if bear_other_titles(*titles):
            continue
        scanned = texts[pair.mine].is_scanned or texts[pair.theirs].is_scanned
        if _are_two(mine, facts[pair.other_id], scanned=scanned):
            continue
        one, two = letters[pair.mine], letters[pair.theirs]
        like = likeness(one, two)
        if like.is_twin and not speak_of_others(one, two):
            found.append((pair.other_id, round(like.score, 3)))
    return found


def _title(text: FileText, facts: _Facts | None) -> str | None:
    """Return the title of a text as its face has it, else that of its document if it stands there.

    A scan is often registered by a name that says nothing.
    """
    read = sure_value(text.face, "title")
    if read or facts is None:
        return read
    stands = letters_of([facts.title]) in letters_of(text.pages)[:_HEAD]
    return facts.title if stands else None


def _are_two(mine: _Facts, other: _Facts, *, scanned: bool) -> bool:
    """Tell whether two documents are known to be two, however alike they are.

    Two mails are two even if one quotes the other whole; so are two notices of one form.
    """
    if mine.message and other.message and mine.message != other.message:
        return True
    if not mine.number or not other.number or mine.number == other.number:
        return False
    return not (scanned and _letters_apart(mine.number, other.number) <= _MISREAD_LETTERS)


def _letters_apart(one: str, other: str) -> int:
    """Return how many letters of two numbers differ."""
    length = abs(len(one) - len(other))
    return length + sum(a != b for a, b in zip(one, other, strict=False))
