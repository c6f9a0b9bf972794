"""What all commands share: the home, the opened office, refusals as one sentence, JSON.

Exit status: 0 done, 1 something wrong was found, 2 wrong usage or refused.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from records.audit.report import Report
    from records.core.config import Config
    from records.core.database import UnitOfWork
    from records.office import Office
    from records.people.rules import Actor

FOUND_SOMETHING_WRONG = 1
REFUSED = 2

Command = TypeVar("Command", bound=Callable[..., Any])


class Refused(click.ClickException):
    """A refusal as people at a shell see it: one sentence on stderr, exit status 2."""

    exit_code = REFUSED

    def show(self, file: Any = None) -> None:
        """Print the sentence."""
        click.echo(f"chancery: {self.format_message()}", file=file or sys.stderr)


class Commands(click.Group):
    """A group that loads the module of a command when it is used, and turns refusals around."""

    def __init__(self, name: str, *, modules: Mapping[str, str], help: str) -> None:  # noqa: A002
        super().__init__(name, help=help, context_settings={"help_option_names": ["-h", "--help"]})
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands in the order of a first day."""
        return list(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in self._modules:
            return None
        module = import_module(self._modules[cmd_name])
        found: click.Command = module.COMMANDS[cmd_name]
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; whatever it refuses becomes one sentence and exit status 2."""
        # The database, the index and exports say much in clear: they are for nobody but their user.
        os.umask(0o077)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            sentence = sentence_of(error)
            if sentence is None:
                raise
            raise Refused(sentence) from error


def sentence_of(error: Exception) -> str | None:
    """Return what to tell about an expected failure; None for a defect."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

    from records.core.errors import Invalid, Refusal
    from search.engine import IndexUnwritable
    from storage import StorageError, is_of_the_disk

    if isinstance(error, Invalid) and error.field:
        return f"{error.field}: {error}"
    if isinstance(error, Refusal | StorageError):
        return str(error)
    if isinstance(error, OperationalError):
        return f"The database cannot be used: {str(error.orig).strip().splitlines()[0]}."
    if isinstance(error, IndexUnwritable):
        return f"The index cannot be written: {error}."
    if isinstance(error, OSError) and is_of_the_disk(error):
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk is full or broken: {error.strerror}{where}."
    if isinstance(error, ArgumentError | NoSuchModuleError):
        return "CHANCERY_DATABASE_URL is not the address of a database."
    return None


def home_option(command: Command) -> Command:
    """Add `--home DIR`."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the installation (CHANCERY_HOME, else ./var).",
    )(command)


def json_option(command: Command) -> Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def against_option(command: Command) -> Command:
    """Add `--against CHECKPOINT`."""
    return click.option(
        "--against",
        metavar="CHECKPOINT",
        type=click.Path(exists=True, path_type=Path),
        help="A checkpoint that was kept elsewhere, or a folder of them: the log must continue it.",
    )(command)


def as_option(*, required: bool = False) -> Callable[[Command], Command]:
    """Add `--as USER`."""
    return click.option(
        "--as",
        "login",
        metavar="USER",
        required=required,
        help="Act as this user; logged as operator on behalf of USER.",
    )


def settings(home: Path | None, **given: str | None) -> "Config":
    """Read the settings; what a command was given wins over environment and file."""
    from records.core.config import PREFIX, load_config

    changed = {PREFIX + name.upper(): text for name, text in given.items() if text is not None}
    return load_config({**os.environ, **changed}, home=home)


@contextmanager
def opened(home: Path | None, *, writing: bool = True, language: str = "en") -> Iterator["Office"]:
    """Open the office for the length of a command; a writing one sets up an empty home."""
    from records.office import open_office

    config = settings(home)
    if not writing:
        _refuse_empty(config)
    office = open_office(config, writing=writing, language=language)
    try:
        yield office
    finally:
        office.close()


def _refuse_empty(config: "Config") -> None:
    # SQLite would make an empty file where there is none, and a reading command changes nothing.
    prefix = "sqlite:///"
    if config.database_url.startswith(prefix):
        path = config.database_url.removeprefix(prefix)
        if path and not Path(path).exists():
            raise Refused(
                f"There is no office in {config.home}. Run chancery init, or give --home."
            )


def acting(uow: "UnitOfWork", login: str | None) -> "Actor":
    """Return the person on whose behalf the operator acts, or the service itself."""
    from records.people.actors import actor_by_login
    from records.people.rules import SERVICE

    return SERVICE if login is None else actor_by_login(uow, login, operator=True)


@contextmanager
def recording_refusals(office: "Office", login: str | None, act: str) -> Iterator[None]:
    """Keep an attempt that was refused to a known person in the log, in a unit of its own."""
    from records.core.errors import NotAllowed, NotFound
    from records.core.refusals import record_refusal
    from records.people.actors import actor_by_login

    try:
        yield
    except (NotAllowed, NotFound) as refusal:
        if login is not None:
            with office.database.writing() as uow:
                try:
                    actor = actor_by_login(uow, login, operator=True)
                except NotFound:
                    raise refusal from None
                record_refusal(
                    uow,
                    actor_id=actor.user_id,
                    act=f"chancery {act}",
                    code=refusal.code,
                    address="shell",
                )
        raise


def print_json(value: Any) -> None:
    """Print one JSON document on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def write_out(path: Path | None, text: str, *, quiet: bool = False) -> None:
    """Write a text into a file exactly as it is, or print it where none was named."""
    if path is not None:
        path.write_bytes(text.encode())
    elif not quiet:
        click.echo(text.encode(), nl=False)


def progress_line(what: str, count: int) -> None:
    """Show on a terminal how far a check has come; it writes over itself."""
    if sys.stderr.isatty():
        click.echo(f"\r{count} {what}\x1b[K", err=True, nl=False)


def end_check(report: "Report", *, as_json: bool) -> None:
    """Print what a check found, and end with the status that says whether all is well."""
    if as_json:
        print_json(report.as_json())
    else:
        _tell_report(report)
    if not report.ok:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


def _tell_report(report: "Report") -> None:
    for what, items in (
        ("missing", report.missing),
        ("extra", report.extra),
        ("changed", report.changed),
        ("stale in the index", report.index_stale),
    ):
        for item in items:
            click.echo(f"{what}\t{item.kind} {item.id}\t{item.reason}")
    for what, numbers in (("gap", report.gaps), ("twice", report.duplicates)):
        for each in numbers:
            book = each.get("register") or each["seal"]
            click.echo(f"{what}\t{book} {each['year']} {each['number']}")
    counts = ", ".join(f"{number} {what}" for what, number in report.counts.items())
    click.echo(f"Looked at {counts}.")
    click.echo("All is well." if report.ok else "Something is wrong.")
