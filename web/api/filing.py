"""The rules of filing: what the office knows beforehand of where documents belong."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.filing.keeping import (
    RuleFacts,
    RuleLine,
    add_rule,
    all_rules,
    change_rule,
    get_rule,
    move_rule,
    remove_rule,
)
from records.filing.trying import Met, try_rule
from web.api.bodies import obj, one_of
from web.api.declaring import IF_MATCH, Answered, body_of_request, endpoint
from web.api.filing_schemas import SAID, page_of, ref
from web.api.once import once
from web.api.versions import seen_version, wanted_version
from web.boundary import office, reading, writing
from web.permissions import FILING_RULE_KEEPERS
from web.session import actor

_TAG = "registers and plan"
_RULE = Answered(200, "The rule.", ref("FilingRule"))


@endpoint(
    "GET",
    "/filing-rules",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="List the rules of filing",
    answers=[
        Answered(200, "All rules, in the order in which they are asked.", page_of("FilingRule"))
    ],
)
def show_filing_rules() -> Answer:
    """Asked in this order: the first that applies and names a class, unit or route decides it."""
    with reading() as uow:
        return Answer({"items": [shown(each) for each in all_rules(uow, actor())], "next": None})


@endpoint(
    "POST",
    "/filing-rules",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Write a rule of filing",
    body=obj(SAID, "name"),
    answers=[Answered(201, "The rule.", ref("FilingRule"))],
    refusals=(404, 409, 422),
)
def write_filing_rule() -> Answer:
    """It is asked after all others; what waits is judged again."""
    facts = _facts(body_of_request())

    def act(uow: UnitOfWork) -> Answer:
        made = add_rule(uow, actor(), facts)
        return Answer(shown(get_rule(uow, actor(), made.id)), 201)

    return once(act)


@endpoint(
    "POST",
    "/filing-rules/try",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Try a rule of filing without keeping it",
    body=obj(SAID),
    answers=[Answered(200, "What it would have done.", ref("FilingTrial"))],
    refusals=(404, 422),
)
def try_filing_rule() -> Answer:
    """It is tried on the newest 500 documents that the caller sees."""
    facts = _facts(body_of_request())
    with reading() as uow:
        trial = try_rule(uow, actor(), office().vault, facts)
    return Answer({"looked_at": trial.looked_at, "met": [_met(each) for each in trial.met]})


@endpoint(
    "GET",
    "/filing-rules/<uuid:rule_id>",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Give a rule of filing",
    answers=[_RULE],
    refusals=(404,),
)
def show_filing_rule(rule_id: UUID) -> Answer:
    """One rule."""
    with reading() as uow:
        return Answer(shown(get_rule(uow, actor(), rule_id)))


@endpoint(
    "PATCH",
    "/filing-rules/<uuid:rule_id>",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Change a rule of filing",
    parameters=(replace(IF_MATCH, required=True),),
    body=obj(SAID),
    answers=[_RULE],
    refusals=(404, 409, 412, 422, 428),
)
def change_filing_rule(rule_id: UUID) -> Answer:
    """What the body leaves out stays as it is."""
    version, given = wanted_version(), body_of_request()
    with writing() as uow:
        before = shown(get_rule(uow, actor(), rule_id))
        facts = _facts({name: given.get(name, before[name]) for name in SAID})
        change_rule(uow, actor(), rule_id=rule_id, version=version, facts=facts)
        uow.session.flush()
        return Answer(shown(get_rule(uow, actor(), rule_id)))


@endpoint(
    "POST",
    "/filing-rules/<uuid:rule_id>/move",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Let a rule of filing be asked earlier or later",
    body=obj({"to": one_of(("up", "down"))}, "to"),
    answers=[_RULE],
    refusals=(404,),
)
def move_filing_rule(rule_id: UUID) -> Answer:
    """By one place; at the end of the list nothing happens."""
    up = body_of_request()["to"] == "up"

    def act(uow: UnitOfWork) -> Answer:
        move_rule(uow, actor(), rule_id=rule_id, up=up)
        uow.session.flush()
        return Answer(shown(get_rule(uow, actor(), rule_id)))

    return once(act)


@endpoint(
    "DELETE",
    "/filing-rules/<uuid:rule_id>",
    tag=_TAG,
    permission=FILING_RULE_KEEPERS,
    summary="Remove a rule of filing",
    parameters=(IF_MATCH,),
    answers=[Answered(204, "It is gone; what was filed by it stays.")],
    refusals=(404, 412),
)
def remove_filing_rule(rule_id: UUID) -> Answer:
    """To keep it for later, set `active` to false instead."""
    version = seen_version()

    def act(uow: UnitOfWork) -> Answer:
        remove_rule(uow, actor(), rule_id=rule_id, version=version)
        return Answer(None, 204)

    return once(act)


def shown(line: RuleLine) -> dict[str, Any]:
    """Return a rule as programs get it."""
    held = line.conditions
    return {
        "id": str(line.id),
        "name": line.name,
        "sender": held.sender,
        "words": list(held.words),
        "number_prefix": held.number_prefix,
        "kind": held.kind,
        "register": line.register_code,
        "class": line.class_code,
        "unit": line.unit_code,
        "route": str(line.route_id) if line.route_id else None,
        "active": line.active,
        "version": line.version,
    }


def _facts(given: dict[str, Any]) -> RuleFacts:
    route = given.get("route")
    return RuleFacts(
        name=given.get("name") or "",
        sender=given.get("sender") or "",
        words=", ".join(given.get("words") or ()),
        number_prefix=given.get("number_prefix") or "",
        kind=given.get("kind") or "",
        register=given.get("register") or "",
        class_code=given.get("class") or "",
        unit=given.get("unit") or "",
        route_id=UUID(route) if route else None,
        active=given.get("active", True),
    )


def _met(each: Met) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "number": each.number,
        "title": each.title,
        "sender": each.sender,
        "class": each.class_code,
        "agrees": each.agrees,
    }
