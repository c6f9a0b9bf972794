"""Pure rules of notices: the kinds there are, what a person may wish, and when mail is due."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from records.core.errors import Invalid

# Mail waits so long, so that what happens at once comes in one mail.
GATHER = timedelta(minutes=1)
# The fact of a notice that says who caused it.
BY = "by"


@dataclass(frozen=True)
class Kind:
    """What a notice of one kind is.

    Attributes:
        asks: Whether it asks for something: it is done when that is done, and reading is not
            enough. It cannot be muted in the product.
        settles: Whether it is done when its subject is over; a newer one takes its place.
        warns: Whether it may tell of an intruder: nobody can mute it, and mail does not wait.
    """

    asks: bool = False
    settles: bool = False
    warns: bool = False


_ASKS = Kind(asks=True, settles=True)
_SETTLES = Kind(settles=True)
_TELLS = Kind()
_WARNS = Kind(warns=True)
KINDS: Mapping[str, Kind] = {
    "item.delivered": _ASKS,
    "item.asked_again": _ASKS,
    "item.reminder": _ASKS,
    "task.given": _ASKS,
    "paper.handed": _ASKS,
    "item.escalated": _SETTLES,
    "item.returned": _SETTLES,
    "item.declined": _TELLS,
    "item.delegated": _TELLS,
    "item.recalled": _TELLS,
    "instruction.given": _TELLS,
    "round.completed": _SETTLES,
    "task.finished": _TELLS,
    "deputy.named": _SETTLES,
    "document.glass_broken": _TELLS,
    "seal_request.to_decide": _ASKS,
    "seal_request.to_stamp": _ASKS,
    "seal_request.approved": _TELLS,
    "seal_request.declined": _TELLS,
    "seal_request.refused": _TELLS,
    "seal_request.voided": _TELLS,
    "seal_request.used": _TELLS,
    "seal.handover": _ASKS,
    "seal.check_due": _SETTLES,
    "seal.late": _SETTLES,
    "seal.lost": _TELLS,
    "seal.stamping_failed": _ASKS,
    "search.found": _TELLS,
    "account.changed": _WARNS,
}
ASKING = frozenset(name for name, kind in KINDS.items() if kind.asks)
SETTLING = frozenset(name for name, kind in KINDS.items() if kind.settles)
_BY_RULE = ("item.reminder", "seal.check_due", "seal.late")


class MailWhen(StrEnum):
    """When a person wants mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


@dataclass(frozen=True)
class Wishes:
    """How one person wants to be told; times are those of the office's clocks.

    Attributes:
        mail: When mail goes out. Reminders by the rule come once a day in any case.
        daily_at: When the mail of the day goes out.
        quiet_from: From when to when no mail goes out, over midnight if need be.
        muted: Kinds that make no mail, and no badge unless they ask for something.
    """

    mail: MailWhen = MailWhen.AT_ONCE
    daily_at: time = time(8)
    quiet_from: time | None = time(20)
    quiet_until: time | None = time(7)
    muted: frozenset[str] = frozenset()

    def is_quiet(self, at: time) -> bool:
        """Return whether a time of day lies in the quiet hours."""
        begins, ends = self.quiet_from, self.quiet_until
        if begins is None or ends is None:
            return False
        if begins < ends:
            return begins <= at < ends
        return at >= begins or at < ends


def check_wishes(wishes: Wishes) -> None:
    """Refuse wishes that cannot be met.

    Raises:
        Invalid: Quiet hours with one end or none between, a daily mail within them, or a kind that
            nobody knows.
    """
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        missing = "quiet_from" if wishes.quiet_from is None else "quiet_until"
        raise Invalid("Quiet hours have a beginning and an end, or neither.", field=missing)
    if wishes.quiet_from is not None and wishes.quiet_from == wishes.quiet_until:
        raise Invalid("Quiet hours end at another time than they begin.", field="quiet_until")
    if wishes.mail is not MailWhen.NEVER and wishes.is_quiet(wishes.daily_at):
        raise Invalid("The mail of the day must not fall into the quiet hours.", field="daily_at")
    _check_kinds(wishes.muted)


def _check_kinds(kinds: Collection[str]) -> None:
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise Invalid(
            "There is no notice of the kind %(kind)s.", {"kind": unknown[0]}, field="muted"
        )
    if any(KINDS[each].warns for each in kinds):
        raise Invalid("Warnings about your own account cannot be switched off.", field="muted")


def mail_due(
    wishes: Wishes, kind: str, facts: Mapping[str, Any], *, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when a notice may be mailed; None for never.

    A reminder that nobody sent by hand can wait for the mail of the day. A warning waits for
    nothing: whoever sits in an account that is not theirs could have wished for silence.
    """
    if KINDS[kind].warns:
        return now + GATHER
    if wishes.mail is MailWhen.NEVER or kind in wishes.muted:
        return None
    by_rule = kind in _BY_RULE and BY not in facts
    if wishes.mail is MailWhen.DAILY or by_rule:
        return after_quiet(wishes, next_daily(wishes.daily_at, now, zone), zone)
    return after_quiet(wishes, now + GATHER, zone)


def next_daily(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the next instant, later than now, at which clocks show a time of day."""
    today = now.astimezone(zone).date()
    candidates = (
        datetime.combine(today + timedelta(days=days), at, zone).astimezone(UTC)
        for days in (0, 1, 2)
    )
    return next(each for each in candidates if each > now)


def after_quiet(wishes: Wishes, instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant from a given one on that lies outside the quiet hours."""
    local = instant.astimezone(zone)
    ends = wishes.quiet_until
    if ends is None or not wishes.is_quiet(local.time()):
        return instant
    # In autumn an hour is there twice: its second time counts when the first is over. In spring one
    # is left out, and with it, at worst, all that was not quiet on that day.
    candidates = (
        datetime.combine(local.date() + timedelta(days=days), ends, zone)
        .replace(fold=fold)
        .astimezone(UTC)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    return next(
        each
        for each in candidates
        if each > instant and not wishes.is_quiet(each.astimezone(zone).time())
    )
