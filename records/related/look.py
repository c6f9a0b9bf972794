"""The jobs that look at a document after it was read: what it cites, what it follows, what it is.

Looking writes down what can be found again (numbers, threads, signatures of texts); comparing comes
as a second job, after that is committed: of two copies that came in at once, the later one to be
compared finds the other. Both replace what they kept before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from records.classification.face.mail import is_mail
from records.core.base import table_of
from records.core.database import Database, UnitOfWork
from records.core.jobs import Job, enqueue
from records.core.runner import Apply, Handler
from records.documents.models import Component, Document
from records.documents.numbers import normalise_document_number
from records.related.cited import Citation, citations
from records.related.comparing import compare
from records.related.contents import FileText, file_texts, sure_value
from records.related.models import BorneNumber, CitedNumber, TextBand, TextTrace
from records.related.resemblance import bands_of, letters_of, pack_bands, unpack_bands
from records.related.threads import Mail, keep_mail, read_mail
from records.related.tokens import related_key
from storage import Vault

LOOK_JOB = "related.look"
COMPARE_JOB = "related.compare"


@dataclass(frozen=True)
class _Seen:
    """What looking at one document brought."""

    number: str | None
    cited: Sequence[Citation]
    mail: Mail | None
    traces: Sequence[tuple[UUID, bool, list[int]]]


class Looker:
    """Does the jobs `related.look` and `related.compare`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    @property
    def looking(self) -> Handler:
        """How the runner looks at a document."""
        return Handler(self.look)

    @property
    def comparing(self) -> Handler:
        """How the runner compares a document with those that may be the same."""
        return Handler(self.compare)

    def look(self, job: Job) -> Apply:
        """Read what a document says about others."""
        document_id = job.subject_id
        with self._database.reading() as uow:
            document = uow.session.get(Document, document_id)
            if document is None or document_id is None:
                return lambda _: None  # destroyed meanwhile
            texts = file_texts(uow, self._vault, document_id)
        seen = self._seen(document, texts)
        return lambda uow: _keep(uow, document_id, seen)

    def compare(self, job: Job) -> Apply:
        """Find the near duplicates of a document."""
        document_id = job.subject_id
        if document_id is None:
            return lambda _: None
        return compare(self._database, self._vault, document_id)

    def _seen(self, document: Document, texts: Sequence[FileText]) -> _Seen:
        key = related_key(self._vault)
        main = next((text for text in texts if text.is_main), None)
        number = sure_value(main.face, "document_number") if main else None
        own = document.document_number or number
        return _Seen(
            number=normalise_document_number(number) if number else None,
            cited=_cited(document, texts, own),
            mail=read_mail(main.attributes, key) if main and is_mail(main.attributes) else None,
            traces=[
                (text.component_id, text.is_main, bands)
                for text in texts
                if (bands := bands_of(letters_of(text.pages), key))
            ],
        )


def _cited(document: Document, texts: Sequence[FileText], own: str | None) -> list[Citation]:
    face = texts[0].face if texts else {}
    return citations(
        [page for text in texts for page in text.pages],
        title=sure_value(face, "title") or document.title,
        own_number=normalise_document_number(own) if own else None,
        your_reference=sure_value(face, "your_reference"),
    )


def _keep(uow: UnitOfWork, document_id: UUID, seen: _Seen) -> None:
    if uow.session.get(Document, document_id) is None:
        return
    _keep_numbers(uow, document_id, seen)
    keep_mail(uow, document_id, seen.mail)
    _keep_traces(uow, document_id, seen)
    enqueue(uow, COMPARE_JOB, subject_id=document_id)


def _keep_numbers(uow: UnitOfWork, document_id: UUID, seen: _Seen) -> None:
    for table in (BorneNumber, CitedNumber):
        uow.session.execute(delete(table).where(table.document_id == document_id))
    if seen.number:
        row = {"document_id": document_id, "number": seen.number}
        uow.session.execute(table_of(BorneNumber).insert(), [row])
    rows = [
        {
            "document_id": document_id,
            "number": each.number,
            "kind": each.kind.value,
            "position": position,
        }
        for position, each in enumerate(seen.cited)
    ]
    if rows:
        uow.session.execute(table_of(CitedNumber).insert(), rows)


def _keep_traces(uow: UnitOfWork, document_id: UUID, seen: _Seen) -> None:
    forget_traces(uow, document_id)
    # Read after the text: a component may have gone meanwhile, and its trace must not outlive it.
    there = set(
        uow.session.scalars(select(Component.id).where(Component.document_id == document_id))
    )
    traces = [each for each in seen.traces if each[0] in there]
    if not traces:
        return
    uow.session.execute(
        table_of(TextTrace).insert(),
        [
            {
                "component_id": component_id,
                "document_id": document_id,
                "is_main": is_main,
                "bands": pack_bands(bands),
            }
            for component_id, is_main, bands in traces
        ],
    )
    uow.session.execute(
        table_of(TextBand).insert(),
        [
            {"band": band, "component_id": component_id}
            for component_id, _, bands in traces
            for band in sorted(set(bands))
        ],
    )


def forget_traces(uow: UnitOfWork, document_id: UUID) -> None:
    """Remove the signatures of a document's texts."""
    query = select(TextTrace).where(TextTrace.document_id == document_id)
    for trace in uow.session.scalars(query).all():
        uow.session.execute(
            delete(TextBand).where(
                TextBand.band.in_(unpack_bands(trace.bands)),
                TextBand.component_id == trace.component_id,
            )
        )
        uow.session.delete(trace)
    uow.session.flush()
