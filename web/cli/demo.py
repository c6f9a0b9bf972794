"""`demo`: a lively office to look at, made once and reused."""

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli.frame import Refused, home_option, json_option

if TYPE_CHECKING:
    from records.core.config import Config
    from web.demo.organization import Person

HOME = Path("var-demo")
PORT = 8080


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--fresh", is_flag=True, help="Throw the earlier demo away and make a new one.")
@click.option(
    "--language",
    type=click.Choice(["en", "zh_CN"]),
    default="en",
    show_default=True,
    help="Of the registers and of the file plan of a new demo.",
)
@home_option
@json_option
def demo(port: int, fresh: bool, language: str, home: Path | None, as_json: bool) -> None:
    """Serve an office with made-up people and documents, kept in ./var-demo."""
    from records.core.config import load_config
    from web.cli.serving import check_free, run_service
    from web.demo.office import known_people, make_office

    # The settings of a real office in the environment must not reach the demo.
    config = load_config({"CHANCERY_BIND": f"127.0.0.1:{port}"}, home=home or HOME)
    check_free(config)
    people = None if fresh else known_people(config.home)
    if people is None:
        _clear(config.home)
        click.echo("Making the demo office …", err=True)
        people = make_office(config, language=language)
    run_service(config, workers=1, ready=lambda: _tell(config, people, as_json=as_json))


def _clear(home: Path) -> None:
    """Empty a home that holds a demo, finished or not, and nothing else."""
    from web.demo.office import MARK

    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / MARK).exists():
        raise Refused(f"{home} is no demo; it is left alone. Give another --home.")
    shutil.rmtree(home)


def _tell(config: "Config", people: "list[Person]", *, as_json: bool) -> None:
    if as_json:
        told = {"address": config.public_url, "users": [each.facts() for each in people]}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"The demo office is open at {config.public_url}\n")
    width = max(len(each.name) for each in people)
    for each in people:
        roles = ", ".join(each.roles)
        click.echo(f"  {each.name:{width}}  {each.password:30}  {roles:15} {each.shown}")
    click.echo(f"\nIt is kept in {os.path.relpath(config.home)}. Ctrl-C ends it.")


COMMANDS = {"demo": demo}
