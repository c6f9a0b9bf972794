"""The brake on the public check page: so many questions a minute from one address.

Counted in the database, so that it holds for all processes and machines together. A file costs
more than a code, because it is examined; all files together have a limit too, so that many
addresses cannot keep the machine busy.
"""

import hashlib
import ipaddress
from datetime import timedelta

from sqlalchemy import delete

from records.core.database import UnitOfWork, insert_into
from records.seals.models import CheckVisit

VISITS_A_MINUTE = 30
FILE_COST = 5
FILES_A_MINUTE = 60
_KEPT = timedelta(minutes=10)
_ALL_FILES = "files"


def count_visit(uow: UnitOfWork, address: str, *, file: bool = False) -> int:
    """Count a visit; the boundary commits it before it answers.

    Returns:
        Seconds to wait; 0 when the visit is within the limits.
    """
    mine = _count(uow, _key(address), FILE_COST if file else 1)
    waits = mine > VISITS_A_MINUTE
    if file and not waits:
        waits = _count(uow, _ALL_FILES, 1) > FILES_A_MINUTE
    return 60 - uow.now.second if waits else 0


def forget_visits(uow: UnitOfWork) -> None:
    """Remove counts that decide nothing any more."""
    uow.session.execute(delete(CheckVisit).where(CheckVisit.minute < uow.now - _KEPT))


def _count(uow: UnitOfWork, key: str, cost: int) -> int:
    minute = uow.now.replace(second=0, microsecond=0)
    first = insert_into(uow.session, CheckVisit).values(key=key, minute=minute, visits=cost)
    uow.session.execute(
        first.on_conflict_do_update(
            index_elements=["key", "minute"], set_={"visits": CheckVisit.visits + cost}
        )
    )
    found = uow.session.get(CheckVisit, (key, minute), populate_existing=True)
    return found.visits if found is not None else cost


def _key(address: str) -> str:
    """Return one key for all addresses of one line; who visited is not kept readable."""
    try:
        found = ipaddress.ip_address(address)
        line = str(found)
        if isinstance(found, ipaddress.IPv6Address):
            line = str(ipaddress.ip_network((found, 64), strict=False))
    except ValueError:
        line = address
    return hashlib.sha256(line.encode()).hexdigest()[:32]
