"""The places of the house, in one table: each with its icon and with those who find it there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString, lazy_gettext

from web.permissions import (
    ARRIVAL_READERS,
    CALENDAR_KEEPERS,
    CIRCULATORS,
    FILERS,
    FIXITY_READERS,
    GLASS_BREAKERS,
    LOG_READERS,
    PEOPLE_KEEPERS,
    REGISTER_READERS,
    REGISTRARS,
    SEAL_APPLICANTS,
    SEAL_BOOK_READERS,
    SEAL_CERTIFICATE_KEEPERS,
    SEAL_KEEPERS,
    SEAL_READERS,
    SEAL_STATISTICS_READERS,
    SIGNED_IN,
    SYNONYM_KEEPERS,
    Permission,
)
from web.reading_list import approvals_waiting, items_waiting
from web.sealing import sealing_waiting
from web.session import current_identity


@dataclass(frozen=True)
class Place:
    """One entry of the rail.

    Attributes:
        endpoint: where it leads; every endpoint of the same blueprint counts as being there.
        label: its name.
        icon: name of its symbol in the icon sprite.
        permission: who sees it.
        key: second key of the shortcut `g …`, empty for none.
        count: how many wait there; nothing is shown of none.
    """

    endpoint: str
    label: LazyString
    icon: str
    permission: Permission
    key: str = ""
    count: Callable[[], int] | None = None

    @property
    def href(self) -> str:
        """The address of the place."""
        return url_for(self.endpoint)

    @property
    def waiting(self) -> int:
        """How many wait there."""
        return self.count() if self.count else 0

    @property
    def current(self) -> bool:
        """Whether the reader is there now."""
        blueprint, _, name = self.endpoint.partition(".")
        if request.blueprint != blueprint or request.endpoint is None:
            return False
        rivals = [
            place
            for group in GROUPS
            for place in group.places
            if place.endpoint.startswith(f"{blueprint}.")
        ]
        return len(rivals) == 1 or request.endpoint.partition(".")[2].startswith(name)


@dataclass(frozen=True)
class Group:
    """Places under one heading; the first group has none."""

    label: LazyString | None
    places: Sequence[Place]


GROUPS = (
    Group(
        None,
        (
            Place("desk.show", lazy_gettext("Desk"), "house", SIGNED_IN, "d"),
            Place(
                "reading.index",
                lazy_gettext("Reading"),
                "glasses",
                SIGNED_IN,
                "e",
                count=lambda: items_waiting() + approvals_waiting(),
            ),
            Place("registration.new", lazy_gettext("Registration"), "inbox", REGISTRARS, "n"),
            Place("arrivals.index", lazy_gettext("Came in"), "download", ARRIVAL_READERS, "i"),
            Place("documents.index", lazy_gettext("Documents"), "files", SIGNED_IN, "l"),
            Place("search.results", lazy_gettext("Search"), "search", SIGNED_IN, "s"),
            Place("tasks.index", lazy_gettext("Tasks"), "list-checks", SIGNED_IN, "t"),
            Place("rounds.index", lazy_gettext("Rounds"), "route", CIRCULATORS, "e"),
            Place(
                "seal_requests.index",
                lazy_gettext("Seal requests"),
                "file-pen",
                SEAL_APPLICANTS,
                "q",
            ),
            Place(
                "sealing.index",
                lazy_gettext("Sealing"),
                "stamp",
                SEAL_KEEPERS,
                "k",
                count=sealing_waiting,
            ),
        ),
    ),
    Group(
        lazy_gettext("Books"),
        (
            Place("registers.index", lazy_gettext("Registers"), "book-open", REGISTER_READERS, "r"),
            Place("seals.index", lazy_gettext("Seals"), "stamp", SEAL_READERS, "a"),
            Place(
                "seal_books.overview",
                lazy_gettext("Seal book"),
                "layout-list",
                SEAL_BOOK_READERS,
            ),
            Place("assessments.index", lazy_gettext("Four checks"), "list-checks", FILERS),
            Place("file_plan.show", lazy_gettext("File plan"), "folder-tree", SIGNED_IN, "f"),
            Place("glass.show", lazy_gettext("Emergency access"), "key-round", GLASS_BREAKERS),
            Place("statistics.rounds", lazy_gettext("Statistics"), "chart-column", CIRCULATORS),
            Place(
                "statistics.seals",
                lazy_gettext("Use of seals"),
                "chart-column",
                SEAL_STATISTICS_READERS,
            ),
        ),
    ),
    Group(
        lazy_gettext("Administration"),
        (
            Place("people.users", lazy_gettext("Users"), "users", PEOPLE_KEEPERS, "u"),
            Place("units.index", lazy_gettext("Units and posts"), "building-2", PEOPLE_KEEPERS),
            Place("groups.index", lazy_gettext("Groups"), "users", PEOPLE_KEEPERS),
            Place(
                "seal_certificates.index",
                lazy_gettext("Seal certificates"),
                "shield-check",
                SEAL_CERTIFICATE_KEEPERS,
            ),
            Place("working_days.show", lazy_gettext("Working days"), "calendar", CALENDAR_KEEPERS),
            Place(
                "synonyms.index", lazy_gettext("Synonyms"), "equal-approximately", SYNONYM_KEEPERS
            ),
            Place("log.index", lazy_gettext("Log"), "scroll-text", LOG_READERS, "o"),
            Place("fixity.index", lazy_gettext("Fixity"), "shield-check", FIXITY_READERS),
        ),
    ),
)


def places() -> list[Group]:
    """Return the groups of places that the caller may enter; empty groups are left out."""
    identity = current_identity()
    roles = identity.actor.roles if identity else None
    groups = []
    for group in GROUPS:
        shown = [
            place
            for place in group.places
            if place.permission.admits(roles) and place.endpoint in current_app.view_functions
        ]
        if shown:
            groups.append(Group(group.label, shown))
    return groups


def init_app(app: Flask) -> None:
    """Offer `places()` and `current_identity()` to templates."""
    app.add_template_global(places)
    app.add_template_global(current_identity)
