"""Pure rules about people: roles, levels of secrecy and clearance, and what a role allows.

Roles belong to posts, and a person acts with the roles of all posts held at the moment. System,
security and audit administration are apart: one person cannot hold two of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from records.core.errors import Conflict, Invalid, NotAllowed
from records.people.known_passwords import is_known

ROOT_UNIT_CODE = "office"
PASSWORD_MIN_LENGTH = 12
NAME_TELLS_LENGTH = 4
# Everything a password must not be, apart from the name of its owner.
WELL_KNOWN_PASSWORDS = frozenset(
    {"password1234", "123456789012", "qwertyuiopas", "chancerychancery", "administrator"}
)


class Role(StrEnum):
    """What a post is for."""

    CLERK = "clerk"
    STAFF = "staff"
    LEADER = "leader"
    SEAL_KEEPER = "seal_keeper"
    ARCHIVIST = "archivist"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class Secrecy(IntEnum):
    """Level of secrecy of a document, and of clearance of a person."""

    PUBLIC = 0
    INTERNAL = 1
    CONFIDENTIAL = 2
    SECRET = 3
    TOP_SECRET = 4

    @property
    def code(self) -> str:
        """Return the name used in settings, files and REST."""
        return self.name.lower()

    @classmethod
    def from_code(cls, code: str, *, field: str = "secrecy") -> "Secrecy":
        """Return the level of a name.

        Raises:
            Invalid: There is no such level.
        """
        try:
            return cls[code.upper()]
        except KeyError:
            raise Invalid(
                "There is no secrecy level %(code)s. The levels are %(known)s.",
                {"code": code, "known": ", ".join(each.code for each in cls)},
                field=field,
            ) from None


# Oversight and administration see no content by role: a post with none of these roles does not
# make its holder a member of the unit as far as documents are concerned.
WORKING_ROLES = frozenset({Role.CLERK, Role.STAFF, Role.LEADER, Role.SEAL_KEEPER, Role.ARCHIVIST})
SEPARATE_ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)


class Act(StrEnum):
    """What a role can allow, apart from any document. Documents add their own visibility."""

    REGISTER = "register"
    FILE = "file"
    KEEP_FILE_PLAN = "keep_file_plan"
    KEEP_FILING_RULES = "keep_filing_rules"
    KEEP_SYNONYMS = "keep_synonyms"
    SHARE = "share"
    BREAK_GLASS = "break_glass"
    CIRCULATE = "circulate"
    ASK_FOR_SEAL = "ask_for_seal"
    USE_SEAL = "use_seal"
    READ_SEAL_BOOKS = "read_seal_books"
    READ_SEAL_STATISTICS = "read_seal_statistics"
    KEEP_SEAL_REGISTER = "keep_seal_register"
    KEEP_SEAL_CERTIFICATES = "keep_seal_certificates"
    KEEP_REGISTERS = "keep_registers"
    KEEP_UNITS = "keep_units"
    KEEP_CALENDAR = "keep_calendar"
    KEEP_USERS = "keep_users"
    GIVE_CLEARANCE = "give_clearance"
    KEEP_TOKENS = "keep_tokens"
    READ_LOG = "read_log"
    READ_REFUSALS = "read_refusals"
    SEE_OPERATIONS = "see_operations"
    SEE_ARRIVALS = "see_arrivals"


ALLOWED: dict[Act, frozenset[Role]] = {
    Act.REGISTER: frozenset({Role.CLERK}),
    Act.FILE: frozenset({Role.CLERK, Role.ARCHIVIST}),
    Act.SHARE: frozenset({Role.CLERK, Role.LEADER, Role.ARCHIVIST}),
    # Administration sees no content, in an emergency neither: it is for who answers for a unit.
    Act.BREAK_GLASS: frozenset({Role.LEADER}),
    Act.CIRCULATE: frozenset({Role.CLERK, Role.LEADER}),
    Act.ASK_FOR_SEAL: WORKING_ROLES,
    Act.USE_SEAL: frozenset({Role.SEAL_KEEPER}),
    Act.READ_SEAL_BOOKS: frozenset({Role.SEAL_KEEPER, Role.AUDITOR, Role.AUDIT_ADMIN}),
    Act.READ_SEAL_STATISTICS: frozenset(
        {Role.SEAL_KEEPER, Role.LEADER, Role.AUDITOR, Role.AUDIT_ADMIN}
    ),
    Act.KEEP_SEAL_REGISTER: frozenset({Role.SYSTEM_ADMIN}),
    Act.KEEP_SEAL_CERTIFICATES: frozenset({Role.SECURITY_ADMIN}),
    Act.KEEP_FILE_PLAN: frozenset({Role.ARCHIVIST}),
    Act.KEEP_FILING_RULES: frozenset({Role.ARCHIVIST}),
    Act.KEEP_SYNONYMS: frozenset({Role.ARCHIVIST, Role.SYSTEM_ADMIN}),
    Act.KEEP_REGISTERS: frozenset({Role.SYSTEM_ADMIN}),
    Act.KEEP_UNITS: frozenset({Role.SYSTEM_ADMIN}),
    Act.KEEP_CALENDAR: frozenset({Role.SYSTEM_ADMIN}),
    Act.KEEP_USERS: frozenset({Role.SYSTEM_ADMIN}),
    Act.GIVE_CLEARANCE: frozenset({Role.SECURITY_ADMIN}),
    Act.KEEP_TOKENS: frozenset(Role),
    Act.READ_LOG: frozenset({Role.AUDITOR, Role.AUDIT_ADMIN}),
    Act.READ_REFUSALS: frozenset({Role.AUDITOR, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN}),
    Act.SEE_OPERATIONS: frozenset({Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}),
    Act.SEE_ARRIVALS: frozenset({Role.CLERK, Role.SYSTEM_ADMIN}),
}


class PrincipalKind(StrEnum):
    """In what capacity somebody may see a document."""

    EVERYONE = "everyone"
    ARCHIVISTS = "archivists"
    CLERKS = "clerks"
    RESPONSIBLE_UNIT = "responsible_unit"
    UNIT = "unit"
    GROUP = "group"
    USER = "user"


def principal_id(kind: PrincipalKind, object_id: UUID | None = None) -> UUID:
    """Return the one identifier under which the database and the index know a capacity."""
    return uuid5(object_id or NAMESPACE_URL, f"chancery:{kind}")


EVERYONE = principal_id(PrincipalKind.EVERYONE)
ARCHIVISTS = principal_id(PrincipalKind.ARCHIVISTS)


@dataclass(frozen=True)
class HeldPost:
    """A post as its holder has it at the moment of an act."""

    id: UUID
    title: str
    unit_id: UUID
    unit_name: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Actor:
    """A person at the moment of an act, with the rights of the posts held at that moment.

    Attributes:
        user_id: The person; None for the service itself.
        name: Name shown in the timeline for ever.
        clearance: Highest secrecy that this person may see.
        principals: All capacities in which this person may see documents.
        clerk_units: Units whose registers this person keeps.
        operator: True when somebody acts from a shell on behalf of this person.
        responsible_units: Units for whose documents this person's posts answer.
    """

    user_id: UUID | None
    name: str
    clearance: Secrecy = Secrecy.PUBLIC
    posts: tuple[HeldPost, ...] = ()
    principals: frozenset[UUID] = frozenset({EVERYONE})
    clerk_units: frozenset[UUID] = frozenset()
    operator: bool = False
    responsible_units: frozenset[UUID] = frozenset()
    roles: frozenset[Role] = field(init=False)

    def __post_init__(self) -> None:
        """Collect the roles of all posts."""
        roles = frozenset(role for post in self.posts for role in post.roles)
        object.__setattr__(self, "roles", roles)

    @property
    def is_service(self) -> bool:
        """Whether this is the service itself, which may do everything."""
        return self.user_id is None and self.name == SERVICE_NAME

    def may(self, act: Act) -> bool:
        """Return whether a role of this person allows the act."""
        return self.is_service or bool(self.roles & ALLOWED[act])

    def signature(self) -> dict[str, object]:
        """Return name, posts and manner of the act as the log keeps them for ever."""
        kept: dict[str, object] = {
            "name": self.name,
            "posts": [f"{post.unit_name} · {post.title}" for post in self.posts],
        }
        if self.operator:
            kept["operator"] = True
        return kept


SERVICE_NAME = "chancery"
SERVICE = Actor(None, SERVICE_NAME, Secrecy.TOP_SECRET)


def check_may(actor: Actor, act: Act) -> None:
    """Refuse an act that no role of the actor allows.

    Raises:
        NotAllowed: None of the actor's posts has a role for it.
    """
    if not actor.may(act):
        raise NotAllowed("None of your posts allows this.", {"act": act.value})


def check_clerk(actor: Actor, *, clerk_unit_id: UUID) -> None:
    """Refuse a person who is not clerk of a register, or of the documents in it.

    Args:
        clerk_unit_id: The unit that keeps the register.

    Raises:
        NotAllowed: Another unit keeps the register.
    """
    check_may(actor, Act.REGISTER)
    if not actor.is_service and clerk_unit_id not in actor.clerk_units:
        raise NotAllowed("Only the clerks of the unit that keeps this register may do this.")


def check_separate(roles: Iterable[Role]) -> None:
    """Refuse two of the three administrations in one hand.

    Raises:
        Conflict: More than one of system, security and audit administration.
    """
    held = [role for role in SEPARATE_ROLES if role in set(roles)]
    if len(held) > 1:
        raise Conflict(
            "System, security and audit administration must be different people.",
            {"roles": [role.value for role in held]},
        )


def check_password(password: str, *, names: Iterable[str]) -> None:
    """Refuse a password that is too short or known to everybody.

    Args:
        names: What anybody would try first: the login name, the shown name, that of the office.

    Raises:
        Invalid: Shorter than twelve characters, with one of the names in it, or well known.
    """
    if len(password) < PASSWORD_MIN_LENGTH:
        raise Invalid(
            "A password has at least %(count)d characters.",
            {"count": PASSWORD_MIN_LENGTH},
            field="password",
        )
    plain = password.casefold()
    packed = "".join(plain.split())
    parts = ["".join(each.casefold().split()) for each in names]
    # A short name says nothing: "li" stands in every other word.
    named = any(len(each) >= NAME_TELLS_LENGTH and each in packed for each in parts)
    if named or plain in WELL_KNOWN_PASSWORDS or len(set(plain)) < 5 or is_known(password):
        raise Invalid("This password is too easy to guess.", field="password")
