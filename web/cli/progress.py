"""How far long work has come: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click

EVERY_SECONDS = 5.0


class Advance(Protocol):
    """What is told how many more are done, and how many there are in all, once that is known."""

    def __call__(self, more: int, length: int | None = None, /) -> None:
        """Show it."""


@contextmanager
def progress(label: str, length: int | None, *, quiet_stdout: bool) -> Iterator[Advance]:
    """Show how far work has come, on stderr when stdout belongs to a program.

    Args:
        length: How many there are in all; None when nobody knows yet.
    """
    out = sys.stderr if quiet_stdout else sys.stdout
    if not out.isatty():
        yield _Lines(label, length)
        return
    with click.progressbar(length=length or 0, label=label, file=out, show_pos=True) as bar:

        def advance(more: int, total: int | None = None, /) -> None:
            if total is not None:
                bar.length = total
            bar.update(more)

        yield advance


class _Lines:
    """A plain line on stderr every few seconds."""

    def __init__(self, label: str, length: int | None) -> None:
        self._label = label
        self._length = length
        self._done = 0
        self._told_at = time.monotonic()

    def __call__(self, more: int, length: int | None = None, /) -> None:
        self._done += more
        self._length = self._length if length is None else length
        if time.monotonic() - self._told_at >= EVERY_SECONDS:
            self._told_at = time.monotonic()
            of = f" of {self._length}" if self._length is not None else ""
            click.echo(f"{self._label}: {self._done}{of}", err=True)
