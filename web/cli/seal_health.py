"""What `doctor` says of electronic seals: certificates, token library, timestamp server."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from web.cli.doctor import Finding, State

if TYPE_CHECKING:
    from records.core.config import Config


def seal_findings(config: "Config", *, ask: bool) -> Iterator[Finding]:
    """Look at what electronic seals need; what is not set up is not missed."""
    certificates = _certificates(config)
    if certificates is not None:
        yield certificates
    if config.pkcs11_module is not None:
        yield _token_library(config.pkcs11_module)
    if config.trusted_certificates is not None:
        yield _trusted(config.trusted_certificates)
    if config.timestamp_url is not None:
        yield _timestamps(config, ask=ask)
    elif config.revocation:
        text = "revocation data is kept only together with a timestamp"
        yield Finding("Timestamps", State.WARN, text, "Set CHANCERY_TIMESTAMP_URL.")


def _certificates(config: "Config") -> Finding | None:
    from sqlalchemy.exc import SQLAlchemyError

    from records.core.database import Database
    from records.core.errors import Refusal
    from records.core.schema import check_schema
    from records.seals.keys.certificates import expiring_certificates

    prefix = "sqlite:///"
    if config.database_url.startswith(prefix):
        path = config.database_url.removeprefix(prefix)
        if path and not Path(path).exists():
            return None
    database = Database(config.database_url, zone=config.time_zone)
    try:
        check_schema(database)
        with database.reading() as uow:
            ending = [(each.code, found.not_after) for each, found in expiring_certificates(uow)]
    except (Refusal, SQLAlchemyError):
        # The line about the database says why.
        return None
    finally:
        database.close()
    if not ending:
        return Finding("Seals", State.OK, "no certificate ends within a month")
    told = ", ".join(f"{code} {day.astimezone(config.time_zone):%Y-%m-%d}" for code, day in ending)
    mend = "chancery seal issue, import or token"
    return Finding("Seals", State.WARN, f"certificates that end: {told}", mend)


def _token_library(path: Path) -> Finding:
    from records.core.errors import Unavailable
    from records.seals.keys.tokens import check_library

    try:
        check_library(path)
    except Unavailable as error:
        return Finding("Token library", State.MISSING, str(error), "Check CHANCERY_PKCS11_MODULE.")
    return Finding("Token library", State.OK, str(path))


def _trusted(path: Path) -> Finding:
    from records.core.errors import Invalid
    from records.seals.keys.chains import trusted_certificates

    try:
        count = len(trusted_certificates(path))
    except Invalid as error:
        mend = "Check CHANCERY_TRUSTED_CERTIFICATES."
        return Finding("Trusted", State.MISSING, str(error), mend)
    return Finding("Trusted", State.OK, f"{count} certificates in {path}")


def _timestamps(config: "Config", *, ask: bool) -> Finding:
    from urllib.parse import urlsplit

    from records.core.errors import Unavailable

    host = urlsplit(config.timestamp_url or "").hostname
    if not ask:
        return Finding("Timestamps", State.OK, f"{host}, not asked now (chancery doctor --ask)")
    from records.seals.keys.timestamps import ask_for_timestamp

    try:
        ask_for_timestamp(config)
    except Unavailable as error:
        mend = "Check CHANCERY_TIMESTAMP_URL and that the server runs."
        return Finding("Timestamps", State.WARN, str(error), mend)
    return Finding("Timestamps", State.OK, f"{host} answers")
