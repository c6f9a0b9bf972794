"""Use cases about registers: opening, changing and finding a book."""

from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.core.rows import check_version, filled, get_row
from records.documents.models import Document
from records.documents.rules import RegisterKind, choose
from records.people.models import Unit
from records.people.rules import Act, Actor, Secrecy, check_may
from records.registration.models import Register
from records.registration.rules import check_form, is_open

# Asked for every document that comes in, so it is put together once.
_BY_CODE = select(Register).where(Register.code == bindparam("code"))


def add_register(
    uow: UnitOfWork,
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: str,
    clerk_unit_id: UUID,
    pattern: str,
    padding: int,
    ceiling: Secrecy,
) -> Register:
    """Open a book.

    Raises:
        Conflict: The code is taken.
        Invalid: The pattern of its numbers makes no sense.
    """
    check_may(actor, Act.KEEP_REGISTERS)
    code = filled(code, "code")
    if uow.session.scalar(select(Register.id).where(Register.code == code)) is not None:
        raise Conflict("The code %(code)s is taken.", {"code": code}, field="code")
    if uow.session.get(Unit, clerk_unit_id) is None:
        raise NotFound
    form = check_form(pattern.strip(), padding)
    register = Register(
        id=uow.new_id(),
        code=code,
        name=filled(name, "name"),
        kind=choose(RegisterKind, kind, field="kind").value,
        clerk_unit_id=clerk_unit_id,
        pattern=form.pattern,
        padding=form.padding,
        ceiling=int(ceiling),
    )
    uow.session.add(register)
    _record_register(uow, actor, "register.added", register)
    return register


def change_register(
    uow: UnitOfWork,
    actor: Actor,
    *,
    register_id: UUID,
    version: int,
    name: str,
    pattern: str,
    padding: int,
    ceiling: Secrecy,
    closed_on: date | None,
) -> Register:
    """Change a book: later numbers follow the new pattern, given ones stay as they are.

    Raises:
        Stale: Somebody else changed it since.
        Conflict: It holds something above the new ceiling.
    """
    check_may(actor, Act.KEEP_REGISTERS)
    register = get_register(uow, register_id)
    check_version(register, version)
    form = check_form(pattern.strip(), padding)
    if ceiling < register.ceiling and _holds_above(uow, register, ceiling):
        raise Conflict(
            "The register %(code)s holds something above %(ceiling)s.",
            {"code": register.code, "ceiling": ceiling.code},
            field="ceiling",
        )
    register.name = filled(name, "name")
    register.pattern, register.padding = form.pattern, form.padding
    register.ceiling = int(ceiling)
    register.closed_on = closed_on
    _record_register(uow, actor, "register.changed", register)
    return register


def all_registers(uow: UnitOfWork) -> list[Register]:
    """Return all registers; an office has few."""
    return list(uow.session.scalars(select(Register).order_by(Register.id)))


def open_registers(uow: UnitOfWork) -> list[Register]:
    """Return the registers that take lines today."""
    return [each for each in all_registers(uow) if is_open(each, uow.today)]


def get_register(uow: UnitOfWork, register_id: UUID) -> Register:
    """Return a register.

    Raises:
        NotFound: There is none with this id.
    """
    return get_row(uow, Register, register_id)


def register_by_code(uow: UnitOfWork, code: str) -> Register:
    """Return the register with a code.

    Raises:
        Invalid: There is none.
    """
    found = uow.session.scalar(_BY_CODE, {"code": code.strip()})
    if found is None:
        raise Invalid("There is no register %(code)s.", {"code": code}, field="register")
    return found


def registers_of(uow: UnitOfWork, actor: Actor) -> list[Register]:
    """Return the open registers that a person is clerk of."""
    return [each for each in open_registers(uow) if each.clerk_unit_id in actor.clerk_units]


def _holds_above(uow: UnitOfWork, register: Register, ceiling: Secrecy) -> bool:
    query = select(Document.id).where(
        Document.register_id == register.id, Document.secrecy > int(ceiling)
    )
    return uow.session.scalar(query.limit(1)) is not None


def _record_register(uow: UnitOfWork, actor: Actor, kind: str, register: Register) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[register.id],
        payload={
            **actor.signature(),
            "code": register.code,
            "title": register.name,
            "pattern": register.pattern,
            "ceiling": Secrecy(register.ceiling).code,
        },
    )
