"""The declared verdicts: who passes which door, and who sees a document in which state.

`doors.csv` names the door of every route; here stands which roles each door lets in, and what a
person of each role finds behind it. A cell of the matrix is `closed` (403, whatever is asked for),
`hidden` (404, as for what never was) or `open` (anything else).
"""

import csv
import tempfile
from pathlib import Path

from flask import Flask

from records.core.config import load_config
from records.office import open_office
from records.people.rules import Role
from web.app import create_app
from web.routes import permissions

FILE = Path(__file__).parent / "doors.csv"
_ALL = frozenset(Role)
_CLERK, _STAFF, _LEADER = Role.CLERK, Role.STAFF, Role.LEADER
_KEEPER, _ARCHIVIST, _AUDITOR = Role.SEAL_KEEPER, Role.ARCHIVIST, Role.AUDITOR
_SYSTEM, _SECURITY, _AUDIT = Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN

# Whom each door lets in. `public` asks nobody who they are.
DOORS: dict[str, frozenset[Role]] = {
    "public": _ALL,
    "signed in": _ALL,
    "registrars": frozenset({_CLERK}),
    "readers of arrivals": frozenset({_CLERK, _SYSTEM}),
    "filers": frozenset({_CLERK, _ARCHIVIST}),
    "sharers": frozenset({_CLERK, _LEADER, _ARCHIVIST}),
    "those with emergency access": frozenset({_LEADER}),
    "circulators": frozenset({_CLERK, _LEADER}),
    "seal applicants": frozenset({_CLERK, _STAFF, _LEADER, _KEEPER, _ARCHIVIST}),
    "seal keepers": frozenset({_KEEPER}),
    "checkers of seals": frozenset({_KEEPER, _SYSTEM}),
    "seal book readers": frozenset({_KEEPER, _AUDITOR, _AUDIT}),
    "readers of seal statistics": frozenset({_LEADER, _KEEPER, _AUDITOR, _AUDIT}),
    "keepers of the register of seals": frozenset({_SYSTEM}),
    "certificate keepers": frozenset({_SECURITY}),
    "seal readers": frozenset({_KEEPER, _AUDITOR, _SYSTEM, _SECURITY, _AUDIT}),
    "calendar keepers": frozenset({_SYSTEM}),
    "file plan keepers": frozenset({_ARCHIVIST}),
    "keepers of filing rules": frozenset({_ARCHIVIST}),
    "keepers of synonyms": frozenset({_ARCHIVIST, _SYSTEM}),
    "register keepers": frozenset({_SYSTEM}),
    "book readers": frozenset({_CLERK, _ARCHIVIST, _AUDITOR, _AUDIT}),
    "register readers": frozenset({_CLERK, _ARCHIVIST, _AUDITOR, _SYSTEM, _AUDIT}),
    "log readers": frozenset({_AUDITOR, _SECURITY, _AUDIT}),
    "auditors of the log": frozenset({_AUDITOR, _AUDIT}),
    "people keepers": frozenset({_SYSTEM, _SECURITY}),
    "user keepers": frozenset({_SYSTEM}),
    "unit keepers": frozenset({_SYSTEM}),
    "clearance givers": frozenset({_SECURITY}),
    "operators": frozenset({_SYSTEM, _AUDIT}),
    "fixity readers": frozenset({_AUDITOR, _SYSTEM, _AUDIT}),
}

# Who sees a document of the unit `finance` (all but the clerk work there, the clerk keeps the
# register) in each state; of `elsewhere`, another unit's; `granted`, shared with each of them.
SEES: dict[str, frozenset[Role]] = {
    "registered": frozenset({_CLERK, _STAFF, _LEADER, _KEEPER, _ARCHIVIST}),
    "checked": frozenset({_CLERK, _STAFF, _LEADER, _KEEPER, _ARCHIVIST}),
    "filed": frozenset({_CLERK, _STAFF, _LEADER, _KEEPER, _ARCHIVIST}),
    "voided": frozenset({_CLERK, _STAFF, _LEADER, _KEEPER, _ARCHIVIST}),
    "granted": _ALL,
    "elsewhere": frozenset({_CLERK}),
    "secret": frozenset(),
}


def doors() -> dict[str, str]:
    """Return the declared door of every route, as `METHOD address`."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {f"{row['method']} {row['address']}": row["door"] for row in csv.DictReader(file)}


def doors_of(app: Flask) -> dict[str, str]:
    """Return the door that the code gives to every route."""
    declared = permissions(app)
    served = {
        f"{method} {rule.rule}": declared[rule.endpoint].name
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    }
    return dict(sorted(served.items(), key=lambda each: each[0].split(" ", 1)[::-1]))


def write_doors() -> None:
    """Write down what the code says: look at the difference before you commit it."""
    with tempfile.TemporaryDirectory() as folder:
        office = open_office(load_config({}, home=Path(folder)))
        served = doors_of(create_app(office))
        office.close()
    with FILE.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("method", "address", "door"))
        lines.writerows((*name.split(" ", 1), door) for name, door in served.items())


if __name__ == "__main__":
    write_doors()
