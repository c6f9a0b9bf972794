"""The brake on guessing: growing delays, and nobody can lock out somebody else.

A failure counts for the name at that address, and for the network of the address. A device that the
person has signed in with before shows a signed cookie and has an allowance of its own: whoever
guesses elsewhere does not touch it. What fails for one name from everywhere is counted too, because
guesses can come from a thousand addresses; it slows strangers down by half a minute at most and
never closes the account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import case, delete, select

from records.core.database import UnitOfWork, insert_into
from records.core.errors import TooMany
from records.people.models import SignInAttempt

COOLS_DOWN_AFTER = timedelta(hours=1)
IPV6_NETWORK_BITS = 64


@dataclass(frozen=True)
class BrakeKey:
    """What failures are counted for, how many are free, and how long one waits at most.

    `shared`: other people's attempts count for it as well.
    """

    key: str
    free: int
    longest: timedelta
    shared: bool = False


def brake_keys(login: str, address: str, device: str | None = None) -> tuple[BrakeKey, ...]:
    """Return what an attempt counts for; a known device stands for itself alone."""
    if device is not None:
        return (BrakeKey(f"device {device} {login}", 5, timedelta(minutes=15)),)
    network = _network(address)
    return (
        BrakeKey(f"name {login} at {network}", 5, timedelta(minutes=15)),
        # A whole office may stand behind one address.
        BrakeKey(f"address {network}", 30, timedelta(minutes=15), shared=True),
        # NIST SP 800-63B, 3.2.2: a hundred failures for one account are enough.
        BrakeKey(f"name {login}", 100, timedelta(seconds=30)),
    )


def check_brake(uow: UnitOfWork, keys: Sequence[BrakeKey]) -> None:
    """Refuse an attempt that comes too early; reads only.

    Raises:
        TooMany: `details["seconds"]` says how long to wait.
    """
    limits = {each.key: each for each in keys}
    query = select(SignInAttempt).where(SignInAttempt.key.in_(limits))
    waits = [_left(uow, each, limits[each.key]) for each in uow.session.scalars(query)]
    left = max(waits, default=0)
    if left > 0:
        raise TooMany(
            "Too many attempts. Try again in %(seconds)d seconds.", {"seconds": int(left) + 1}
        )


def press_brake(uow: UnitOfWork, keys: Iterable[BrakeKey]) -> None:
    """Count a failure."""
    cold = SignInAttempt.last_at < uow.now - COOLS_DOWN_AFTER
    for each in keys:
        statement = insert_into(uow.session, SignInAttempt).values(
            key=each.key, failures=1, last_at=uow.now
        )
        uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "failures": case((cold, 1), else_=SignInAttempt.failures + 1),
                    "last_at": uow.now,
                },
            )
        )


def release_brake(uow: UnitOfWork, keys: Iterable[BrakeKey]) -> None:
    """Forget the failures of somebody who got in.

    What was counted for the network stays: a guesser with an account of their own must not be able
    to wipe the slate clean. So does what strangers failed at when a known device gets in.
    """
    gone = [each.key for each in keys if not each.shared]
    uow.session.execute(delete(SignInAttempt).where(SignInAttempt.key.in_(gone)))


def _left(uow: UnitOfWork, found: SignInAttempt, limit: BrakeKey) -> float:
    over = found.failures - limit.free
    if over < 0 or uow.now - found.last_at > COOLS_DOWN_AFTER:
        return 0
    wait = min(timedelta(seconds=2 ** min(over, 10)), limit.longest)
    return (found.last_at + wait - uow.now).total_seconds()


def _network(address: str) -> str:
    """Return the address, or the network of 64 bits that one subscriber has of IPv6."""
    try:
        read = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(read, IPv6Address):
        return str(read)
    if read.ipv4_mapped is not None:
        return str(read.ipv4_mapped)
    return str(IPv6Address(int(read) >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS))
