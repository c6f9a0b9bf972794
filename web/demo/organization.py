"""The people, units and registers of the demo."""

import secrets
from dataclasses import asdict, dataclass

from records.core.database import UnitOfWork
from records.people.organization import add_unit, change_unit, unit_by_code
from records.people.rules import ROOT_UNIT_CODE, SERVICE, Role, Secrecy
from records.people.service import add_user
from records.registration.registers import add_register, change_register, register_by_code

ORGANIZATION = "滨江市档案馆 Binjiang Municipal Archives"
# code → name and the unit above
UNITS = {
    "bgs": ("办公室 General Office", ROOT_UNIT_CODE),
    "archives": ("档案室 Archives", "bgs"),
    "finance": ("财务处 Finance", ROOT_UNIT_CODE),
    "hr": ("人事处 Personnel", ROOT_UNIT_CODE),
    "legal": ("法规处 Legal Affairs", ROOT_UNIT_CODE),
    "it": ("信息中心 Information Technology", ROOT_UNIT_CODE),
}
# login → shown name, unit, title of the post, roles, clearance, language
PEOPLE = {
    "anna": ("Anna Weber", "office", "Registry clerk", (Role.CLERK,), "secret", "en"),
    "wangfang": ("王芳", "office", "收发员", (Role.CLERK, Role.STAFF), "secret", "zh_CN"),
    "thomas": ("Thomas Berger", "legal", "Adviser", (Role.STAFF,), "confidential", "en"),
    "lina": ("李娜", "finance", "经办人", (Role.STAFF,), "confidential", "zh_CN"),
    "chenhao": ("陈浩", "it", "工程师", (Role.STAFF,), "internal", "zh_CN"),
    "zhangwei": ("张伟", "office", "主任", (Role.LEADER,), "top_secret", "zh_CN"),
    "maria": ("Maria Rossi", "legal", "Head of Legal Affairs", (Role.LEADER,), "secret", "en"),
    "liuyang": ("刘洋", "bgs", "印章保管人", (Role.SEAL_KEEPER,), "confidential", "zh_CN"),
    "sunli": ("孙丽", "finance", "财务印章保管人", (Role.SEAL_KEEPER,), "confidential", "zh_CN"),
    "chenjing": ("陈静", "archives", "档案员", (Role.ARCHIVIST,), "secret", "zh_CN"),
    "oliver": ("Oliver Grant", "office", "Auditor", (Role.AUDITOR,), "internal", "en"),
    "sysadmin": ("Samira Haddad", "it", "System admin", (Role.SYSTEM_ADMIN,), "internal", "en"),
    "secadmin": ("周敏", "office", "安全管理员", (Role.SECURITY_ADMIN,), "internal", "zh_CN"),
    "audadmin": ("Jan Novak", "office", "Audit admin", (Role.AUDIT_ADMIN,), "internal", "en"),
}
# code → name, kind, pattern, ceiling
REGISTERS = {
    "shouwen": ("公文收文登记簿", "incoming", "公收〔{year}〕{number}号", "confidential"),
    "mishou": ("涉密收文登记簿", "incoming", "密收〔{year}〕{number}号", "top_secret"),
    "fawen": ("公文发文登记簿", "outgoing", "档办发〔{year}〕{number}号", "confidential"),
    "restricted": ("Restricted incoming", "incoming", "R-IN/{year}/{number}", "secret"),
}
WORDS = ("maple", "harbour", "lantern", "copper", "meadow", "violet", "granite", "willow", "amber")


@dataclass(frozen=True)
class Person:
    """A person of the demo, with the password that signs in."""

    name: str
    password: str
    shown: str
    roles: list[str]
    unit: str
    clearance: str

    def facts(self) -> dict[str, object]:
        """Return everything for programs."""
        return asdict(self)


def make_organization(uow: UnitOfWork) -> list[Person]:
    """Make units, registers and people, and return the people."""
    root = unit_by_code(uow, ROOT_UNIT_CODE)
    change_unit(
        uow,
        SERVICE,
        unit_id=root.id,
        version=root.version,
        name=ORGANIZATION,
        parent_id=None,
        until_on=None,
    )
    for code, (name, above) in UNITS.items():
        add_unit(uow, SERVICE, code=code, name=name, parent_id=unit_by_code(uow, above).id)
        uow.session.flush()
    for code, (name, kind, pattern, ceiling) in REGISTERS.items():
        add_register(
            uow,
            SERVICE,
            code=code,
            name=name,
            kind=kind,
            clerk_unit_id=root.id,
            pattern=pattern,
            padding=4,
            ceiling=Secrecy.from_code(ceiling),
        )
    incoming = register_by_code(uow, "incoming")
    change_register(
        uow,
        SERVICE,
        register_id=incoming.id,
        version=incoming.version,
        name=incoming.name,
        pattern=incoming.pattern,
        padding=incoming.padding,
        ceiling=Secrecy.INTERNAL,
        closed_on=None,
    )
    return [_person(uow, login) for login in PEOPLE]


def _person(uow: UnitOfWork, login: str) -> Person:
    shown, unit, title, roles, clearance, language = PEOPLE[login]
    password = "-".join([*(secrets.choice(WORDS) for _ in range(3)), secrets.token_hex(2)])
    add_user(
        uow,
        SERVICE,
        login=login,
        name=shown,
        roles=frozenset(roles),
        unit_id=unit_by_code(uow, unit).id,
        clearance=Secrecy.from_code(clearance),
        title=title,
        password=password,
        language=language,
    )
    return Person(login, password, shown, [each.value for each in roles], unit, clearance)
