"""`face`: what the first and last page of a file say of it, without registering it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from web.cli.frame import FOUND_SOMETHING_WRONG, home_option, json_option, print_json

_SURE, _OFFERED = "filled", "offered"
_CHUNK_BYTES = 1 << 20


@click.command()
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@home_option
@json_option
def face(file: Path, home: Path | None, as_json: bool) -> None:  # noqa: ARG001
    """Read the page face of FILE: number, title, issuer, dates and more, each with its evidence.

    Nothing is registered and nothing kept; no office is needed.
    """
    from records.documents.faces import face_of_reading
    from search.reading import Cage

    with Cage() as cage:
        reading = cage.read(_chunks(file), file_name=file.name, media_type="")
    found = face_of_reading(reading)
    if as_json:
        print_json(found)
    else:
        for line in _table(found):
            click.echo(line)
    if reading.outcome == "failed":
        reason = reading.reason
        said = f"{reason.code}: {reason.message}" if reason else "unknown"
        click.echo(f"chancery: {file.name} could not be read ({said}).", err=True)
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)
    if not as_json and not any(found.values()):
        click.echo("Nothing was found on the page face.")


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk


def _table(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each field that was found: how sure, what, and where it stands."""
    from records.classification.face import FILLED_FROM

    for name, told in found.items():
        if told is None:
            continue
        value = told["value"]
        shown = "; ".join(value) if isinstance(value, list) else value
        confidence, evidence = told["confidence"], told["evidence"]
        state = _SURE if confidence >= FILLED_FROM else _OFFERED
        where = f"page {evidence['page']}"
        yield _printable(f"{name}\t{shown}\t{state} {confidence:.2f}\t{where}")


def _printable(text: str) -> str:
    """Return a text without what would command the terminal."""
    return "".join(char if char.isprintable() or char == "\t" else " " for char in text)


COMMANDS = {"face": face}
