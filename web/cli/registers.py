"""`register`: the books and how they write their numbers."""

from pathlib import Path

import click

from records.documents.rules import RegisterKind
from records.people import organization
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Secrecy
from records.registration import registers
from records.setup import PADDING
from web.cli.frame import home_option, json_option, opened, print_json


@click.group()
def register() -> None:
    """Keep the registers."""


@register.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=click.Choice([each.value for each in RegisterKind]), required=True)
@click.option("--pattern", required=True, help="Such as IN-{year}-{number}.")
@click.option("--padding", type=int, default=PADDING, show_default=True, help="Digits of a number.")
@click.option("--unit", default=ROOT_UNIT_CODE, show_default=True, help="Whose clerks keep it.")
@click.option(
    "--ceiling",
    type=click.Choice([each.code for each in Secrecy]),
    default=Secrecy.TOP_SECRET.code,
    show_default=True,
    help="The highest secrecy that it holds.",
)
@home_option
def add(
    code: str,
    name: str,
    kind: str,
    pattern: str,
    padding: int,
    unit: str,
    ceiling: str,
    home: Path | None,
) -> None:
    """Open a register with a short CODE and a NAME."""
    with opened(home) as office, office.database.writing() as uow:
        registers.add_register(
            uow,
            SERVICE,
            code=code,
            name=name,
            kind=kind,
            clerk_unit_id=organization.unit_by_code(uow, unit).id,
            pattern=pattern,
            padding=padding,
            ceiling=Secrecy.from_code(ceiling, field="ceiling"),
        )
    click.echo(f"The register {code} is open.")


@register.command("list")
@home_option
@json_option
def list_registers(home: Path | None, as_json: bool) -> None:
    """Show all registers."""
    with opened(home, writing=False) as office, office.database.reading() as uow:
        codes = {each.id: each.code for each in organization.all_units(uow)}
        books = [
            {
                "code": each.code,
                "name": each.name,
                "kind": each.kind,
                "unit": codes[each.clerk_unit_id],
                "pattern": each.pattern,
                "padding": each.padding,
                "ceiling": Secrecy(each.ceiling).code,
                "closed_on": each.closed_on,
            }
            for each in registers.all_registers(uow)
        ]
    if as_json:
        print_json(books)
        return
    for book in books:
        click.echo(f"{book['code']}\t{book['name']}\t{book['pattern']}\t{book['ceiling']}")


COMMANDS = {"register": register}
