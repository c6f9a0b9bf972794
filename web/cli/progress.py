"""How far long work has come: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

EVERY_SECONDS = 5.0


@contextmanager
def progress(label: str, length: int, *, quiet_stdout: bool) -> Iterator[Callable[[int], None]]:
    """Give a function that is told how many more are done.

    Args:
        quiet_stdout: stdout belongs to a program: the report goes to stderr.
    """
    out = sys.stderr if quiet_stdout else sys.stdout
    if out.isatty():
        with click.progressbar(
            length=length, label=label, file=out, show_pos=True, update_min_steps=1
        ) as bar:
            yield bar.update
        return
    done, told_at = 0, time.monotonic()

    def advance(more: int) -> None:
        nonlocal done, told_at
        done += more
        if quiet_stdout and time.monotonic() - told_at >= EVERY_SECONDS:
            told_at = time.monotonic()
            click.echo(f"{label}: {done} of {length}", err=True)

    yield advance
