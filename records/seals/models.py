"""Tables of seals: the register, custody, requests and approvals, the seal book, certificates."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Seal(Base):
    """A physical seal, an electronic one, or both under one name.

    `width_mm` and `height_mm` are those of the imprint; of a round seal both are its diameter.
    `code` begins the numbers of its book. `keeper_id` repeats the custody that runs, `check_due_on`
    follows from the last check; `check_asked_on` is the due day that people were told of.
    """

    __tablename__ = "seal"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('unit','contract','finance','legal_person','special')", name="kind"
        ),
        CheckConstraint("shape IN ('round','oval','square','rectangle')", name="shape"),
        CheckConstraint("state IN ('in_use','lent','lost','withdrawn','destroyed')", name="state"),
        CheckConstraint("width_mm > 0 AND height_mm > 0", name="size"),
        CheckConstraint("stop_on IS NULL OR stop_on >= start_on", name="period"),
        Index(None, "keeper_id"),
        Index(None, "unit_id"),
        Index(None, "check_due_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    shape: Mapped[str]
    width_mm: Mapped[float]
    height_mm: Mapped[float]
    emblem: Mapped[str | None]
    material: Mapped[str | None]
    issuer: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    start_on: Mapped[date]
    stop_on: Mapped[date | None]
    state: Mapped[str]
    keeper_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    check_every_months: Mapped[int | None]
    checked_at: Mapped[datetime | None]
    check_due_on: Mapped[date | None]
    check_asked_on: Mapped[date | None]
    remarks: Mapped[str | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SealChange(Base):
    """One state in the history of a seal: which, since when, by whom, why.

    `witness` is who saw a seal destroyed: a person of the office or of the issuer, by name.
    """

    __tablename__ = "seal_change"
    __table_args__ = (
        CheckConstraint("state <> 'destroyed' OR witness IS NOT NULL", name="witness"),
        Index(None, "seal_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    state: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None]
    witness: Mapped[str | None]


class SealImprint(Base):
    """The picture of an imprint, a PNG sealed under a key of its own; the newest one counts."""

    __tablename__ = "seal_imprint"
    __table_args__ = (Index(None, "seal_id", "set_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    width_px: Mapped[int]
    height_px: Mapped[int]
    sha256: Mapped[str]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class SealRuleStep(Base):
    """One approver that the rule of a seal names; what it is bound to must all hold."""

    __tablename__ = "seal_rule_step"
    __table_args__ = (
        UniqueConstraint("seal_id", "position"),
        CheckConstraint("approver IN ('applicant_leader','seal_leader','post')", name="approver"),
        CheckConstraint("(approver = 'post') = (post_id IS NOT NULL)", name="post"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    position: Mapped[int]
    approver: Mapped[str]
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    when_matter: Mapped[str | None]
    when_amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    when_outside: Mapped[bool] = mapped_column(default=False)


class Custody(Base):
    """Who holds a seal, since when, until when, and by which hand-over."""

    __tablename__ = "custody"
    __table_args__ = (
        Index(None, "seal_id", "from_at"),
        Index(None, "keeper_id"),
        Index(
            "uq_custody_running",
            "seal_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    handover_id: Mapped[UUID] = mapped_column(ForeignKey("seal_handover.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class SealHandover(Base):
    """A hand-over of a seal: giver, taker and witness, each of whom confirms."""

    __tablename__ = "seal_handover"
    __table_args__ = (
        CheckConstraint(
            "giver_id <> taker_id AND giver_id <> witness_id AND taker_id <> witness_id",
            name="three",
        ),
        CheckConstraint(
            "done_at IS NULL OR (giver_at IS NOT NULL AND taker_at IS NOT NULL"
            " AND witness_at IS NOT NULL)",
            name="done",
        ),
        Index(None, "seal_id", "asked_at"),
        Index(
            "uq_seal_handover_open",
            "seal_id",
            unique=True,
            sqlite_where=text("done_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=text("done_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    giver_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    taker_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    witness_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    giver_at: Mapped[datetime | None]
    taker_at: Mapped[datetime | None]
    witness_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]


class SealCheck(Base):
    """One check of one seal: was it there, and whole."""

    __tablename__ = "seal_check"
    __table_args__ = (
        CheckConstraint("result IN ('present','damaged','missing')", name="result"),
        Index(None, "seal_id", "checked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    result: Mapped[str]
    remarks: Mapped[str | None]
    checked_at: Mapped[datetime]
    checked_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))


class SealAuthority(Base):
    """The organization's own certificate authority; one is in use, `ended_at` is NULL."""

    __tablename__ = "seal_authority"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SealCertificate(Base):
    """The certificate of a seal, and where its key is.

    `certificate` is X.509 DER, `chain` the certificates above it as base64 DER, nearest first. The
    key of a `self_issued` or `pkcs12` one is sealed under `wrapped_key`; of a `pkcs11` one, the PIN
    is, and `token` says where the key lies: `{"token": label, "key": label}`.
    """

    __tablename__ = "seal_certificate"
    __table_args__ = (
        CheckConstraint("source IN ('self_issued','pkcs12','pkcs11')", name="source"),
        CheckConstraint("(source = 'pkcs11') = (token IS NOT NULL)", name="token"),
        Index(None, "seal_id", "added_at"),
        Index(None, "serial"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    source: Mapped[str]
    serial: Mapped[str]
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    chain: Mapped[list[str]]
    token: Mapped[dict[str, str] | None]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class SealRequest(Base):
    """One person's wish to have something sealed.

    `sha256` is of the component that gets the seal, `content_sha256` of all that the document held
    (see `requests.content_digest`); both are frozen here, and what changes voids the approval.
    """

    __tablename__ = "seal_request"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting','approved','declined','refused','withdrawn','void','used')",
            name="state",
        ),
        CheckConstraint("medium IN ('paper','electronic')", name="medium"),
        CheckConstraint(
            "medium <> 'electronic' OR (component_id IS NOT NULL AND NOT outside)",
            name="electronic",
        ),
        CheckConstraint("(component_id IS NULL) = (sha256 IS NULL)", name="digest"),
        CheckConstraint("copies > 0 AND pages > 0", name="counts"),
        CheckConstraint("(state IN ('waiting','approved')) = (ended_at IS NULL)", name="ended"),
        Index(None, "seal_id", "state", "id"),
        Index(None, "applicant_id", "id"),
        Index(None, "document_id", "state"),
        Index(None, "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    component_id: Mapped[UUID | None] = mapped_column(ForeignKey("component.id"))
    sha256: Mapped[str | None]
    content_sha256: Mapped[str]
    applicant_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    matter: Mapped[str]
    matter_kind: Mapped[str]
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    recipient: Mapped[str]
    copies: Mapped[int]
    pages: Mapped[int]
    medium: Mapped[str]
    cross_page: Mapped[bool]
    urgent: Mapped[bool]
    outside: Mapped[bool]
    outside_place: Mapped[str | None]
    escort: Mapped[str | None]
    due_back_at: Mapped[datetime | None]
    state: Mapped[str]
    asked_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    end_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SealApproval(Base):
    """One step of the approval of a request.

    Whoever holds the post, or leads the unit, may decide: the people are found when they look.
    """

    __tablename__ = "seal_approval"
    __table_args__ = (
        UniqueConstraint("request_id", "position"),
        CheckConstraint(
            "state IN ('waiting','current','agreed','declined','skipped')", name="state"
        ),
        CheckConstraint("(unit_id IS NULL) <> (post_id IS NULL)", name="whose"),
        CheckConstraint(
            "(state IN ('agreed','declined')) = (decided_at IS NOT NULL)", name="decided"
        ),
        Index(None, "state", "unit_id"),
        Index(None, "state", "post_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("seal_request.id"))
    position: Mapped[int]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    state: Mapped[str]
    began_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    on_behalf_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    opinion: Mapped[str | None]


class SealStamping(Base):
    """An electronic stamping that the worker does: what the keeper laid down, frozen.

    `plan` is `placing.StampingPlan` as an object; `code` goes into the QR.
    """

    __tablename__ = "seal_stamping"
    __table_args__ = (
        CheckConstraint("state IN ('waiting','done','failed')", name="state"),
        Index(
            "uq_seal_stamping_waiting",
            "request_id",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(None, "request_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("seal_request.id"))
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    plan: Mapped[dict[str, Any]]
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SealCounter(Base):
    """The last number that the book of a seal has given in a year."""

    __tablename__ = "seal_counter"
    __table_args__ = (CheckConstraint("last >= 0", name="last"),)

    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class SealUsage(Base):
    """One line of the seal book.

    `sha256` is of what was stamped, `result_id` the stamped copy, `placements` where the imprints
    stand. A seal that is taken outside has its line from then on; `copies_stamped` and
    `copies_spoilt` are known when it is back (`returned_at`).
    """

    __tablename__ = "seal_usage"
    __table_args__ = (
        UniqueConstraint("seal_id", "year", "number"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("state IN ('valid','withdrawn')", name="state"),
        CheckConstraint("state <> 'withdrawn' OR withdrawn_reason IS NOT NULL", name="withdrawn"),
        CheckConstraint("witness_id IS NULL OR witness_id <> keeper_id", name="witness"),
        CheckConstraint("keeper_id <> applicant_id", name="keeper"),
        CheckConstraint("outside OR copies_stamped IS NOT NULL", name="copies"),
        CheckConstraint("(medium = 'electronic') = (result_id IS NOT NULL)", name="result"),
        Index(None, "seal_id", "used_at"),
        Index(None, "document_id"),
        Index(None, "result_sha256"),
        Index(
            "uq_seal_usage_out",
            "seal_id",
            unique=True,
            sqlite_where=text("outside AND returned_at IS NULL"),
            postgresql_where=text("outside AND returned_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seal_id: Mapped[UUID] = mapped_column(ForeignKey("seal.id"))
    year: Mapped[int]
    number: Mapped[int]
    text: Mapped[str]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("seal_request.id"), unique=True)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    component_id: Mapped[UUID | None] = mapped_column(ForeignKey("component.id"))
    sha256: Mapped[str | None]
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("component.id"), unique=True)
    result_sha256: Mapped[str | None]
    certificate_id: Mapped[UUID | None] = mapped_column(ForeignKey("seal_certificate.id"))
    code: Mapped[str | None] = mapped_column(unique=True)
    placements: Mapped[list[Any]]
    medium: Mapped[str]
    applicant_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    keeper_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    witness_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    place: Mapped[str]
    used_at: Mapped[datetime]
    copies_stamped: Mapped[int | None]
    copies_spoilt: Mapped[int | None]
    remarks: Mapped[str | None]
    outside: Mapped[bool]
    escort: Mapped[str | None]
    due_back_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    urged_at: Mapped[datetime | None]
    state: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str | None]


class SignatureCheck(Base):
    """What the signatures in a component were found to be; see `signatures.Verdict`."""

    __tablename__ = "signature_check"

    component_id: Mapped[UUID] = mapped_column(ForeignKey("component.id"), primary_key=True)
    checked_at: Mapped[datetime]
    verdicts: Mapped[list[Any]]
    reason_code: Mapped[str | None]
    reason_message: Mapped[str | None]


class CheckVisit(Base):
    """How often an address asked the public check page within a minute."""

    __tablename__ = "check_visit"

    key: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    visits: Mapped[int]
