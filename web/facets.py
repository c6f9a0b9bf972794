"""What narrows a search down: facets with counts, the chosen values as chips, years as bars.

All of it stands in the address, so that a search can be sent to somebody else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import g, request
from flask_babel import LazyString, lazy_gettext

from records.finding.service import FACETS, FacetValue
from web.within import ROUND
from web.words import WORDS, word

FACET_NAMES: dict[str, LazyString] = {
    "register": lazy_gettext("Register"),
    "kind": lazy_gettext("Kind"),
    "sender": lazy_gettext("Sender"),
    "class": lazy_gettext("Class"),
    "unit": lazy_gettext("Unit"),
    "secrecy": lazy_gettext("Secrecy"),
    "state": lazy_gettext("State"),
    "urgency": lazy_gettext("Urgency"),
    "year": lazy_gettext("Year"),
}
_IN_ADDRESS = ("q", "sort", ROUND, *FACETS)
_MOST_VALUES = 50
_SHOWN_VALUES = 8
# Bars of more years than these would be thinner than a finger.
_MOST_YEARS = 24
_BAR_HEIGHT = 40

Chosen = Mapping[str, Sequence[str]]
Counted = Mapping[str, Sequence[FacetValue]]


@dataclass(frozen=True)
class Chip:
    """A chosen value: `href` takes it out."""

    facet: str
    label: str
    href: str


@dataclass(frozen=True)
class YearBar:
    """One year; `height` and `top` are pixels of a bar that stands on the ground."""

    year: str
    count: int
    active: bool
    href: str
    height: int

    @property
    def top(self) -> int:
        """Where the bar begins, from above."""
        return _BAR_HEIGHT - self.height


def chosen_filters() -> dict[str, list[str]]:
    """Return the values in the address by facet, each once."""
    return {
        name: list(dict.fromkeys(values))
        for name in FACETS
        if (values := [each for each in request.args.getlist(name) if each][:_MOST_VALUES])
    }


def facet_groups(counted: Counted, chosen: Chosen) -> list[dict[str, Any]]:
    """Return the facets as `components/facets.html` takes them; years are drawn by themselves."""
    groups = []
    for name, label in FACET_NAMES.items():
        if name == "year":
            continue
        active = chosen.get(name, [])
        values = list(counted.get(name, ()))
        values = values[:_SHOWN_VALUES] + [
            each for each in values[_SHOWN_VALUES:] if each.value in active
        ]
        known = {each.value for each in values}
        # A chosen value that nothing has any more must stay in sight, or nobody can take it out.
        values += [FacetValue(each, each, 0) for each in active if each not in known]
        groups.append(
            {
                "name": name,
                "label": str(label),
                "values": [_value(name, each, active) for each in values],
            }
        )
    return groups


def chips(counted: Counted, chosen: Chosen) -> list[Chip]:
    """Return the chosen values, in the order of the facets."""
    found = []
    for name, label in FACET_NAMES.items():
        known = {each.value: each for each in counted.get(name, ())}
        for value in chosen.get(name, ()):
            each = known.get(value, FacetValue(value, value, 0))
            found.append(Chip(str(label), _label(name, each), address_with(name, value)))
    return found


def year_bars(counted: Counted, chosen: Chosen) -> list[YearBar]:
    """Return the newest years up to now, oldest first; none for a single year."""
    active = chosen.get("year", ())
    counts = {int(each.value): each.count for each in counted.get("year", ())}
    if len(counts) < 2 and not active:
        return []
    counts |= {int(each): 0 for each in active if each.isdecimal() and int(each) not in counts}
    newest = max(counts, default=0)
    oldest = max(min(counts, default=0), newest - _MOST_YEARS + 1)
    most = max(counts.values(), default=0) or 1
    return [
        _bar(year, counts.get(year, 0), most, str(year) in active)
        for year in range(oldest, newest + 1)
    ]


def query_string() -> str:
    """Return what this search asks, as the end of an address."""
    return f"?{_written(_asked())}"


def address_with(name: str | None = None, value: str = "") -> str:
    """Return this search's address from its first hit on, with one value switched on or off."""
    pairs = _asked()
    if name is not None:
        pair = (name, value)
        pairs = [each for each in pairs if each != pair] if pair in pairs else [*pairs, pair]
    return f"{request.path}?{_written(pairs)}"


def _asked() -> list[tuple[str, str]]:
    if "asked" not in g:
        pairs = request.args.items(multi=True)
        g.asked = [(name, each) for name, each in pairs if name in _IN_ADDRESS]
    found: list[tuple[str, str]] = g.asked
    return found


def _written(pairs: Sequence[tuple[str, str]]) -> str:
    return "&".join(_pair(name, value) for name, value in pairs)


@lru_cache(4096)
def _pair(name: str, value: str) -> str:
    # A page has fifty addresses, and the question stands in each.
    return urlencode([(name, value)])


def _bar(year: int, count: int, most: int, active: bool) -> YearBar:
    # The smallest count is still to be seen.
    height = max(2, round(_BAR_HEIGHT * count / most)) if count else 0
    return YearBar(str(year), count, active, address_with("year", str(year)), height)


def _label(name: str, each: FacetValue) -> str:
    if name == "register":
        return each.label
    if name in WORDS:
        return str(word(name, each.value).text)
    if name == "class" and each.label != each.value:
        return f"{each.value} {each.label}"
    return each.label


def _value(name: str, each: FacetValue, active: Sequence[str]) -> dict[str, Any]:
    return {
        "value": each.value,
        "label": _label(name, each),
        "count": each.count,
        "active": each.value in active,
        "href": address_with(name, each.value),
    }
