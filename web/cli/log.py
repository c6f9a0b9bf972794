"""`log`: checkpoints, proofs and the key of the log, for whoever watches it from outside."""

from datetime import datetime
from pathlib import Path

import click

from web.cli.frame import (
    FOUND_SOMETHING_WRONG,
    Refused,
    acting,
    against_option,
    as_option,
    end_check,
    home_option,
    json_option,
    opened,
    print_json,
    progress_line,
    recording_refusals,
    write_out,
)

DAY = click.DateTime(["%Y-%m-%d"])

out_option = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write into FILE."
)


@click.group()
def log() -> None:
    """Give out checkpoints and proofs of the log, and check it."""


@log.command("checkpoint")
@out_option
@home_option
@json_option
def checkpoint(out: Path | None, home: Path | None, as_json: bool) -> None:
    """Sign the root of the log as it is now; keep what this prints somewhere else."""
    from records.audit.checkpoints import ensure_log_key, issue_checkpoint, log_origin
    from records.audit.notes import encoded
    from records.audit.proofs import integrate

    with opened(home) as office:
        integrate(office.database)
        origin = log_origin(office.config.public_url)
        with office.database.writing() as uow:
            signed = issue_checkpoint(uow, office.vault, origin=origin)
            public = ensure_log_key(uow, office.vault, origin=origin)
    if as_json:
        write_out(out, signed.note, quiet=True)
        print_json(
            {
                "origin": public.name,
                "size": signed.size,
                "root": encoded(signed.root),
                "checkpoint": signed.note,
                "key": public.text(),
            }
        )
    else:
        write_out(out, signed.note)


@log.command("prove")
@click.argument("sequence", metavar="SEQ", type=click.IntRange(0))
@out_option
@home_option
@json_option
def prove(sequence: int, out: Path | None, home: Path | None, as_json: bool) -> None:
    """Prove that entry SEQ stands in the log, under a checkpoint."""
    from records.audit.checkpoints import log_origin, prove_entry
    from records.audit.proofs import integrate

    with opened(home) as office:
        integrate(office.database)
        origin = log_origin(office.config.public_url)
        with office.database.writing() as uow:
            proof = prove_entry(uow, office.vault, sequence=sequence, origin=origin)
    if as_json:
        write_out(out, proof.text(), quiet=True)
        print_json(proof.as_json())
    else:
        write_out(out, proof.text())


@log.command("grow")
@click.argument("old", metavar="CHECKPOINT", type=click.Path(exists=True, path_type=Path))
@out_option
@home_option
def grow(old: Path, out: Path | None, home: Path | None) -> None:
    """Prove that the log of now continues the one of an older CHECKPOINT."""
    from records.audit.checkpoints import issue_checkpoint, log_origin, prove_growth
    from records.audit.given import Verdict, judge
    from records.audit.proofs import integrate

    with opened(home) as office:
        integrate(office.database)
        origin = log_origin(office.config.public_url)
        with office.database.writing() as uow:
            judged = judge(uow, old.read_text("utf-8"))
            if judged.verdict is not Verdict.CONTINUED:
                raise Refused(f"The log does not continue it: {judged.words}.")
            newest = issue_checkpoint(uow, office.vault, origin=origin)
            text = prove_growth(uow, old_size=judged.size, checkpoint=newest)
    write_out(out, text)


@log.command("export")
@click.option("--from", "from_on", required=True, type=DAY, help="First day.")
@click.option("--to", "to_on", required=True, type=DAY, help="Last day.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Write into FILE."
)
@as_option()
@home_option
def export(
    from_on: datetime, to_on: datetime, out: Path, login: str | None, home: Path | None
) -> None:
    """Write all entries of some days into FILE, signed and with their proofs."""
    from records.audit.checkpoints import log_origin
    from records.audit.period import open_period, write_period
    from records.audit.proofs import integrate

    with opened(home) as office, recording_refusals(office, login, "log export"):
        integrate(office.database)
        origin = log_origin(office.config.public_url)
        with office.database.writing() as uow:
            actor = acting(uow, login)
            period = open_period(
                uow,
                office.vault,
                actor,
                from_on=from_on.date(),
                to_on=to_on.date(),
                origin=origin,
            )
        with out.open("wb") as file:
            file.writelines(write_period(office.database, actor, period))
    click.echo(f"Entries {period.first} to {period.stop - 1} are in {out}.")


@log.command("copies")
@home_option
@json_option
def copies(home: Path | None, as_json: bool) -> None:
    """Say how the places outside stand that get copies of checkpoints."""
    from records.audit.copies import place_states
    from records.core.outside import outside_places

    with opened(home, writing=False) as office, office.database.reading() as uow:
        states = place_states(uow, outside_places(office.config.checkpoint_copies))
    told = [each.as_json() for each in states]
    if as_json:
        print_json(told)
    elif not told:
        click.echo("No place outside is set: CHANCERY_CHECKPOINT_COPIES.")
    for each in () if as_json else told:
        click.echo(f"{each['place']}\t{each['size'] or '-'}\t{each['at'] or '-'}")
        if each["error"]:
            click.echo(f"\t{each['error']}", err=True)
    if any(each.failing or each.is_late for each in states):
        raise click.exceptions.Exit(FOUND_SOMETHING_WRONG)


@log.command("key")
@home_option
@json_option
def key(home: Path | None, as_json: bool) -> None:
    """Print the public key of the log; hand it on by another way than what it is to check."""
    from records.audit.checkpoints import ensure_log_key, log_origin

    with opened(home) as office, office.database.writing() as uow:
        origin = log_origin(office.config.public_url)
        public = ensure_log_key(uow, office.vault, origin=origin)
    if as_json:
        print_json({"origin": public.name, "key": public.text()})
    else:
        click.echo(public.text())


@log.command("verify")
@against_option
@home_option
@json_option
def verify(against: Path | None, home: Path | None, as_json: bool) -> None:
    """Compute every entry again, and compare them with all that was signed; changes nothing."""
    from records.audit.given import given_files
    from records.audit.log_check import check_log
    from records.audit.report import Report

    report = Report()
    with opened(home, writing=False) as office:
        check_log(office, report, progress_line, given_files(against) if against else ())
    end_check(report, as_json=as_json)


COMMANDS = {"log": log}
