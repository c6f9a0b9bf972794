"""Founding: what an empty database gets, so that a registry can begin."""

from dataclasses import dataclass

from sqlalchemy import select

from records.classification.plan import import_plan, ready_plan
from records.core.database import UnitOfWork
from records.core.log import LogHead
from records.people.models import Unit
from records.people.organization import add_unit
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Secrecy
from records.people.signing_in import invite_first_administrator
from records.registration.registers import add_register

ROOT_NAMES = {"en": "Office", "zh_CN": "办公室"}
# code → name and pattern of its numbers, by language.
REGISTERS = {
    "en": {
        "incoming": ("Incoming documents", "IN-{year}-{number}"),
        "outgoing": ("Outgoing documents", "OUT-{year}-{number}"),
        "internal": ("Internal documents", "INT-{year}-{number}"),
    },
    "zh_CN": {
        "incoming": ("收文登记簿", "收〔{year}〕{number}号"),
        "outgoing": ("发文登记簿", "发〔{year}〕{number}号"),
        "internal": ("内部文件登记簿", "内〔{year}〕{number}号"),
    },
}
PADDING = 4


@dataclass(frozen=True)
class Founding:
    """What the first start made: the secret of the link for the first administrator."""

    invitation: str | None


def found_office(uow: UnitOfWork, *, language: str = "en") -> Founding | None:
    """Make root unit, registers and file plan in an empty database; None when it is not empty."""
    # Two processes may start at once: the second waits here and then finds the work done.
    uow.session.execute(select(LogHead).with_for_update())
    if uow.session.scalar(select(Unit.id).limit(1)) is not None:
        return None
    spoken = language if language in REGISTERS else "en"
    root = add_unit(uow, SERVICE, code=ROOT_UNIT_CODE, name=ROOT_NAMES[spoken], parent_id=None)
    uow.session.flush()
    for code, (name, pattern) in REGISTERS[spoken].items():
        add_register(
            uow,
            SERVICE,
            code=code,
            name=name,
            kind=code,
            clerk_unit_id=root.id,
            pattern=pattern,
            padding=PADDING,
            ceiling=Secrecy.TOP_SECRET,
        )
    import_plan(uow, SERVICE, ready_plan(spoken))
    return Founding(invite_first_administrator(uow))
