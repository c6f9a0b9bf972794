"""What an address asks of a list: typed values, and a sentence for each that makes no sense.

A value that cannot be read is left out, and the list says so; an address never leads to an error
page by what somebody typed into it.
"""

from collections.abc import Callable, Collection
from datetime import date
from typing import TypeVar

from flask import request
from flask_babel import gettext, lazy_gettext

from records.core.errors import Invalid

Page = TypeVar("Page")
# What a filter is called on the screen.
NAMES = {
    "above": lazy_gettext("Number"),
    "after": lazy_gettext("Entry"),
    "before": lazy_gettext("Entry"),
    "old": lazy_gettext("Entries"),
    "below": lazy_gettext("Number"),
    "channel": lazy_gettext("Channel"),
    "class": lazy_gettext("Class"),
    "due": lazy_gettext("Deadline"),
    "day": lazy_gettext("Day"),
    "first": lazy_gettext("Number"),
    "from": lazy_gettext("From"),
    "kind": lazy_gettext("Kind"),
    "last": lazy_gettext("Number"),
    "mark": lazy_gettext("Mark"),
    "medium": lazy_gettext("Medium"),
    "month": lazy_gettext("Month"),
    "period": lazy_gettext("Period"),
    "place": lazy_gettext("Place"),
    "purpose": lazy_gettext("Purpose"),
    "received_from": lazy_gettext("Received from"),
    "received_to": lazy_gettext("Received to"),
    "register": lazy_gettext("Register"),
    "role": lazy_gettext("Role"),
    "round": lazy_gettext("Reading round"),
    "seal": lazy_gettext("Seal"),
    "secrecy": lazy_gettext("Secrecy"),
    "sort": lazy_gettext("Order"),
    "state": lazy_gettext("State"),
    "to": lazy_gettext("Until"),
    "unit": lazy_gettext("Unit"),
    "urgency": lazy_gettext("Urgency"),
    "who": lazy_gettext("Who"),
    "whose": lazy_gettext("Whose tasks"),
    "year": lazy_gettext("Year"),
}


class Asked:
    """The query of this request.

    Attributes:
        problems: Sentences about what could not be read, for the page to show.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        """Return a text, stripped; empty when it is not there."""
        return request.args.get(name, "").strip()[:200]

    def choice(self, name: str, known: Collection[str]) -> str | None:
        """Return one of the known codes."""
        found = self.text(name)
        if not found or found in known:
            return found or None
        self.complain(name, found)
        return None

    def day(self, name: str) -> date | None:
        """Return a day written as 2026-01-31."""
        found = self.text(name)
        if not found:
            return None
        try:
            day = date.fromisoformat(found)
        except ValueError:
            day = None
        # At the ends of the calendar there are time zones in which a day has no midnight.
        if day is None or not date.min.year < day.year < date.max.year:
            self.complain(name, found)
            return None
        return day

    def number(self, name: str, *, lowest: int = 0) -> int | None:
        """Return a whole number of at most eighteen digits."""
        found = self.text(name)
        if not found:
            return None
        if found.isascii() and found.isdigit() and len(found) <= 18 and int(found) >= lowest:
            return int(found)
        self.complain(name, found)
        return None

    def page(self, read: Callable[[str | None], Page]) -> Page:
        """Read the page that `cursor` begins, or the first one where there is none such."""
        try:
            return read(self.text("cursor") or None)
        except Invalid:
            self.problems.append(
                gettext("This page of the list does not exist. The list begins anew.")
            )
            return read(None)

    def complain(self, name: str, found: str) -> None:
        """Say that a value was left out."""
        self.problems.append(
            gettext(
                "“%(value)s” is no value for the filter %(name)s, so it was left out.",
                value=found,
                name=NAMES[name],
            )
        )

    def status(self) -> int:
        """Return the status of the page; programs learn from it that something was wrong."""
        return 422 if self.problems else 200
