"""Write from the code what the documentation takes from it: `python -m docs.generate`.

These are the reference pages, the stand-alone verifiers and the test vectors of receipts; `--check`
compares them.
"""

import csv
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from importlib.metadata import PackageMetadata, PackageNotFoundError
from importlib.metadata import metadata as facts_of
from pathlib import Path
from typing import Any

import click

from records.audit import verify_log
from records.circulation.rules import (
    ENDED,
    ITEM_EVENTS,
    ITEM_STEPS,
    MAY,
    ROUND_EVENTS,
    ROUND_STEPS,
    ItemState,
    ItemStep,
    RoundState,
)
from records.classification.face import FILLED_FROM, Face
from records.core.config import PREFIX, Config
from records.documents.metadata import FIELDS as METADATA
from records.documents.rules import (
    COPY_EVENTS,
    COPY_STEPS,
    MANDATORY,
    STEP_EVENTS,
    TRANSITIONS,
    CopyState,
)
from records.people.rules import ALLOWED, Act, Role
from records.seals.rules import (
    REQUEST_EVENTS,
    REQUEST_STEPS,
    SEAL_EVENTS,
    SEAL_STEPS,
    RequestState,
    SealState,
)
from search.document import FIELDS as SEARCH_FIELDS
from web.permissions import ALL as DOORS_OF_ROUTES

REFERENCE = Path(__file__).parent / "reference"
FORMATS = Path(__file__).parent / "formats"
VERIFIERS = ("verify_log.py", "verify_consistency.py", "verify_period.py", "verify_receipt.py")
DOORS = Path(__file__).parents[1] / "tests" / "access" / "doors.csv"
LOCK = Path(__file__).parents[1] / "requirements.lock"
NOTE = "<!-- Made from the code by docs/generate.py. -->"


def settings() -> Iterator[str]:
    """Yield the page of settings."""
    yield "# Settings\n"
    yield (
        "Read from the environment, or from `chancery.toml` in the home (name without prefix, in "
        "small letters). The environment wins. An unknown setting is an error that names the "
        "nearest known one.\n"
    )
    yield "| setting | meaning | default |\n|---|---|---|"
    for each in fields(Config):
        default = each.metadata.get("default", "none")
        yield f"| `{PREFIX}{each.name.upper()}` | {each.metadata['doc']} | {default} |"


def permissions() -> Iterator[str]:
    """Yield the page of acts and the roles that allow them."""
    yield "# Permissions\n"
    yield (
        "What a role allows, apart from any single document. Whether a person may see a document "
        "is [another question](../explanation/visibility.md).\n"
    )
    yield "| act | " + " | ".join(role.value for role in Role) + " |"
    yield "|---|" + "---|" * len(Role)
    for act in Act:
        marks = ("✓" if role in ALLOWED[act] else "" for role in Role)
        yield f"| {act.value} | " + " | ".join(marks) + " |"


def access() -> Iterator[str]:
    """Yield the page of routes, by the door that each of them has."""
    yield "# Routes, and whom they let in\n"
    yield (
        "Every route of the service behind its door, as `tests/access/doors.csv` declares it and "
        "tests ask for it. A closed door answers 403 (401, or the sign-in page, to strangers). "
        "Behind an open one, a document that the person may not see "
        "([the rule](../explanation/visibility.md)) answers 404, as one that never was; so does "
        "all that belongs to it.\n"
    )
    behind: dict[str, list[str]] = {}
    with DOORS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            behind.setdefault(row["door"], []).append(f"`{row['method']} {row['address']}`")
    for door in DOORS_OF_ROUTES:
        roles = ", ".join(role.value for role in Role if role in door.roles) or "everybody"
        yield f"## {door.name}\n"
        yield f"{roles if door.signed_in else 'strangers, too'}\n"
        yield from (f"- {each}" for each in behind.get(door.name, ()))
        yield ""


def states() -> Iterator[str]:
    """Yield the page of the states of a document, with the diagram."""
    yield "# States of a document\n"
    yield "```mermaid\nstateDiagram-v2\n    [*] --> registered"
    for (before, step), after in TRANSITIONS.items():
        yield f"    {before.value} --> {after.value}: {step.value}"
    yield "```\n"
    yield "| step | event in the log |\n|---|---|"
    for step, event in STEP_EVENTS.items():
        yield f"| {step.value} | `{event}` |"
    yield "\n## What filing asks for\n"
    yield "| register | mandatory |\n|---|---|"
    for kind, names in MANDATORY.items():
        yield f"| {kind.value} | " + ", ".join(f"`{name}`" for name in names) + " |"


def states_of_rounds() -> Iterator[str]:
    """Yield the page of the states of reading rounds and items, with the diagrams."""
    yield "# States of reading rounds\n"
    yield "How they come about: [circulation](../explanation/circulation.md).\n"
    yield "## A reading item\n"
    yield f"```mermaid\nstateDiagram-v2\n    [*] --> {ItemState.WAITING.value}"
    for (item_before, item_step), item_after in ITEM_STEPS.items():
        yield f"    {item_before.value} --> {item_after.value}: {item_step.value}"
    for item_state in ItemState:
        if item_state in ENDED:
            yield f"    {item_state.value} --> [*]"
    yield "```\n"
    yield "| step | who takes it | event in the log |\n|---|---|---|"
    for item_step in ItemStep:
        parties = ", ".join(sorted(MAY[item_step]))
        yield f"| {item_step.value} | {parties} | `{ITEM_EVENTS[item_step]}` |"
    yield "\n## A round\n"
    yield f"```mermaid\nstateDiagram-v2\n    [*] --> {RoundState.DRAFT.value}"
    for (before, step), after in ROUND_STEPS.items():
        yield f"    {before.value} --> {after.value}: {step.value}"
    for state in RoundState:
        if state not in {before for before, _ in ROUND_STEPS}:
            yield f"    {state.value} --> [*]"
    yield "```\n"
    yield "| step | event in the log |\n|---|---|"
    for step, event in ROUND_EVENTS.items():
        yield f"| {step.value} | `{event}` |"


def states_of_seals() -> Iterator[str]:
    """Yield the page of the states of seals, requests and numbered copies, with the diagrams."""
    yield "# States of seals\n"
    yield "How they come about: [seals](../explanation/seals.md).\n"
    yield "## A seal\n"
    yield from _diagram(SealState.IN_USE, SealState, SEAL_STEPS)
    yield from _events(SEAL_EVENTS)
    yield "\n## A request for a seal\n"
    yield from _diagram(RequestState.WAITING, RequestState, REQUEST_STEPS)
    yield from _events(REQUEST_EVENTS)
    yield "\n## A numbered copy\n"
    yield from _diagram(CopyState.OUT, CopyState, COPY_STEPS)
    yield from _events(COPY_EVENTS)


def _diagram(
    first: StrEnum, states: type[StrEnum], steps: Mapping[tuple[Any, Any], StrEnum]
) -> Iterator[str]:
    yield f"```mermaid\nstateDiagram-v2\n    [*] --> {first.value}"
    for (before, step), after in steps.items():
        yield f"    {before.value} --> {after.value}: {step.value}"
    for state in states:
        if state not in {before for before, _ in steps}:
            yield f"    {state.value} --> [*]"
    yield "```\n"


def _events(events: Mapping[Any, str]) -> Iterator[str]:
    yield "| step | event in the log |\n|---|---|"
    for step, event in events.items():
        yield f"| {step.value} | `{event}` |"


def metadata() -> Iterator[str]:
    """Yield the page of metadata."""
    yield "# Metadata\n"
    yield "The names are the same in REST, in manifests and in forms.\n"
    yield "| name | can be empty |\n|---|---|"
    for name, field in METADATA.items():
        yield f"| `{name}` | {'no' if field.required else 'yes'} |"


def page_face() -> Iterator[str]:
    """Yield the page of what is read from a page face."""
    yield "# Page face\n"
    yield (
        "What `chancery face` and `GET /api/v1/documents/{id}/face` answer: each field is null, or "
        "has a `value`, a `confidence` from 0 to 1 and its `evidence`: the page (counted from 1), "
        "the box (`[x0, y0, x1, y1]` in points from the page's top left corner, null where the "
        "format has no places) and the text that stands there. Days are written 2026-01-31. Values "
        f"with a confidence of {FILLED_FROM} or more are filled in, all others offered "
        "([how it is read](../explanation/page-face.md)).\n"
    )
    yield "| field | what it holds |\n|---|---|"
    for each in fields(Face):
        yield f"| `{each.name}` | {each.metadata['doc']} |"


def search_fields() -> Iterator[str]:
    """Yield the page of the fields of the query language."""
    yield "# Search fields\n"
    yield "| field | kind | also called | facet |\n|---|---|---|---|"
    for name, field in SEARCH_FIELDS.items():
        names = ", ".join(field.names)
        yield f"| `{name}` | {field.kind.value} | {names} | {'✓' if field.faceted else ''} |"


def commands() -> Iterator[str]:
    """Yield the page of commands."""
    from web.cli import main

    yield "# Commands\n"
    yield "Exit status: 0 done, 1 something wrong was found, 2 wrong usage or refused.\n"
    yield from _command(main, "chancery", top=True)


def _command(command: click.Command, path: str, *, top: bool = False) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    if not top:
        yield f"## `{path}`\n"
        yield inspect.cleandoc(command.help or "") + "\n"
        records = [param.get_help_record(context) for param in command.params]
        rows = [record for record in records if record]
        if rows:
            yield "| option | meaning |\n|---|---|"
            for names, text in rows:
                yield f"| `{names.replace('|', '/')}` | {text} |"
            yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _command(found, f"{path} {name}")


def licences() -> Iterator[str]:
    """Yield the page of what the running program is built on, and under which licences."""
    yield "# Licences\n"
    yield (
        "Chancery is under the Apache License 2.0. The running program imports these packages, "
        "locked in `requirements.lock`; none is under the GPL or AGPL. The browser "
        "gets htmx (0BSD) and symbols of Lucide (ISC).\n"
    )
    yield "| package | licence |\n|---|---|"
    lines = re.findall(r"^([\w.-]+)==(.*)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    # What is locked for Windows alone may be here for the tools of developers.
    for name in (name for name, rest in lines if "sys_platform == 'win32'" not in rest):
        try:
            yield f"| {name} | {licence_of(name)} |"
        except PackageNotFoundError:
            continue  # for another platform


# Packages that name no licence in their facts, and bring its text along.
READ_BY_US = {"resvg-py": "MIT"}


def licence_of(package: str) -> str:
    """Return the licence that a package names: as an expression, by classifier, or in words."""
    if package in READ_BY_US:
        return READ_BY_US[package]
    facts = facts_of(package)
    named = [
        each.rpartition(" :: ")[2]
        for each in facts.get_all("Classifier") or ()
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    return (
        _first(facts, "License-Expression") or " or ".join(named) or _first(facts, "License") or "?"
    )


def _first(facts: PackageMetadata, name: str) -> str:
    return next((str(each) for each in facts.get_all(name) or ()), "")


PAGES = {
    "settings": settings,
    "permissions": permissions,
    "access": access,
    "states": states,
    "states-of-rounds": states_of_rounds,
    "states-of-seals": states_of_seals,
    "metadata": metadata,
    "page-face": page_face,
    "search-fields": search_fields,
    "commands": commands,
    "licences": licences,
}


def verifiers() -> dict[Path, str]:
    """Return the stand-alone verifiers: what the program itself runs, out of its package."""
    folder = Path(verify_log.__file__).parent
    return {
        FORMATS / name: (folder / name).read_text("utf-8").replace("records.audit.", "")
        for name in VERIFIERS
    }


def vectors() -> dict[Path, str]:
    """Return receipts, checkpoints, proofs and a period made with known keys."""
    from tests import receipts

    log = receipts.SmallLog()
    files = {
        "log.key": receipts.KEY_TEXT + "\n",
        "receipt-server.json": receipts.server_receipt().decode(),
        "receipt-passkey.json": receipts.passkey_receipt().decode(),
        "receipt-batch.json": receipts.batch_receipt().decode(),
    }
    receipts.receipt_by(receipts.SERVER, log=log)
    files |= {
        "log.checkpoint": log.checkpoint(),
        "log.checkpoint.dated": log.dated(),
        "entry.tlog-proof": log.proof(2),
        "old.checkpoint": log.checkpoint(3),
        "growth.txt": log.growth(3),
        "log.period": log.period(2, 6),
    }
    return {FORMATS / "vectors" / name: text for name, text in files.items()}


def pages() -> dict[Path, str]:
    """Return every page and file that is made from the code, by its path."""
    reference = {
        REFERENCE / f"{name}.md": NOTE + "\n" + "\n".join(make()).rstrip() + "\n"
        for name, make in PAGES.items()
    }
    return {**reference, **verifiers(), **vectors()}


def main() -> int:
    """Write the pages, or with `--check` report those that are stale."""
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"stale: {path.name}; run python -m docs.generate\n")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
