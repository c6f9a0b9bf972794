"""Entries of the log in plain words: one phrase for every kind that the services record.

The phrases of documents and seals are those of their own timelines; here stand those of people, of
the organization, of registers and of the file plan.
"""

from collections.abc import Callable
from datetime import date, datetime

from flask_babel import LazyString, gettext, lazy_gettext

from records.audit.browsing import Entry
from web.formats import day, instant, joined
from web.telling import Facts, Phrase
from web.timeline import PHRASES as OF_DOCUMENTS
from web.words import word

# What an entry is about, for the filter and for entries whose facts are hidden.
KINDS: dict[str, LazyString] = {
    "document.registered": lazy_gettext("Document registered"),
    "document.changed": lazy_gettext("Document changed"),
    "document.checked": lazy_gettext("Document checked"),
    "document.check_undone": lazy_gettext("Confirmation taken back"),
    "document.corrected": lazy_gettext("Document corrected"),
    "document.filed": lazy_gettext("Document filed"),
    "document.voided": lazy_gettext("Registration voided"),
    "document.secrecy_changed": lazy_gettext("Secrecy changed"),
    "document.moved": lazy_gettext("Document moved to another register"),
    "document.shared": lazy_gettext("Document shared"),
    "document.unshared": lazy_gettext("Sharing taken back"),
    "document.glass_broken": lazy_gettext("Document opened by emergency access"),
    "document.glass_closed": lazy_gettext("Emergency access ended early"),
    "glass.in_vain": lazy_gettext("Emergency access tried in vain"),
    "document.access_turned": lazy_gettext("A right began or ended"),
    "document.viewed": lazy_gettext("Document looked at"),
    "component.added": lazy_gettext("File added"),
    "document.linked": lazy_gettext("Document linked"),
    "document.unlinked": lazy_gettext("Link taken away"),
    "document.twin_kept": lazy_gettext("Kept beside one that looks the same"),
    "component.read": lazy_gettext("File read by the worker"),
    "component.derived": lazy_gettext("File made from another, or taken out of it"),
    "component.recognised": lazy_gettext("Scan recognised"),
    "component.not_recognised": lazy_gettext("Scan not recognised"),
    "component.recognition_asked": lazy_gettext("Recognition asked for again"),
    "stack.look_asked": lazy_gettext("Separator sheets looked for"),
    "stack.split_awaited": lazy_gettext("Splitting at separator sheets asked for"),
    "stack.split_asked": lazy_gettext("Splitting of a stack asked for"),
    "stack.split": lazy_gettext("Stack split"),
    "stack.split_failed": lazy_gettext("Stack not split"),
    "component.downloaded": lazy_gettext("File downloaded"),
    "access.refused": lazy_gettext("Attempt refused"),
    "arrival.kept": lazy_gettext("Came in and was not registered"),
    "arrival.registered": lazy_gettext("Registered by another try"),
    "arrival.given_up": lazy_gettext("What came in was given up"),
    "arrival.downloaded": lazy_gettext("File that came in downloaded"),
    "log.exported": lazy_gettext("Period of the log handed out"),
    "person.signed_in": lazy_gettext("Signed in"),
    "person.signed_out": lazy_gettext("Signed out"),
    "person.added": lazy_gettext("User added"),
    "person.changed": lazy_gettext("User changed"),
    "person.clearance_given": lazy_gettext("Clearance changed"),
    "person.disabled": lazy_gettext("Account closed"),
    "person.enabled": lazy_gettext("Account opened again"),
    "person.password_changed": lazy_gettext("Own password changed"),
    "person.password_reset": lazy_gettext("Password made anew"),
    "person.sessions_ended": lazy_gettext("Sessions ended"),
    "person.factor_added": lazy_gettext("Second factor set up"),
    "person.factor_removed": lazy_gettext("Second factor removed"),
    "person.factor_reset": lazy_gettext("Second factor reset"),
    "person.passkey_opens": lazy_gettext("Passkey taken as second factor"),
    "person.passkey_opens_no_more": lazy_gettext("Passkey no second factor any more"),
    "person.recovery_renewed": lazy_gettext("Recovery codes made anew"),
    "person.recovery_used": lazy_gettext("Recovery code used"),
    "person.token_added": lazy_gettext("Token made"),
    "person.token_revoked": lazy_gettext("Token ended"),
    "post.added": lazy_gettext("Post added"),
    "post.changed": lazy_gettext("Post changed"),
    "post.assigned": lazy_gettext("Post given"),
    "post.left": lazy_gettext("Post left"),
    "unit.added": lazy_gettext("Unit added"),
    "unit.changed": lazy_gettext("Unit changed"),
    "group.added": lazy_gettext("Group added"),
    "group.changed": lazy_gettext("Group changed"),
    "class.added": lazy_gettext("Class added"),
    "class.changed": lazy_gettext("Class changed"),
    "class.moved": lazy_gettext("Class moved"),
    "filing_rule.added": lazy_gettext("Rule of filing added"),
    "filing_rule.changed": lazy_gettext("Rule of filing changed"),
    "filing_rule.moved": lazy_gettext("Rule of filing moved"),
    "filing_rule.removed": lazy_gettext("Rule of filing removed"),
    "synonyms.added": lazy_gettext("Synonyms added"),
    "synonyms.changed": lazy_gettext("Synonyms changed"),
    "synonyms.removed": lazy_gettext("Synonyms removed"),
    "register.added": lazy_gettext("Register added"),
    "register.changed": lazy_gettext("Register changed"),
    "paper.handed": lazy_gettext("Paper original handed over"),
    "paper.confirmed": lazy_gettext("Paper original taken over"),
    "paper.withdrawn": lazy_gettext("Hand-over of the paper withdrawn"),
    "label.made": lazy_gettext("Label made"),
    "round.drafted": lazy_gettext("Reading round drafted"),
    "round.changed": lazy_gettext("Draft of a reading round changed"),
    "round.discarded": lazy_gettext("Draft of a reading round discarded"),
    "round.sent": lazy_gettext("Reading round sent"),
    "round.resumed": lazy_gettext("Reading round goes on"),
    "round.completed": lazy_gettext("Reading round complete"),
    "round.closed": lazy_gettext("Reading round closed"),
    "round.recalled": lazy_gettext("Reading round recalled"),
    "round.content_changed": lazy_gettext("Content changed after sending"),
    "round.readers_added": lazy_gettext("Readers added"),
    "round.reordered": lazy_gettext("Stages put into another order"),
    "round.deadline_changed": lazy_gettext("Deadline changed"),
    "item.delivered": lazy_gettext("Delivered to readers"),
    "item.opened": lazy_gettext("Opened by a reader"),
    "item.returned": lazy_gettext("Returned by a reader"),
    "item.settled": lazy_gettext("Return settled"),
    "item.delegated": lazy_gettext("Handed on by a reader"),
    "item.skipped": lazy_gettext("Readers skipped"),
    "item.recalled": lazy_gettext("Recalled from readers"),
    "item.asked_again": lazy_gettext("Readers asked again"),
    "item.urged": lazy_gettext("Readers reminded"),
    "notice.settings_changed": lazy_gettext("Own notices and mail set"),
    "route.saved": lazy_gettext("Route saved"),
    "route.removed": lazy_gettext("Route removed"),
    "calendar.changed": lazy_gettext("Calendar of working days changed"),
    "key.enrolled": lazy_gettext("Signing key enrolled"),
    "key.revoked": lazy_gettext("Signing key ended"),
    "receipt.signed": lazy_gettext("Reading receipt signed"),
    "delegation.made": lazy_gettext("Deputy named"),
    "delegation.ended": lazy_gettext("Deputy ended"),
    "task.given": lazy_gettext("Task given"),
    "task.finished": lazy_gettext("Task finished"),
    "task.reopened": lazy_gettext("Task opened again"),
    "task.cancelled": lazy_gettext("Task cancelled"),
    "seal.registered": lazy_gettext("Seal registered"),
    "seal.changed": lazy_gettext("Seal changed"),
    "seal.rule_changed": lazy_gettext("Approval rule of a seal changed"),
    "seal.imprint_set": lazy_gettext("Imprint of a seal set"),
    "seal.certified": lazy_gettext("Seal got a certificate"),
    "seal.certificate_ended": lazy_gettext("Certificate of a seal ended"),
    "seal.handover_asked": lazy_gettext("Hand-over of a seal begun"),
    "seal.handover_confirmed": lazy_gettext("Hand-over of a seal confirmed"),
    "seal.handed_over": lazy_gettext("Seal handed over"),
    "seal.handover_cancelled": lazy_gettext("Hand-over of a seal cancelled"),
    "seal.checked": lazy_gettext("Seal checked"),
    "seal.taken_out": lazy_gettext("Seal taken outside"),
    "seal.brought_back": lazy_gettext("Seal brought back"),
    "seal.reported_lost": lazy_gettext("Seal reported lost"),
    "seal.withdrawn": lazy_gettext("Seal withdrawn from use"),
    "seal.reinstated": lazy_gettext("Seal in use again"),
    "seal.destroyed": lazy_gettext("Seal destroyed"),
    "seal.used": lazy_gettext("Seal used"),
    "seal.stamping_asked": lazy_gettext("Electronic stamping asked for"),
    "seal.stamping_failed": lazy_gettext("Electronic stamping failed"),
    "seal_request.asked": lazy_gettext("Seal asked for"),
    "seal_request.agreed": lazy_gettext("Seal request agreed to in one step"),
    "seal_request.approved": lazy_gettext("Seal request approved"),
    "seal_request.declined": lazy_gettext("Seal request declined"),
    "seal_request.refused": lazy_gettext("Seal request refused by the keeper"),
    "seal_request.withdrawn": lazy_gettext("Seal request withdrawn"),
    "seal_request.voided": lazy_gettext("Seal request voided"),
    "seal_usage.withdrawn": lazy_gettext("What was sealed declared withdrawn"),
    "document.assessed": lazy_gettext("Four checks made"),
    "fixity.checked": lazy_gettext("Objects read again"),
    "office.backed_up": lazy_gettext("Back-up made"),
    "office.restored": lazy_gettext("Restored from a back-up"),
    "keys.rotated": lazy_gettext("Master key rotated"),
    "keys.forgotten": lazy_gettext("Master key forgotten"),
    "authority.made": lazy_gettext("Own certificate authority made"),
    "copy.made": lazy_gettext("Numbered copies made"),
    "copy.returned": lazy_gettext("Numbered copy returned"),
    "copy.destroyed": lazy_gettext("Numbered copy destroyed"),
    "copy.reopened": lazy_gettext("Return or destruction of a copy taken back"),
}


def told(entry: Entry) -> Phrase:
    """Return an entry in plain words, with no more than its reader may know."""
    general = str(KINDS.get(entry.kind, entry.kind))
    facts = entry.facts
    if not facts:
        return Phrase(general)
    phrase = _OF_OTHERS.get(entry.kind) or OF_DOCUMENTS.get(entry.kind)
    return phrase({**facts, "_kind": entry.kind}) if phrase else Phrase(general)


def _person_added(facts: Facts) -> Phrase:
    return Phrase(
        gettext(
            "User %(person)s added, login name %(login)s.",
            person=facts["person"],
            login=facts["login"],
        ),
        _clearance(facts),
    )


def _person_changed(facts: Facts) -> Phrase:
    before, after = facts.get("before"), facts["person"]
    if before == after:
        return Phrase(gettext("Details of %(person)s changed.", person=after))
    return Phrase(gettext("%(before)s is now called %(after)s.", before=before, after=after))


def _clearance_given(facts: Facts) -> Phrase:
    return Phrase(
        gettext(
            "Clearance of %(person)s changed from %(before)s to %(after)s.",
            person=facts["person"],
            before=word("secrecy", facts["before"]).text,
            after=word("secrecy", facts["clearance"]).text,
        )
    )


def _clearance(facts: Facts) -> str:
    return str(gettext("Clearance: %(level)s", level=word("secrecy", facts["clearance"]).text))


def _about_person(sentence: Callable[[str], str]) -> Callable[[Facts], Phrase]:
    return lambda facts: Phrase(sentence(str(facts["person"])))


def _factor_reset(facts: Facts) -> Phrase:
    said = gettext("The second factor of %(person)s was reset.", person=facts["person"])
    return Phrase(said, str(facts["reason"]))


def _token(facts: Facts) -> Phrase:
    return Phrase(str(KINDS[facts["_kind"]]), str(facts.get("label") or "") or None)


def _post(facts: Facts) -> Phrase:
    if facts["_kind"] == "post.added":
        said = gettext(
            "Post %(title)s added to %(unit)s.", title=facts["title"], unit=facts["unit"]
        )
    else:
        said = gettext("Post %(title)s changed.", title=facts["title"])
    return Phrase(said, joined([str(word("role", each).text) for each in facts["roles"]]))


def _assigned(facts: Facts) -> Phrase:
    said = gettext(
        "%(person)s got the post %(title)s.", person=facts["person"], title=facts["title"]
    )
    since = gettext("from %(day)s", day=_day(facts["from"]))
    until = facts.get("until")
    return Phrase(said, f"{since} {gettext('until %(day)s', day=_day(until))}" if until else since)


def _left(facts: Facts) -> Phrase:
    said = gettext(
        "%(person)s left the post %(title)s.", person=facts["person"], title=facts["title"]
    )
    return Phrase(said, gettext("until %(day)s", day=_day(facts["until"])))


def _unit(facts: Facts) -> Phrase:
    if facts["_kind"] == "unit.added":
        return Phrase(gettext("Unit %(unit)s added.", unit=facts["unit"]))
    return Phrase(gettext("Unit %(unit)s changed.", unit=facts["unit"]))


def _group(facts: Facts) -> Phrase:
    if facts["_kind"] == "group.added":
        said = gettext("Group %(group)s added.", group=facts["group"])
    else:
        said = gettext("Group %(group)s changed.", group=facts["group"])
    return Phrase(said, joined(list(facts.get("people", []))) or None)


def _class(facts: Facts) -> Phrase:
    label = f"{facts['code']} {facts.get('title', '')}".strip()
    return Phrase(f"{KINDS[facts['_kind']]}{gettext(': ')}{label}")


def _filing_rule(facts: Facts) -> Phrase:
    detail = None if facts.get("active", True) else gettext("It is switched off.")
    return Phrase(f"{KINDS[facts['_kind']]}{gettext(': ')}{facts['rule']}", detail)


def _synonyms(facts: Facts) -> Phrase:
    words = joined(list(facts["words"]))
    before = facts.get("before")
    detail = gettext("Before: %(words)s", words=joined(list(before))) if before else None
    return Phrase(f"{KINDS[facts['_kind']]}{gettext(': ')}{words}", detail)


def _register(facts: Facts) -> Phrase:
    return Phrase(
        f"{KINDS[facts['_kind']]}{gettext(': ')}{facts['title']}",
        gettext(
            "Numbers: %(pattern)s. Holds nothing above: %(ceiling)s.",
            pattern=facts["pattern"],
            ceiling=word("secrecy", facts["ceiling"]).text,
        ),
    )


def _route(facts: Facts) -> Phrase:
    return Phrase(f"{KINDS[facts['_kind']]}{gettext(': ')}{facts['title']}")


def _calendar(facts: Facts) -> Phrase:
    if facts.get("country"):
        return Phrase(
            gettext(
                "Holidays of %(country)s taken over for %(year)s.",
                country=facts["country"],
                year=facts["year"],
            )
        )
    named = _day(facts["days"][0])
    match facts.get("working"):
        case True:
            said = gettext("%(day)s is a working day.", day=named)
        case False:
            said = gettext("%(day)s is a holiday.", day=named)
        case _:
            said = gettext("%(day)s is an ordinary day again.", day=named)
    return Phrase(said, str(facts.get("title") or "") or None)


def _key(facts: Facts) -> Phrase:
    return Phrase(
        str(KINDS[facts["_kind"]]),
        joined([str(word("key", facts["kind"]).text), *_label_of(facts)]),
    )


def _label_of(facts: Facts) -> list[str]:
    return [str(facts["label"])] if facts.get("label") else []


def _deputy_named(facts: Facts) -> Phrase:
    said = gettext("%(deputy)s was named as deputy.", deputy=facts["deputy"])
    begins, ends = (instant(datetime.fromisoformat(facts[each])) for each in ("from", "until"))
    purposes = joined([str(word("purpose", each).text) for each in facts["purposes"]])
    return Phrase(said, f"{begins} – {ends} · {purposes}")


def _deputy_ended(facts: Facts) -> Phrase:
    return Phrase(gettext("%(deputy)s is no longer deputy.", deputy=facts["deputy"]))


def _day(text: str) -> str:
    return day(date.fromisoformat(text))


def _log_exported(facts: Facts) -> Phrase:
    said = gettext(
        "The log of %(first)s to %(last)s was handed out.",
        first=_day(facts["from"]),
        last=_day(facts["to"]),
    )
    return Phrase(said)


_OF_OTHERS: dict[str, Callable[[Facts], Phrase]] = {
    "log.exported": _log_exported,
    "person.added": _person_added,
    "person.changed": _person_changed,
    "person.clearance_given": _clearance_given,
    "person.disabled": _about_person(
        lambda name: gettext("The account of %(person)s was closed.", person=name)
    ),
    "person.enabled": _about_person(
        lambda name: gettext("The account of %(person)s was opened again.", person=name)
    ),
    "person.password_reset": _about_person(
        lambda name: gettext("%(person)s got a new password.", person=name)
    ),
    "person.factor_reset": _factor_reset,
    "person.passkey_opens": _token,
    "person.passkey_opens_no_more": _token,
    "person.token_added": _token,
    "person.token_revoked": _token,
    "post.added": _post,
    "post.changed": _post,
    "post.assigned": _assigned,
    "post.left": _left,
    "unit.added": _unit,
    "unit.changed": _unit,
    "group.added": _group,
    "group.changed": _group,
    "class.added": _class,
    "class.changed": _class,
    "class.moved": _class,
    "filing_rule.added": _filing_rule,
    "filing_rule.changed": _filing_rule,
    "filing_rule.moved": _filing_rule,
    "filing_rule.removed": _filing_rule,
    "synonyms.added": _synonyms,
    "synonyms.changed": _synonyms,
    "synonyms.removed": _synonyms,
    "register.added": _register,
    "register.changed": _register,
    "route.saved": _route,
    "route.removed": _route,
    "calendar.changed": _calendar,
    "key.enrolled": _key,
    "key.revoked": _key,
    "delegation.made": _deputy_named,
    "delegation.ended": _deputy_ended,
}
