"""`backup`, `restore`: everything an office keeps, into a folder and back from it."""

from pathlib import Path

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    home_option,
    json_option,
    opened,
    print_json,
    settings,
)
from web.cli.progress import progress

existing_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Snapshots that stay; all unless given.")
@home_option
@json_option
def backup(folder: Path, keep: int | None, home: Path | None, as_json: bool) -> None:
    """Add a snapshot of everything to DIR; the service goes on meanwhile.

    What is there from earlier runs is not written again. Nothing in DIR is in clear, and nothing
    opens without the file of the master keys: keep a copy of that elsewhere, it is not in DIR.
    """
    from records.backup.writing import back_up

    with (
        opened(home) as office,
        progress("Backing up", None, quiet_stdout=as_json) as advance,
    ):
        done = back_up(office, folder, keep=keep, progress=advance)
    if as_json:
        print_json(
            {
                "snapshot": done.name,
                "log_size": done.log_size,
                "rows": sum(each.rows for each in done.tables),
                "originals": done.originals,
                "missing": done.missing,
            }
        )
    else:
        for name in done.missing:
            click.echo(f"missing\t{name}\tthe object store does not give it whole")
        click.echo(f"Snapshot {done.name}: {done.originals} originals.")
    if done.missing:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


@click.command()
@click.argument("folder", metavar="DIR", type=existing_folder)
@click.option("--snapshot", metavar="NAME", help="The one to restore; the newest unless given.")
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Copy of the file with the master keys.",
)
@home_option
@json_option
def restore(
    folder: Path, snapshot: str | None, keys: Path | None, home: Path | None, as_json: bool
) -> None:
    """Bring an office back from DIR, into an empty home and an empty database.

    The search index is built anew by the worker.
    """
    from records.backup.restoring import restore as bring_back

    config = settings(home)
    with progress("Restoring", None, quiet_stdout=as_json) as advance:
        done = bring_back(config, folder, snapshot=snapshot, keys=keys, progress=advance)
    if as_json:
        print_json(
            {
                "snapshot": done.snapshot,
                "rows": done.rows,
                "originals": done.originals,
                "missing": done.missing,
                "log": done.log.verdict.value if done.log else None,
            }
        )
    else:
        for name in done.missing:
            click.echo(f"missing\t{name}\tthe back-up does not have it")
        if done.log is not None:
            click.echo(f"The log against its checkpoint: {done.log.words}.")
        click.echo(
            f"{done.snapshot} is restored: {done.rows} rows, {done.originals} originals. "
            "Run chancery verify for a full check."
        )
    if not done.is_whole:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


COMMANDS = {"backup": backup, "restore": restore}
