"""The keeper of the log: signs a checkpoint every minute that has events, and brings copies out.

It has threads of its own, one for signing and one for each place outside: neither a thousand files
that are being read nor a server that does not answer may hold up the next signature.
"""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from records.audit.checkpoints import due_checkpoint, issue_checkpoint, log_origin
from records.audit.copies import due_parcel, note_attempt
from records.audit.couriers import NotTaken, bring
from records.audit.proofs import integrate
from records.core.errors import Refusal
from records.core.outside import Outside, outside_places
from records.office import Office
from storage import StorageError

logger = logging.getLogger(__name__)

POLL_SECONDS = 5.0


class LogKeeper:
    """Keeps the log of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._places = outside_places(office.config.checkpoint_copies)

    def threads(self, stop: threading.Event) -> list[threading.Thread]:
        """Return what has to run until told to stop."""
        return [
            threading.Thread(target=_repeat, args=(stop, self.sign), name="checkpoints"),
            *(
                threading.Thread(
                    target=_repeat, args=(stop, self._bringing(each)), name=f"copies to {each.name}"
                )
                for each in self._places
            ),
        ]

    def sign(self) -> bool:
        """Sign a checkpoint if one is due; tell whether it was.

        Raises:
            Unavailable: The log does not continue what it signed.
        """
        database = self._office.database
        with database.reading() as uow:
            if not due_checkpoint(uow):
                return False
        integrate(database)
        origin = log_origin(self._office.config.public_url)
        with database.writing() as uow:
            issue_checkpoint(uow, self._office.vault, origin=origin)
        return True

    def bring_out(self) -> None:
        """Bring to every place what is due there, one after the other."""
        for place in self._places:
            self._bring(place)

    def _bringing(self, place: Outside) -> Callable[[], bool]:
        return lambda: self._bring(place)

    def _bring(self, place: Outside) -> bool:
        """Bring what is due to one place; tell whether something was."""
        database = self._office.database
        with database.reading() as uow:
            parcel = due_parcel(uow, place)
        if parcel is None:
            return False
        receipt, error = None, None
        try:
            receipt = bring(self._office.config, place, parcel)
        except NotTaken as reason:
            error = str(reason)
            logger.warning("%s does not take the checkpoint: %s", place.name, error)
        with database.writing() as uow:
            note_attempt(uow, place, parcel.size, receipt=receipt, error=error)
        return error is None


def _repeat(stop: threading.Event, work: Callable[[], bool]) -> None:
    """Do something again and again; whatever fails is tried anew."""
    while not stop.is_set():
        try:
            work()
        except (Refusal, StorageError, SQLAlchemyError):
            logger.exception("The keeper of the log tries again")
        except Exception:
            # A courier's defect must not end the thread: the next copy may go well.
            logger.exception("The keeper of the log met a defect")
        stop.wait(POLL_SECONDS)
