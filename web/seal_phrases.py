"""What happened to seals, to requests for them and to numbered copies, in plain words."""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext

from records.seals.void_words import why_void
from web.catalogues import catalogue
from web.formats import instant, joined
from web.i18n import current_language
from web.telling import Facts, Phrase
from web.words import word


def _about(sentence: Callable[[str], str], *notes: str, tone: str | None = None) -> "_Phrasing":
    """Return the phrase of an entry that names a seal, with some of its facts under it."""
    return lambda facts: Phrase(
        sentence(_seal(facts)),
        "\n".join(str(facts[each]) for each in notes if facts.get(each)),
        tone,
    )


def _seal(facts: Facts) -> str:
    return str(facts.get("seal") or facts.get("code") or "–")


def _lines(*lines: str | None) -> str | None:
    return "\n".join(each for each in lines if each) or None


def _for_whom(facts: Facts) -> str | None:
    absent = facts.get("on_behalf_of")
    return gettext("on behalf of %(name)s", name=absent) if absent else None


# Seals -------------------------------------------------------------------------------------------


def _certified(facts: Facts) -> Phrase:
    said = gettext("The seal %(seal)s got a certificate.", seal=_seal(facts))
    return Phrase(said, _serial(facts))


def _certificate_ended(facts: Facts) -> Phrase:
    said = gettext("A certificate of the seal %(seal)s was ended.", seal=_seal(facts))
    return Phrase(said, _lines(_serial(facts), facts.get("reason")), "seal")


def _serial(facts: Facts) -> str | None:
    number = facts.get("serial")
    return gettext("Serial number: %(number)s", number=number) if number else None


def _authority_made(facts: Facts) -> Phrase:
    said = gettext("The organization's own certificate authority was made.")
    return Phrase(said, _serial(facts))


def _handover_asked(facts: Facts) -> Phrase:
    said = gettext("A hand-over of the seal %(seal)s was begun.", seal=_seal(facts))
    return Phrase(said, _lines(_three(facts), facts.get("reason")))


def _handover_confirmed(facts: Facts) -> Phrase:
    match facts.get("part"):
        case "giver":
            said = gettext("Confirmed to have given the seal %(seal)s.", seal=_seal(facts))
        case "taker":
            said = gettext("Confirmed to have taken the seal %(seal)s.", seal=_seal(facts))
        case "witness":
            said = gettext(
                "Confirmed as witness the hand-over of the seal %(seal)s.", seal=_seal(facts)
            )
        case _:
            said = gettext("Confirmed the hand-over of the seal %(seal)s.", seal=_seal(facts))
    return Phrase(said)


def _handed_over(facts: Facts) -> Phrase:
    said = gettext("The seal %(seal)s was handed over.", seal=_seal(facts))
    return Phrase(said, _three(facts), "primary")


def _three(facts: Facts) -> str | None:
    if not all(facts.get(each) for each in ("giver", "taker", "witness")):
        return None
    said = gettext(
        "%(giver)s gives, %(taker)s takes, %(witness)s witnesses.",
        giver=facts["giver"],
        taker=facts["taker"],
        witness=facts["witness"],
    )
    return str(said)


def _checked(facts: Facts) -> Phrase:
    result = facts.get("result")
    found = word("seal_check", str(result)) if result else None
    said = gettext("The seal %(seal)s was checked.", seal=_seal(facts))
    tone = "seal" if result == "missing" else None
    return Phrase(said, _lines(str(found.text) if found else None, facts.get("remarks")), tone)


def _taken_out(facts: Facts) -> Phrase:
    said = gettext("The seal %(seal)s was taken outside.", seal=_seal(facts))
    due = facts.get("due_back_at")
    until = gettext("due back by %(time)s", time=_instant(due)) if due else None
    return Phrase(said, _lines(_line_number(facts), facts.get("place"), _escort(facts), until))


def _brought_back(facts: Facts) -> Phrase:
    said = gettext("The seal %(seal)s was brought back.", seal=_seal(facts))
    return Phrase(said, _lines(_line_number(facts), _copies(facts), facts.get("remarks")))


def _escort(facts: Facts) -> str | None:
    name = facts.get("escort")
    return gettext("escort: %(name)s", name=name) if name else None


def _line_number(facts: Facts) -> str | None:
    number = facts.get("number")
    return gettext("line %(number)s of the seal book", number=number) if number else None


def _copies(facts: Facts) -> str | None:
    stamped, spoilt = facts.get("copies_stamped"), facts.get("copies_spoilt")
    if stamped is None:
        return None
    told = [gettext("copies sealed: %(count)d", count=stamped)]
    if spoilt:
        told.append(gettext("spoilt and destroyed: %(count)d", count=spoilt))
    return joined(told)


def _instant(text: str) -> str:
    return instant(datetime.fromisoformat(text))


# Requests and uses -------------------------------------------------------------------------------


def _asked(facts: Facts) -> Phrase:
    said = gettext("Asked for the seal %(seal)s.", seal=_seal(facts))
    return Phrase(said, _lines(facts.get("matter")), "primary")


def _agreed(facts: Facts) -> Phrase:
    said = gettext("Agreed that the seal %(seal)s is used.", seal=_seal(facts))
    return Phrase(said, _lines(facts.get("opinion"), _for_whom(facts)))


def _approved(facts: Facts) -> Phrase:
    said = gettext("The use of the seal %(seal)s was approved.", seal=_seal(facts))
    return Phrase(said, _lines(facts.get("opinion"), _for_whom(facts)), "ok")


def _declined(facts: Facts) -> Phrase:
    said = gettext("Declined the use of the seal %(seal)s.", seal=_seal(facts))
    opinion = facts.get("opinion") or facts.get("reason")
    return Phrase(said, _lines(opinion, _for_whom(facts)), "seal")


def _voided(facts: Facts) -> Phrase:
    said = gettext("The request for the seal %(seal)s became void.", seal=_seal(facts))
    return Phrase(said, why_void(catalogue(current_language()), str(facts.get("reason"))), "seal")


def _used(facts: Facts) -> Phrase:
    if facts.get("outside"):
        said = gettext("The seal %(seal)s was given out for use outside.", seal=_seal(facts))
    elif facts.get("medium") == "electronic":
        said = gettext("Sealed electronically with %(seal)s.", seal=_seal(facts))
    else:
        said = gettext("Sealed on paper with %(seal)s.", seal=_seal(facts))
    note = _lines(_line_number(facts), _copies(facts), facts.get("remarks"))
    return Phrase(said, note, "ok")


def _stamping_failed(facts: Facts) -> Phrase:
    said = gettext("The electronic stamping with %(seal)s failed.", seal=_seal(facts))
    reason = facts.get("reason")
    told = reason.get("message") if isinstance(reason, dict) else reason
    return Phrase(said, str(told) if told else None, "seal")


def _usage_withdrawn(facts: Facts) -> Phrase:
    said = gettext("What was sealed with %(seal)s was declared withdrawn.", seal=_seal(facts))
    return Phrase(said, _lines(_line_number(facts), facts.get("reason")), "seal")


# Numbered copies ---------------------------------------------------------------------------------


def _copies_made(facts: Facts) -> Phrase:
    first, last = (f"{int(facts[each]):06d}" for each in ("first", "last"))
    if first == last:
        said = gettext("Made the numbered copy %(number)s.", number=first)
    else:
        said = gettext("Made the numbered copies %(first)s to %(last)s.", first=first, last=last)
    whom = joined([str(each) for each in dict.fromkeys(facts.get("for_whom", [])) if each])
    return Phrase(said, _lines(whom, facts.get("file")))


def _copy(sentence: Callable[[str], str], tone: str | None = None) -> "_Phrasing":
    return lambda facts: Phrase(
        sentence(f"{int(facts['copy']):06d}"),
        _lines(facts.get("for_whom"), facts.get("reason")),
        tone,
    )


_Phrasing = Callable[[Facts], Phrase]

PHRASES: dict[str, _Phrasing] = {
    "seal.registered": _about(
        lambda seal: gettext("The seal %(seal)s was registered.", seal=seal), "code", tone="primary"
    ),
    "seal.changed": _about(
        lambda seal: gettext("Details of the seal %(seal)s were changed.", seal=seal)
    ),
    "seal.rule_changed": _about(
        lambda seal: gettext("Who approves uses of the seal %(seal)s was changed.", seal=seal)
    ),
    "seal.imprint_set": _about(
        lambda seal: gettext("The imprint of the seal %(seal)s was set.", seal=seal)
    ),
    "seal.certified": _certified,
    "seal.certificate_ended": _certificate_ended,
    "seal.handover_asked": _handover_asked,
    "seal.handover_confirmed": _handover_confirmed,
    "seal.handed_over": _handed_over,
    "seal.handover_cancelled": _about(
        lambda seal: gettext("The hand-over of the seal %(seal)s was cancelled.", seal=seal),
        "reason",
    ),
    "seal.checked": _checked,
    "seal.taken_out": _taken_out,
    "seal.brought_back": _brought_back,
    "seal.reported_lost": _about(
        lambda seal: gettext("The seal %(seal)s was reported lost.", seal=seal),
        "reason",
        tone="seal",
    ),
    "seal.withdrawn": _about(
        lambda seal: gettext("The seal %(seal)s was withdrawn from use.", seal=seal),
        "reason",
        tone="seal",
    ),
    "seal.reinstated": _about(
        lambda seal: gettext("The seal %(seal)s is in use again.", seal=seal), "reason"
    ),
    "seal.destroyed": _about(
        lambda seal: gettext("The seal %(seal)s was destroyed.", seal=seal),
        "reason",
        "witness",
        tone="seal",
    ),
    "seal.used": _used,
    "seal.stamping_asked": _about(
        lambda seal: gettext("Laid out an electronic stamping with %(seal)s.", seal=seal)
    ),
    "seal.stamping_failed": _stamping_failed,
    "seal_request.asked": _asked,
    "seal_request.agreed": _agreed,
    "seal_request.approved": _approved,
    "seal_request.declined": _declined,
    "seal_request.refused": _about(
        lambda seal: gettext("The keeper refused to use the seal %(seal)s.", seal=seal),
        "reason",
        tone="seal",
    ),
    "seal_request.withdrawn": _about(
        lambda seal: gettext("Withdrew the request for the seal %(seal)s.", seal=seal), "reason"
    ),
    "seal_request.voided": _voided,
    "seal_usage.withdrawn": _usage_withdrawn,
    "authority.made": _authority_made,
    "copy.made": _copies_made,
    "copy.returned": _copy(
        lambda number: gettext("The numbered copy %(number)s was returned.", number=number)
    ),
    "copy.destroyed": _copy(
        lambda number: gettext("The numbered copy %(number)s was destroyed.", number=number), "seal"
    ),
    "copy.reopened": _copy(
        lambda number: gettext("The numbered copy %(number)s is out after all.", number=number)
    ),
}
