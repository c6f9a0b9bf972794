"""Who looked at what: noted during the request, written to the log in batches outside it.

Each process has one thread that writes what has gathered once a second, and what is left when the
process ends. The queue is bounded: when the database stands still, requests wait a moment for it
rather than let a view go unrecorded.
"""

import atexit
import logging
import queue
import threading
import time
from datetime import datetime
from typing import cast
from uuid import UUID

from flask import Flask, current_app

from records.audit.timeline import View, record_views
from records.core.database import Database, UnitOfWork
from records.core.errors import Unavailable
from records.people.rules import Actor
from web.boundary import database

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 10_000
FLUSH_SECONDS = 1.0
WAIT_SECONDS = 5.0
# Whoever opens the same thing again within this time looked at it once: a page asks for a file in
# many ranges, and a program may ask again and again whether a document has been read.
SAME_VIEW_SECONDS = 60.0
_EXTENSION = "chancery_views"

Key = tuple[UUID, UUID, UUID | None]


class Views:
    """The views of one process on their way into the log."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[View] = queue.Queue(QUEUE_LENGTH)
        self._recent: dict[Key, float] = {}
        self._mutex = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(
        self, person: Actor, document_id: UUID, component_id: UUID | None, at: datetime
    ) -> None:
        """Note a view; it is in the log a second later.

        Raises:
            Unavailable: The database has taken none for so long that no more can be noted.
        """
        if person.user_id is None:
            return
        key, now = (person.user_id, document_id, component_id), time.monotonic()
        with self._mutex:
            if now - self._recent.get(key, -SAME_VIEW_SECONDS) < SAME_VIEW_SECONDS:
                return
            self._recent[key] = now
            if self._thread is None:
                self._start()
        try:
            self._waiting.put(View(person, document_id, component_id, at), timeout=WAIT_SECONDS)
        except queue.Full:
            raise Unavailable("The database does not answer. Try again later.") from None

    def flush(self) -> int:
        """Write what has gathered in one unit of work; return how many views that were."""
        with self._writing:
            views: list[View] = []
            while len(views) < QUEUE_LENGTH:
                try:
                    views.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            if views:
                self._write(views)
            return len(views)

    def _write(self, views: list[View]) -> None:
        try:
            with self._database.writing() as uow:
                record_views(uow, views)
        except Exception:
            for view in views:
                self._waiting.put_nowait(view)
            raise

    def end(self) -> None:
        """Write what is left and stop."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            atexit.unregister(self.end)

    def _start(self) -> None:
        # Begun with the first view, so that it lives in the process that serves, not its parent.
        self._thread = threading.Thread(target=self._run, name="views", daemon=True)
        self._thread.start()
        atexit.register(self.end)

    def _run(self) -> None:
        while not self._ended.wait(FLUSH_SECONDS):
            self._flush_safely()
            self._forget()
        self._flush_safely()

    def _flush_safely(self) -> None:
        try:
            self.flush()
        except Exception:
            logger.exception("views could not be written to the log")

    def _forget(self) -> None:
        oldest = time.monotonic() - SAME_VIEW_SECONDS
        with self._mutex:
            self._recent = {key: at for key, at in self._recent.items() if at > oldest}


def record_view(
    uow: UnitOfWork, person: Actor, document_id: UUID, component_id: UUID | None = None
) -> None:
    """Note that a person has opened a document, or one of its files."""
    views = cast("Views", current_app.extensions[_EXTENSION])
    views.add(person, document_id, component_id, uow.now)


def views_of(app: Flask) -> Views:
    """Return the views of an application, to end them with it."""
    return cast("Views", app.extensions[_EXTENSION])


def init_app(app: Flask) -> None:
    """Gather views from now on."""
    with app.app_context():
        app.extensions[_EXTENSION] = Views(database())
