"""Places outside that get a copy of each checkpoint, as the setting `checkpoint_copies` names them.

Addresses stand one after the other, parted by spaces or semicolons. What follows `#` is ours and is
never sent: `every=60` asks for one an hour at most, `retain_days=3650` for a lock of ten years.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from records.core.errors import Invalid


class Way(StrEnum):
    """How a copy gets out."""

    FOLDER = "folder"
    MAIL = "mail"
    WEBHOOK = "webhook"
    BUCKET = "bucket"
    TIMESTAMP = "timestamp"


WAYS = {
    "file": Way.FOLDER,
    "mailto": Way.MAIL,
    "http": Way.WEBHOOK,
    "https": Way.WEBHOOK,
    "s3": Way.BUCKET,
    "rfc3161+http": Way.TIMESTAMP,
    "rfc3161+https": Way.TIMESTAMP,
}
# Minutes between two copies, where nothing else is said: people and timestamp servers get few.
EVERY = {Way.MAIL: 1440, Way.TIMESTAMP: 60}
OPTIONS = frozenset({"every", "retain_days"})


@dataclass(frozen=True)
class Outside:
    """One place outside.

    Attributes:
        address: With whatever secret is in it; of a timestamp server without `rfc3161+`.
        name: The address as it may be shown and kept, without secrets.
        every: At least so long between two copies; nothing for each checkpoint.
        retain_days: Days for which a bucket is asked to lock each copy; 0 for none.
    """

    way: Way
    address: str
    name: str
    every: timedelta = timedelta()
    retain_days: int = 0

    def __repr__(self) -> str:
        """Show it without its secrets."""
        return f"Outside({self.name})"


def outside_places(text: str | None) -> list[Outside]:
    """Return the places that a setting names.

    Raises:
        Invalid: One of them is no address, or named twice; the message repeats no secret.
    """
    places = [_place(each) for each in (text or "").replace(";", " ").split()]
    if len({each.name for each in places}) < len(places):
        raise Invalid("CHANCERY_CHECKPOINT_COPIES names a place twice.")
    return places


def _place(text: str) -> Outside:
    address, _, fragment = text.partition("#")
    parts = urlsplit(address)
    way = WAYS.get(parts.scheme)
    if way is None or not _is_whole(way, address):
        raise Invalid(
            "CHANCERY_CHECKPOINT_COPIES holds addresses such as file:///folder, "
            "mailto:auditor@office.example, https://witness.example/add-checkpoint, "
            "s3://bucket/prefix or rfc3161+https://timestamp.example."
        )
    given = _options(fragment)
    return Outside(
        way,
        address.removeprefix("rfc3161+"),
        _name(way, address),
        timedelta(minutes=given.get("every", EVERY.get(way, 0))),
        given.get("retain_days", 0),
    )


def _is_whole(way: Way, address: str) -> bool:
    try:
        parts = urlsplit(address)
        if parts.port == 0 or not address.isprintable():
            return False
    except ValueError:  # the port is no number
        return False
    if way is Way.FOLDER:
        return not parts.netloc and parts.path.startswith("/")
    if way is Way.MAIL:
        return "@" in parts.path and not parts.query
    return bool(parts.hostname)


def _options(fragment: str) -> dict[str, int]:
    given = {name: values[-1] for name, values in parse_qs(fragment, True).items()}
    if not given.keys() <= OPTIONS or not all(
        each.isascii() and each.isdigit() and len(each) < 7 for each in given.values()
    ):
        raise Invalid(
            "In CHANCERY_CHECKPOINT_COPIES, what follows # is every=MINUTES or retain_days=DAYS."
        )
    return {name: int(value) for name, value in given.items()}


def _name(way: Way, address: str) -> str:
    """Return an address without user, password, path and query where those may be secret."""
    if way in (Way.FOLDER, Way.MAIL):
        return address
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    if way is Way.BUCKET:
        return f"s3://{host}{parts.path}"
    # Two hooks of one host are told apart without telling their secret paths.
    return f"{parts.scheme}://{host}/…{hashlib.sha256(address.encode()).hexdigest()[:6]}"
