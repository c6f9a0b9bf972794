"""`fixity`: objects read again, by share or all of them, and what earlier runs found."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    home_option,
    json_option,
    opened,
    print_json,
    progress_line,
)

if TYPE_CHECKING:
    from records.fixity.models import FixityRun


@click.group()
def fixity() -> None:
    """Read objects again and mend them from the mirror; the worker does a share every day."""


@fixity.command("run")
@home_option
@json_option
def run(home: Path | None, as_json: bool) -> None:
    """Read every object again now, and restore from the mirror what is damaged."""
    from records.fixity.service import WHOLE, is_clean, run_share, shown

    with opened(home) as office:
        done = run_share(office, WHOLE, tell=progress_line)
    if as_json:
        print_json(shown(done))
    else:
        _tell(done)
    if not is_clean(done):
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


@fixity.command("list")
@home_option
@json_option
def list_done(home: Path | None, as_json: bool) -> None:
    """List the last runs, the newest first."""
    from records.fixity.service import list_runs, shown

    with opened(home, writing=False) as office, office.database.reading() as uow:
        runs = list_runs(uow)
    if as_json:
        print_json([shown(each) for each in runs])
        return
    for each in runs:
        _tell(each)


def _tell(run: "FixityRun") -> None:
    for what in ("missing", "extra", "changed", "restored"):
        for item in getattr(run, what):
            click.echo(f"{what}\t{item['kind']} {item['id']}\t{item['reason']}")
    wrong = len(run.missing) + len(run.extra) + len(run.changed)
    told = "all is well" if not wrong else f"{wrong} wrong"
    click.echo(f"{run.started_at:%Y-%m-%d %H:%M} {run.objects} objects read, {told}.")


COMMANDS = {"fixity": fixity}
