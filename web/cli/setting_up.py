"""`init`: an empty home becomes an office."""

from pathlib import Path

import click

from records.core.config import Config
from records.office import Office
from web.cli.frame import home_option, opened


@click.command()
@home_option
@click.option(
    "--language",
    type=click.Choice(["en", "zh_CN"]),
    default="en",
    show_default=True,
    help="Of the registers and the file plan that an empty home gets.",
)
def init(home: Path | None, language: str) -> None:
    """Set up the home, and print the link for the first administrator."""
    with opened(home, language=language) as office:
        click.echo(f"The office is ready in {office.config.home}.")
        link = invitation_link(office)
        if link is not None:
            click.echo(f"First administrator (works once, within seven days): {link}")


def invitation_link(office: Office) -> str | None:
    """Return the one-time link, as long as nobody can sign in; a new one ends the old one."""
    from records.people.signing_in import invite_first_administrator

    if office.founding is not None:
        secret = office.founding.invitation
    else:
        with office.database.writing() as uow:
            secret = invite_first_administrator(uow)
    return None if secret is None else welcome_address(office.config, secret)


def welcome_address(config: Config, secret: str) -> str:
    """Return the address under which an invitation is accepted."""
    return f"{config.public_url}/welcome/{secret}"


COMMANDS = {"init": init}
