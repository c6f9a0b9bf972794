"""`search`, `reindex`, `verify`, `export`: what is in the archive, and whether it is whole."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    Refused,
    acting,
    against_option,
    as_option,
    end_check,
    home_option,
    json_option,
    opened,
    print_json,
    progress_line,
    recording_refusals,
)
from web.cli.progress import progress

if TYPE_CHECKING:
    from records.finding.service import Found


@click.command()
@click.argument("query")
@as_option(required=True)
@click.option("--sort", type=click.Choice(["relevance", "date"]), default="relevance")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Hits of the page, a thousand at most.",
)
@click.option("--after", metavar="NEXT", help="`next` of the page before.")
@home_option
@json_option
def search(
    query: str,
    login: str,
    sort: str,
    limit: int,
    after: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Find documents that USER may see; `-` asks every line of standard input."""
    from records.finding.reader import IndexReader
    from records.finding.service import Sort
    from records.finding.service import search as find

    questions = [line.rstrip("\n") for line in sys.stdin] if query == "-" else [query]
    with opened(home, writing=False) as office, office.database.reading() as uow:
        who = acting(uow, login)
        reader = IndexReader(office.config)
        try:
            for text in questions:
                found = find(
                    uow,
                    who,
                    reader,
                    office.vault,
                    text=text,
                    sort=Sort(sort),
                    limit=limit,
                    after=after,
                )
                _show(found, as_json=as_json)
        finally:
            reader.close()


def _show(found: "Found", *, as_json: bool) -> None:
    """Print what was found, one answer after the other."""
    from web.search_answer import search_answer

    if not found.index.is_complete:
        click.echo("The index is being built; the answer is not complete.", err=True)
    if as_json:
        print_json(search_answer(found))
        return
    for hit in found.hits:
        click.echo(f"{hit.line.number}\t{hit.line.title}\t{hit.file_name or ''}")
    for warning in found.warnings:
        click.echo(f"{warning.code}: {warning.text}", err=True)
    click.echo(f"{found.total} found.")


@click.command()
@click.option(
    "--to",
    "url",
    metavar="ENGINE",
    help="Build the index of another engine, to move to it: tantivy:, whoosh: or a cluster.",
)
@home_option
def reindex(url: str | None, home: Path | None) -> None:
    """Build the search index anew; search and registration go on meanwhile.

    Stopped, it goes on where it was: by a worker, or by the same command.
    """
    from records.core.config import search_address
    from records.finding.rebuilding import reindex as build
    from search.engine import IndexFailure

    to = search_address(url) if url else None

    with opened(home) as office, progress("Indexing", None, quiet_stdout=False) as advance:
        known = 0

        def tell(done: int, total: int) -> None:
            nonlocal known
            advance(done - known, total)
            known = done

        try:
            build(office, tell, to=to)
        except IndexFailure as failure:
            raise Refused(str(failure)) from failure
        moves = to is not None and to != office.config.search_url
    click.echo("The index is complete.")
    if moves:
        click.echo(f"Now set CHANCERY_SEARCH_URL={to} and restart the service.")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@as_option()
@home_option
@json_option
def export(folder: Path, login: str | None, home: Path | None, as_json: bool) -> None:
    """Write all documents with their metadata into DIR, as plain files with signed sums."""
    from records.audit.checkpoints import log_origin
    from records.audit.export_note import export_note
    from records.exchange.export import export_documents

    with (
        opened(home) as office,
        recording_refusals(office, login, "export"),
        progress("Exporting", None, quiet_stdout=as_json) as advance,
    ):
        done = export_documents(
            office.database,
            office.vault,
            folder,
            actor=lambda uow: acting(uow, login),
            signed=lambda uow, sums: export_note(
                uow,
                office.vault,
                sums_sha256=sums,
                origin=log_origin(office.config.public_url),
            ),
            progress=advance,
        )
    if as_json:
        print_json({"documents": done.documents, "files": done.files, "damaged": done.damaged})
    else:
        click.echo(f"{done.documents} documents with {done.files} files are in {folder}.")
    for name in done.damaged:
        click.echo(f"damaged\t{name}", err=True)
    if done.damaged:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


@click.command()
@against_option
@home_option
@json_option
def verify(against: Path | None, home: Path | None, as_json: bool) -> None:
    """Check every object, log entry, receipt and number, sight and index; changes nothing."""
    from records.audit.given import given_files
    from records.audit.verification import verify as check

    with opened(home, writing=False) as office:
        report = check(office, progress_line, given_files(against) if against else ())
    end_check(report, as_json=as_json)


COMMANDS = {"verify": verify, "search": search, "reindex": reindex, "export": export}
