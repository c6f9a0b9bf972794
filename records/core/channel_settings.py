"""How channels are written in the settings: watched folders and mailboxes, one entry each.

    CHANCERY_WATCHED_FOLDERS = "incoming=/srv/scans; outgoing=/srv/sent?after=delete"
    CHANCERY_MAILBOXES = "incoming=imaps://office:secret@mail.example.org/INBOX?done=Registered"

An entry is the code of a register, `=`, and where to look. Passwords are percent-encoded as in any
address; errors never repeat them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from records.core.errors import Invalid

MAIL_SCHEMES = {"imaps": 993, "imap+starttls": 143, "imap": 143}
LEVELS = ("public", "internal", "confidential", "secret", "top_secret")
MAIL_LIMIT_BYTES = 100 * 1024 * 1024
_FOLDERS, _MAILBOXES = "CHANCERY_WATCHED_FOLDERS", "CHANCERY_MAILBOXES"


@dataclass(frozen=True)
class WatchedFolder:
    """A folder whose files become documents.

    Attributes:
        register: Code of the register.
        path: The folder; `done` and `failed` lie in it.
        delete: Whether a file is removed once it is registered, in place of being moved aside.
        settle_seconds: So long a file must not have changed before it is taken.
        secrecy: Of the documents, by its name; None for what the office takes by default.
    """

    register: str
    path: Path
    delete: bool = False
    settle_seconds: float = 3.0
    secrecy: str | None = None

    @property
    def name(self) -> str:
        """The channel's name for people and in the database."""
        return str(self.path)


@dataclass(frozen=True)
class Mailbox:
    """A folder of a mail account whose messages become documents.

    Attributes:
        scheme: `imaps`, `imap+starttls`, or `imap` without encryption on this machine only.
        folder: What is read; whatever lies in it is new.
        done: Where registered messages are moved.
        quarantine: Where messages are moved that cannot be registered.
        every_seconds: Pause between two looks.
        limit_bytes: Largest message that is taken.
        certificates: PEM file with authorities that are believed besides the machine's own.
    """

    register: str
    scheme: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str = "Chancery/Done"
    quarantine: str = "Chancery/Quarantine"
    every_seconds: float = 60.0
    limit_bytes: int = MAIL_LIMIT_BYTES
    secrecy: str | None = None
    certificates: Path | None = None

    @property
    def name(self) -> str:
        """The channel's name for people and in the database; without the password."""
        return f"{self.user} @ {self.host}:{self.port}/{self.folder}"


def read_folders(text: str | None) -> list[WatchedFolder]:
    """Return the watched folders of a setting.

    Raises:
        Invalid: The message says how to write it.
    """
    found = [_folder(register, place) for register, place in _entries(text, _FOLDERS)]
    _check_apart([each.path for each in found])
    return found


def read_mailboxes(text: str | None) -> list[Mailbox]:
    """Return the mailboxes of a setting.

    Raises:
        Invalid: The message says how to write it, and repeats no password.
    """
    return [_mailbox(register, place) for register, place in _entries(text, _MAILBOXES)]


def _entries(text: str | None, setting: str) -> list[tuple[str, str]]:
    entries = []
    for each in (text or "").replace("\n", ";").split(";"):
        if not each.strip():
            continue
        register, equals, place = each.strip().partition("=")
        if not equals or not register.strip() or not place.strip():
            raise Invalid(
                "%(name)s is a list of register=place, apart by semicolons.", {"name": setting}
            )
        entries.append((register.strip(), place.strip()))
    return entries


def _folder(register: str, place: str) -> WatchedFolder:
    path, _, query = place.partition("?")
    options = _options(query, _FOLDERS, ("after", "settle", "secrecy"))
    if not path.startswith("/"):
        raise Invalid(
            "%(name)s: %(text)s must be a whole path, such as /srv/scans.",
            {"name": _FOLDERS, "text": path},
        )
    after = options.get("after", "move")
    if after not in ("move", "delete"):
        raise Invalid(
            "%(name)s: after is move or delete, not %(text)s.", {"name": _FOLDERS, "text": after}
        )
    return WatchedFolder(
        register,
        Path(path),
        delete=after == "delete",
        settle_seconds=_seconds(options, "settle", 3.0, _FOLDERS),
        secrecy=_level(options, _FOLDERS),
    )


def _check_apart(paths: list[Path]) -> None:
    for one in paths:
        if paths.count(one) > 1 or any(one in other.parents for other in paths):
            raise Invalid(
                "%(name)s: %(text)s is watched twice. One folder must not lie in another.",
                {"name": _FOLDERS, "text": one},
            )


def _mailbox(register: str, place: str) -> Mailbox:
    wrong = Invalid(
        "%(name)s: the mailbox of %(register)s is an address such as "
        "imaps://user:password@mail.example.org/INBOX.",
        {"name": _MAILBOXES, "register": register},
    )
    try:
        parts = urlsplit(place)
        port = parts.port or MAIL_SCHEMES[parts.scheme]
    except (ValueError, KeyError):
        # Nothing of the text goes along: it may hold a password.
        raise wrong from None
    if not parts.hostname or not parts.username or parts.password is None:
        raise wrong
    if parts.scheme == "imap" and not _is_here(parts.hostname):
        raise Invalid(
            "%(name)s: imap without encryption is for servers on this machine; use imaps.",
            {"name": _MAILBOXES},
        )
    known = ("done", "quarantine", "every", "limit", "secrecy", "certificates")
    options = _options(parts.query, _MAILBOXES, known)
    certificates = options.get("certificates")
    return Mailbox(
        register,
        parts.scheme,
        parts.hostname,
        port,
        unquote(parts.username),
        unquote(parts.password),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        done=options.get("done") or Mailbox.done,
        quarantine=options.get("quarantine") or Mailbox.quarantine,
        every_seconds=_seconds(options, "every", 60.0, _MAILBOXES),
        limit_bytes=int(_seconds(options, "limit", MAIL_LIMIT_BYTES, _MAILBOXES)),
        secrecy=_level(options, _MAILBOXES),
        certificates=Path(certificates) if certificates else None,
    )


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _options(query: str, setting: str, known: tuple[str, ...]) -> dict[str, str]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name in options:
        if name not in known:
            raise Invalid(
                "%(name)s: there is no option %(text)s. The options are %(known)s.",
                {"name": setting, "text": name, "known": ", ".join(known)},
            )
    return options


def _seconds(options: Mapping[str, str], name: str, default: float, setting: str) -> float:
    text = options.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 10**12:
        raise Invalid(
            "%(name)s: %(option)s is a number, not %(text)s.",
            {"name": setting, "option": name, "text": text},
        )
    return value


def _level(options: Mapping[str, str], setting: str) -> str | None:
    text = options.get("secrecy")
    if text is not None and text not in LEVELS:
        raise Invalid(
            "%(name)s: secrecy is one of %(known)s, not %(text)s.",
            {"name": setting, "known": ", ".join(LEVELS), "text": text},
        )
    return text
