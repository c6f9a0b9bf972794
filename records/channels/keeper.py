"""The channels at work: a thread for each, its looks written down, longer pauses while it fails."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from records.channels.keeping import plain_details, refusal_of
from records.channels.mailbox import MailboxWatch
from records.channels.models import ChannelLook
from records.channels.rules import ChannelKind, pause_after
from records.channels.taking_in import TakingIn
from records.channels.watching import FolderWatch
from records.core.errors import Invalid, Refusal
from records.notify.wording import Catalogues, english
from records.office import Office
from storage import StorageError

logger = logging.getLogger(__name__)

# A look that found nothing new is written down this often at most.
TOLD_SECONDS = 30.0


class Watch(Protocol):
    """Looks into one channel."""

    kind: ChannelKind

    @property
    def name(self) -> str:
        """Its name among the channels."""

    @property
    def register(self) -> str:
        """Code of the register that it feeds."""

    @property
    def every_seconds(self) -> float:
        """Pause between two looks."""

    def look(self, stop: Callable[[], bool] = ...) -> int:
        """Take what is there; return how many became documents."""


def watches(office: Office, catalogues: Catalogues = english) -> list[Watch]:
    """Return the channels that the operator has set up."""
    return [
        *(FolderWatch(office, each, catalogues) for each in office.config.folders_watched),
        *(MailboxWatch(office, each) for each in office.config.mailboxes_read),
    ]


class ChannelKeeper:
    """Keeps all channels of an office at work until told to stop."""

    def __init__(self, office: Office, catalogues: Catalogues = english) -> None:
        self._office = office
        self._watches = watches(office, catalogues)

    def threads(self, stop: threading.Event) -> list[threading.Thread]:
        """Return a thread for each channel, and one for what was kept without the database."""
        return [
            *(
                threading.Thread(target=self.run, args=(each, stop), name=f"channel {each.kind}")
                for each in self._watches
            ),
            threading.Thread(target=TakingIn(self._office).run, args=(stop,), name="kept uploads"),
        ]

    def run(self, watch: Watch, stop: threading.Event) -> None:
        """Look again and again; whatever goes wrong is told and tried again later."""
        failures, told_at = 0, None
        while not stop.is_set():
            error = self.look_once(watch, stop.is_set)
            failures = failures + 1 if error is not None else 0
            pause = pause_after(failures) if error else watch.every_seconds
            now = self._office.database.clock.now()
            due = told_at is None or (now - told_at).total_seconds() >= TOLD_SECONDS
            if (due or failures or told_at is None) and self.tell(watch, error, pause):
                # After a failure the next good look is told at once.
                told_at = None if error is not None else now
            stop.wait(pause)

    def look_once(self, watch: Watch, stop: Callable[[], bool] = lambda: False) -> Refusal | None:
        """Look into a channel; return what went wrong as people understand it."""
        try:
            watch.look(stop)
        except Exception as error:  # a channel outlives whatever happens in one look
            expected = isinstance(error, Refusal | StorageError | SQLAlchemyError | OSError)
            logger.log(
                logging.WARNING if expected else logging.ERROR,
                "Channel %s has to wait: %s",
                watch.name,
                error,
                exc_info=not expected,
            )
            return _told(error)
        return None

    def tell(self, watch: Watch, error: Refusal | None, pause_seconds: float) -> bool:
        """Write down how a look went; False when the database does not answer."""
        try:
            with self._office.database.writing(durable=False) as uow:
                look = uow.session.get(ChannelLook, watch.name)
                if look is None:
                    look = ChannelLook(channel=watch.name)
                    uow.session.add(look)
                look.kind, look.register_code = watch.kind.value, watch.register
                look.looked_at = uow.now
                look.again_at = uow.now + timedelta(seconds=pause_seconds)
                look.failing_since = (look.failing_since or uow.now) if error else None
                look.message = error.message if error else None
                look.details = plain_details(error) if error else None
        except (Refusal, SQLAlchemyError):
            logger.warning("The look into %s cannot be written down", watch.name)
            return False
        return True


def _told(error: Exception) -> Refusal:
    if isinstance(error, Refusal | StorageError):
        return refusal_of(error)
    if isinstance(error, SQLAlchemyError):
        return Invalid("The database does not answer.")
    if isinstance(error, OSError):
        path = {"path": error.filename or "", "error": error.strerror or str(error)}
        return Invalid("%(path)s cannot be used: %(error)s.", path)
    return Invalid("Something went wrong on our side. It has been noted.")
