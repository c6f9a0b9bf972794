"""Who may call a route: one small table, read by `web.routes` and by the navigation.

Roles open a screen; what the screen then shows is decided by the services and by the one visibility
rule of `records.documents`. A role never opens a document.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Permission:
    """A named set of callers.

    Attributes:
        name: the word that tests and the reference print.
        signed_in: whether a caller without a session is sent to sign in.
        roles: any one of these is enough; empty means every signed-in user.
    """

    name: str
    signed_in: bool = True
    roles: frozenset[str] = field(default_factory=frozenset)

    def admits(self, roles: frozenset[str] | None) -> bool:
        """Tell whether a caller may pass; `roles` is None for a caller who is not signed in."""
        if not self.signed_in:
            return True
        if roles is None:
            return False
        return not self.roles or bool(self.roles & roles)


def _any_of(name: str, *roles: str) -> Permission:
    return Permission(name, roles=frozenset(roles))


PUBLIC = Permission("public", signed_in=False)
SIGNED_IN = Permission("signed in")
REGISTRARS = _any_of("registrars", "clerk")
FILERS = _any_of("filers", "clerk", "archivist")
FILE_PLAN_KEEPERS = _any_of("file plan keepers", "archivist")
BOOK_READERS = _any_of("book readers", "clerk", "archivist", "auditor", "audit_admin")
LOG_READERS = _any_of("log readers", "auditor", "audit_admin")
PEOPLE_KEEPERS = _any_of("people keepers", "system_admin", "security_admin")
SYSTEM_KEEPERS = _any_of("system keepers", "system_admin")
SECURITY_KEEPERS = _any_of("security keepers", "security_admin")

ALL = (
    PUBLIC,
    SIGNED_IN,
    REGISTRARS,
    FILERS,
    FILE_PLAN_KEEPERS,
    BOOK_READERS,
    LOG_READERS,
    PEOPLE_KEEPERS,
    SYSTEM_KEEPERS,
    SECURITY_KEEPERS,
)
