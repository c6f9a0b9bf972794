"""What happened to a document, in plain words: one phrase for every kind of log entry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext

from records.audit.timeline import Moment
from records.documents.metadata import FIELDS
from records.related.rules import Direction, LinkKind
from web.formats import day, instant, joined
from web.reasons import reason_text
from web.related_words import link_words
from web.seal_phrases import PHRASES as OF_SEALS
from web.telling import Facts, Phrase
from web.words import WORDS, word


@dataclass(frozen=True)
class Entry:
    """One line of the timeline, as `components/timeline.html` takes it."""

    at: datetime
    who: str
    post: str | None
    text: str
    note: str | None
    tone: str | None


def entries(moments: Iterable[Moment]) -> list[Entry]:
    """Return the lines of a timeline."""
    return [_entry(each) for each in moments]


def _entry(moment: Moment) -> Entry:
    facts = moment.facts
    if facts is None:
        said = Phrase(gettext("Erased by a disposition."))
    else:
        said = PHRASES.get(moment.kind, _unknown)({**facts, "_kind": moment.kind})
    posts = joined(list(moment.posts)) if moment.posts else None
    who = moment.name or gettext("Chancery")
    if moment.operator:
        who = gettext("operator on behalf of %(name)s", name=who)
    return Entry(moment.at, who, posts, said.text, said.note, said.tone)


def value_text(name: str, value: Any) -> str:
    """Return a value of metadata as people read it."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return joined([str(each) for each in value])
    if name in WORDS:
        return str(word(name, str(value)).text)
    if name.endswith("_on"):
        return day(FIELDS[name].parse(str(value), name))
    return str(value)


def _changes(facts: Facts) -> str | None:
    lines = [
        gettext(
            "%(name)s: %(before)s → %(after)s",
            name=word("field", name).text,
            before=value_text(name, before),
            after=value_text(name, after),
        )
        for name, (before, after) in facts.get("changes", {}).items()
    ]
    return "\n".join(lines) or None


def _registered(facts: Facts) -> Phrase:
    files = facts.get("components", [])
    note = joined([str(each["file"]) for each in files]) or None
    return Phrase(gettext("Registered as %(number)s.", number=facts["number"]), note, "primary")


def _changed(facts: Facts) -> Phrase:
    names = joined([str(word("field", name).text) for name in facts.get("changes", {})])
    return Phrase(gettext("Changed: %(names)s.", names=names), _changes(facts))


def _checked(facts: Facts) -> Phrase:
    return Phrase(gettext("Checked and confirmed."), _changes(facts), "primary")


def _check_undone(facts: Facts) -> Phrase:
    return Phrase(gettext("Took the confirmation back."), _changes(facts))


def _corrected(facts: Facts) -> Phrase:
    names = joined([str(word("field", name).text) for name in facts.get("changes", {})])
    note = "\n".join(each for each in (facts.get("reason"), _changes(facts)) if each)
    return Phrase(gettext("Corrected after filing: %(names)s.", names=names), note)


def _assessed(facts: Facts) -> Phrase:
    outcome = str(word("outcome", facts["outcome"]).text)
    return Phrase(gettext("The four checks were made: %(outcome)s.", outcome=outcome))


def _filed(facts: Facts) -> Phrase:
    return Phrase(gettext("Filed in class %(code)s.", code=facts.get("class")), None, "ok")


def _voided(facts: Facts) -> Phrase:
    return Phrase(
        gettext("The registration %(number)s was voided.", number=facts["number"]),
        facts.get("reason"),
        "seal",
    )


def _secrecy_changed(facts: Facts) -> Phrase:
    before, after = (word("secrecy", str(facts[each])).text for each in ("before", "after"))
    if before == after:
        said = gettext("The term of secrecy was changed.")
    else:
        said = gettext("Secrecy changed from %(before)s to %(after)s.", before=before, after=after)
    term = facts.get("term")
    if term:
        said = f"{said} {gettext('Term: %(term)s.', term=term)}"
    return Phrase(said, facts.get("reason"), "seal")


def _moved(facts: Facts) -> Phrase:
    said = gettext(
        "Moved to another register: %(before)s became %(after)s.",
        before=facts["before"],
        after=facts["number"],
    )
    return Phrase(said, facts.get("reason"))


def _shared(facts: Facts) -> Phrase:
    name = facts.get("name_of") or word("principal", str(facts.get("with_kind"))).text
    until = facts.get("until")
    if until:
        ends = day(datetime.fromisoformat(until).date())
        said = gettext("Shared with %(name)s until %(day)s.", name=name, day=ends)
    else:
        said = gettext("Shared with %(name)s.", name=name)
    return Phrase(said, facts.get("reason"))


def _unshared(facts: Facts) -> Phrase:
    name = facts.get("name_of") or word("principal", str(facts.get("with_kind"))).text
    return Phrase(gettext("No longer shared with %(name)s.", name=name))


def _glass_broken(facts: Facts) -> Phrase:
    until = instant(datetime.fromisoformat(str(facts["until"])))
    said = gettext("Took emergency access until %(time)s.", time=until)
    return Phrase(said, facts.get("reason"), "seal")


def _glass_closed(_facts: Facts) -> Phrase:
    return Phrase(gettext("Ended an emergency access before its time."))


def _glass_in_vain(facts: Facts) -> Phrase:
    said = gettext("Tried emergency access to %(number)s in vain.", number=facts.get("asked"))
    return Phrase(said, facts.get("reason"), "seal")


def _added(facts: Facts) -> Phrase:
    return Phrase(gettext("Added the file %(name)s.", name=facts.get("file")))


def _derived(facts: Facts) -> Phrase:
    if facts.get("role") == "part":
        return Phrase(gettext("Took the file %(name)s out of another.", name=facts.get("file")))
    return Phrase(gettext("Made the file %(name)s.", name=facts.get("file")))


def _read(facts: Facts) -> Phrase:
    match facts.get("state"):
        case "done":
            said = gettext("The text was read.")
        case "none":
            said = gettext("No text was found.")
        case "pending":
            return Phrase(gettext("The pages are pictures; they are being recognised."))
        case _:
            said = gettext("The file could not be read.")
    name = facts.get("file")
    told = [str(name)] if name else []
    reason = reason_text(facts.get("reason"))
    return Phrase(said, "\n".join([*told, *([reason] if reason else [])]) or None)


def _viewed(facts: Facts) -> Phrase:
    if facts.get("component"):
        return Phrase(gettext("Downloaded one of its files."))
    return Phrase(gettext("Looked at the document."))


def _access_turned(_facts: Facts) -> Phrase:
    return Phrase(gettext("A right to see the document began or ended by its date."))


def _refused(facts: Facts) -> Phrase:
    return Phrase(gettext("An attempt was refused."), str(facts.get("act") or ""), "seal")


def _round_drafted(_facts: Facts) -> Phrase:
    return Phrase(gettext("Drafted a reading round."))


def _round_changed(_facts: Facts) -> Phrase:
    return Phrase(gettext("Changed the draft of a reading round."))


def _round_discarded(_facts: Facts) -> Phrase:
    return Phrase(gettext("Discarded the draft of a reading round."))


def _round_sent(facts: Facts) -> Phrase:
    return Phrase(gettext("Sent a reading round."), facts.get("note"), "primary")


def _round_resumed(_facts: Facts) -> Phrase:
    return Phrase(gettext("The reading round goes on."))


def _round_completed(_facts: Facts) -> Phrase:
    return Phrase(gettext("The reading round is complete."), None, "ok")


def _round_closed(facts: Facts) -> Phrase:
    return Phrase(gettext("Closed the reading round."), facts.get("reason"), "ok")


def _round_recalled(facts: Facts) -> Phrase:
    return Phrase(gettext("Recalled the reading round."), facts.get("reason"), "seal")


def _content_changed(facts: Facts) -> Phrase:
    if facts.get("closed"):
        said = gettext("The content changed after the reading round was closed.")
    else:
        said = gettext("The content changed after sending; it is to be read again.")
    return Phrase(said, None, "seal")


def _readers_added(facts: Facts) -> Phrase:
    return Phrase(gettext("Added readers: %(names)s.", names=_readers(facts)))


def _stages_reordered(_facts: Facts) -> Phrase:
    return Phrase(gettext("Put the stages to come into another order."))


def _deadline_changed(facts: Facts) -> Phrase:
    due = facts.get("due_at")
    if not due:
        return Phrase(gettext("Took the deadline away."))
    return Phrase(gettext("Changed the deadline to %(time)s.", time=_instant(due)))


def _delivered(facts: Facts) -> Phrase:
    due = facts.get("due_at")
    until = gettext("to be read by %(time)s", time=_instant(due)) if due else None
    return Phrase(gettext("Delivered to %(names)s.", names=_readers(facts)), until)


def _asked_again(facts: Facts) -> Phrase:
    return Phrase(gettext("Asked to read again: %(names)s.", names=_readers(facts)))


def _opened(facts: Facts) -> Phrase:
    return Phrase(gettext("Opened the item."), _for_whom(facts))


def _returned(facts: Facts) -> Phrase:
    note = "\n".join(each for each in (facts.get("reason"), _for_whom(facts)) if each)
    return Phrase(gettext("Returned the item."), note, "seal")


def _settled(facts: Facts) -> Phrase:
    if facts.get("again"):
        return Phrase(gettext("Sent the item to %(name)s again.", name=facts["reader"]))
    return Phrase(gettext("Went on after %(name)s had returned the item.", name=facts["reader"]))


def _delegated(facts: Facts) -> Phrase:
    note = "\n".join(each for each in (facts.get("reason"), _for_whom(facts)) if each)
    return Phrase(gettext("Handed the item on to %(name)s.", name=facts["to"]), note or None)


def _urged(facts: Facts) -> Phrase:
    if facts.get("way") != "escalated":
        return Phrase(gettext("Reminded %(names)s.", names=_readers(facts)))
    told = joined([str(each) for each in facts.get("told", [])])
    said = gettext("Told %(told)s that %(names)s stayed late.", told=told, names=_readers(facts))
    return Phrase(said, None, "seal")


def _skipped(facts: Facts) -> Phrase:
    return Phrase(gettext("Skipped: %(names)s.", names=_readers(facts)), facts.get("reason"))


def _recalled(facts: Facts) -> Phrase:
    said = gettext("Recalled from %(names)s.", names=_readers(facts))
    return Phrase(said, facts.get("reason"), "seal")


def _readers(facts: Facts) -> str:
    names = facts.get("readers") or [facts.get("reader", "–")]
    return joined([str(each) for each in dict.fromkeys(names)])


def _for_whom(facts: Facts) -> str | None:
    absent = facts.get("on_behalf_of")
    return gettext("on behalf of %(name)s", name=absent) if absent else None


def _instant(text: str) -> str:
    return instant(datetime.fromisoformat(text))


def _paper_handed(facts: Facts) -> Phrase:
    said = gettext("Handed the paper original to %(name)s.", name=facts["taker"])
    return Phrase(said, _paper_note(facts))


def _paper_confirmed(facts: Facts) -> Phrase:
    if facts.get("way") == "label":
        return Phrase(gettext("Took the paper original over by its label."), _paper_note(facts))
    return Phrase(gettext("Confirmed to have the paper original."), _paper_note(facts))


def _paper_withdrawn(facts: Facts) -> Phrase:
    name = facts["taker"]
    return Phrase(gettext("Withdrew the hand-over of the paper to %(name)s.", name=name))


def _paper_note(facts: Facts) -> str | None:
    return "\n".join(str(facts[each]) for each in ("place", "note") if facts.get(each)) or None


def _label_made(_facts: Facts) -> Phrase:
    return Phrase(gettext("Made the label of the paper original."))


def _signed(facts: Facts) -> Phrase:
    match facts.get("decision"):
        case "agreed":
            said = gettext("Agreed and signed.")
        case "declined":
            return Phrase(gettext("Declined and signed."), None, "seal")
        case _:
            said = gettext("Read and signed.")
    return Phrase(said, None, "ok")


def _task_given(facts: Facts) -> Phrase:
    said = gettext("Gave %(name)s a task.", name=facts["assignee"])
    due = facts.get("due_on")
    until = gettext("until %(day)s", day=day(date.fromisoformat(due))) if due else None
    return Phrase(said, until, "primary")


def _task_finished(facts: Facts) -> Phrase:
    return Phrase(gettext("Finished the task of %(name)s.", name=facts["assignee"]), None, "ok")


def _task_reopened(facts: Facts) -> Phrase:
    return Phrase(gettext("Opened the task of %(name)s again.", name=facts["assignee"]))


def _task_cancelled(facts: Facts) -> Phrase:
    return Phrase(gettext("Cancelled the task of %(name)s.", name=facts["assignee"]))


def _linked(facts: Facts) -> Phrase:
    # The other document is not named: this timeline is also read by those who may not see it.
    way = link_words(LinkKind(facts["link"]), Direction(facts["direction"]))
    return Phrase(gettext("Linked with another document: %(way)s.", way=way), facts.get("reason"))


def _unlinked(facts: Facts) -> Phrase:
    way = link_words(LinkKind(facts["link"]), Direction(facts["direction"]))
    said = gettext("The link with another document was taken away: %(way)s.", way=way)
    return Phrase(said, facts.get("reason"))


def _twin_kept(_facts: Facts) -> Phrase:
    return Phrase(gettext("Kept beside another document that looks the same."))


def _unknown(facts: Facts) -> Phrase:
    return Phrase(str(facts["_kind"]))


def _recognised(facts: Facts) -> Phrase:
    told = gettext(
        "%(name)s, %(percent)s %% sure", name=facts.get("file"), percent=facts.get("percent")
    )
    return Phrase(gettext("The scan was recognised."), told)


def _not_recognised(facts: Facts) -> Phrase:
    return Phrase(gettext("The scan could not be recognised."), reason_text(facts.get("reason")))


def _recognition_asked(facts: Facts) -> Phrase:
    return Phrase(gettext("Asked for the scan to be recognised again."), facts.get("file"))


def _look_asked(_: Facts) -> Phrase:
    return Phrase(gettext("Had the pages looked at for separator sheets."))


def _split_awaited(_: Facts) -> Phrase:
    return Phrase(gettext("To be split at its separator sheets."))


def _split_asked(facts: Facts) -> Phrase:
    return Phrase(
        gettext("Laid out to be split into %(count)s documents.", count=facts.get("count"))
    )


def _split(facts: Facts) -> Phrase:
    return Phrase(gettext("Split into %(count)s documents.", count=facts.get("count")))


def _split_failed(facts: Facts) -> Phrase:
    if facts.get("reason") in ("no_sheets", "no_stack"):
        return Phrase(gettext("No separator sheets were found; it stays one document."))
    return Phrase(gettext("The stack could not be split; nothing was registered."))


PHRASES: dict[str, Callable[[Facts], Phrase]] = {
    "document.registered": _registered,
    "document.changed": _changed,
    "document.checked": _checked,
    "document.check_undone": _check_undone,
    "document.corrected": _corrected,
    "document.filed": _filed,
    "document.assessed": _assessed,
    "document.voided": _voided,
    "document.secrecy_changed": _secrecy_changed,
    "document.moved": _moved,
    "document.shared": _shared,
    "document.unshared": _unshared,
    "document.glass_broken": _glass_broken,
    "document.glass_closed": _glass_closed,
    "glass.in_vain": _glass_in_vain,
    "document.viewed": _viewed,
    "document.access_turned": _access_turned,
    "component.added": _added,
    "component.derived": _derived,
    "component.read": _read,
    "component.recognised": _recognised,
    "component.not_recognised": _not_recognised,
    "component.recognition_asked": _recognition_asked,
    "stack.look_asked": _look_asked,
    "stack.split_awaited": _split_awaited,
    "stack.split_asked": _split_asked,
    "stack.split": _split,
    "stack.split_failed": _split_failed,
    "access.refused": _refused,
    "round.drafted": _round_drafted,
    "round.changed": _round_changed,
    "round.discarded": _round_discarded,
    "round.sent": _round_sent,
    "round.resumed": _round_resumed,
    "round.completed": _round_completed,
    "round.closed": _round_closed,
    "round.recalled": _round_recalled,
    "round.content_changed": _content_changed,
    "round.readers_added": _readers_added,
    "round.reordered": _stages_reordered,
    "round.deadline_changed": _deadline_changed,
    "item.delivered": _delivered,
    "item.asked_again": _asked_again,
    "item.opened": _opened,
    "item.returned": _returned,
    "item.settled": _settled,
    "item.delegated": _delegated,
    "item.urged": _urged,
    "item.skipped": _skipped,
    "item.recalled": _recalled,
    "paper.handed": _paper_handed,
    "paper.confirmed": _paper_confirmed,
    "paper.withdrawn": _paper_withdrawn,
    "label.made": _label_made,
    "receipt.signed": _signed,
    "task.given": _task_given,
    "task.finished": _task_finished,
    "task.reopened": _task_reopened,
    "task.cancelled": _task_cancelled,
    "document.linked": _linked,
    "document.unlinked": _unlinked,
    "document.twin_kept": _twin_kept,
    **OF_SEALS,
}
