"""Pure rules of seals: states, the tables of steps, and who may not be whom.

A seal is used once for each approved request, and every use is one line of its book. From which
state a step is open, and where it leads, is `SEAL_STEPS` and `REQUEST_STEPS`; the diagrams in the
docs are made from these tables.
"""

from collections.abc import Mapping
from enum import StrEnum

from records.core.errors import Conflict


class SealKind(StrEnum):
    """What a seal stands for; special-purpose seals differ in name."""

    UNIT = "unit"
    CONTRACT = "contract"
    FINANCE = "finance"
    LEGAL_PERSON = "legal_person"
    SPECIAL = "special"


class Shape(StrEnum):
    """The outline of an imprint."""

    ROUND = "round"
    OVAL = "oval"
    SQUARE = "square"
    RECTANGLE = "rectangle"


class SealState(StrEnum):
    """Where a seal stands; only a seal in use is used."""

    IN_USE = "in_use"
    LENT = "lent"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    DESTROYED = "destroyed"


class SealStep(StrEnum):
    """What can happen to a seal."""

    TAKE_OUT = "take_out"
    BRING_BACK = "bring_back"
    REPORT_LOST = "report_lost"
    WITHDRAW = "withdraw"
    REINSTATE = "reinstate"
    DESTROY = "destroy"


SEAL_STEPS: Mapping[tuple[SealState, SealStep], SealState] = {
    (SealState.IN_USE, SealStep.TAKE_OUT): SealState.LENT,
    (SealState.LENT, SealStep.BRING_BACK): SealState.IN_USE,
    (SealState.IN_USE, SealStep.REPORT_LOST): SealState.LOST,
    (SealState.LENT, SealStep.REPORT_LOST): SealState.LOST,
    # Sealed up again after its time, or turned up after its loss: it is never used as it is.
    (SealState.IN_USE, SealStep.WITHDRAW): SealState.WITHDRAWN,
    (SealState.LOST, SealStep.WITHDRAW): SealState.WITHDRAWN,
    (SealState.WITHDRAWN, SealStep.REINSTATE): SealState.IN_USE,
    (SealState.WITHDRAWN, SealStep.DESTROY): SealState.DESTROYED,
}
SEAL_EVENTS: Mapping[SealStep, str] = {
    SealStep.TAKE_OUT: "seal.taken_out",
    SealStep.BRING_BACK: "seal.brought_back",
    SealStep.REPORT_LOST: "seal.reported_lost",
    SealStep.WITHDRAW: "seal.withdrawn",
    SealStep.REINSTATE: "seal.reinstated",
    SealStep.DESTROY: "seal.destroyed",
}


class Matter(StrEnum):
    """What a seal is asked for, so that a rule can name further approvers."""

    LETTER = "letter"
    CONTRACT = "contract"
    FINANCE = "finance"
    CERTIFICATE = "certificate"
    PERSONNEL = "personnel"
    OTHER = "other"


class SealMedium(StrEnum):
    """On what the imprint goes."""

    PAPER = "paper"
    ELECTRONIC = "electronic"


class RequestState(StrEnum):
    """How far a request is; `approved` waits for the keeper."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    VOID = "void"
    USED = "used"


class VoidReason(StrEnum):
    """Why a request that ran became void; people gave no reason."""

    CONTENT_CHANGED = "content_changed"
    DOCUMENT_VOIDED = "document_voided"
    DOCUMENT_FILED = "document_filed"
    SECRECY_RAISED = "secrecy_raised"
    SEAL_LOST = "seal_lost"
    SEAL_WITHDRAWN = "seal_withdrawn"
    SEAL_EXPIRED = "seal_expired"
    KEEPER_CHANGED = "keeper_changed"


class RequestStep(StrEnum):
    """What can happen to a request as a whole."""

    APPROVE = "approve"
    DECLINE = "decline"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    VOID = "void"
    USE = "use"


REQUEST_STEPS: Mapping[tuple[RequestState, RequestStep], RequestState] = {
    (RequestState.WAITING, RequestStep.APPROVE): RequestState.APPROVED,
    (RequestState.WAITING, RequestStep.DECLINE): RequestState.DECLINED,
    (RequestState.WAITING, RequestStep.WITHDRAW): RequestState.WITHDRAWN,
    (RequestState.APPROVED, RequestStep.WITHDRAW): RequestState.WITHDRAWN,
    # The file changed, the seal was lost or withdrawn, or the document was voided.
    (RequestState.WAITING, RequestStep.VOID): RequestState.VOID,
    (RequestState.APPROVED, RequestStep.VOID): RequestState.VOID,
    # The keeper refuses what is blank or unfinished, with a reason.
    (RequestState.APPROVED, RequestStep.REFUSE): RequestState.REFUSED,
    (RequestState.APPROVED, RequestStep.USE): RequestState.USED,
}
REQUEST_EVENTS: Mapping[RequestStep, str] = {
    RequestStep.APPROVE: "seal_request.approved",
    RequestStep.DECLINE: "seal_request.declined",
    RequestStep.REFUSE: "seal_request.refused",
    RequestStep.WITHDRAW: "seal_request.withdrawn",
    RequestStep.VOID: "seal_request.voided",
    RequestStep.USE: "seal.used",
}


# The keeper has not stamped yet, and nobody has ended it.
RUNNING = (RequestState.WAITING, RequestState.APPROVED)


class ApproverKind(StrEnum):
    """Whom a step of a seal's rule names."""

    APPLICANT_LEADER = "applicant_leader"  # the leader of the unit that asks
    SEAL_LEADER = "seal_leader"  # the leader of the unit whose seal it is
    POST = "post"


class ApprovalState(StrEnum):
    """How far one step of an approval is; one is `current` while the request waits."""

    WAITING = "waiting"
    CURRENT = "current"
    AGREED = "agreed"
    DECLINED = "declined"
    SKIPPED = "skipped"


class StampingState(StrEnum):
    """How far the electronic stamping of one request is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class UsageState(StrEnum):
    """Whether what was stamped still stands."""

    VALID = "valid"
    WITHDRAWN = "withdrawn"


class CheckResult(StrEnum):
    """What a periodic check found."""

    PRESENT = "present"
    DAMAGED = "damaged"
    MISSING = "missing"


def next_seal_state(state: SealState, step: SealStep) -> SealState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return SEAL_STEPS[state, step]
    except KeyError:
        raise Conflict("This seal is %(state)s.", {"state": state}) from None


def next_request_state(state: RequestState, step: RequestStep) -> RequestState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return REQUEST_STEPS[state, step]
    except KeyError:
        raise Conflict("This seal request is %(state)s.", {"state": state}) from None
