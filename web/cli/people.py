"""`user`, `unit`, `token`: people and where they belong, kept from a shell."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.people import organization, service
from records.people.actors import actor_by_login, held_posts
from records.people.models import User
from records.people.rules import ROOT_UNIT_CODE, SERVICE, HeldPost, Role, Secrecy
from records.people.second_factor import reset_factor
from records.people.signing_in import add_token
from web.cli.frame import home_option, json_option, opened, print_json

ROLES = [each.value for each in Role]
LEVELS = [each.code for each in Secrecy]


@click.group()
def user() -> None:
    """Keep the people who can sign in."""


@user.command("add")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--clearance", type=click.Choice(LEVELS), default="internal", show_default=True)
@click.option("--unit", default=ROOT_UNIT_CODE, show_default=True, help="Code of the unit.")
@click.option("--name", "shown", help="Name that is shown; NAME when left out.")
@home_option
@json_option
def add_user(
    name: str,
    roles: tuple[str, ...],
    clearance: str,
    unit: str,
    shown: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Add a person who signs in as NAME, and print a password to be changed at first use."""
    with opened(home) as office, office.database.writing() as uow:
        added, password = service.add_user(
            uow,
            SERVICE,
            login=name,
            name=shown,
            roles=frozenset(Role(each) for each in roles),
            unit_id=organization.unit_by_code(uow, unit).id,
            clearance=Secrecy.from_code(clearance, field="clearance"),
        )
    _print_password(added.login, password, as_json=as_json)


@user.command("password")
@click.argument("name")
@home_option
@json_option
def password(name: str, home: Path | None, as_json: bool) -> None:
    """Give a person a new password, to be changed at first use."""
    with opened(home) as office, office.database.writing() as uow:
        person = _user(uow, name)
        secret = service.reset_password(uow, SERVICE, user_id=person.id)
    _print_password(person.login, secret, as_json=as_json)


@user.command("disable")
@click.argument("name")
@home_option
def disable(name: str, home: Path | None) -> None:
    """Close an account: its sessions end at once, its acts stay."""
    with opened(home) as office, office.database.writing() as uow:
        service.disable_user(uow, SERVICE, user_id=_user(uow, name).id)
    click.echo(f"{name} is disabled.")


@user.command("enable")
@click.argument("name")
@home_option
def enable(name: str, home: Path | None) -> None:
    """Open a closed account again."""
    with opened(home) as office, office.database.writing() as uow:
        service.enable_user(uow, SERVICE, user_id=_user(uow, name).id)
    click.echo(f"{name} is enabled.")


@user.command("reset-factor")
@click.argument("name")
@click.option("--reason", default="reset from the shell", show_default=True)
@home_option
def reset_second_factor(name: str, reason: str, home: Path | None) -> None:
    """Take a lost second factor away, as for the last administrator who is locked out."""
    with opened(home) as office, office.database.writing() as uow:
        reset_factor(uow, SERVICE, user_id=_user(uow, name).id, reason=reason)
    click.echo(f"{name} signs in by password alone.")


@user.command("list")
@home_option
@json_option
def list_users(home: Path | None, as_json: bool) -> None:
    """Show all people with their posts."""
    with opened(home, writing=False) as office, office.database.reading() as uow:
        users = uow.session.scalars(select(User).order_by(User.login)).all()
        people = [_facts(each, held_posts(uow, each.id)) for each in users]
    if as_json:
        print_json(people)
        return
    for each in people:
        state = "disabled" if each["disabled"] else each["clearance"]
        held = "; ".join(f"{post['unit']} · {post['title']}" for post in each["posts"])
        click.echo(f"{each['name']}\t{each['shown']}\t{state}\t{held}")


@click.group()
def unit() -> None:
    """Keep the units of the organization."""


@unit.command("add")
@click.argument("code")
@click.argument("name")
@click.option("--parent", default=ROOT_UNIT_CODE, show_default=True, help="Code of the unit above.")
@home_option
def add_unit(code: str, name: str, parent: str, home: Path | None) -> None:
    """Add a unit with a short CODE and a NAME."""
    with opened(home) as office, office.database.writing() as uow:
        above = organization.unit_by_code(uow, parent, field="parent")
        organization.add_unit(uow, SERVICE, code=code, name=name, parent_id=above.id)
    click.echo(f"The unit {code} is added.")


@unit.command("list")
@home_option
@json_option
def list_units(home: Path | None, as_json: bool) -> None:
    """Show all units."""
    with opened(home, writing=False) as office, office.database.reading() as uow:
        units = organization.all_units(uow)
        codes = {each.id: each.code for each in units}
        facts = [
            {
                "code": each.code,
                "name": each.name,
                "parent": codes[each.parent_id] if each.parent_id else None,
            }
            for each in units
        ]
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        click.echo(f"{fact['code']}\t{fact['name']}\t{fact['parent'] or ''}")


@click.group()
def token() -> None:
    """Keep the tokens with which programs act as people."""


@token.command("add")
@click.argument("name", metavar="USER")
@click.option("--expires", "days", type=click.IntRange(1, 3650), help="Days until it ends.")
@click.option("--label", default="command line", show_default=True, help="What it is for.")
@home_option
@json_option
def add(name: str, days: int | None, label: str, home: Path | None, as_json: bool) -> None:
    """Make a token with the rights of USER, and print it once."""
    with opened(home) as office, office.database.writing() as uow:
        actor = actor_by_login(uow, name, operator=True)
        assert actor.user_id is not None
        secret = add_token(
            uow,
            actor,
            user_id=actor.user_id,
            label=label,
            expires_at=uow.now + timedelta(days=days) if days else None,
        )
    if as_json:
        print_json({"token": secret})
    else:
        click.echo(secret)


def _facts(person: User, posts: tuple[HeldPost, ...]) -> dict[str, Any]:
    return {
        "name": person.login,
        "shown": person.name,
        "clearance": Secrecy(person.clearance).code,
        "disabled": person.disabled_at is not None,
        "posts": [
            {
                "unit": post.unit_name,
                "title": post.title,
                "roles": sorted(role.value for role in post.roles),
            }
            for post in posts
        ],
    }


def _user(uow: UnitOfWork, name: str) -> User:
    found = uow.session.scalar(select(User).where(User.login == name.strip().casefold()))
    if found is None:
        raise Invalid("There is no user %(name)s.", {"name": name})
    return found


def _print_password(name: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "password": secret})
    else:
        click.echo(f"{name}\t{secret}")


COMMANDS = {"user": user, "unit": unit, "token": token}
