"""The cage in which this process works on PDFs: copy numbers, seals, signatures."""

import threading
from typing import cast

from flask import Flask, current_app

from records.seals.caged import seal_cage
from search.reading import Cage

_EXTENSION = "chancery_workshop"


class Workshop:
    """The cage of this process, begun with the first file that needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cage: Cage | None = None

    @property
    def cage(self) -> Cage:
        """The cage, begun when it is first wanted."""
        with self._lock:
            if self._cage is None:
                self._cage = seal_cage()
            return self._cage

    def close(self) -> None:
        """End the cage."""
        with self._lock:
            if self._cage is not None:
                self._cage.close()
            self._cage = None


def workshop_of(app: Flask) -> Workshop:
    """Return the workshop of an application, to end it with it."""
    return cast("Workshop", app.extensions[_EXTENSION])


def workshop() -> Workshop:
    """Return the workshop of this application."""
    return workshop_of(current_app)


def init_app(app: Flask) -> None:
    """Keep the workshop with the application."""
    app.extensions[_EXTENSION] = Workshop()
