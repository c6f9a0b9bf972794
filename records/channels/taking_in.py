"""What was kept while the database was away, taken in: an arrival first, then a document.

The worker does it as soon as the database answers. What cannot be registered stays on the page of
arrivals with its reason, as anything else that came in.
"""

import logging
import threading
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from records.channels.journal import Journal, KeptUpload
from records.channels.keeping import Unregistered, keep_arrival, refusal_of, secrecy_of
from records.channels.models import Arrival
from records.channels.rules import ArrivalState, pause_after
from records.channels.service import note_failure, try_again
from records.core.database import UnitOfWork
from records.core.errors import NotSignedIn, Refusal, Unavailable
from records.office import Office
from records.people.actors import load_actor
from records.people.rules import SERVICE, Actor
from records.registration.models import Register
from records.registration.registers import register_by_code
from records.scans.splitting import await_split
from storage import ObjectMissing, StorageError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
AWAY = Unavailable(
    "The database did not answer when this came. It was kept, and is registered from here."
)


class TakingIn:
    """Takes in what is kept, again and again."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._journal = Journal(office.vault)

    def run(self, stop: threading.Event) -> None:
        """Look from time to time; whatever goes wrong is tried again later."""
        failures = 0
        while not stop.wait(pause_after(failures) if failures else LOOK_SECONDS):
            try:
                self.take_all()
                failures = 0
            except (Refusal, StorageError, SQLAlchemyError, OSError) as error:
                failures += 1
                logger.warning("What was kept has to wait: %s", error)

    def take_all(self) -> int:
        """Take in all that is kept; return how many uploads that were.

        Raises:
            SQLAlchemyError, StorageError: It has to wait; nothing is lost.
        """
        taken, failure = 0, None
        for note in self._journal.notes():
            try:
                with self._journal.claimed(note) as upload:
                    if upload is not None:
                        self._take(upload)
                        self._journal.forget(note)
                        taken += 1
            except (StorageError, ValueError, KeyError) as error:
                failure = error  # one that cannot be taken must not stop the others
                logger.warning("%s cannot be taken in: %s", note.name, error)
        self._journal.tidy()
        if isinstance(failure, StorageError):
            raise failure
        return taken

    def _take(self, upload: KeptUpload) -> None:
        arrival_id = self._waiting(upload)
        if arrival_id is None:
            return
        try:
            with self._office.database.writing() as uow:
                person = load_actor(uow, upload.sent_by)
                made = try_again(uow, person, self._office.vault, arrival_id=arrival_id)
                if upload.split_reason is not None:
                    await_split(uow, person, document_id=made.id, book_reason=upload.split_reason)
        except Refusal as refusal:
            with self._office.database.writing() as uow:
                note_failure(uow, arrival_id, refusal)

    def _waiting(self, upload: KeptUpload) -> UUID | None:
        """Return the arrival of an upload that is to be registered now.

        None when it must wait for a person, or somebody has ended it since it was kept.
        """
        query = select(Arrival).where(
            Arrival.channel == upload.kind.value, Arrival.source_id == upload.source_id
        )
        with self._office.database.reading() as uow:
            found = uow.session.scalar(query)
            if found is not None and found.tried_at >= upload.kept_at:
                open_still = (
                    found.state == ArrivalState.WAITING.value and found.message == AWAY.message
                )
                return found.id if open_still else None
            told = _unregistered(uow, upload)
        office = self._office
        try:
            kept = keep_arrival(office.database, office.vault, told, upload.files)
        except ObjectMissing as error:
            logger.error("The bytes of %s are gone: %s", told.source_id, error)
            keep_arrival(office.database, office.vault, _without_bytes(told, error))
            return None
        return kept if told.refusal is AWAY else None


def _unregistered(uow: UnitOfWork, upload: KeptUpload) -> Unregistered:
    refusal: Refusal = AWAY
    try:
        register = register_by_code(uow, upload.register)
    except Refusal as error:
        refusal = error
        # A person finds it in the first register, with the reason, and can choose another.
        register = uow.session.scalars(select(Register).order_by(Register.code).limit(1)).one()
    return Unregistered(
        kind=upload.kind,
        channel=upload.kind.value,
        register_id=register.id,
        source_id=upload.source_id,
        name=upload.files[0][1],
        refusal=refusal,
        size_bytes=sum(each.size_bytes for each, _ in upload.files),
        secrecy=secrecy_of(upload.cells),
        cells=upload.cells,
        sender=_sender(uow, upload.sent_by),
    )


def _sender(uow: UnitOfWork, user_id: UUID) -> Actor:
    try:
        return load_actor(uow, user_id)
    except NotSignedIn:
        return SERVICE


def _without_bytes(told: Unregistered, error: StorageError) -> Unregistered:
    return replace(told, refusal=refusal_of(error))
