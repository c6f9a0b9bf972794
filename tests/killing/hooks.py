"""Where a process can be killed: before or after the nth time that it does a thing.

Things are named by what they do and not by where they stand in the code: `insert document`,
`commit`, `fsync`, `rename`, `put`. The hooks are laid by the test process into itself; the service
knows nothing of them.
"""

import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Self

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from storage.local import LocalStore
from storage.receiving import Receiving

When = Literal["before", "after"]
Met = Callable[[When, str], None]

_STATEMENT = re.compile(r'\s*(INSERT|UPDATE|DELETE|BEGIN IMMEDIATE)(?: INTO| FROM)? ?"?(\w*)')
_FUNCTIONS: tuple[tuple[Any, str, str], ...] = (
    (DefaultDialect, "do_commit", "commit"),
    (os, "fsync", "fsync"),
    (os, "rename", "rename"),
    (os, "replace", "rename"),
    (os, "link", "link"),
    (LocalStore, "put", "put"),
    (LocalStore, "delete", "delete"),
    (Receiving, "__init__", "open spool"),
    (Receiving, "finish", "close spool"),
)


@dataclass(frozen=True)
class Moment:
    """Before or after the nth time of a thing, as `after insert document 2`; 1 goes unsaid."""

    when: str
    act: str
    nth: int = 1

    @classmethod
    def read(cls, name: str) -> Self:
        """Return the moment of a name."""
        when, _, rest = name.partition(" ")
        act, _, last = rest.rpartition(" ")
        return cls(when, act, int(last)) if last.isdigit() else cls(when, rest)

    def __str__(self) -> str:
        return f"{self.when} {self.act}" + (f" {self.nth}" if self.nth > 1 else "")


def lay_hooks(met: Met) -> None:
    """Have `met` called at everything that this process does; there is no way back."""

    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if name := _named(statement):
            met("before", name)

    def after(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if name := _named(statement):
            met("after", name)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    for owner, attribute, act in _FUNCTIONS:
        setattr(owner, attribute, _told(getattr(owner, attribute), act, met))


def die_at(moment: Moment) -> None:
    """Let this process kill itself with SIGKILL when a moment comes."""
    times = 0

    def met(when: When, act: str) -> None:
        nonlocal times
        if (when, act) == (moment.when, moment.act):
            times += 1
            if times == moment.nth:
                os.kill(os.getpid(), signal.SIGKILL)

    lay_hooks(met)


def _named(statement: str) -> str | None:
    found = _STATEMENT.match(statement)
    if found is None:
        return None
    verb, table = found.groups()
    return "begin" if verb.startswith("BEGIN") else f"{verb.lower()} {table}"


def _told(original: Callable[..., Any], act: str, met: Met) -> Callable[..., Any]:
    def telling(*arguments: Any, **named: Any) -> Any:
        met("before", act)
        result = original(*arguments, **named)
        met("after", act)
        return result

    return telling
