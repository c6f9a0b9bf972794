"""Tables of people. Users are disabled, never deleted; posts and units end, and stay."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from records.core.base import Base


class Unit(Base):
    """A part of the organization; a tree under the root unit."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    search_key: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Post(Base):
    """A place in a unit that somebody can hold; rights come from it."""

    __tablename__ = "post"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str]
    # Order of precedence within the unit, 1 first.
    rank: Mapped[int] = mapped_column(default=100, server_default="100")
    until_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PostRole(Base):
    """One role of a post."""

    __tablename__ = "post_role"

    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)


class User(Base):
    """A person who can sign in (when not disabled)."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("clearance BETWEEN 0 AND 4", name="clearance"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    search_key: Mapped[str] = mapped_column(index=True)
    clearance: Mapped[int]
    password_hash: Mapped[str | None]
    password_is_temporary: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None]
    email: Mapped[str | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Assignment(Base):
    """Who holds which post, from when, until when; `ended_at` says that it ended at once."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="period"),
        Index(None, "user_id"),
        Index(None, "post_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    post_id: Mapped[UUID] = mapped_column(ForeignKey("post.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]


class Group(Base):
    """A named set of people from any units, such as a committee."""

    __tablename__ = "group"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    search_key: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class GroupMember(Base):
    """One person in one group."""

    __tablename__ = "group_member"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("group.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


class Identity(Base):
    """How another provider of identities knows a person."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    provider: Mapped[str]
    subject: Mapped[str]


class UserSession(Base):
    """A browser that is signed in; only the hash of its secret is kept."""

    __tablename__ = "user_session"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str]
    agent: Mapped[str]


class ApiToken(Base):
    """A program that acts with one person's rights; only the hash of its secret is kept.

    `made_by` is the token with which it was made, and None where a person made it: it ends with
    that one at the latest.
    """

    __tablename__ = "api_token"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    label: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    made_by: Mapped[UUID | None] = mapped_column(index=True)


class SecondFactor(Base):
    """What a person proves besides the password: the secret of one-time codes (RFC 6238), sealed.

    `last_step` is the time step of the last code that was taken, so that none is taken twice. Until
    a first code has been given (`confirmed_at`) nothing is asked for.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code on paper that stands in once for a lost second factor; only its hash is kept."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    used_at: Mapped[datetime | None]


class HalfSignIn(Base):
    """A browser whose password was right and that still owes the second factor: no session yet."""

    __tablename__ = "half_sign_in"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]


class LastSignIn(Base):
    """When and from where a person signed in last and the time before, and what failed since.

    `before_failures` counts what failed between the two, `failures` what failed since the last.
    """

    __tablename__ = "last_sign_in"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), primary_key=True)
    at: Mapped[datetime | None]
    address: Mapped[str | None]
    failures: Mapped[int] = mapped_column(default=0)
    before_at: Mapped[datetime | None]
    before_address: Mapped[str | None]
    before_failures: Mapped[int] = mapped_column(default=0)


class SignInAttempt(Base):
    """Failed attempts per name and place, address or device; the row cools down by itself."""

    __tablename__ = "sign_in_attempt"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class Invitation(Base):
    """A link that works once: it makes the first administrator."""

    __tablename__ = "invitation"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Delegation(Base):
    """A deputy for a time: who acts on behalf of whom, in what, up to which secrecy."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("until_at > from_at", name="period"),
        CheckConstraint("deputy_id <> user_id", name="other"),
        CheckConstraint("ceiling BETWEEN 0 AND 4", name="ceiling"),
        Index(None, "user_id", "until_at"),
        Index(None, "deputy_id", "until_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    deputy_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    purposes: Mapped[list[str]]
    ceiling: Mapped[int]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SigningKey(Base):
    """A key with which a person signs: a passkey of their own, or one that the server holds.

    `public_key` is SPKI DER. A passkey has the id of its credential and the count of its last
    signature; a server key has its private half, sealed under `wrapped_key`. `opens_since` says
    that a passkey is a second factor as well, and since when.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        CheckConstraint("kind IN ('passkey','server')", name="kind"),
        CheckConstraint("(kind = 'passkey') = (credential_id IS NOT NULL)", name="passkey"),
        CheckConstraint("(kind = 'server') = (sealed IS NOT NULL)", name="server"),
        Index(None, "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    label: Mapped[str]
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    sign_count: Mapped[int] = mapped_column(default=0)
    wrapped_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    enrolled_at: Mapped[datetime]
    opens_since: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SigningRequest(Base):
    """What a passkey is asked to sign: bodies frozen at the challenge, for five minutes, once.

    `receipts` is a list of `{"receipt": "…", "item": "…"}`; it is empty where a passkey is asked to
    enrol. Everything else that was frozen is in `sealed`.
    """

    __tablename__ = "signing_request"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    challenge: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    receipts: Mapped[list[Any]]
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CalendarDay(Base):
    """A day that is not what its weekday says: a holiday, or a weekend day that is worked."""

    __tablename__ = "calendar_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_working: Mapped[bool]
    name: Mapped[str]
