"""The words for codes that people see, in one place, with the look of their chips.

Templates ask `word('urgency', code).text`; the `chip` macros take tone and icon from here too.
"""

from dataclasses import dataclass

from flask import Flask
from flask_babel import LazyString, lazy_pgettext


@dataclass(frozen=True)
class Word:
    """How a code is shown.

    Attributes:
        text: the word in the reader's language.
        tone: colour family of its chip: plain, primary, ok, warn, seal.
        icon: symbol beside the word, so that no meaning hangs on colour alone; empty for none.
    """

    text: LazyString
    tone: str = "plain"
    icon: str = ""


WORDS: dict[str, dict[str, Word]] = {
    "urgency": {
        "routine": Word(lazy_pgettext("urgency", "routine")),
        "urgent": Word(lazy_pgettext("urgency", "urgent"), "warn", "clock"),
        "flash": Word(lazy_pgettext("urgency", "flash"), "seal", "circle-alert"),
    },
    "secrecy": {
        "public": Word(lazy_pgettext("secrecy", "public"), "ok", "globe"),
        "internal": Word(lazy_pgettext("secrecy", "internal")),
        "confidential": Word(lazy_pgettext("secrecy", "confidential"), "warn", "lock"),
        "secret": Word(lazy_pgettext("secrecy", "secret"), "seal", "lock"),
        "top_secret": Word(lazy_pgettext("secrecy", "top secret"), "seal", "lock"),
    },
    "state": {
        "registered": Word(lazy_pgettext("state", "to be checked"), "warn", "inbox"),
        "checked": Word(lazy_pgettext("state", "checked"), "primary", "check"),
        "filed": Word(lazy_pgettext("state", "filed"), "ok", "archive"),
        "voided": Word(lazy_pgettext("state", "voided"), "seal", "x"),
    },
    "line": {
        "current": Word(lazy_pgettext("line", "current"), "ok"),
        "moved": Word(lazy_pgettext("line", "moved"), "plain", "move-right"),
        "voided": Word(lazy_pgettext("line", "voided"), "seal", "x"),
    },
    "text": {
        "pending": Word(lazy_pgettext("text", "being read"), "plain", "scan-text"),
        "done": Word(lazy_pgettext("text", "text read"), "ok", "check"),
        "none": Word(lazy_pgettext("text", "no text"), "plain", "info"),
        "failed": Word(lazy_pgettext("text", "unreadable"), "warn", "triangle-alert"),
    },
    "medium": {
        "paper": Word(lazy_pgettext("medium", "paper")),
        "electronic": Word(lazy_pgettext("medium", "electronic")),
        "both": Word(lazy_pgettext("medium", "paper and electronic")),
    },
    "register": {
        "incoming": Word(lazy_pgettext("register", "incoming")),
        "outgoing": Word(lazy_pgettext("register", "outgoing")),
        "internal": Word(lazy_pgettext("register", "internal")),
    },
    "role": {
        "clerk": Word(lazy_pgettext("role", "clerk")),
        "staff": Word(lazy_pgettext("role", "staff")),
        "leader": Word(lazy_pgettext("role", "leader")),
        "seal_keeper": Word(lazy_pgettext("role", "seal keeper")),
        "archivist": Word(lazy_pgettext("role", "archivist")),
        "auditor": Word(lazy_pgettext("role", "auditor")),
        "system_admin": Word(lazy_pgettext("role", "system administrator")),
        "security_admin": Word(lazy_pgettext("role", "security administrator")),
        "audit_admin": Word(lazy_pgettext("role", "audit administrator")),
    },
    "component": {
        "original": Word(lazy_pgettext("component", "original")),
        "attachment": Word(lazy_pgettext("component", "attachment")),
        "stamped": Word(lazy_pgettext("component", "stamped copy"), "ok", "stamp"),
        "searchable": Word(lazy_pgettext("component", "searchable copy")),
        "part": Word(lazy_pgettext("component", "taken out")),
    },
    "channel": {
        "browser": Word(lazy_pgettext("channel", "browser"), "plain", "globe"),
        "rest": Word(lazy_pgettext("channel", "interface"), "plain", "server"),
        "import": Word(lazy_pgettext("channel", "import"), "plain", "upload"),
        "folder": Word(lazy_pgettext("channel", "watched folder"), "plain", "folder"),
        "mailbox": Word(lazy_pgettext("channel", "mailbox"), "plain", "mail"),
    },
    "arrival": {
        "waiting": Word(lazy_pgettext("arrival", "waiting"), "warn", "clock"),
        "registered": Word(lazy_pgettext("arrival", "registered"), "ok", "check"),
        "given_up": Word(lazy_pgettext("arrival", "given up"), "plain", "x"),
    },
    "kind": {
        "决议": Word(lazy_pgettext("kind", "resolution")),
        "决定": Word(lazy_pgettext("kind", "decision")),
        "命令": Word(lazy_pgettext("kind", "order")),
        "公报": Word(lazy_pgettext("kind", "communiqué")),
        "公告": Word(lazy_pgettext("kind", "announcement")),
        "通告": Word(lazy_pgettext("kind", "public notice")),
        "意见": Word(lazy_pgettext("kind", "opinion")),
        "通知": Word(lazy_pgettext("kind", "notice")),
        "通报": Word(lazy_pgettext("kind", "circular")),
        "报告": Word(lazy_pgettext("kind", "report")),
        "请示": Word(lazy_pgettext("kind", "request for instructions")),
        "批复": Word(lazy_pgettext("kind", "reply")),
        "议案": Word(lazy_pgettext("kind", "motion")),
        "函": Word(lazy_pgettext("kind", "letter")),
        "纪要": Word(lazy_pgettext("kind", "minutes")),
    },
    "principal": {
        "user": Word(lazy_pgettext("principal", "person"), icon="user-check"),
        "unit": Word(lazy_pgettext("principal", "unit"), icon="building-2"),
        "group": Word(lazy_pgettext("principal", "group"), icon="users"),
        "post": Word(lazy_pgettext("principal", "post"), icon="user"),
    },
    "purpose": {
        "read": Word(lazy_pgettext("purpose", "to read"), "primary", "eye"),
        "comment": Word(lazy_pgettext("purpose", "to comment"), "primary", "message-square-text"),
        "approve": Word(lazy_pgettext("purpose", "to approve"), "primary", "stamp"),
    },
    "round": {
        "draft": Word(lazy_pgettext("round", "draft"), "plain", "file-pen"),
        "running": Word(lazy_pgettext("round", "running"), "primary", "route"),
        "complete": Word(lazy_pgettext("round", "complete"), "ok", "circle-check"),
        "closed": Word(lazy_pgettext("round", "closed"), "plain", "archive"),
        "recalled": Word(lazy_pgettext("round", "recalled"), "plain", "undo-2"),
        "discarded": Word(lazy_pgettext("round", "discarded"), "plain", "trash-2"),
    },
    "stage": {
        "waiting": Word(lazy_pgettext("stage", "not begun"), "plain", "circle-dashed"),
        "running": Word(lazy_pgettext("stage", "running"), "primary", "route"),
        "done": Word(lazy_pgettext("stage", "done"), "ok", "circle-check"),
    },
    "item": {
        "waiting": Word(lazy_pgettext("item", "waiting"), "plain", "circle-dashed"),
        "delivered": Word(lazy_pgettext("item", "delivered"), "plain", "mail"),
        "opened": Word(lazy_pgettext("item", "opened"), "primary", "mail-open"),
        "signed": Word(lazy_pgettext("item", "signed"), "ok", "circle-check"),
        "returned": Word(lazy_pgettext("item", "returned"), "warn", "corner-up-left"),
        "delegated": Word(lazy_pgettext("item", "handed on"), "plain", "forward"),
        "skipped": Word(lazy_pgettext("item", "skipped"), "plain", "skip-forward"),
        "recalled": Word(lazy_pgettext("item", "recalled"), "plain", "undo-2"),
    },
    "decision": {
        "read": Word(lazy_pgettext("decision", "read"), "ok", "check"),
        "agreed": Word(lazy_pgettext("decision", "agreed"), "ok", "circle-check"),
        "declined": Word(lazy_pgettext("decision", "declined"), "seal", "x"),
    },
    "leg": {
        "signed": Word(lazy_pgettext("leg", "signed"), "ok", "check"),
        "returned": Word(lazy_pgettext("leg", "returned"), "warn"),
        "delegated": Word(lazy_pgettext("leg", "handed on")),
        "skipped": Word(lazy_pgettext("leg", "skipped")),
        "recalled": Word(lazy_pgettext("leg", "recalled")),
        "sent": Word(lazy_pgettext("leg", "sent round")),
        "handed_on": Word(lazy_pgettext("leg", "handed on")),
        "withdrawn": Word(lazy_pgettext("leg", "withdrawn, never confirmed")),
    },
    "task": {
        "open": Word(lazy_pgettext("task", "open"), "primary", "list-checks"),
        "done": Word(lazy_pgettext("task", "done"), "ok", "check"),
        "cancelled": Word(lazy_pgettext("task", "cancelled"), "plain", "x"),
    },
    "delegation": {
        "coming": Word(lazy_pgettext("delegation", "not begun"), "plain", "clock"),
        "in_force": Word(lazy_pgettext("delegation", "in force"), "ok", "user-check"),
        "over": Word(lazy_pgettext("delegation", "over"), "plain"),
    },
    "key": {
        "passkey": Word(lazy_pgettext("key", "passkey"), "ok", "fingerprint"),
        "server": Word(lazy_pgettext("key", "key held by the server"), "plain", "server"),
    },
    "seal_kind": {
        "unit": Word(lazy_pgettext("seal_kind", "unit seal")),
        "contract": Word(lazy_pgettext("seal_kind", "contract seal")),
        "finance": Word(lazy_pgettext("seal_kind", "finance seal")),
        "legal_person": Word(lazy_pgettext("seal_kind", "legal representative's name seal")),
        "special": Word(lazy_pgettext("seal_kind", "special-purpose seal")),
    },
    "seal_shape": {
        "round": Word(lazy_pgettext("seal_shape", "round")),
        "oval": Word(lazy_pgettext("seal_shape", "oval")),
        "square": Word(lazy_pgettext("seal_shape", "square")),
        "rectangle": Word(lazy_pgettext("seal_shape", "rectangle")),
    },
    "seal_state": {
        "in_use": Word(lazy_pgettext("seal_state", "in use"), "ok", "check"),
        "lent": Word(lazy_pgettext("seal_state", "outside"), "warn", "log-out"),
        "lost": Word(lazy_pgettext("seal_state", "lost"), "seal", "triangle-alert"),
        "withdrawn": Word(lazy_pgettext("seal_state", "withdrawn"), "plain", "archive"),
        "destroyed": Word(lazy_pgettext("seal_state", "destroyed"), "plain", "x"),
    },
    "certificate_source": {
        "self_issued": Word(lazy_pgettext("certificate_source", "our own"), "warn", "building-2"),
        "pkcs12": Word(lazy_pgettext("certificate_source", "from a file"), "primary", "file-check"),
        "pkcs11": Word(lazy_pgettext("certificate_source", "in a token"), "primary", "key-round"),
    },
    "certificate_state": {
        "in_use": Word(lazy_pgettext("certificate_state", "signs"), "ok", "check"),
        "not_yet": Word(lazy_pgettext("certificate_state", "not yet"), "plain", "clock"),
        "replaced": Word(lazy_pgettext("certificate_state", "replaced"), "plain", "refresh-cw"),
        "expired": Word(lazy_pgettext("certificate_state", "expired"), "seal", "circle-alert"),
        "ended": Word(lazy_pgettext("certificate_state", "ended"), "seal", "x"),
    },
    "seal_matter": {
        "letter": Word(lazy_pgettext("seal_matter", "official letter")),
        "contract": Word(lazy_pgettext("seal_matter", "contract or agreement")),
        "finance": Word(lazy_pgettext("seal_matter", "finance and payments")),
        "certificate": Word(lazy_pgettext("seal_matter", "certificate or proof")),
        "personnel": Word(lazy_pgettext("seal_matter", "personnel")),
        "other": Word(lazy_pgettext("seal_matter", "other")),
    },
    "seal_medium": {
        "paper": Word(lazy_pgettext("seal_medium", "on paper"), "plain", "file-text"),
        "electronic": Word(lazy_pgettext("seal_medium", "electronic"), "primary", "shield-check"),
    },
    "seal_request": {
        "waiting": Word(lazy_pgettext("seal_request", "waits for approval"), "primary", "clock"),
        "approved": Word(lazy_pgettext("seal_request", "approved, to be sealed"), "ok", "stamp"),
        "declined": Word(lazy_pgettext("seal_request", "declined"), "seal", "x"),
        "refused": Word(lazy_pgettext("seal_request", "refused by the keeper"), "seal", "x"),
        "withdrawn": Word(lazy_pgettext("seal_request", "withdrawn"), "plain", "undo-2"),
        "void": Word(lazy_pgettext("seal_request", "void"), "warn", "triangle-alert"),
        "used": Word(lazy_pgettext("seal_request", "sealed"), "ok", "circle-check"),
    },
    "seal_approval": {
        "waiting": Word(lazy_pgettext("seal_approval", "not begun"), "plain", "circle-dashed"),
        "current": Word(lazy_pgettext("seal_approval", "to decide"), "primary", "clock"),
        "agreed": Word(lazy_pgettext("seal_approval", "agreed"), "ok", "circle-check"),
        "declined": Word(lazy_pgettext("seal_approval", "declined"), "seal", "x"),
        "skipped": Word(lazy_pgettext("seal_approval", "skipped"), "plain", "skip-forward"),
    },
    "seal_approver": {
        "applicant_leader": Word(lazy_pgettext("seal_approver", "leader of the asking unit")),
        "seal_leader": Word(lazy_pgettext("seal_approver", "leader of the seal's unit")),
        "post": Word(lazy_pgettext("seal_approver", "holder of a post")),
    },
    "seal_stamping": {
        "waiting": Word(lazy_pgettext("seal_stamping", "being stamped"), "primary", "hourglass"),
        "done": Word(lazy_pgettext("seal_stamping", "stamped"), "ok", "circle-check"),
        "failed": Word(lazy_pgettext("seal_stamping", "failed"), "seal", "triangle-alert"),
    },
    "seal_usage": {
        "valid": Word(lazy_pgettext("seal_usage", "valid"), "ok", "check"),
        "withdrawn": Word(lazy_pgettext("seal_usage", "declared withdrawn"), "seal", "x"),
        "out": Word(lazy_pgettext("seal_usage", "outside"), "warn", "log-out"),
        "late": Word(lazy_pgettext("seal_usage", "late"), "seal", "circle-alert"),
    },
    "seal_check": {
        "present": Word(lazy_pgettext("seal_check", "present and whole"), "ok", "check"),
        "damaged": Word(lazy_pgettext("seal_check", "damaged"), "warn", "triangle-alert"),
        "missing": Word(lazy_pgettext("seal_check", "missing"), "seal", "x"),
    },
    "property": {
        "authenticity": Word(lazy_pgettext("property", "authentic")),
        "completeness": Word(lazy_pgettext("property", "complete")),
        "usability": Word(lazy_pgettext("property", "usable")),
        "safety": Word(lazy_pgettext("property", "safe")),
    },
    "outcome": {
        "passed": Word(lazy_pgettext("outcome", "passed"), "ok", "circle-check"),
        "warning": Word(lazy_pgettext("outcome", "to be looked at"), "warn", "triangle-alert"),
        "failed": Word(lazy_pgettext("outcome", "failed"), "seal", "circle-alert"),
        "not_applicable": Word(lazy_pgettext("outcome", "does not apply")),
    },
    "assessed": {
        "receipt": Word(lazy_pgettext("assessed", "at receipt")),
        "periodic": Word(lazy_pgettext("assessed", "in rotation")),
        "asked": Word(lazy_pgettext("assessed", "when asked")),
    },
    "check": {
        "digest": Word(lazy_pgettext("check", "Digests")),
        "signatures": Word(lazy_pgettext("check", "Signatures")),
        "metadata": Word(lazy_pgettext("check", "Metadata")),
        "files": Word(lazy_pgettext("check", "Files")),
        "names": Word(lazy_pgettext("check", "Kind of file")),
        "opens": Word(lazy_pgettext("check", "Readable")),
        "encryption": Word(lazy_pgettext("check", "Passwords")),
        "active": Word(lazy_pgettext("check", "Active content")),
    },
    "copy": {
        "out": Word(lazy_pgettext("copy", "given out"), "primary", "file-text"),
        "returned": Word(lazy_pgettext("copy", "returned"), "ok", "corner-up-left"),
        "destroyed": Word(lazy_pgettext("copy", "destroyed"), "plain", "trash-2"),
    },
    "field": {
        "title": Word(lazy_pgettext("field", "title")),
        "kind": Word(lazy_pgettext("field", "kind")),
        "sender": Word(lazy_pgettext("field", "sender")),
        "addressee": Word(lazy_pgettext("field", "addressee")),
        "document_number": Word(lazy_pgettext("field", "sender's number")),
        "written_on": Word(lazy_pgettext("field", "date written")),
        "printed_on": Word(lazy_pgettext("field", "date printed")),
        "received_on": Word(lazy_pgettext("field", "date received")),
        "urgency": Word(lazy_pgettext("field", "urgency")),
        "secrecy": Word(lazy_pgettext("field", "secrecy level")),
        "secrecy_term": Word(lazy_pgettext("field", "term of secrecy")),
        "pages": Word(lazy_pgettext("field", "number of pages")),
        "copies": Word(lazy_pgettext("field", "number of copies")),
        "medium": Word(lazy_pgettext("field", "medium")),
        "keywords": Word(lazy_pgettext("field", "keywords")),
        "remarks": Word(lazy_pgettext("field", "remarks")),
        "unit": Word(lazy_pgettext("field", "responsible unit")),
        "class": Word(lazy_pgettext("field", "class")),
    },
    "token": {
        "active": Word(lazy_pgettext("token", "works"), "ok"),
        "expired": Word(lazy_pgettext("token", "expired")),
        "revoked": Word(lazy_pgettext("token", "ended")),
    },
    "user": {
        "active": Word(lazy_pgettext("user", "active"), "ok", "user-check"),
        "disabled": Word(lazy_pgettext("user", "disabled"), "plain", "x"),
    },
}


def word(family: str, code: str) -> Word:
    """Return the word for a code; a code nobody named is shown as it is."""
    return WORDS[family].get(code) or Word(LazyString(lambda: code))


def choices(family: str) -> list[tuple[str, LazyString]]:
    """Return code and word of a whole family, for select fields."""
    return [(code, each.text) for code, each in WORDS[family].items()]


def init_app(app: Flask) -> None:
    """Offer both to templates."""
    app.add_template_global(word)
    app.add_template_global(choices)
