"""The builder: makes the next index beside the one that answers, and has it adopted when whole.

One builder per machine, by a lock beside the index; the follower goes on meanwhile. A build that
was stopped goes on where it was, by whoever comes first: the worker, or the same command again.
"""

import threading
from contextlib import suppress
from dataclasses import replace

from records.finding.feed import Feed
from records.finding.generation import Progress, begin, writing
from records.finding.locks import IndexLocked, held
from records.finding.state import unfinished
from records.office import Office
from search.engine import IndexAway, IndexBusy, IndexFailure, IndexUnwritable
from search.generations import serving
from search.opening import engine_name, open_place
from search.place import IndexPlace

MOST_ATTEMPTS = 3


class BuilderBusy(Exception):
    """Another process on this machine builds the next index already."""


class Builder:
    """Builds the indexes of one engine.

    Args:
        url: Address of the engine; that of the settings by default.
    """

    def __init__(self, office: Office, url: str | None = None) -> None:
        self._config = replace(office.config, search_url=url or office.config.search_url)
        self._feed = Feed(office)
        self.place = open_place(self._config.search_url, self._config.index_folder)

    def build(self, stop: threading.Event, progress: Progress | None = None) -> int | None:
        """Build the next index, or finish the one that was begun, and let it answer.

        Returns:
            Its cursor; None where it was told to stop before the end.

        Raises:
            BuilderBusy: Another process builds one.
            IndexFailure: Nothing can be written, or what was built broke again and again.
        """
        try:
            with held(self._config, "build"):
                return self._try(stop, progress)
        except (IndexLocked, IndexBusy) as busy:
            raise BuilderBusy from busy

    def resume(self, stop: threading.Event) -> None:
        """Finish what another process began and left; do nothing if there is nothing.

        Raises:
            BuilderBusy: Another process builds.
            IndexFailure: See `build`.
        """
        if unfinished(self.place) is None:
            return
        try:
            with held(self._config, "build"):
                if unfinished(self.place) is not None:
                    self._try(stop, None)
        except (IndexLocked, IndexBusy) as busy:
            raise BuilderBusy from busy

    def _try(self, stop: threading.Event, progress: Progress | None) -> int | None:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            name = unfinished(self.place) or begin(self._feed, self.place)
            try:
                cursor = self._built(name, stop, progress)
            except (IndexBusy, IndexAway, IndexUnwritable):
                raise  # what is there is whole, and is finished another time
            except IndexFailure:
                if self.place.problem() is not None:
                    raise
                self.place.drop(name)
                if attempt == MOST_ATTEMPTS:
                    raise
                continue
            if cursor is not None:
                self._swap(name)
            return cursor
        raise AssertionError("unreachable")

    def _built(self, name: str, stop: threading.Event, progress: Progress | None) -> int | None:
        with writing(self._feed, self.place, name) as generation:
            if not generation.fill(stop, progress):
                return None
            while generation.advance() is not None:
                pass
            return generation.engine.cursor()

    def _swap(self, name: str) -> None:
        """Let it answer. The follower, if one is at work on this engine, lets go of the old one."""
        self.place.adopt(name)
        if serving(self._config.index_folder) != engine_name(self._config.search_url):
            drop_others(self.place)
            return
        with suppress(IndexLocked), held(self._config, "follow"):
            drop_others(self.place)


def sweep(place: IndexPlace) -> None:
    """Drop what neither answers nor is to be finished; for who holds the lock of builders."""
    drop_others(place, unfinished(place))


def drop_others(place: IndexPlace, left: str | None = None) -> None:
    """Drop what does not answer, except one that is to be finished."""
    keep = {place.current(), left}
    for name in place.generations():
        if name not in keep:
            place.drop(name)
