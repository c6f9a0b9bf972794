"""Who may call a route: one small table, read by `web.routes` and by the navigation.

A role opens a screen; what the screen then shows is decided by the services and by the one
visibility rule of `records.documents`. A role never opens a document.
"""

from dataclasses import dataclass

from records.people.rules import ALLOWED, Act, Role


@dataclass(frozen=True)
class Permission:
    """A named set of callers.

    Attributes:
        name: The word that tests and the reference print.
        signed_in: Whether a caller without a session is sent to sign in.
        roles: Any one of these is enough; empty means every signed-in user.
    """

    name: str
    signed_in: bool = True
    roles: frozenset[Role] = frozenset()

    def admits(self, roles: frozenset[Role] | None) -> bool:
        """Tell whether a caller may pass; `roles` is None for a caller who is not signed in."""
        if not self.signed_in:
            return True
        if roles is None:
            return False
        return not self.roles or bool(self.roles & roles)


def _whoever_may(name: str, *acts: Act) -> Permission:
    return Permission(name, roles=frozenset(role for act in acts for role in ALLOWED[act]))


PUBLIC = Permission("public", signed_in=False)
SIGNED_IN = Permission("signed in")
REGISTRARS = _whoever_may("registrars", Act.REGISTER)
ARRIVAL_READERS = _whoever_may("readers of arrivals", Act.SEE_ARRIVALS)
FILERS = _whoever_may("filers", Act.FILE)
SHARERS = _whoever_may("sharers", Act.SHARE)
GLASS_BREAKERS = _whoever_may("those with emergency access", Act.BREAK_GLASS)
CIRCULATORS = _whoever_may("circulators", Act.CIRCULATE)
SEAL_APPLICANTS = _whoever_may("seal applicants", Act.ASK_FOR_SEAL)
SEAL_KEEPERS = _whoever_may("seal keepers", Act.USE_SEAL)
SEAL_CHECKERS = _whoever_may("checkers of seals", Act.USE_SEAL, Act.KEEP_SEAL_REGISTER)
SEAL_BOOK_READERS = _whoever_may("seal book readers", Act.READ_SEAL_BOOKS)
SEAL_STATISTICS_READERS = _whoever_may("readers of seal statistics", Act.READ_SEAL_STATISTICS)
SEAL_REGISTER_KEEPERS = _whoever_may("keepers of the register of seals", Act.KEEP_SEAL_REGISTER)
SEAL_CERTIFICATE_KEEPERS = _whoever_may("certificate keepers", Act.KEEP_SEAL_CERTIFICATES)
SEAL_READERS = _whoever_may(
    "seal readers", Act.READ_SEAL_BOOKS, Act.KEEP_SEAL_REGISTER, Act.KEEP_SEAL_CERTIFICATES
)
CALENDAR_KEEPERS = _whoever_may("calendar keepers", Act.KEEP_CALENDAR)
FILE_PLAN_KEEPERS = _whoever_may("file plan keepers", Act.KEEP_FILE_PLAN)
FILING_RULE_KEEPERS = _whoever_may("keepers of filing rules", Act.KEEP_FILING_RULES)
SYNONYM_KEEPERS = _whoever_may("keepers of synonyms", Act.KEEP_SYNONYMS)
SYNONYM_KEEPERS = _whoever_may("keepers of synonyms", Act.KEEP_SYNONYMS)
REGISTER_KEEPERS = _whoever_may("register keepers", Act.KEEP_REGISTERS)
BOOK_READERS = Permission(
    "book readers", roles=frozenset({Role.CLERK, Role.ARCHIVIST, Role.AUDITOR, Role.AUDIT_ADMIN})
)
REGISTER_READERS = Permission(
    "register readers", roles=BOOK_READERS.roles | ALLOWED[Act.KEEP_REGISTERS]
)
LOG_READERS = _whoever_may("log readers", Act.READ_LOG, Act.READ_REFUSALS)
LOG_EXPORTERS = _whoever_may("auditors of the log", Act.READ_LOG)
PEOPLE_KEEPERS = _whoever_may("people keepers", Act.KEEP_USERS, Act.GIVE_CLEARANCE)
USER_KEEPERS = _whoever_may("user keepers", Act.KEEP_USERS)
UNIT_KEEPERS = _whoever_may("unit keepers", Act.KEEP_UNITS)
CLEARANCE_GIVERS = _whoever_may("clearance givers", Act.GIVE_CLEARANCE)
OPERATORS = _whoever_may("operators", Act.SEE_OPERATIONS)
FIXITY_READERS = _whoever_may("fixity readers", Act.SEE_OPERATIONS, Act.READ_LOG)

ALL = (
    PUBLIC,
    SIGNED_IN,
    REGISTRARS,
    ARRIVAL_READERS,
    FILERS,
    SHARERS,
    GLASS_BREAKERS,
    CIRCULATORS,
    SEAL_APPLICANTS,
    SEAL_KEEPERS,
    SEAL_CHECKERS,
    SEAL_BOOK_READERS,
    SEAL_STATISTICS_READERS,
    SEAL_REGISTER_KEEPERS,
    SEAL_CERTIFICATE_KEEPERS,
    SEAL_READERS,
    CALENDAR_KEEPERS,
    FILE_PLAN_KEEPERS,
    FILING_RULE_KEEPERS,
    SYNONYM_KEEPERS,
    REGISTER_KEEPERS,
    BOOK_READERS,
    REGISTER_READERS,
    LOG_READERS,
    LOG_EXPORTERS,
    PEOPLE_KEEPERS,
    USER_KEEPERS,
    UNIT_KEEPERS,
    CLEARANCE_GIVERS,
    OPERATORS,
    FIXITY_READERS,
)
