"""What came in whole and was refused: kept for the page of arrivals, so that nothing is lost."""

import logging
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from records.channels.keeping import Unregistered, keep_arrival
from records.channels.rules import ChannelKind
from records.core.errors import Invalid, Refusal
from records.documents.metadata import read_metadata
from records.people.rules import Actor, Secrecy
from storage import Received, StorageError
from web.boundary import database, office

logger = logging.getLogger(__name__)


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
        secrecy=_secrecy(cells),
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


def _secrecy(cells: Mapping[str, str]) -> Secrecy:
    try:
        given = read_metadata({"secrecy": cells["secrecy"]}) if cells.get("secrecy") else {}
    except Invalid:
        # Whoever wrote a level that nobody knows meant something: it is shown to the fewest.
        return Secrecy.TOP_SECRET
    return Secrecy(given.get("secrecy", Secrecy.INTERNAL))
