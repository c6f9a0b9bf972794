"""`log`: checkpoints, proofs and the key of the log, for whoever watches it from outside."""

from pathlib import Path

import click

from web.cli.frame import (
    against_option,
    end_check,
    home_option,
    json_option,
    opened,
    print_json,
    progress_line,
    write_out,
)

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
