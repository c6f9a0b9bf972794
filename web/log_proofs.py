"""Proofs from the log: of one entry, and that the log goes on from what somebody kept."""

from flask import Response, render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from records.audit.browsing import list_entries
from records.audit.checkpoints import (
    ensure_log_key,
    issue_checkpoint,
    log_key,
    prove_entry,
    prove_growth,
)
from records.audit.copies import copies_of, place_states
from records.audit.given import Judged, Verdict, judge
from records.audit.notes import encoded
from records.audit.proofs import integrate
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from records.core.log import Checkpoint, LogEntry, leaf_of, log_size
from records.core.outside import outside_places
from records.people.rules import Act
from web.boundary import database, office, reading, writing
from web.content import attachment
from web.events import told
from web.filters import Asked
from web.log_places import log, origin
from web.permissions import LOG_EXPORTERS, LOG_READERS
from web.routes import route
from web.session import actor

LINES = 30
MOST_LETTERS = 4_000
# What a checkpoint from outside says of the log: tone and sentence.
VERDICTS = {
    Verdict.CONTINUED: (
        "ok",
        lazy_gettext("The log continues this checkpoint. Nothing of that time was changed since."),
    ),
    Verdict.ROLLED_BACK: (
        "seal",
        lazy_gettext("The log was rolled back: it has fewer entries than this checkpoint signed."),
    ),
    Verdict.FORKED: (
        "seal",
        lazy_gettext("The log was forked: its past is not the one that this checkpoint signed."),
    ),
    Verdict.FOREIGN: ("seal", lazy_gettext("This is no checkpoint of this log.")),
}


@route(log, "/<int:sequence>", permission=LOG_READERS)
def entry(sequence: int) -> str:
    """Show one entry with its leaf, and how it is proved."""
    with reading() as uow:
        found, _ = list_entries(uow, actor(), before=sequence + 1, limit=1)
        if not found or found[0].sequence != sequence:
            raise NotFound
        kept = uow.session.get_one(LogEntry, sequence)
        signed = uow.session.scalar(
            select(Checkpoint).where(Checkpoint.size > sequence).order_by(Checkpoint.size).limit(1)
        )
        copies = copies_of(uow, signed.size) if signed else []
    return render_template(
        "log/entry.html",
        entry=found[0],
        phrase=told(found[0]),
        can=actor().may(Act.READ_LOG),
        leaf=leaf_of(kept).canonical().decode(),
        signed=signed,
        copies=copies,
    )


@route(log, "/<int:sequence>/proof", permission=LOG_EXPORTERS)
def proof(sequence: int) -> Response:
    """Give the proof that an entry stands in the log."""
    integrate(database())
    with writing() as uow:
        text = prove_entry(uow, office().vault, sequence=sequence, origin=origin()).text()
    return _file(text, f"entry-{sequence}.tlog-proof")


@route(log, "/checkpoints", permission=LOG_EXPORTERS)
def checkpoints() -> tuple[str, int]:
    """Show what was signed, newest first, and where copies of it lie."""
    return _page(Asked())


@route(log, "/checkpoints/<int:size>", permission=LOG_EXPORTERS)
def checkpoint(size: int) -> Response:
    """Give one checkpoint."""
    with reading() as uow:
        found = uow.session.get(Checkpoint, size)
        if found is None:
            raise NotFound
    return _file(found.note, f"{size:012d}.checkpoint")


@route(log, "/checkpoints", permission=LOG_EXPORTERS, methods=("POST",))
def sign() -> Response:
    """Sign the log as it is now, and give the checkpoint."""
    integrate(database())
    with writing() as uow:
        signed = issue_checkpoint(uow, office().vault, origin=origin())
    return _file(signed.note, f"{signed.size:012d}.checkpoint")


@route(log, "/comparison", permission=LOG_EXPORTERS, methods=("POST",))
def compare() -> tuple[str, int]:
    """Hold a checkpoint that somebody kept against the log."""
    note = _given()
    with reading() as uow:
        judged = judge(uow, note)
    return _page(Asked(), judged, note)


@route(log, "/growth", permission=LOG_EXPORTERS)
def growth() -> Response:
    """Give the proof that the log of now continues one of `old` entries."""
    asked = Asked()
    old = asked.number("old")
    if old is None:
        raise NotFound
    integrate(database())
    with writing() as uow:
        newest = issue_checkpoint(uow, office().vault, origin=origin())
        text = prove_growth(uow, old_size=old, checkpoint=newest)
    return _file(text, f"growth-{old}-{newest.size}.txt")


@route(log, "/key", permission=LOG_EXPORTERS)
def key() -> Response:
    """Give the public key of the log."""
    with reading() as uow:
        found = log_key(uow)
    if found is None:
        with writing() as uow:
            found = ensure_log_key(uow, office().vault, origin=origin())
    return _file(found.text() + "\n", "log.key")


def _given() -> str:
    """Return the checkpoint of the form: a file, else what was pasted."""
    file = request.files.get("file")
    if file is not None and file.filename:
        read: bytes = file.read(MOST_LETTERS)
        return read.decode("utf-8", "replace")
    # A browser sends line ends of two characters, and people leave the last one out.
    typed = request.form.get("note", "")[:MOST_LETTERS].replace("\r\n", "\n").strip()
    return f"{typed}\n"


def _page(asked: Asked, judged: Judged | None = None, note: str = "") -> tuple[str, int]:
    before = asked.number("before")
    with reading() as uow:
        kept = _newest(uow, before)
        states = place_states(uow, outside_places(office().config.checkpoint_copies))
        size = log_size(uow.session)
        public = log_key(uow)
    lines, more = kept[:LINES], len(kept) > LINES
    text = render_template(
        "log/checkpoints.html",
        lines=[(each.size, each.signed_at, encoded(each.root)) for each in lines],
        older=lines[-1].size if more else None,
        newer=before is not None,
        states=states,
        size=size,
        key=public.text() if public else None,
        judged=judged,
        verdict=VERDICTS[judged.verdict] if judged else None,
        reason=judged.reason if judged and judged.verdict is Verdict.FOREIGN else None,
        note=note.strip(),
        nothing=gettext("Nothing was signed yet."),
    )
    return text, asked.status()


def _newest(uow: UnitOfWork, before: int | None) -> list[Checkpoint]:
    query = select(Checkpoint).order_by(Checkpoint.size.desc()).limit(LINES + 1)
    if before is not None:
        query = query.where(Checkpoint.size < before)
    return list(uow.session.scalars(query))


def _file(text: str, name: str) -> Response:
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = attachment(name)
    response.headers["Cache-Control"] = "no-store"
    return response
