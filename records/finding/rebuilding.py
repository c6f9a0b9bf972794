"""Building the index anew because somebody asks for it, and preparing that of another engine."""

import threading
import time
from dataclasses import replace

from records.finding.builder import Builder, BuilderBusy
from records.finding.follower import POLL_SECONDS, Follower, FollowerBusy
from records.finding.generation import Progress
from records.finding.state import read_state
from records.office import Office
from search.engine import IndexFailure


def reindex(office: Office, progress: Progress | None = None, *, to: str | None = None) -> int:
    """Build the index anew, and return its cursor when it is whole and answers.

    What answers now goes on answering and following the log. Where nothing answers yet, a worker
    that runs here fills an index already: it is waited for.

    Args:
        progress: Told documents done and documents in all, now and then.
        to: Address of another engine, whose index is built to move to it: it answers once the
            setting names it.

    Raises:
        IndexFailure: It cannot be written, or broke again and again.
        ValueError: `to` names no engine.
    """
    if to is not None and to != office.config.search_url:
        return _built(office, progress, to)
    while not read_state(office.config).is_complete:
        try:
            return Follower(office).catch_up(progress=progress)
        except FollowerBusy:
            if _watched(office, progress):
                return read_state(office.config).cursor
    return _built(office, progress, office.config.search_url)


def _watched(office: Office, progress: Progress | None) -> bool:
    """Look how far the follower is, after a moment; return whether its index is whole."""
    time.sleep(POLL_SECONDS)
    state = read_state(office.config)
    if state.problem is not None:
        raise IndexFailure(state.problem)
    if progress is not None:
        progress(state.done, state.total)
    return state.is_complete


def _built(office: Office, progress: Progress | None, url: str) -> int:
    builder = Builder(office, url)
    before = builder.place.current()
    while True:
        try:
            cursor = builder.build(threading.Event(), progress)
        except BuilderBusy:
            time.sleep(POLL_SECONDS)
            state = read_state(replace(office.config, search_url=url))
            if state.beside is not None and progress is not None:
                progress(*state.beside)
            elif state.beside is None and builder.place.current() != before:
                return state.cursor  # another command, or the worker, has built it meanwhile
        else:
            assert cursor is not None  # nobody tells it to stop
            return cursor
