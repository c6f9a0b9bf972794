"""Pure rules about documents: states, words with fixed lists, and what filing asks for."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from records.core.errors import Conflict, Invalid

Choice = TypeVar("Choice", bound=StrEnum)


class DocumentState(StrEnum):
    """Where a document stands between the door and the file."""

    REGISTERED = "registered"
    CHECKED = "checked"
    FILED = "filed"
    VOIDED = "voided"


class Step(StrEnum):
    """What moves a document from one state to the next; each leaves an event."""

    CHECK = "check"
    UNDO_CHECK = "undo_check"
    FILE = "file"
    VOID = "void"


# One table is the whole life of a document; `docs/reference/states.md` is drawn from it.
TRANSITIONS: dict[tuple[DocumentState, Step], DocumentState] = {
    (DocumentState.REGISTERED, Step.CHECK): DocumentState.CHECKED,
    (DocumentState.CHECKED, Step.CHECK): DocumentState.CHECKED,
    (DocumentState.CHECKED, Step.UNDO_CHECK): DocumentState.REGISTERED,
    (DocumentState.REGISTERED, Step.FILE): DocumentState.FILED,
    (DocumentState.CHECKED, Step.FILE): DocumentState.FILED,
    (DocumentState.REGISTERED, Step.VOID): DocumentState.VOIDED,
    (DocumentState.CHECKED, Step.VOID): DocumentState.VOIDED,
}

STEP_EVENTS: dict[Step, str] = {
    Step.CHECK: "document.checked",
    Step.UNDO_CHECK: "document.check_undone",
    Step.FILE: "document.filed",
    Step.VOID: "document.voided",
}


class RegisterKind(StrEnum):
    """Which way a document goes."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


class Urgency(StrEnum):
    """How fast it must be handled."""

    ROUTINE = "routine"
    URGENT = "urgent"
    FLASH = "flash"


class Medium(StrEnum):
    """What lies in the office."""

    PAPER = "paper"
    ELECTRONIC = "electronic"
    BOTH = "both"


class ComponentRole(StrEnum):
    """What a stored file is to its document."""

    ORIGINAL = "original"
    ATTACHMENT = "attachment"
    STAMPED = "stamped"
    SEARCHABLE = "searchable"
    PART = "part"


# Made from a component of the same document, or taken out of it: no content of their own.
DERIVED_ROLES = frozenset({ComponentRole.STAMPED, ComponentRole.SEARCHABLE, ComponentRole.PART})


class TextState(StrEnum):
    """How far reading a file has come."""

    PENDING = "pending"
    DONE = "done"
    NONE = "none"
    FAILED = "failed"


# The fifteen kinds (文种) of official documents, GB/T 9704-2012 (check).
KINDS = (
    "决议",
    "决定",
    "命令",
    "公报",
    "公告",
    "通告",
    "意见",
    "通知",
    "通报",
    "报告",
    "请示",
    "批复",
    "议案",
    "函",
    "纪要",
)

# What must be known before a document is frozen into the file, by the kind of its register.
_ALWAYS = ("title", "received_on", "secrecy", "unit", "class")
MANDATORY: Mapping[RegisterKind, tuple[str, ...]] = {
    RegisterKind.INCOMING: ("sender", *_ALWAYS),
    RegisterKind.OUTGOING: _ALWAYS,
    RegisterKind.INTERNAL: _ALWAYS,
}


def next_state(state: DocumentState, step: Step) -> DocumentState:
    """Return the state after a step.

    Raises:
        Conflict: The state does not allow the step.
    """
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise Conflict(
            "A document that is %(state)s does not allow this.",
            {"state": state.value, "step": step.value},
        ) from None


class CopyState(StrEnum):
    """What became of a numbered copy."""

    OUT = "out"
    RETURNED = "returned"
    DESTROYED = "destroyed"


class CopyStep(StrEnum):
    """What can happen to a numbered copy."""

    RETURN = "return"
    DESTROY = "destroy"
    REOPEN = "reopen"


COPY_STEPS: Mapping[tuple[CopyState, CopyStep], CopyState] = {
    (CopyState.OUT, CopyStep.RETURN): CopyState.RETURNED,
    (CopyState.OUT, CopyStep.DESTROY): CopyState.DESTROYED,
    (CopyState.RETURNED, CopyStep.DESTROY): CopyState.DESTROYED,
    # Somebody marked the wrong line: the copy is still where it was.
    (CopyState.RETURNED, CopyStep.REOPEN): CopyState.OUT,
    (CopyState.DESTROYED, CopyStep.REOPEN): CopyState.OUT,
}
COPY_EVENTS: Mapping[CopyStep, str] = {
    CopyStep.RETURN: "copy.returned",
    CopyStep.DESTROY: "copy.destroyed",
    CopyStep.REOPEN: "copy.reopened",
}


def next_copy_state(state: CopyState, step: CopyStep) -> CopyState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return COPY_STEPS[state, step]
    except KeyError:
        raise Conflict("This copy is %(state)s.", {"state": state}) from None


def check_not_voided(state: str) -> None:
    """Refuse an act on a document whose registration was voided.

    Raises:
        Conflict: It was.
    """
    if state == DocumentState.VOIDED:
        raise Conflict("A document that is %(state)s does not allow this.", {"state": "voided"})


def check_mandatory(kind: RegisterKind, present: Mapping[str, object]) -> None:
    """Refuse filing while mandatory metadata is missing.

    Raises:
        Invalid: `details["missing"]` lists the names, `field` is the first.
    """
    missing = [name for name in MANDATORY[kind] if present.get(name) in (None, "", [])]
    if missing:
        raise Invalid(
            "Before filing, fill in: %(names)s.",
            {"names": ", ".join(missing), "missing": missing},
            field=missing[0],
        )


def check_kept(changed: Mapping[str, object]) -> None:
    """Refuse a correction that empties what filing may have asked for.

    Raises:
        Invalid: `field` is the name.
    """
    asked = {name for names in MANDATORY.values() for name in names}
    for name, value in changed.items():
        if name in asked and value in (None, "", []):
            raise Invalid("This must not be empty.", field=name)


def choose(kinds: type[Choice], text: str, *, field: str) -> Choice:
    """Return the member of an enumeration that a text names.

    Raises:
        Invalid: There is none; the message lists the known ones.
    """
    try:
        return kinds(text)
    except ValueError:
        known = ", ".join(str(each) for each in kinds)
        raise Invalid(
            "There is no %(field)s %(text)s. Known are %(known)s.",
            {"field": field, "text": text, "known": known},
            field=field,
        ) from None
