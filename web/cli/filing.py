"""`filing`: what is learned from filings, made anew from the records."""

from pathlib import Path

import click

from web.cli.frame import home_option, json_option, opened, print_json
from web.cli.progress import progress


@click.group()
def filing() -> None:
    """Keep what is learned from filings."""


@filing.command("rebuild")
@home_option
@json_option
def rebuild(home: Path | None, as_json: bool) -> None:
    """Learn anew from the newest filings, as the records stand now.

    What was learned before is forgotten, with whatever was destroyed, voided or filed elsewhere
    since. Suggestions for what waits follow at once; the service may go on meanwhile.
    """
    from records.filing.learning import FilingLearner

    with (
        opened(home) as office,
        progress("Looking at documents", None, quiet_stdout=as_json) as advance,
    ):
        learned = FilingLearner(office.database, office.vault).rebuild(advance)
    if as_json:
        print_json({"examples": learned})
    elif learned:
        click.echo(f"Learned from {learned} filings.")
    else:
        click.echo("There are too few filings to learn from.")


COMMANDS = {"filing": filing}
