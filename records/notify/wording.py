"""What notices say, in the reader's language; mail and screens share it.

Sentences stand by themselves: the document is told beside them, and only to who may see it.
"""

from collections.abc import Callable
from datetime import datetime
from gettext import NullTranslations

from records.notify.lines import NoticeLine
from records.people.rules import Secrecy
from records.seals.void_words import why_void

# Gives the catalogue of a language; the screens' own is handed to the worker.
Catalogues = Callable[[str], NullTranslations]
When = Callable[[datetime], str]


def english(_language: str) -> NullTranslations:
    """Return the sentences as they stand in the code."""
    return NullTranslations()


def sentence(words: NullTranslations, line: NoticeLine) -> str:
    """Return what happened, without number or title."""
    text = _SENTENCES[line.kind](words, line)
    return text % {
        "who": line.who or words.gettext("Somebody"),
        "reader": line.reader or words.gettext("Somebody"),
        "other": line.other or words.gettext("somebody else"),
        "seal": line.seal or words.gettext("A seal"),
        "search": line.search or "",
        "count": line.count,
    }


def detail(words: NullTranslations, line: NoticeLine, when: When) -> str | None:
    """Return what stands under it: for whom, until when, and why; None for nothing."""
    parts: list[str] = []
    if line.kind == "account.changed":
        parts.append(
            words.gettext("If this was not you, tell the security administration at once.")
        )
    if line.reader and line.kind in _FOR_READERS:
        parts.append(words.gettext("For %(name)s, whose deputy you are.") % {"name": line.reader})
    if line.due_at is not None and (line.asks or line.kind == "seal.late"):
        parts.append(words.gettext("Due %(when)s.") % {"when": when(line.due_at)})
    if line.until_at is not None:
        parts.append(words.gettext("Until %(when)s.") % {"when": when(line.until_at)})
    if line.reason:
        reason = line.reason
        if line.kind == "seal_request.voided":
            reason = why_void(words, reason)
        parts.append(words.gettext("Reason: %(reason)s") % {"reason": reason})
    return " ".join(parts) or None


def discreet(words: NullTranslations, line: NoticeLine) -> str:
    """Return what may leave the house about a document that is more than internal."""
    if line.asks:
        return words.gettext("An item waits for you.")
    return words.gettext("There is news for you.")


def may_be_told_outside(line: NoticeLine) -> bool:
    """Return whether mail, which leaves the house, may say what happened to which document."""
    if line.kind == "search.found":
        return False  # what somebody looks for may tell of what is secret
    return not line.hidden and (line.secrecy is None or line.secrecy <= Secrecy.INTERNAL)


def _delivered(words: NullTranslations, line: NoticeLine) -> str:
    match line.purpose:
        case "comment":
            return words.gettext("%(who)s asks for your opinion.")
        case "approve":
            return words.gettext("%(who)s asks for your decision.")
        case _:
            return words.gettext("%(who)s sends you something to read.")


def _reminder(words: NullTranslations, line: NoticeLine) -> str:
    match line.way:
        case "due_soon":
            return words.gettext("Soon due, and not yet signed.")
        case "due":
            return words.gettext("Due today, and not yet signed.")
        case "by_hand":
            return words.gettext("%(who)s reminds you: this waits for your signature.")
        case _:
            return words.gettext("Overdue: this waits for your signature.")


def _account_changed(words: NullTranslations, line: NoticeLine) -> str:
    match line.way:
        case "password_changed":
            return words.gettext("Your password was changed.")
        case "password_reset":
            return words.gettext("%(who)s has made your password anew.")
        case "factor_added":
            return words.gettext("Codes of a phone were set up as second factor of your account.")
        case "factor_removed":
            return words.gettext("The codes of your phone are your second factor no more.")
        case "factor_reset":
            return words.gettext("%(who)s has reset your second factor.")
        case "recovery_renewed":
            return words.gettext("Your recovery codes were made anew.")
        case "recovery_used":
            return words.gettext("One of your recovery codes was used to sign in.")
        case "passkey_opens":
            return words.gettext("A passkey became a second factor of your account.")
        case "passkey_opens_no_more":
            return words.gettext("A passkey is your second factor no more.")
        case "key_enrolled":
            return words.gettext("A passkey was enrolled for your account.")
        case "key_revoked":
            return words.gettext("%(who)s has ended a passkey of yours.")
        case "token_added":
            return words.gettext("A token was made with which a program acts in your name.")
        case _:
            return words.gettext("How you sign in was changed.")


def _found(words: NullTranslations, line: NoticeLine) -> str:
    return words.ngettext(
        "%(count)s new document for “%(search)s”.",
        "%(count)s new documents for “%(search)s”.",
        line.count,
    )


_FOR_READERS = ("item.delivered", "item.asked_again", "item.reminder")
_SENTENCES: dict[str, Callable[[NullTranslations, NoticeLine], str]] = {
    "item.delivered": _delivered,
    "item.asked_again": lambda words, _: words.gettext(
        "The content has changed: please read it again."
    ),
    "item.reminder": _reminder,
    "item.escalated": lambda words, _: words.gettext(
        "%(reader)s has not signed, and the deadline is long over."
    ),
    "item.returned": lambda words, _: words.gettext("%(who)s has returned an item."),
    "item.declined": lambda words, _: words.gettext("%(who)s has declined."),
    "item.delegated": lambda words, _: words.gettext("%(who)s has handed an item on to %(other)s."),
    "item.recalled": lambda words, _: words.gettext(
        "An item was recalled: nothing is left for you to do."
    ),
    "instruction.given": lambda words, _: words.gettext("%(who)s has written an instruction."),
    "round.completed": lambda words, _: words.gettext(
        "All readers have answered: the reading round can be closed."
    ),
    "task.given": lambda words, _: words.gettext("%(who)s has given you a task."),
    "task.finished": lambda words, _: words.gettext("%(who)s has finished a task of yours."),
    "paper.handed": lambda words, _: words.gettext(
        "%(who)s hands you a paper original: please confirm that you have it."
    ),
    "deputy.named": lambda words, _: words.gettext("%(who)s has named you as deputy."),
    "document.glass_broken": lambda words, _: words.gettext(
        "%(who)s has opened a document by emergency access."
    ),
    "seal_request.to_decide": lambda words, _: words.gettext(
        "%(who)s asks for a seal: please decide. %(seal)s"
    ),
    "seal_request.to_stamp": lambda words, _: words.gettext(
        "A seal request of %(who)s is approved: please stamp. %(seal)s"
    ),
    "seal_request.approved": lambda words, _: words.gettext(
        "Your seal request is approved and with the keeper. %(seal)s"
    ),
    "seal_request.declined": lambda words, _: words.gettext(
        "%(who)s has declined your seal request. %(seal)s"
    ),
    "seal_request.refused": lambda words, _: words.gettext(
        "The keeper, %(who)s, has refused to stamp. %(seal)s"
    ),
    "seal_request.voided": lambda words, _: words.gettext(
        "A seal request is void: nothing is stamped on it. %(seal)s"
    ),
    "seal_request.used": lambda words, _: words.gettext("Your document is stamped. %(seal)s"),
    "seal.handover": lambda words, _: words.gettext(
        "%(who)s has asked for a hand-over of a seal: please confirm your part. %(seal)s"
    ),
    "seal.check_due": lambda words, _: words.gettext("A seal is due for its check. %(seal)s"),
    "seal.late": lambda words, _: words.gettext("A seal is late: it should be back. %(seal)s"),
    "seal.lost": lambda words, _: words.gettext(
        "%(who)s has reported a seal lost: it stamps nothing any more. %(seal)s"
    ),
    "search.found": _found,
    "account.changed": _account_changed,
    "seal.stamping_failed": lambda words, _: words.gettext(
        "A document could not be stamped: look at the reason and try again. %(seal)s"
    ),
}
