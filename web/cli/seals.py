"""`seal`: seals in the register, their certificates, and the organization's own authority."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.frame import (
    Command,
    acting,
    as_option,
    home_option,
    json_option,
    opened,
    print_json,
    recording_refusals,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from records.core.database import UnitOfWork
    from records.office import Office
    from records.people.rules import Actor
    from records.seals.keys.certificates import CertificateView
    from records.seals.models import Seal

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def seal() -> None:
    """Keep seals and the certificates with which they sign."""


@seal.command("authority")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write PEM into FILE.")
@as_option()
@home_option
@json_option
def authority(out: Path | None, login: str | None, home: Path | None, as_json: bool) -> None:
    """Make the organization's own authority, or show the one that there is.

    Seals can sign with it from the first day. Nobody outside knows it: such a seal is not a
    qualified one, and whoever checks it has to be given this certificate and its fingerprint.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    from records.seals.keys.authority import fingerprint, make_authority, valid_until

    with _writing(home, login, "authority") as (office, uow, actor):
        found = make_authority(uow, office.vault, actor).certificate
    pem = x509.load_der_x509_certificate(found).public_bytes(Encoding.PEM).decode()
    if out is not None:
        out.write_text(pem, encoding="ascii")
    if as_json:
        print_json(
            {
                "fingerprint": fingerprint(found),
                "valid_until": valid_until(found).isoformat(),
                "certificate": b64encode(found).decode(),
            }
        )
        return
    click.echo(f"SHA-256\t{fingerprint(found)}")
    click.echo(f"valid until\t{valid_until(found):%Y-%m-%d}")
    if out is None:
        click.echo(pem, nl=False)


@seal.command("register")
@click.argument("code")
@click.argument("name")
@click.option("--kind", required=True, help="unit, contract, finance, legal_person or special.")
@click.option("--shape", default="round", show_default=True, help="round, oval, square, rectangle.")
@click.option("--width", type=float, required=True, help="Of the imprint, in mm; the diameter.")
@click.option("--height", type=float, help="Of the imprint, in mm; the width when left out.")
@click.option("--issuer", required=True, help="Who made it or allowed it to be made.")
@click.option("--unit", default="office", show_default=True, help="Code of the unit whose it is.")
@click.option("--start", type=DAY, help="First day, such as 2026-01-31; today when left out.")
@click.option("--stop", type=DAY, help="Last day.")
@as_option()
@home_option
@json_option
def register(
    code: str,
    name: str,
    kind: str,
    shape: str,
    width: float,
    height: float | None,
    issuer: str,
    unit: str,
    start: datetime | None,
    stop: datetime | None,
    login: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Enter a seal with a short CODE and the NAME on it; nobody holds it yet."""
    from records.people.organization import unit_by_code
    from records.seals.register import SealEntry, register_seal

    with _writing(home, login, "register") as (_, uow, actor):
        entered = register_seal(
            uow,
            actor,
            code=code,
            entry=SealEntry(
                name=name,
                kind=kind,
                shape=shape,
                width_mm=width,
                height_mm=width if height is None else height,
                issuer=issuer,
                unit_id=unit_by_code(uow, unit).id,
                start_on=start.date() if start else uow.today,
                stop_on=stop.date() if stop else None,
            ),
        )
        facts = {"id": str(entered.id), "code": entered.code, "name": entered.name}
    if as_json:
        print_json(facts)
    else:
        click.echo(f"The seal {facts['code']} is in the register.")


def _seal_argument(command: Command) -> Command:
    return click.argument("which", metavar="SEAL")(command)


def _chain_option(command: Command) -> Command:
    return click.option(
        "--chain", type=FILE, help="Certificates of authorities that are missing, PEM or DER."
    )(command)


@seal.command("issue")
@_seal_argument
@click.option("--years", type=int, default=3, show_default=True, help="How long it is good.")
@as_option()
@home_option
@json_option
def issue(which: str, years: int, login: str | None, home: Path | None, as_json: bool) -> None:
    """Give SEAL (its code or name) a certificate of the organization's own authority."""
    from records.seals.keys.certificates import issue_certificate

    with _writing(home, login, "issue") as (office, uow, actor):
        found = _seal(uow, which)
        issue_certificate(uow, office.vault, office.config, actor, seal_id=found.id, years=years)
        view = _newest(uow, found)
    _tell(view, as_json=as_json)
    if not as_json:
        click.echo("This is no qualified seal: only who trusts your authority trusts it.", err=True)


@seal.command("import")
@_seal_argument
@click.argument("file", type=FILE)
@click.option("--password-file", type=FILE, help="File with its password; asked for otherwise.")
@_chain_option
@as_option()
@home_option
@json_option
def import_file(
    which: str,
    file: Path,
    password_file: Path | None,
    chain: Path | None,
    login: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Give SEAL the key and the certificate in FILE (PKCS#12: .p12, .pfx)."""
    from records.seals.keys.certificates import import_pkcs12

    password = _secret(password_file, "Password of the file")
    with _writing(home, login, "import") as (office, uow, actor):
        found = _seal(uow, which)
        import_pkcs12(
            uow,
            office.vault,
            office.config,
            actor,
            seal_id=found.id,
            content=file.read_bytes(),
            password=password,
            others=_certificates(chain),
        )
        view = _newest(uow, found)
    _tell(view, as_json=as_json)


@seal.command("token")
@_seal_argument
@click.option("--token", "label", required=True, help="Label of the token.")
@click.option("--key", required=True, help="Label of the key and of its certificate in the token.")
@click.option("--pin-file", type=FILE, help="File with the PIN; asked for otherwise.")
@_chain_option
@as_option()
@home_option
@json_option
def token(
    which: str,
    label: str,
    key: str,
    pin_file: Path | None,
    chain: Path | None,
    login: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Let SEAL sign with a key that stays in a token (PKCS#11)."""
    from records.seals.keys.certificates import add_token_certificate

    pin = _secret(pin_file, "PIN of the token")
    with _writing(home, login, "token") as (office, uow, actor):
        found = _seal(uow, which)
        add_token_certificate(
            uow,
            office.vault,
            office.config,
            actor,
            seal_id=found.id,
            token=label,
            key=key,
            pin=pin,
            others=_certificates(chain),
        )
        view = _newest(uow, found)
    _tell(view, as_json=as_json)


@seal.command("end")
@_seal_argument
@click.option("--reason", required=True, help="Why; it stays in the log.")
@as_option()
@home_option
@json_option
def end(which: str, reason: str, login: str | None, home: Path | None, as_json: bool) -> None:
    """End the newest certificate of SEAL: it signs nothing more."""
    from records.core.errors import Conflict
    from records.seals.keys.certificates import certificates_of, end_certificate

    with _writing(home, login, "end") as (_, uow, actor):
        found = _seal(uow, which)
        newest = next(iter(certificates_of(uow, found.id)), None)
        if newest is None:
            raise Conflict("This seal has no certificate.")
        end_certificate(uow, actor, certificate_id=newest.id, reason=reason)
        view = _newest(uow, found)
    _tell(view, as_json=as_json)


@seal.command("list")
@home_option
@json_option
def list_seals(home: Path | None, as_json: bool) -> None:
    """Show all seals with their certificates, newest first."""
    from sqlalchemy import select

    from records.seals.keys.certificates import certificates_of
    from records.seals.models import Seal

    with opened(home, writing=False) as office, office.database.reading() as uow:
        lines = [
            (each, certificates_of(uow, each.id))
            for each in uow.session.scalars(select(Seal).order_by(Seal.code))
        ]
    if as_json:
        print_json(
            [
                {
                    "code": each.code,
                    "name": each.name,
                    "state": each.state,
                    "certificates": [_facts(view) for view in views],
                }
                for each, views in lines
            ]
        )
        return
    for each, views in lines:
        now = views[0] if views else None
        signs = f"{now.state}\t{now.issuer}\t{now.not_after:%Y-%m-%d}" if now else "no certificate"
        click.echo(f"{each.code}\t{each.name}\t{each.state}\t{signs}")


@contextmanager
def _writing(
    home: Path | None, login: str | None, act: str
) -> "Iterator[tuple[Office, UnitOfWork, Actor]]":
    with (
        opened(home) as office,
        recording_refusals(office, login, f"seal {act}"),
        office.database.writing() as uow,
    ):
        yield office, uow, acting(uow, login)


def _seal(uow: "UnitOfWork", which: str) -> "Seal":
    from sqlalchemy import or_, select

    from records.core.errors import Invalid
    from records.seals.models import Seal

    text = which.strip()
    found = uow.session.scalar(select(Seal).where(or_(Seal.code == text, Seal.name == text)))
    if found is None:
        raise Invalid("There is no seal %(code)s.", {"code": which})
    return found


def _secret(path: Path | None, question: str) -> str:
    # Never an argument: whoever looks at the processes of a machine sees those.
    if path is not None:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    answer: str = click.prompt(question, hide_input=True, err=True)
    return answer


def _certificates(path: Path | None) -> "Sequence[Certificate]":
    from records.seals.keys.chains import read_certificates

    return () if path is None else read_certificates(path.read_bytes(), field="chain")


def _newest(uow: "UnitOfWork", seal: "Seal") -> "CertificateView":
    from records.seals.keys.certificates import certificates_of

    return certificates_of(uow, seal.id)[0]


def _tell(view: "CertificateView", *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(view))
        return
    for name, text in _facts(view).items():
        if text is not None and name != "id":
            click.echo(f"{name.replace('_', ' ')}\t{text}")


def _facts(view: "CertificateView") -> dict[str, Any]:
    return {
        "id": str(view.id),
        "source": view.source.value,
        "state": view.state.value,
        "subject": view.subject,
        "issuer": view.issuer,
        "serial": view.serial,
        "fingerprint": view.fingerprint,
        "not_before": view.not_before.isoformat(),
        "not_after": view.not_after.isoformat(),
        "token": view.token,
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
        "end_reason": view.end_reason,
    }


COMMANDS = {"seal": seal}
