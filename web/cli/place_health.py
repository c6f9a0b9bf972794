"""What `doctor` says of where the service stands: rights of its folders, address, proxy, clock."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from records.core.config import Config
    from web.cli.doctor import Finding

# As much as a clock may be behind what the log has seen already.
CLOCK_MAY_LAG = timedelta(seconds=5)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})


def place_findings(config: "Config") -> "Iterator[Finding]":
    """Look at rights, address, proxies and clock."""
    yield from _rights(config)
    yield _address(config)
    yield _proxies(config)
    yield from _clock(config)


def _rights(config: "Config") -> "Iterator[Finding]":
    """Warn of folders and settings that other users of the machine can look into."""
    from web.cli.doctor import Finding, State

    places = [config.home, config.master_key_file.parent, config.home / "chancery.toml"]
    for path in dict.fromkeys(places):
        if path.exists() and path.stat().st_mode & 0o077:
            mode = "700" if path.is_dir() else "600"
            text = f"other users can look into {path}"
            yield Finding("Rights", State.WARN, text, f"chmod {mode} {path}")


def _address(config: "Config") -> "Finding":
    from web.cli.doctor import Finding, State

    url = urlsplit(config.public_url)
    if url.scheme == "https":
        return Finding("Address", State.OK, config.public_url)
    if url.hostname in LOOPBACK:
        return Finding("Address", State.OK, f"{config.public_url}, for this machine alone")
    text = f"{config.public_url} is not https: passwords and documents travel in clear"
    mend = "Put a TLS proxy in front (docs/how-to/behind-a-proxy.md); set CHANCERY_PUBLIC_URL."
    return Finding("Address", State.WARN, text, mend)


def _proxies(config: "Config") -> "Finding":
    """Hold address, proxies and the interface that is listened on against each other."""
    from web.cli.doctor import Finding, State

    is_open = config.bind.rpartition(":")[0] not in LOOPBACK
    behind = urlsplit(config.public_url).scheme == "https"
    if config.trusted_proxies and is_open:
        text = f"{config.bind} is open, and whoever comes past the proxy can claim any address"
        return Finding("Proxy", State.WARN, text, "Set CHANCERY_BIND to 127.0.0.1, or a firewall.")
    if behind and not config.trusted_proxies:
        text = "all requests seem to come from the proxy: one wrong password slows down everybody"
        return Finding("Proxy", State.WARN, text, "Set CHANCERY_TRUSTED_PROXIES=1.")
    if is_open and not behind:
        text = f"{config.bind} is open to others without TLS"
        return Finding("Proxy", State.WARN, text, "Set CHANCERY_BIND to 127.0.0.1.")
    count = config.trusted_proxies
    return Finding("Proxy", State.OK, f"{count} in front" if count else "none, and none is needed")


def _clock(config: "Config") -> "Iterator[Finding]":
    """Notice a clock that was set back: the log has seen a later time already."""
    from sqlalchemy import func, select
    from sqlalchemy.exc import SQLAlchemyError

    from records.core.clock import SystemClock
    from records.core.database import Database
    from records.core.log import LogEntry
    from web.cli.doctor import Finding, State

    now = SystemClock().now()
    if _is_empty(config.database_url):
        return
    database = Database(config.database_url, zone=config.time_zone)
    try:
        with database.reading() as uow:
            last = uow.session.scalar(select(func.max(LogEntry.occurred_at)))
    except SQLAlchemyError:
        return
    finally:
        database.close()
    text = f"{now:%Y-%m-%d %H:%M:%S} UTC, {config.time_zone}"
    if last is not None and now < last - CLOCK_MAY_LAG:
        text = f"it says {text}; the log was written at {last:%Y-%m-%d %H:%M:%S}"
        mend = "Set the clock, and keep it by NTP: timedatectl set-ntp true"
        yield Finding("Clock", State.WARN, text, mend)
    else:
        yield Finding("Clock", State.OK, text)


def _is_empty(url: str) -> bool:
    prefix = "sqlite:///"
    return url.startswith(prefix) and not Path(url.removeprefix(prefix)).exists()
