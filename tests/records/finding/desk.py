"""Where tests ask questions, as a web process does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from records.finding.reader import IndexReader
from records.finding.service import Found, search
from records.office import Office
from records.people.rules import Actor


@dataclass(frozen=True)
class Desk:
    """An office and its index, read from another place than the worker's."""

    office: Office
    reader: IndexReader

    def ask(self, actor: Actor, text: str, **more: Any) -> Found:
        """Search once."""
        with self.office.database.reading() as uow:
            return search(uow, actor, self.reader, self.office.vault, text=text, **more)

    def titles(self, actor: Actor, text: str, **more: Any) -> list[str]:
        """Return the titles of the hits, in order."""
        return [hit.line.title for hit in self.ask(actor, text, **more).hits]

    def settled(self, actor: Actor, text: str, **more: Any) -> Found:
        """Search once what was committed has become visible to readers, which look now and then."""
        time.sleep(0.55)
        return self.ask(actor, text, **more)


def soon(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until a condition holds; fail when it does not."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen"
        time.sleep(0.02)
