"""`receipt`: receipts as files, and the verdict on one, wherever it came from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    acting,
    as_option,
    home_option,
    json_option,
    opened,
    print_json,
    recording_refusals,
    write_out,
)


@click.group()
def receipt() -> None:
    """Export and verify reading receipts."""


@receipt.command("verify")
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--log-key", metavar="KEY", help="Public key of the log, or a file that holds it.")
@json_option
def verify(file: Path, log_key: str | None, as_json: bool) -> None:
    """Tell whether the receipt in FILE is true. This needs no office and no network."""
    from records.audit.receipt_file import verify_receipt

    verdict = verify_receipt(file.read_bytes(), _key(log_key))
    if as_json:
        print_json(verdict.as_json())
    else:
        click.echo("The receipt is true." if verdict.ok else f"NOT VERIFIED: {verdict.reason}")
        if verdict.claims is not None:
            click.echo("It says:" if verdict.ok else "What follows is only claimed:")
            for name, text in _lines(verdict.claims):
                click.echo(f"{name}\t{_printable(text)}")
    if not verdict.ok:
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


@receipt.command("export")
@click.argument("receipt_id", metavar="ID", type=click.UUID)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write into FILE.")
@as_option(required=True)
@home_option
def export(receipt_id: UUID, out: Path | None, login: str, home: Path | None) -> None:
    """Write a receipt with all its proofs, as USER may see it."""
    from records.audit.checkpoints import log_origin
    from records.audit.receipt_file import receipt_file

    with opened(home) as office, recording_refusals(office, login, "receipt export"):
        origin = log_origin(office.config.public_url)
        with office.database.writing() as uow:
            actor = acting(uow, login)
            file = receipt_file(uow, office.vault, actor, receipt_id, origin=origin)
    write_out(out, file.decode())


def _key(given: str | None) -> str | None:
    if given is None or given.count("+") >= 2:  # the form of a key; a path may be anything else
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(
            f"{given} is neither a key of a log nor a file with one.", param_hint="--log-key"
        ) from error


def _lines(claims: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a receipt says, as far as it has the form of one."""
    reader, key = _part(claims, "reader"), _part(claims, "key")
    document, absent = _part(claims, "document"), _part(claims, "on_behalf_of")
    yield "reader", str(reader.get("name"))
    if absent:
        yield "on behalf of", str(absent.get("name"))
    yield "document", f"{document.get('number')} ({document.get('id')})"
    yield "decision", str(claims.get("decision"))
    if claims.get("opinion"):
        yield "opinion", str(claims["opinion"])
    if instruction := _part(claims, "instruction"):
        yield "instruction", str(instruction.get("text"))
    for name in ("delivered_at", "opened_at", "signed_at"):
        yield name.replace("_", " "), str(claims.get(name))
    is_own = key.get("kind") == "passkey"
    yield "signed with", "the reader's passkey" if is_own else "a key that the server holds"
    components = claims.get("components")
    for each in components if isinstance(components, list) else ():
        if isinstance(each, dict):
            yield "content", f"{each.get('sha256')} ({each.get('id')})"


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def _printable(text: str) -> str:
    # The file may come from anybody: nothing in it is to steer a terminal.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


COMMANDS = {"receipt": receipt}
