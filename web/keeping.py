"""What came in whole and was refused: kept for the page of arrivals, so that nothing is lost."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn
from uuid import UUID

from flask import g
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from records.channels.journal import Journal, KeptUpload
from records.channels.keeping import Unregistered, keep_arrival, secrecy_of
from records.channels.rules import ChannelKind
from records.core.errors import Kept, Refusal
from records.people.rules import Actor
from storage import Received, StorageError
from web.boundary import database, office

logger = logging.getLogger(__name__)

AGAIN_SECONDS = 60


def keep_refused(
    kind: ChannelKind,
    *,
    register_id: UUID,
    source_id: str,
    files: Sequence[tuple[Received, str]],
    cells: Mapping[str, str],
    person: Actor,
    refusal: Refusal,
) -> None:
    """Keep files that were received and could not be registered, with the reason.

    The sender is told of the refusal in any case; a failure to keep them only goes to the log of
    the service, because then the sender still has them.
    """
    told = Unregistered(
        kind=kind,
        channel=kind.value,
        register_id=register_id,
        source_id=source_id,
        name=files[0][1],
        refusal=refusal,
        size_bytes=sum(each.size_bytes for each, _ in files),
        secrecy=secrecy_of(cells),
        cells=cells,
        sender=person,
    )
    try:
        keep_arrival(database(), office().vault, told, files)
    except (Refusal, StorageError, SQLAlchemyError):
        logger.exception("What was refused cannot be kept")


def source_of(kind: ChannelKind, person: Actor, key: str) -> str:
    """Return what makes an upload the same when its sender sends it again."""
    return f"{kind}:{person.user_id}:{key}"


def keep_for_later(
    kind: ChannelKind,
    error: OperationalError,
    *,
    register: str,
    uploads: Mapping[str, Sequence[tuple[Received, str]]],
    cells: Mapping[str, str],
    person: Actor,
    split_reason: str | None = None,
) -> NoReturn:
    """Keep uploads that came in whole, and tell the sender that the database is away.

    Args:
        register: Code of the register that they are meant for.
        uploads: The files of each, by what makes it the same when it comes again.
        split_reason: What the book says of a stack that is to be split; None of anything else.

    Raises:
        Kept: They are kept, and the worker registers them once the database is back.
        OperationalError: There is nothing that can be kept; the sender still has it.
        StoreUnavailable: The disk cannot take them either.
    """
    logger.error("database: %s", error.orig)
    if not any(uploads.values()) or person.user_id is None:
        raise error
    journal = Journal(office().vault)
    for source_id, files in uploads.items():
        journal.keep(
            KeptUpload(
                kind=kind,
                register=register,
                source_id=source_id,
                sent_by=person.user_id,
                kept_at=database().clock.now(),
                cells=cells,
                files=files,
                split_reason=split_reason,
            )
        )
    g.identity = None  # a page for people who are signed in would ask the database
    raise Kept(
        "The database does not answer at the moment. The file is kept, encrypted, and will be "
        "registered by itself; there is no need to send it again.",
        {"seconds": AGAIN_SECONDS},
    ) from error


@contextmanager
def kept_before(kind: ChannelKind, source_id: str) -> Iterator[None]:
    """Work on an upload that may be kept from an earlier time, and forget it once that went well.

    While it lasts, the worker does not take it in.
    """
    journal = Journal(office().vault)
    with journal.held(kind, source_id) as note:
        yield
        if note is not None:
            journal.forget(note)
