"""The messenger: tells people, reminds them and sends mail, beside the other work of the worker.

It has runners of its own: news must not wait behind a thousand files that are being read, nor
behind a mail server that does not answer.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from sqlalchemy.exc import SQLAlchemyError

from records.circulation.urging import BATCH, run_rules
from records.core.config import Config
from records.core.database import Database
from records.core.news import SETTLE_JOB, TELL_JOB
from records.core.runner import Handler, Runner
from records.notify.mail import MAIL_JOB, PEOPLE, Postman, gather_mail, mail_waits
from records.notify.telling import settle_handler, tell_handler
from records.notify.wording import Catalogues, english
from records.seals import checks
from records.seals.following import look_after_requests, requests_to_look_after
from records.seals.late import urge_late

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
GATHER_SECONDS = 5.0
REMIND_SECONDS = 60.0
MAILS_AT_ONCE = 4


class Messenger:
    """Tells the people of one office.

    Args:
        catalogues: Gives the words of a language, for mail.
    """

    def __init__(
        self, config: Config, database: Database, catalogues: Catalogues = english
    ) -> None:
        self._database = database
        self._mails = config.smtp_url is not None
        self._news: Mapping[str, Handler] = {
            TELL_JOB: tell_handler(mails=self._mails),
            SETTLE_JOB: settle_handler(),
        }
        self._post: Mapping[str, Handler] = {
            MAIL_JOB: Postman(config, database, catalogues).handler
        }

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """Every kind of job that it does."""
        return {**self._news, **self._post}

    def threads(self, stop: threading.Event) -> list[threading.Thread]:
        """Return what has to run until told to stop."""
        return [
            threading.Thread(target=self._tell, args=(stop,), name="tell"),
            threading.Thread(target=self._mail, args=(stop,), name="mail"),
        ]

    def remind(self) -> None:
        """Remind everybody whose time has come, and look after the seals and requests that wait."""
        done = BATCH
        while done == BATCH:
            with self._database.writing() as uow:
                done = run_rules(uow)
        with self._database.writing() as uow:
            urge_late(uow)
        with self._database.reading() as uow:
            requests = requests_to_look_after(uow)
        if requests:
            with self._database.writing() as uow:
                look_after_requests(uow, requests)
        due = checks.BATCH
        while due == checks.BATCH:
            with self._database.writing() as uow:
                due = checks.ask_for_checks(uow)

    def gather(self) -> None:
        """Make mails of the notices that have waited long enough."""
        done = PEOPLE if self._anything_to_gather() else 0
        while done == PEOPLE:
            with self._database.writing() as uow:
                done = gather_mail(uow)

    def _anything_to_gather(self) -> bool:
        if not self._mails:
            return False
        with self._database.reading() as uow:
            return mail_waits(uow)

    def _tell(self, stop: threading.Event) -> None:
        self._work(stop, self._news, 1, self.remind, REMIND_SECONDS)

    def _mail(self, stop: threading.Event) -> None:
        self._work(stop, self._post, MAILS_AT_ONCE, self.gather, GATHER_SECONDS)

    def _work(
        self,
        stop: threading.Event,
        handlers: Mapping[str, Handler],
        parallel: int,
        also: Callable[[], None],
        pause: float,
    ) -> None:
        """Do jobs as they come, and something else every so many seconds."""
        runner = Runner(self._database, handlers, parallel=parallel)
        again_at = float("-inf")
        try:
            while not stop.is_set():
                try:
                    if time.monotonic() >= again_at:
                        again_at = time.monotonic() + pause
                        also()
                    if not runner.turn(POLL_SECONDS):
                        stop.wait(POLL_SECONDS)
                except SQLAlchemyError:
                    logger.exception("The database cannot be reached; the messenger tries again")
                    stop.wait(POLL_SECONDS)
        finally:
            runner.close()
