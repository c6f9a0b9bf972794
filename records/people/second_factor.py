"""The second factor: one-time codes (RFC 6238) and codes on paper that stand in for it once.

A passkey is the other one (`records/people/passkey_door.py`); either is enough.

The secret lies sealed in the database, as everything that must be read again; recovery codes are
80 random bits, of which a hash is enough. A code is taken by one UPDATE that names what must still
be true, so that of two at once one succeeds.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound, NotSignedIn
from records.core.rows import filled, get_row
from records.people.account_news import tell_owner
from records.people.brake import (
    BrakeKey,
    brake_keys,
    check_brake,
    press_brake,
    release_brake,
)
from records.people.keys import opening_passkeys
from records.people.models import HalfSignIn, RecoveryCode, SecondFactor, User
from records.people.rules import Act, Actor, check_may
from records.people.signing_in import close_sessions_of, hash_secret
from storage import Vault

SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
HALF_LENGTH = timedelta(minutes=10)


def code_at(secret: bytes, step: int) -> str:
    """Return the one-time code of a time step (RFC 4226, section 5.3; RFC 6238, section 4)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(moment: datetime) -> int:
    """Return the time step of a moment."""
    return int(moment.timestamp()) // STEP_SECONDS


def factor_in_use(uow: UnitOfWork, user_id: UUID) -> SecondFactor | None:
    """Return the factor that a person is asked for, or None."""
    found = uow.session.get(SecondFactor, user_id)
    return found if found is not None and found.confirmed_at is not None else None


def has_factor(uow: UnitOfWork, user_id: UUID) -> bool:
    """Tell whether a password alone does not sign a person in."""
    return factor_in_use(uow, user_id) is not None or bool(opening_passkeys(uow, user_id))


def begin_factor(uow: UnitOfWork, vault: Vault, actor: Actor) -> str:
    """Make a secret and return it in base32; it counts once a first code has been given.

    Raises:
        Conflict: There is a factor already.
    """
    user_id = _own_id(actor)
    if factor_in_use(uow, user_id) is not None:
        raise Conflict("You have a second factor already.")
    secret = secrets.token_bytes(SECRET_BYTES)
    uow.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    _, wrapped_key = vault.keyring.new_data_key()
    uow.session.add(
        SecondFactor(
            user_id=user_id,
            wrapped_key=wrapped_key,
            sealed=vault.seal(wrapped_key, _label(user_id), secret),
            created_at=uow.now,
        )
    )
    return base64.b32encode(secret).decode()


def begun_secret(uow: UnitOfWork, vault: Vault, actor: Actor) -> str | None:
    """Return the secret in base32 that still waits for its first code, or None."""
    found = uow.session.get(SecondFactor, _own_id(actor))
    if found is None or found.confirmed_at is not None:
        return None
    return base64.b32encode(secret_of(vault, found)).decode()


def confirm_factor(uow: UnitOfWork, vault: Vault, actor: Actor, *, code: str) -> list[str]:
    """Take the first code as proof, and return the recovery codes, which are shown once.

    Raises:
        Invalid: The code is not the one of this moment.
        NotFound: Nothing was begun.
    """
    user_id = _own_id(actor)
    found = uow.session.get(SecondFactor, user_id)
    if found is None or found.confirmed_at is not None:
        raise NotFound
    if not _take_code(uow, vault, found, code):
        raise Invalid("This code is wrong. Is the clock of the phone right?", field="code")
    found.confirmed_at = uow.now
    uow.record(
        "person.factor_added", actor_id=user_id, objects=[user_id], payload=actor.signature()
    )
    tell_owner(uow, user_id, "factor_added", by=actor)
    return _new_recovery_codes(uow, user_id)


def renew_recovery_codes(uow: UnitOfWork, actor: Actor) -> list[str]:
    """Make new recovery codes, which are shown once; the earlier ones are good no more.

    Raises:
        NotFound: There is no second factor.
    """
    user_id = _own_id(actor)
    if not has_factor(uow, user_id):
        raise NotFound
    uow.record(
        "person.recovery_renewed", actor_id=user_id, objects=[user_id], payload=actor.signature()
    )
    tell_owner(uow, user_id, "recovery_renewed", by=actor)
    return _new_recovery_codes(uow, user_id)


def remove_factor(uow: UnitOfWork, actor: Actor) -> None:
    """Be asked for no codes any more; the boundary has verified who asks.

    Raises:
        NotFound: There is none.
    """
    user_id = _own_id(actor)
    if factor_in_use(uow, user_id) is None:
        raise NotFound
    uow.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    forget_recovery(uow, user_id)
    uow.record(
        "person.factor_removed", actor_id=user_id, objects=[user_id], payload=actor.signature()
    )
    tell_owner(uow, user_id, "factor_removed", by=actor)


def reset_factor(uow: UnitOfWork, actor: Actor, *, user_id: UUID, reason: str) -> None:
    """Take the lost factors of a person away and end all their sessions; the log says why.

    Passkeys still sign what their owner reads, until they are ended; they open nothing any more.

    Raises:
        NotAllowed: The security administration does this.
        Conflict: The person has no second factor.
    """
    check_may(actor, Act.GIVE_CLEARANCE)
    user = get_row(uow, User, user_id)
    reason = filled(reason, "reason")
    if user.id == actor.user_id:
        raise Conflict("Somebody else must reset your second factor.")
    if not has_factor(uow, user.id):
        raise Conflict("This person has no second factor.")
    for passkey in opening_passkeys(uow, user.id):
        passkey.opens_since = None
    uow.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    forget_recovery(uow, user.id)
    close_sessions_of(uow, user.id)
    uow.record(
        "person.factor_reset",
        actor_id=actor.user_id,
        objects=[user.id],
        payload={**actor.signature(), "person": user.name, "reason": reason},
    )
    tell_owner(uow, user.id, "factor_reset", by=actor)


def recovery_left(uow: UnitOfWork, user_id: UUID) -> int:
    """Return how many recovery codes can still be used."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return uow.session.scalar(query) or 0


# Signing in ---------------------------------------------------------------------------------------


def open_half(uow: UnitOfWork, user: User) -> str:
    """Note that the password was right, and return the secret that the browser shows next."""
    secret = secrets.token_urlsafe(32)
    uow.session.execute(delete(HalfSignIn).where(HalfSignIn.created_at < uow.now - HALF_LENGTH))
    uow.session.add(
        HalfSignIn(secret_hash=hash_secret(secret), user_id=user.id, created_at=uow.now)
    )
    return secret


def half_of(uow: UnitOfWork, secret: str) -> User:
    """Return who still owes the second factor; reads only.

    Raises:
        NotSignedIn: It took too long, or never was.
    """
    found = uow.session.get(HalfSignIn, hash_secret(secret))
    if found is None or found.created_at + HALF_LENGTH <= uow.now:
        raise NotSignedIn("Please sign in.")
    user = get_row(uow, User, found.user_id)
    if user.disabled_at is not None:
        raise NotSignedIn("Please sign in.")
    return user


def close_half(uow: UnitOfWork, secret: str) -> None:
    """Use a half sign-in up."""
    uow.session.execute(delete(HalfSignIn).where(HalfSignIn.secret_hash == hash_secret(secret)))


def prove(
    uow: UnitOfWork, vault: Vault, user: User, *, code: str, address: str, device: str | None
) -> None:
    """Take a one-time code or a recovery code.

    Raises:
        TooMany: Too many wrong codes; `details["seconds"]` to wait.
        Invalid: The code is wrong, or was used.
    """
    check_brake(uow, factor_keys(user, address, device))
    found = factor_in_use(uow, user.id)
    typed = "".join(code.split()).replace("-", "")
    taken = found is not None and _take_code(uow, vault, found, typed)
    if not taken and not _use_recovery(uow, user, typed):
        raise Invalid("This code is wrong or was used before.", field="code")
    release_brake(uow, factor_keys(user, address, device))


def count_wrong_code(uow: UnitOfWork, user: User, *, address: str, device: str | None) -> None:
    """Count a wrong code; the boundary calls this in a unit of its own and records the refusal."""
    press_brake(uow, factor_keys(user, address, device))


def factor_keys(user: User, address: str, device: str | None) -> tuple[BrakeKey, ...]:
    """Return what wrong codes of a person count for."""
    # No login name that is typed begins with a space: strangers cannot press this brake.
    return brake_keys(f" code {user.login}", address, device)


def _take_code(uow: UnitOfWork, vault: Vault, factor: SecondFactor, code: str) -> bool:
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return False
    secret, now = secret_of(vault, factor), step_of(uow.now)
    fitting = [
        step
        for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
        if hmac.compare_digest(code_at(secret, step), code)
    ]
    if not fitting:
        return False
    taken = uow.session.scalar(
        update(SecondFactor)
        .where(SecondFactor.user_id == factor.user_id, SecondFactor.last_step < max(fitting))
        .values(last_step=max(fitting))
        .returning(SecondFactor.user_id)
    )
    return taken is not None


def _use_recovery(uow: UnitOfWork, user: User, code: str) -> bool:
    used = uow.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == _code_hash(user.id, code),
            RecoveryCode.user_id == user.id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
        .returning(RecoveryCode.user_id)
    )
    if used is None:
        return False
    uow.record(
        "person.recovery_used", actor_id=user.id, objects=[user.id], payload={"name": user.name}
    )
    tell_owner(uow, user.id, "recovery_used")
    return True


def _new_recovery_codes(uow: UnitOfWork, user_id: UUID) -> list[str]:
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
        for _ in range(RECOVERY_CODES)
    ]
    uow.session.add_all(
        RecoveryCode(code_hash=_code_hash(user_id, each), user_id=user_id) for each in codes
    )
    return ["-".join(each[at : at + 4] for at in range(0, len(each), 4)) for each in codes]


def _code_hash(user_id: UUID, code: str) -> bytes:
    return hash_secret(f"{user_id} {code.upper()}")


def forget_recovery(uow: UnitOfWork, user_id: UUID) -> None:
    """Make recovery codes worthless that stand in for nothing any more."""
    if not has_factor(uow, user_id):
        uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def secret_of(vault: Vault, factor: SecondFactor) -> bytes:
    """Return the secret of one-time codes.

    Raises:
        SealDamaged: It was changed.
    """
    return vault.unseal(factor.wrapped_key, _label(factor.user_id), factor.sealed)


def _label(user_id: UUID) -> str:
    # The label names the person, so that no row can be given another row's secret.
    return f"second factor {user_id}"


def _own_id(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotFound
    return actor.user_id
