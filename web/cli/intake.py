"""`import` and `import-book`: what comes in many at once."""

import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    Refused,
    acting,
    as_option,
    home_option,
    json_option,
    opened,
    print_json,
    recording_refusals,
)
from web.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Generator
    from uuid import UUID

    from records.channels.keeping import Unregistered
    from records.core.database import UnitOfWork
    from records.exchange.bulk import Outcome
    from records.exchange.old_book import BookReport
    from records.exchange.sources import Source
    from records.office import Office

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(exists=True, path_type=Path))
@click.option("--register", required=True, help="Code of the register.")
@click.option("--manifest", type=_FILE, help="CSV with a line of metadata per file.")
@click.option("--wait", is_flag=True, help="Return when all can be found.")
@as_option()
@home_option
@json_option
def import_files(
    paths: tuple[Path, ...],
    register: str,
    manifest: Path | None,
    wait: bool,
    login: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Register files and the files in folders; running it again goes on where it ended.

    With a manifest, only the files that it lists are imported, in its order.
    """
    if not paths and manifest is None:
        raise click.UsageError("Name the files or folders to import, or a manifest.")
    with opened(home) as office, recording_refusals(office, login, "import"):
        sources = _sources(paths, manifest)
        outcomes = _noting(office, sources, register, login)
        if wait:
            from web.cli.waiting import wait_until_searchable, working

            with working(office):
                counts, ids = _follow(outcomes, len(sources), as_json=as_json)
                wait_until_searchable(office, ids, quiet_stdout=as_json)
        else:
            counts, _ = _follow(outcomes, len(sources), as_json=as_json)
    if not as_json:
        click.echo(
            f"{counts['registered']} registered, {counts['existing']} there before, "
            f"{counts['failed']} failed."
        )
    if counts["failed"]:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


def _sources(paths: tuple[Path, ...], manifest: Path | None) -> "list[Source]":
    from records.exchange.sources import find_files, read_manifest

    if manifest is None:
        return find_files(paths)
    return read_manifest(manifest.read_bytes(), find_files(paths or (manifest.parent,)))


def _start(
    office: "Office", sources: "list[Source]", register: str, login: str | None
) -> "Generator[Outcome, None, None]":
    from records.exchange.bulk import import_files as import_all

    return import_all(
        office.database,
        office.vault,
        register_code=register,
        sources=sources,
        actor=lambda uow: acting(uow, login),
        limit_bytes=office.config.upload_limit_bytes,
    )


def _noting(
    office: "Office", sources: "list[Source]", register: str, login: str | None
) -> "Generator[Outcome, None, None]":
    """Import, and keep what fails for the page of all that came in and became no document."""
    from sqlalchemy.exc import SQLAlchemyError

    from records.channels.keeping import note_arrival, settle_arrivals, waits
    from records.channels.rules import ChannelKind
    from records.core.errors import Refusal

    channel = f"{ChannelKind.IMPORT} {register}"
    with closing(_start(office, sources, register, login)) as outcomes:
        for source, outcome in zip(sources, outcomes, strict=False):
            if outcome.fault is not None:
                with suppress(SQLAlchemyError, Refusal), office.database.writing() as uow:
                    told = _unregistered(uow, source, outcome.fault, register, channel, login)
                    note_arrival(uow, told)
            yield outcome
    with office.database.reading() as uow:
        settle = waits(uow, channel)
    if settle:
        with office.database.writing() as uow:
            settle_arrivals(uow, office.vault, channel=channel)


def _unregistered(
    uow: "UnitOfWork",
    source: "Source",
    fault: Exception,
    register: str,
    channel: str,
    login: str | None,
) -> "Unregistered":
    from records.channels.keeping import Unregistered, refusal_of
    from records.channels.rules import ChannelKind
    from records.registration.registers import register_by_code

    return Unregistered(
        kind=ChannelKind.IMPORT,
        channel=channel,
        register_id=register_by_code(uow, register).id,
        source_id=source.source_id,
        name=source.shown,
        refusal=refusal_of(fault),
        cells=source.cells,
        sender=acting(uow, login),
    )


def _follow(
    outcomes: "Generator[Outcome, None, None]", length: int, *, as_json: bool
) -> "tuple[dict[str, int], list[UUID]]":
    counts = {"registered": 0, "existing": 0, "failed": 0}
    ids: list[UUID] = []
    with closing(outcomes), progress("Importing", length, quiet_stdout=as_json) as advance:
        for outcome in outcomes:
            counts[outcome.status.value] += 1
            if outcome.id is not None:
                ids.append(outcome.id)
            _tell(outcome, as_json=as_json)
            advance(1)
    return counts, ids


def _tell(outcome: "Outcome", *, as_json: bool) -> None:
    if as_json:
        print_json(outcome.shown())
        return
    if outcome.error is not None:
        click.echo(f"failed\t{outcome.path}\t{outcome.error}", err=True)
    elif not sys.stdout.isatty():
        click.echo(f"{outcome.status.value}\t{outcome.number}\t{outcome.path}")


@click.command("import-book")
@click.argument("file", type=_FILE)
@click.option("--register", required=True, help="Code of the register.")
@click.option("--dry-run", is_flag=True, help="Say what it would bring; change nothing.")
@as_option()
@home_option
@json_option
def import_book(
    file: Path, register: str, dry_run: bool, login: str | None, home: Path | None, as_json: bool
) -> None:
    """Bring in an old book from CSV or XLSX, under its own numbers; all of it or nothing."""
    from records.exchange.old_book import COLUMNS, bring_in_book, check_book
    from records.exchange.rows import read_rows
    from records.registration.registers import register_by_code

    rows = read_rows(file.read_bytes(), columns=COLUMNS)
    with opened(home) as office, recording_refusals(office, login, "import-book"):
        with office.database.reading() as uow:
            book = register_by_code(uow, register)
            report = check_book(uow, acting(uow, login), register=book, rows=rows)
        if not dry_run and not report.errors:
            with office.database.writing() as uow:
                book = register_by_code(uow, register)
                bring_in_book(uow, acting(uow, login), register=book, rows=rows)
    _tell_book(report, dry_run=dry_run, as_json=as_json)
    if report.errors:
        raise (
            Refused("Nothing was brought in.")
            if not dry_run
            else click.exceptions.Exit(FOUND_SOMETHING_WRONG)
        )


def _tell_book(report: "BookReport", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "lines": report.lines,
                "registered": 0 if dry_run or report.errors else report.lines,
                "years": [
                    {
                        "year": each.year,
                        "first": each.first,
                        "last": each.last,
                        "count": each.count,
                        "missing": each.missing,
                    }
                    for each in report.spans
                ],
                "errors": [each.shown() for each in report.errors],
            }
        )
        return
    for error in report.errors:
        click.echo(f"line {error.line}\t{error.refusal.field}\t{error.refusal}", err=True)
    for each in report.spans:
        click.echo(
            f"{each.year}: {each.count} numbers from {each.first} to {each.last}, "
            f"{each.missing} missing between"
        )
    click.echo(f"{report.lines} lines, {len(report.errors)} errors.")


COMMANDS = {"import": import_files, "import-book": import_book}
