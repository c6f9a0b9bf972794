"""Settings: one frozen dataclass, read once from the environment and `chancery.toml`.

The environment (`CHANCERY_NAME`) wins over the file in the home folder (`name = …`), the file over
the default. A setting nobody knows is an error that names the nearest known one.
"""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from records.core.channel_settings import Mailbox, WatchedFolder, read_folders, read_mailboxes
from records.core.errors import Invalid
from records.core.outside import outside_places

PREFIX = "CHANCERY_"
FILE_NAME = "chancery.toml"
# Variables with our prefix that speak to the tests, not to the service.
FOREIGN = ("CHANCERY_TEST_", "CHANCERY_CORPUS")
DATABASES = ("sqlite", "postgresql")
ENGINES = ("tantivy", "whoosh", "opensearch")
ROLES = (
    *("clerk", "staff", "leader", "seal_keeper", "archivist", "auditor"),
    *("system_admin", "security_admin", "audit_admin"),
)
MAIL_SERVERS = ("smtp", "smtp+starttls", "smtps")
LANGUAGES = ("en", "zh_CN")
LEVELS = ("public", "internal", "confidential", "secret", "top_secret")
# Parts, without marks between, of the keys that stand in examples and that fingers run off.
KNOWN_KEYS = (
    *("changeme", "changethis", "insecure", "password", "yoursecret", "secretkeyhere"),
    *("notasecret", "supersecret", "abcdefghijklmnop", "123456789abcdef0"),
)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one installation. Sizes are in bytes, times in seconds."""

    home: Path = field(metadata={"doc": "Folder for all that is kept locally.", "default": "./var"})
    database_url: str = field(
        metadata={
            "doc": "SQLAlchemy address of the database.",
            "default": "SQLite in the home",
            "secret": True,
        }
    )
    storage_url: str = field(
        metadata={
            "doc": "Object store: `file:///…` or `s3://bucket/prefix?endpoint_url=…&region=…`.",
            "default": "objects/ in the home",
        }
    )
    mirror_url: str | None = field(
        metadata={
            "doc": "Second object store, written as the first: every object is copied there, and "
            "what the first one loses comes back from it.",
        }
    )
    fixity_days: int = field(
        metadata={"doc": "In so many days every object is read again once.", "default": "30"}
    )
    search_url: str = field(
        metadata={
            "doc": "Search engine: `tantivy:`, `whoosh:`, or a prefix in an OpenSearch cluster, "
            "`opensearch+https://user:password@host:9200/prefix?shards=1&replicas=1&ca=FILE`.",
            "default": "tantivy:",
        }
    )
    index_text_up_to: str = field(
        metadata={
            "doc": "Highest secrecy level whose full text goes into the search index: `public`, "
            "`internal`, `confidential`, `secret` or `top_secret`. Documents above it are found by "
            "their metadata alone.",
            "default": "top_secret",
        }
    )
    break_glass_minutes: int = field(
        metadata={
            "doc": "For so many minutes emergency access lets a leader see a document; 0: nobody.",
            "default": "60",
        }
    )
    public_url: str = field(
        metadata={
            "doc": "Address under which people reach the service.",
            "default": "http://localhost with the port of bind",
        }
    )
    bind: str = field(metadata={"doc": "Host and port to listen on.", "default": "127.0.0.1:8080"})
    time_zone: ZoneInfo = field(
        metadata={
            "doc": "Time zone of the office; it decides the business day.",
            "default": "the machine's, else UTC",
        }
    )
    trusted_proxies: int = field(
        metadata={
            "doc": "Number of proxies in front whose X-Forwarded-* headers are believed.",
            "default": "0",
        }
    )
    smtp_url: str | None = field(
        metadata={
            "doc": "Mail server: `smtp://user:password@host:port?from=office@example.org`; "
            "`smtp+starttls:` insists on encryption, `smtps:` begins with it.",
            "secret": True,
        }
    )
    checkpoint_copies: str | None = field(
        metadata={
            "doc": "Places outside that get a copy of each checkpoint of the log, parted by "
            "spaces: `file:///folder`, `mailto:auditor@office.example`, "
            "`https://witness.example/add-checkpoint`, "
            "`s3://bucket/prefix?endpoint_url=…&region=…#retain_days=3650`, "
            "`rfc3161+https://timestamp.example`. `#every=60` at the end of one: one an hour at "
            "most.",
            "secret": True,
        }
    )
    timestamp_url: str | None = field(
        metadata={
            "doc": "Timestamp authority (RFC 3161) that is asked for every electronic seal.",
        }
    )
    revocation: bool = field(
        metadata={
            "doc": "Whether revocation data of seal certificates is fetched and kept in what is "
            "stamped: `yes` or `no`.",
            "default": "no",
        }
    )
    trusted_certificates: Path | None = field(
        metadata={
            "doc": "PEM file with the certificate authorities whose signatures are known here.",
        }
    )
    pkcs11_module: Path | None = field(
        metadata={"doc": "Library of the token (PKCS#11) that holds keys of seals."}
    )
    language: str = field(
        metadata={
            "doc": "Language of mail to people who have chosen none: `en` or `zh_CN`.",
            "default": "en",
        }
    )
    master_key_file: Path = field(
        metadata={
            "doc": "File with the master keys of the object store; keep a copy elsewhere.",
            "default": "keys/master.json in the home",
        }
    )
    secret_key: str | None = field(
        repr=False,
        metadata={
            "doc": "Signs session cookies; at least 32 characters.",
            "default": "made at first start and kept in keys/session.key in the home",
            "secret": True,
        },
    )
    session_idle_minutes: int = field(
        metadata={"doc": "A session that is not used for so many minutes ends.", "default": "60"}
    )
    session_hours: int = field(
        metadata={
            "doc": "A session ends after so many hours, however much it is used.",
            "default": "12",
        }
    )
    second_factor_roles: frozenset[str] = field(
        metadata={
            "doc": "Roles that must sign in with a second factor, parted by commas, such as "
            "`system_admin,security_admin,audit_admin`; who has none must set it up first.",
            "default": "none",
        }
    )
    breached_passwords: Path | None = field(
        metadata={
            "doc": "File of breached passwords beside the built-in list: SHA-1 in hexadecimal, "
            "sorted, one in a line, as Have I Been Pwned gives it.",
        }
    )
    upload_limit_bytes: int = field(
        metadata={"doc": "Largest file that is taken, in bytes.", "default": "4294967296 (4 GiB)"}
    )

    watched_folders: str | None = field(
        metadata={
            "doc": "Folders whose files become documents: `register=/path; other=/path2`, with "
            "the options `?after=delete&settle=3&secrecy=internal`.",
        }
    )
    mailboxes: str | None = field(
        metadata={
            "doc": "Mailboxes whose messages become documents: "
            "`register=imaps://user:password@host/INBOX`, apart by semicolons, with the options "
            "`?done=…&quarantine=…&every=60&limit=104857600&secrecy=…&certificates=/ca.pem`.",
            "secret": True,
        }
    )

    def __repr__(self) -> str:
        """Show the settings without their secrets."""
        shown = (
            f"{each.name}={'…' if each.metadata.get('secret') else getattr(self, each.name)!r}"
            for each in fields(self)
        )
        return f"Config({', '.join(shown)})"

    @property
    def spool(self) -> Path:
        """Folder for encrypted bytes on their way in."""
        return self.home / "spool"

    @property
    def index_folder(self) -> Path:
        """Folder of the search index of this machine."""
        return self.home / "index"

    @property
    def folders_watched(self) -> list[WatchedFolder]:
        """The watched folders, read."""
        return read_folders(self.watched_folders)

    @property
    def mailboxes_read(self) -> list[Mailbox]:
        """The mailboxes, read."""
        return read_mailboxes(self.mailboxes)

    @property
    def keys_folder(self) -> Path:
        """Folder for the keys made at first start."""
        return self.home / "keys"


def load_config(
    environment: Mapping[str, str] | None = None, *, home: Path | None = None
) -> Config:
    """Read the settings.

    Args:
        environment: Variables to read; the process's own by default.
        home: A home folder that wins over `CHANCERY_HOME`.

    Raises:
        Invalid: A setting is unknown or its value makes no sense; the message says how to mend it.
    """
    variables = os.environ if environment is None else environment
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and not name.startswith(FOREIGN)
    }
    folder = (home or Path(given.get("home") or "var")).absolute()
    given = {**_read_file(folder / FILE_NAME), **given}
    given["home"] = str(folder)
    _refuse_unknown(given)
    bind = _bind(given.get("bind") or "127.0.0.1:8080")
    return Config(
        home=folder,
        database_url=_kind(
            "database_url",
            given.get("database_url") or f"sqlite:///{folder / 'chancery.sqlite3'}",
            DATABASES,
            "a database",
        ),
        storage_url=given.get("storage_url") or f"file://{folder / 'objects'}",
        mirror_url=given.get("mirror_url") or None,
        fixity_days=_days("fixity_days", given.get("fixity_days") or "30"),
        search_url=search_address(given.get("search_url") or "tantivy:"),
        index_text_up_to=_level("index_text_up_to", given.get("index_text_up_to") or "top_secret"),
        break_glass_minutes=_minutes(given.get("break_glass_minutes") or "60"),
        public_url=_address(given.get("public_url") or f"http://localhost:{bind.split(':')[-1]}"),
        bind=bind,
        time_zone=_zone(given.get("time_zone")),
        trusted_proxies=_whole_number("trusted_proxies", given.get("trusted_proxies") or "0"),
        smtp_url=_mail_server(given.get("smtp_url")),
        checkpoint_copies=_copies(given.get("checkpoint_copies")),
        timestamp_url=_timestamp_server(given.get("timestamp_url")),
        revocation=_yes("revocation", given.get("revocation") or "no"),
        trusted_certificates=_path(given.get("trusted_certificates")),
        pkcs11_module=_path(given.get("pkcs11_module")),
        language=_language(given.get("language") or "en"),
        master_key_file=Path(given.get("master_key_file") or folder / "keys" / "master.json"),
        secret_key=_secret(given.get("secret_key")),
        session_idle_minutes=_positive(
            "session_idle_minutes", given.get("session_idle_minutes") or "60"
        ),
        session_hours=_positive("session_hours", given.get("session_hours") or "12"),
        second_factor_roles=_roles(given.get("second_factor_roles")),
        breached_passwords=_path(given.get("breached_passwords")),
        upload_limit_bytes=_whole_number(
            "upload_limit_bytes", given.get("upload_limit_bytes") or str(4 * 1024**3)
        ),
        watched_folders=_watched(given.get("watched_folders")),
        mailboxes=_mailboxes(given.get("mailboxes")),
    )


def _read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise Invalid(
            "%(path)s is not valid TOML: %(error)s", {"path": path, "error": error}
        ) from error
    # A setting may be written as in the environment, too.
    return {name.lower().removeprefix(PREFIX.lower()): str(value) for name, value in table.items()}


def _refuse_unknown(given: Mapping[str, str]) -> None:
    known = [each.name for each in fields(Config)]
    for name in given:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise Invalid(
                "There is no setting %(name)s. The nearest known one is %(nearest)s.",
                {"name": PREFIX + name.upper(), "nearest": PREFIX + nearest.upper()},
            )


def search_address(url: str) -> str:
    """Return the address of a search engine as it is given.

    Raises:
        Invalid: It is none.
    """
    return _kind("search_url", url, ENGINES, "a search engine")


def _kind(name: str, url: str, kinds: tuple[str, ...], thing: str) -> str:
    scheme, colon, _ = url.partition(":")
    if not colon or scheme.partition("+")[0] not in kinds:
        known = ", ".join(f"{each}:" for each in kinds)
        raise Invalid(
            "%(name)s is not the address of %(thing)s. It begins with one of %(known)s.",
            {"name": PREFIX + name.upper(), "thing": thing, "known": known},
        )
    return url


def _bind(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Invalid(
            "CHANCERY_BIND is a host and a port, such as 127.0.0.1:8080, not %(text)s.",
            {"text": text},
        )
    return text


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Invalid(
            "CHANCERY_PUBLIC_URL is an address such as https://office.example, not %(text)s.",
            {"text": text},
        )
    return text.rstrip("/")


def _mail_server(text: str | None) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    try:
        good = parts.scheme in MAIL_SERVERS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        good = False
    if not good:
        # The text may hold a password: it is not repeated.
        raise Invalid(
            "CHANCERY_SMTP_URL is an address such as smtp+starttls://user:password@host:587. It "
            "begins with one of %(known)s.",
            {"known": ", ".join(f"{each}:" for each in MAIL_SERVERS)},
        )
    return text


def _copies(text: str | None) -> str | None:
    outside_places(text)
    return text or None


def _timestamp_server(text: str | None) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Invalid(
            "CHANCERY_TIMESTAMP_URL is an address such as https://timestamp.example, not %(text)s.",
            {"text": text},
        )
    return text


def _watched(text: str | None) -> str | None:
    read_folders(text)
    return text or None


def _mailboxes(text: str | None) -> str | None:
    read_mailboxes(text)
    return text or None


def _yes(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise Invalid(
            "%(name)s is yes or no, not %(text)s.", {"name": PREFIX + name.upper(), "text": text}
        )
    return text == "yes"


def _positive(name: str, text: str) -> int:
    number = _whole_number(name, text)
    if number == 0:
        raise Invalid("%(name)s must be at least 1.", {"name": PREFIX + name.upper()})
    return number


def _roles(text: str | None) -> frozenset[str]:
    roles = frozenset(each.strip() for each in (text or "").split(",") if each.strip())
    for role in sorted(roles.difference(ROLES)):
        raise Invalid(
            "CHANCERY_SECOND_FACTOR_ROLES: there is no role %(role)s. The roles are %(known)s.",
            {"role": role, "known": ", ".join(ROLES)},
        )
    return roles


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise Invalid(
            "CHANCERY_LANGUAGE is one of %(known)s, not %(text)s.",
            {"known": ", ".join(LANGUAGES), "text": text},
        )
    return text


def _level(name: str, text: str) -> str:
    if text not in LEVELS:
        raise Invalid(
            "%(name)s is one of %(known)s, not %(text)s.",
            {"name": PREFIX + name.upper(), "known": ", ".join(LEVELS), "text": text},
        )
    return text


def _zone(name: str | None) -> ZoneInfo:
    # The machine's own zone is a link into the zone database; its name is the tail of the target.
    if not name:
        target = Path("/etc/localtime").resolve()
        name = (
            "/".join(target.parts[target.parts.index("zoneinfo") + 1 :])
            if ("zoneinfo" in target.parts)
            else "UTC"
        )
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(
            "CHANCERY_TIME_ZONE: there is no time zone %(name)s. Write one such as Asia/Shanghai.",
            {"name": name},
        ) from error


def _whole_number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Invalid(
            "%(name)s must be a whole number, not %(text)s.",
            {"name": PREFIX + name.upper(), "text": text},
        )
    return int(text)


def _days(name: str, text: str) -> int:
    days = _whole_number(name, text)
    if not 1 <= days <= 3_650:
        raise Invalid(
            "%(name)s must be a number of days from 1 to 3650, not %(text)s.",
            {"name": PREFIX + name.upper(), "text": text},
        )
    return days


def _minutes(text: str) -> int:
    minutes = _whole_number("break_glass_minutes", text)
    if minutes > 1_440:
        raise Invalid(
            "CHANCERY_BREAK_GLASS_MINUTES is 1440 (a day) at most, not %(text)s.", {"text": text}
        )
    return minutes


def _secret(text: str | None) -> str | None:
    if text is None or text == "":
        return None
    plain = "".join(each for each in text.casefold() if each.isalnum())
    known = any(each in plain for each in KNOWN_KEYS)
    if len(text) < 32 or len(set(text)) < 10 or known:
        raise Invalid(
            "CHANCERY_SECRET_KEY is too short, too plain or known. Leave it out and one will be "
            "made, or set at least 32 random characters."
        )
    return text
