"""`keys`: the master keys outside the database, turned over while the service runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import FOUND_SOMETHING_WRONG, home_option, json_option, opened, print_json
from web.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from records.rewrapping import Rewrapped


@click.group()
def keys() -> None:
    """List, rotate and forget the master keys."""


@keys.command("list")
@home_option
@json_option
def list_keys(home: Path | None, as_json: bool) -> None:
    """List the master keys with the number of data keys that each wraps."""
    from records.rewrapping import wrapped_by

    with opened(home, writing=False) as office:
        keyring = office.vault.keyring
        with office.database.reading() as uow:
            counts = wrapped_by(uow)
    lines = [
        {
            "id": key_id,
            "created_at": made,
            "current": key_id == keyring.current_id,
            "wraps": counts.get(key_id, 0),
        }
        for key_id, made in keyring.ids().items()
    ]
    if as_json:
        print_json(lines)
        return
    for each in lines:
        mark = "current" if each["current"] else ""
        click.echo(f"{each['id']}\t{each['created_at']}\t{each['wraps']}\t{mark}".rstrip())


@keys.command("rotate")
@home_option
@json_option
def rotate(home: Path | None, as_json: bool) -> None:
    """Add a master key and wrap every data key under it; the service goes on meanwhile.

    Earlier keys stay in the key file until `keys forget`. Copy the key file away afterwards: the
    copy of before does not open what comes from now on.
    """
    from records.rewrapping import rotate_master_key

    with opened(home) as office:
        _run(rotate_master_key(office.database, office.vault.keyring), as_json)


@keys.command("rewrap")
@home_option
@json_option
def rewrap(home: Path | None, as_json: bool) -> None:
    """Wrap what earlier master keys still wrap under the current one."""
    from records.rewrapping import rewrap_all

    with opened(home) as office:
        _run(rewrap_all(office.database, office.vault.keyring), as_json)


@keys.command("forget")
@click.argument("key_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
def forget(key_id: str, yes: bool, home: Path | None) -> None:
    """Remove the master key ID, which wraps nothing any more, from the key file."""
    from records.rewrapping import forget_master_key

    if not yes:
        click.confirm(
            f"Back-ups of the database from before the rotation need {key_id}. Forget it?",
            abort=True,
        )
    with opened(home) as office:
        forget_master_key(office.database, office.vault.keyring, key_id)
    click.echo(f"{key_id} is forgotten.")


def _run(passes: "Iterator[Rewrapped]", as_json: bool) -> None:
    done, told = None, 0
    with progress("Wrapping data keys", None, quiet_stdout=as_json) as advance:
        for done in passes:
            advance(done.rewrapped - told)
            told = done.rewrapped
    assert done is not None
    if as_json:
        print_json(
            {"key": done.key_id, "rewrapped": done.rewrapped, "unopened": done.unopened},
        )
    else:
        for each in done.unopened:
            click.echo(f"cannot be opened\t{each}")
        click.echo(f"{done.rewrapped} data keys are wrapped by {done.key_id}.")
    if done.unopened:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


COMMANDS = {"keys": keys}
