"""`doctor`: what this installation has, what it lacks, and the command that mends it."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import FOUND_SOMETHING_WRONG, home_option, json_option, print_json, settings

if TYPE_CHECKING:
    from records.core.config import Config

LOW_DISK_BYTES = 2 * 1024**3
CJK_FONTS = ("CJK", "SourceHan", "wqy", "uming", "ukai", "SimSun", "simsun", "PingFang", "Songti")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
# Returning clauses and partial indexes; what the tests run against.
OLDEST_DATABASES = {"sqlite": (3, 35), "postgresql": (13,)}
PACKAGES = ("records", "search", "storage", "web", "migrations")


class State(StrEnum):
    """How a thing stands: good, worth a look, or not there."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` is the command or the act that helps."""

    name: str
    state: State
    text: str
    mend: str | None = None
    needed: bool = False


@click.command()
@click.option("--ask", is_flag=True, help="Ask the timestamp server as well, which may cost.")
@home_option
@json_option
def doctor(ask: bool, home: Path | None, as_json: bool) -> None:
    """Say what is in order, what is missing, and what helps; changes nothing."""
    config = settings(home)
    findings = list(examine(config, ask=ask))
    if as_json:
        print_json(
            [{**asdict(each), "state": each.state.value} for each in findings],
        )
    else:
        width = max(len(each.name) for each in findings)
        for each in findings:
            click.echo(f"{each.state.value:8}{each.name:{width + 2}}{each.text}")
            if each.mend:
                click.echo(f"{'':{width + 10}}→ {each.mend}")
    if any(each.needed and each.state is State.MISSING for each in findings):
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


def examine(config: "Config", *, ask: bool = False) -> Iterator[Finding]:
    """Look at everything, one thing after the other.

    Args:
        ask: Whether servers that may want money for an answer are asked, too.
    """
    from web.cli.log_health import checkpoint_finding
    from web.cli.place_health import place_findings
    from web.cli.seal_health import seal_findings

    yield _python()
    yield _shadows()
    yield _home(config)
    yield _disk(config)
    yield from place_findings(config)
    yield _database(config)
    yield _store(config)
    yield from _mirror(config)
    yield from _fixity(config)
    yield _keys(config)
    yield _index(config)
    yield _worker(config)
    yield _mail(config)
    yield from _channels(config)
    checkpoints = checkpoint_finding(config)
    if checkpoints is not None:
        yield checkpoints
    yield from seal_findings(config, ask=ask)
    yield _magic()
    yield _program(
        "LibreOffice",
        ("soffice", "libreoffice"),
        "pages of Office files, and formats of former days",
        "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    )
    yield _recognition()
    yield _font()
    yield _cage()


def _python() -> Finding:
    version = ".".join(str(each) for each in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    state = State.OK if good else State.MISSING
    mend = None if good else "Install Python 3.11 or newer."
    return Finding("Python", state, version, mend, needed=True)


def _shadows() -> Finding:
    """Notice when a package of this name comes from elsewhere, or from two distributions."""
    root = Path(__file__).resolve().parent.parent.parent
    owners = packages_distributions()
    for name in PACKAGES:
        module = __import__(name)
        places = [Path(each).resolve() for each in module.__path__]
        if root / name not in places:
            text = f"{name} is loaded from {places[0]}"
            return Finding("Packages", State.MISSING, text, _OWN_ENVIRONMENT, needed=True)
        others = sorted(set(owners.get(name, ())) - {"chancery"})
        if others:
            text = f"{name} also belongs to {', '.join(others)}"
            return Finding("Packages", State.WARN, text, _OWN_ENVIRONMENT)
    return Finding("Packages", State.OK, "none is shadowed by another")


_OWN_ENVIRONMENT = "Install Chancery into a virtual environment of its own."


def _home(config: "Config") -> Finding:
    if not config.home.is_dir():
        return Finding("Home", State.MISSING, f"{config.home} is not there", "chancery init")
    if not os.access(config.home, os.W_OK):
        mend = f"Give this user the right to write {config.home}."
        return Finding("Home", State.MISSING, f"{config.home} cannot be written", mend, needed=True)
    return Finding("Home", State.OK, str(config.home))


def _disk(config: "Config") -> Finding:
    place = next(each for each in (config.home, *config.home.parents) if each.exists())
    free = shutil.disk_usage(place).free
    text = f"{free / 1024**3:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return Finding("Disk", State.WARN, text, f"Make room on the file system of {place}.")
    return Finding("Disk", State.OK, text)


def _database(config: "Config") -> Finding:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from records.core.database import Database
    from records.core.errors import Refusal
    from records.core.schema import check_schema

    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return Finding("Database", State.MISSING, "there is none yet", "chancery init")
    database = Database(config.database_url, zone=config.time_zone)
    try:
        check_schema(database)
    except Refusal as refusal:
        return Finding("Database", State.WARN, str(refusal), "chancery init")
    except SQLAlchemyError as error:
        text = str(error.__cause__ or error).strip().splitlines()[0]
        mend = "Check CHANCERY_DATABASE_URL and that the database runs."
        return Finding("Database", State.MISSING, text, mend, needed=True)
    finally:
        database.close()
    return _database_version(config, url.get_backend_name())


def _database_version(config: "Config", name: str) -> Finding:
    from records.core.database import Database

    database = Database(config.database_url, zone=config.time_zone)
    try:
        with database.engine.connect() as connection:
            found = connection.dialect.server_version_info or ()
    finally:
        database.close()
    text = f"{name} {'.'.join(str(each) for each in found)}"
    if name in OLDEST_DATABASES and found < OLDEST_DATABASES[name]:
        oldest = ".".join(str(each) for each in OLDEST_DATABASES[name])
        return Finding("Database", State.WARN, text, f"Use {name} {oldest} or newer.")
    return Finding("Database", State.OK, text)


def _store(config: "Config") -> Finding:
    from storage import StorageError, open_store

    try:
        store = open_store(config.storage_url)
        facts = store.describe()
        if facts["kind"] != "local":
            store.check()
        elif not Path(str(facts["path"])).is_dir():
            return Finding("Object store", State.WARN, "nothing was kept yet")
    except StorageError as error:
        mend = "Check CHANCERY_STORAGE_URL."
        return Finding("Object store", State.MISSING, str(error), mend, needed=True)
    return Finding("Object store", State.OK, str(facts.get("path") or facts["kind"]))


def _mirror(config: "Config") -> Iterator[Finding]:
    from storage import StorageError, open_store

    if config.mirror_url is None:
        return
    mend = "Check CHANCERY_MIRROR_URL."
    try:
        mirror = open_store(config.mirror_url)
        mirror.check()
    except StorageError as error:
        yield Finding("Mirror", State.MISSING, str(error), mend)
        return
    if config.mirror_url == config.storage_url:
        yield Finding("Mirror", State.WARN, "it is the store itself, and protects nothing", mend)
        return
    facts = mirror.describe()
    yield Finding("Mirror", State.OK, str(facts.get("path") or facts["kind"]))


def _fixity(config: "Config") -> Iterator[Finding]:
    """Tell what the last check of the objects found, where there is a database to ask."""
    from sqlalchemy.exc import SQLAlchemyError

    from records.core.database import Database
    from records.core.errors import Refusal
    from records.core.schema import check_schema
    from records.fixity.service import is_clean, list_runs

    if _database(config).state is not State.OK:
        return
    database = Database(config.database_url, zone=config.time_zone)
    try:
        check_schema(database)
        with database.reading() as uow:
            runs = list_runs(uow, limit=1)
    except (Refusal, SQLAlchemyError):
        return
    finally:
        database.close()
    if not runs:
        yield Finding("Fixity", State.OK, "no share was checked yet; the worker does one a day")
    elif is_clean(runs[0]):
        text = f"{runs[0].objects} objects were read again on {runs[0].started_at:%Y-%m-%d}"
        yield Finding("Fixity", State.OK, text)
    else:
        text = f"objects were missing or damaged on {runs[0].started_at:%Y-%m-%d}"
        yield Finding("Fixity", State.WARN, text, "chancery fixity list")


def _keys(config: "Config") -> Finding:
    path = config.master_key_file
    if not path.exists():
        return Finding("Keys", State.MISSING, "there are none yet", "chancery init")
    if path.stat().st_mode & 0o077:
        return Finding("Keys", State.WARN, "other users can read them", f"chmod 600 {path}")
    if path.is_relative_to(config.home):
        text = "they lie beside the data: who takes the home has both"
        mend = "Move the file and set CHANCERY_MASTER_KEY_FILE; keep a copy elsewhere."
        return Finding("Keys", State.WARN, text, mend)
    return Finding("Keys", State.OK, str(path))


def _index(config: "Config") -> Finding:
    from records.finding.reader import IndexReader
    from search.engine import IndexFailure

    try:
        reader = IndexReader(config)
        state = reader.state()
        reader.close()
    except (IndexFailure, ValueError) as error:
        mend = "Check CHANCERY_SEARCH_URL."
        return Finding("Search index", State.MISSING, str(error), mend, needed=True)
    if state.problem is not None:
        mend = "Make the folder writable, or the disk larger: the index goes on by itself."
        return Finding("Search index", State.WARN, state.problem, mend)
    if not state.is_complete:
        text = f"{state.phase.value}, {state.done} of {state.total} documents"
        return Finding("Search index", State.WARN, text, "chancery reindex")
    text = f"complete up to log entry {state.cursor}"
    if state.beside is not None:
        text += ", the next one at {} of {} documents".format(*state.beside)
    return Finding("Search index", State.OK, text)


def _worker(config: "Config") -> Finding:
    from records.core.clock import SystemClock
    from records.worker import worker_seen

    seen = worker_seen(config)
    if seen is None or not seen.is_alive(SystemClock().now()):
        mend = "chancery serve (or chancery worker)"
        return Finding("Worker", State.WARN, "none is at work: nothing is read or indexed", mend)
    return Finding("Worker", State.OK, f"process {seen.pid}")


def _mail(config: "Config") -> Finding:
    from records.notify.smtp import MailServer, NotTaken

    server = MailServer.of(config)
    if server is None:
        text = "no mail server is set: people are told in the product only"
        return Finding("Mail", State.WARN, text, "Set CHANCERY_SMTP_URL.")
    try:
        server.check()
    except NotTaken as error:
        mend = "Check CHANCERY_SMTP_URL and that the mail server runs."
        return Finding("Mail", State.WARN, f"{server.host}:{server.port}: {error}", mend)
    return Finding("Mail", State.OK, f"{server.host}:{server.port}, from {server.sender}")


def _channels(config: "Config") -> Iterator[Finding]:
    """Look whether every folder can be used and every mailbox opened; nothing is taken."""
    from records.channels.mailbox import reaching
    from records.core.errors import Refusal

    for folder in config.folders_watched:
        if os.access(folder.path, os.R_OK | os.W_OK | os.X_OK):
            text = f"{folder.path} into {folder.register}"
            yield Finding("Watched folder", State.OK, text)
        else:
            mend = f"mkdir -p {folder.path}, and let this user read and write it"
            yield Finding("Watched folder", State.WARN, f"{folder.path} cannot be used", mend)
    for mailbox in config.mailboxes_read:
        try:
            with reaching(mailbox) as server:
                server.folder.set(mailbox.folder, readonly=True)
        except Refusal as refusal:
            mend = "Check CHANCERY_MAILBOXES and that the mail server runs."
            yield Finding("Mailbox", State.WARN, f"{mailbox.name}: {refusal}", mend)
        else:
            yield Finding("Mailbox", State.OK, f"{mailbox.name} into {mailbox.register}")


def _magic() -> Finding:
    from storage import detect

    try:
        found = detect(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "a.pdf").media_type
    except (ImportError, OSError) as error:
        return Finding("libmagic", State.MISSING, str(error), "pip install pylibmagic", needed=True)
    good = found == "application/pdf"
    return Finding("libmagic", State.OK if good else State.WARN, "knows types by their content")


def _program(name: str, commands: tuple[str, ...], purpose: str, mend: str) -> Finding:
    for command in commands:
        path = shutil.which(command)
        if path is not None:
            return Finding(name, State.OK, path)
    return Finding(name, State.MISSING, f"for {purpose}", mend)


def _recognition() -> Finding:
    from search.reading import ocr_available

    mend = "apt-get install tesseract-ocr tesseract-ocr-chi-sim tesseract-ocr-eng tesseract-ocr-osd"
    there = ocr_available()
    if {"chi_sim", "eng"} <= set(there):
        return Finding("Tesseract", State.OK, ", ".join(there))
    text = f"for scans in Chinese and English; here: {', '.join(there) or 'nothing'}"
    return Finding("Tesseract", State.MISSING, text, mend)


def _font() -> Finding:
    for folder in FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*.[ot]t[fc]"):
            if any(each in path.name for each in CJK_FONTS):
                return Finding("CJK font", State.OK, str(path))
    text = "for Chinese on slips and labels, and on pages of PDF files that embed no font"
    return Finding("CJK font", State.MISSING, text, "apt-get install fonts-noto-cjk")


def _cage() -> Finding:
    """Say how well files are shut in while they are read."""
    from search.reading import Cage

    with Cage() as cage:
        achieved = cage.describe()
    if achieved["namespaces"] and achieved["landlock"]:
        return Finding("Cage", State.OK, "no network, no files of others, no capabilities")
    lacking = [
        text
        for name, text in (("namespaces", "user namespaces"), ("landlock", "Landlock"))
        if not achieved[name]
    ]
    text = f"files are read without {' and '.join(lacking)}"
    mend = "See docs/how-to/systemd.md, and allow unprivileged user namespaces."
    return Finding("Cage", State.WARN, text, mend)


COMMANDS = {"doctor": doctor}
