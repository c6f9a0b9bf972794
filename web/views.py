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
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from flask import Flask, current_app

from records.core.database import Database
from records.documents.models import Component, Document
from records.people.rules import Actor
from web.boundary import database

logger = logging.getLogger(__name__)

DOCUMENT_VIEWED = "document.viewed"
CONTENT_READ = "component.downloaded"
VIEW_KINDS = (DOCUMENT_VIEWED, CONTENT_READ)
QUEUE_LENGTH = 10_000
FLUSH_SECONDS = 1.0
WAIT_SECONDS = 5.0
# The same person opening the same thing again and again within this time looked at it once.
SAME_VIEW_SECONDS = 60.0
_EXTENSION = "chancery_views"


@dataclass(frozen=True)
class View:
    """One look of one person at one thing."""

    kind: str
    actor_id: UUID
    objects: tuple[UUID, ...]
    payload: Mapping[str, Any] = field(hash=False)


class Views:
    """The views of one process on their way into the log."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[View] = queue.Queue(QUEUE_LENGTH)
        self._recent: dict[tuple[str, UUID, tuple[UUID, ...]], float] = {}
        self._mutex = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()

    def add(self, view: View) -> None:
        """Note a view; it is in the log a second later."""
        key, now = (view.kind, view.actor_id, view.objects), time.monotonic()
        with self._mutex:
            if now - self._recent.get(key, -SAME_VIEW_SECONDS) < SAME_VIEW_SECONDS:
                return
            self._recent[key] = now
            if self._thread is None:
                self._start()
        self._waiting.put(view, timeout=WAIT_SECONDS)

    def flush(self) -> int:
        """Write what has gathered in one unit of work; return how many views that were."""
        views: list[View] = []
        while len(views) < QUEUE_LENGTH:
            try:
                views.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        if views:
            with self._database.writing() as uow:
                for view in views:
                    uow.record(
                        view.kind,
                        actor_id=view.actor_id,
                        objects=view.objects,
                        payload=view.payload,
                    )
        return len(views)

    def end(self) -> None:
        """Write what is left and stop."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

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


def record_view(person: Actor, document: Document) -> None:
    """Note that a person has opened a document."""
    _add(DOCUMENT_VIEWED, person, (document.id,), {"number": document.number})


def record_download(person: Actor, component: Component) -> None:
    """Note that a person has taken the content of a file."""
    objects = (component.document_id, component.id)
    _add(CONTENT_READ, person, objects, {"file": component.name, "sha256": component.sha256})


def _add(kind: str, person: Actor, objects: tuple[UUID, ...], payload: Mapping[str, Any]) -> None:
    if person.user_id is None:
        return
    views = cast("Views", current_app.extensions[_EXTENSION])
    views.add(View(kind, person.user_id, objects, {**person.signature(), **payload}))


def views_of(app: Flask) -> Views:
    """Return the views of an application, to end them with it."""
    return cast("Views", app.extensions[_EXTENSION])


def init_app(app: Flask) -> None:
    """Gather views from now on."""
    with app.app_context():
        app.extensions[_EXTENSION] = Views(database())
