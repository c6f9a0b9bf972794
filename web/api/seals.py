"""The register of seals for programs: entries, rules, states, custody and checks."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import Request, Response, request, url_for

from records.core.database import UnitOfWork
from records.core.errors import Invalid
from records.core.idempotency import Answer
from records.people.organization import unit_by_code
from records.seals.checks import Finding, check_list, record_checks
from records.seals.custody import (
    ask_handover,
    cancel_handover,
    confirm_handover,
    handover_line,
    handovers_to_confirm,
)
from records.seals.imprints.keeping import LARGEST_BYTES, clean_scan, drawn_for, set_imprint
from records.seals.listing import SealFilters, SealMark, SealOrder, list_seals
from records.seals.models import Seal, SealHandover
from records.seals.register import (
    RuleStep,
    SealEntry,
    change_seal,
    get_seal,
    register_seal,
    set_rule,
    usable_seals,
)
from records.seals.rules import SealKind, SealState
from records.seals.states import destroy_seal, reinstate_seal, report_lost, withdraw_seal
from records.seals.views import seal_view
from web.api.bodies import obj, one_of, string
from web.api.declaring import (
    CURSOR,
    IF_MATCH,
    LIMIT,
    MOST_LINES,
    Answered,
    Parameter,
    api,
    body_of_request,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.named import person_named
from web.api.once import once
from web.api.seal_answers import (
    check_answer,
    check_line_answer,
    handover_answer,
    line_answer,
    seal_answer,
    unit_codes,
)
from web.api.seal_schemas import ENTRY, FINDING, PEOPLE, STEP, page_of, ref
from web.api.versions import seen_version, wanted_version
from web.boundary import office, reading, writing
from web.permissions import (
    SEAL_APPLICANTS,
    SEAL_CHECKERS,
    SEAL_READERS,
    SEAL_REGISTER_KEEPERS,
    SIGNED_IN,
)
from web.seal_imprints import picture_answer
from web.session import actor
from web.workshop import workshop

_TAG = "seals"
_SEAL = Answered(200, "The seal as it is now.", ref("Seal"), headers={"ETag": "Version."})
_HANDOVER = Answered(200, "The hand-over as it is now.", ref("SealHandover"))
_REASON = string("Why; it stays with the seal.", minLength=1)
_REASONED = obj({"reason": _REASON}, "reason")
_STATE = Parameter("state", "State of the seals.", one_of(SealState))
_KIND = Parameter("kind", "Kind of the seals.", one_of(SealKind))
_MARK = Parameter("mark", "What marks them.", one_of(SealMark))
_UNIT = Parameter("unit", "Code of the unit whose seals they are.")
_TYPED = Parameter("q", "A part of the name or the code.")
_ORDER = Parameter("order", "Order of the list.", one_of(SealOrder, default="code"))
_DUE = Parameter("due", "Only what is due.", one_of(("true", "false")))


# The register ------------------------------------------------------------------------------------


@endpoint(
    "GET",
    "/seals",
    tag=_TAG,
    permission=SEAL_READERS,
    summary="List the register of seals",
    parameters=(_STATE, _KIND, _MARK, _UNIT, _TYPED, _ORDER, LIMIT, CURSOR),
    answers=[Answered(200, "A page of the register.", page_of("SealLine"))],
    refusals=(422,),
)
def show_seals() -> Answer:
    """`GET /seals/usable` lists those that can be asked for."""
    mark, unit = word(_MARK), word(_UNIT)
    with reading() as uow:
        page = list_seals(
            uow,
            actor(),
            filters=SealFilters(
                typed=word(_TYPED) or "",
                state=word(_STATE),
                kind=word(_KIND),
                mark=SealMark(mark) if mark else None,
                unit_id=unit_by_code(uow, unit).id if unit else None,
            ),
            order=SealOrder(word(_ORDER) or SealOrder.CODE),
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
        units = unit_codes(uow)
    return Answer({"items": [line_answer(each, units) for each in page.items], "next": page.next})


@endpoint(
    "GET",
    "/seals/usable",
    tag=_TAG,
    permission=SEAL_APPLICANTS,
    summary="List the seals that can be asked for",
    answers=[Answered(200, "All that are in use today.", page_of("SealChoice"))],
)
def show_usable_seals() -> Answer:
    """Applicants learn name, kind and unit of a seal, and nothing else of the register."""
    with reading() as uow:
        units = unit_codes(uow)
        items = [
            {
                "id": str(each.id),
                "code": each.code,
                "name": each.name,
                "kind": each.kind,
                "unit": units[each.unit_id],
            }
            for each in usable_seals(uow)
        ]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/seals",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Register a seal",
    body=obj(
        {"code": string("Begins the numbers of its book.", minLength=1), **ENTRY},
        *("code", "name", "kind", "shape", "width_mm", "issuer", "unit", "start_on"),
    ),
    answers=[Answered(201, "The seal.", ref("Seal"), headers={"Location": "The seal."})],
    refusals=(409, 422),
)
def open_seal() -> Answer:
    """Nobody holds it until its first hand-over is confirmed."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = register_seal(uow, actor(), code=given["code"], entry=_entry(uow, given))
        return _shown(uow, made.id, 201)

    return once(act)


@endpoint(
    "GET",
    "/seals/<uuid:seal_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show a seal",
    answers=[_SEAL],
    refusals=(404,),
)
def show_seal(seal_id: UUID) -> Answer:
    """To readers of the register, and to those who answer for the seal."""
    with reading() as uow:
        return _shown(uow, seal_id)


@endpoint(
    "PATCH",
    "/seals/<uuid:seal_id>",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Correct the entry of a seal",
    parameters=(replace(IF_MATCH, required=True),),
    body=obj(ENTRY),
    answers=[_SEAL],
    refusals=(404, 409, 412, 422, 428),
)
def correct_seal(seal_id: UUID) -> Answer:
    """What the body leaves out stays as it is."""
    version, given = wanted_version(), body_of_request()
    with writing() as uow:
        seal = get_seal(uow, seal_id, for_update=True)
        # A new width of a round seal is its new height as well.
        if "width_mm" in given and seal.width_mm == seal.height_mm:
            given = {"height_mm": given["width_mm"], **given}
        line = seal_view(uow, actor(), seal_id).line
        entry = _entry(uow, {**line_answer(line, unit_codes(uow)), **given})
        change_seal(uow, actor(), seal_id=seal_id, version=version, entry=entry)
        return _shown(uow, seal_id)


@endpoint(
    "PUT",
    "/seals/<uuid:seal_id>/rule",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Say who approves the use of a seal",
    parameters=(IF_MATCH,),
    body=obj({"steps": {"type": "array", "items": STEP}}, "steps"),
    answers=[_SEAL],
    refusals=(404, 409, 412, 422),
)
def put_seal_rule(seal_id: UUID) -> Answer:
    """In order; without a step the leader of the unit that asks approves."""
    version, given = seen_version(), body_of_request()
    steps = [
        RuleStep(
            each["approver"],
            UUID(each["post"]) if each.get("post") else None,
            each.get("when_matter"),
            each.get("when_amount_cents"),
            each.get("when_outside", False),
        )
        for each in given["steps"]
    ]
    with writing() as uow:
        set_rule(uow, actor(), seal_id=seal_id, steps=steps, version=version)
        return _shown(uow, seal_id)


@endpoint(
    "PUT",
    "/seals/<uuid:seal_id>/imprint",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Set the imprint of a seal",
    body=obj(
        {
            "picture": string("A scan in PNG or JPEG, or a drawing in SVG, in base64."),
            "drawn": {"type": "boolean", "description": "Draw one for a start instead."},
        }
    ),
    answers=[_SEAL],
    refusals=(404, 409, 422),
)
def put_seal_imprint(seal_id: UUID) -> Answer:
    """The paper of a scan becomes transparent, and the picture takes the size of the seal."""
    given = body_of_request()
    with reading() as uow:
        seal = get_seal(uow, seal_id)
    if given.get("drawn"):
        png = drawn_for(seal)
    else:
        png = clean_scan(workshop().cage, seal, [_decoded(given.get("picture", ""))])
    with writing() as uow:
        set_imprint(uow, office().vault, actor(), seal_id=seal_id, png=png)
        return _shown(uow, seal_id)


@endpoint(
    "GET",
    "/seals/<uuid:seal_id>/imprint",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Fetch the imprint of a seal",
    answers=[Answered(200, "PNG with transparency.", media_type="image/png")],
    refusals=(404,),
)
def show_seal_imprint(seal_id: UUID) -> Response:
    """To its keeper and to the administrators alone."""
    return picture_answer(seal_id)


# States ------------------------------------------------------------------------------------------


@endpoint(
    "POST",
    "/seals/<uuid:seal_id>/loss",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Report that a seal is lost",
    body=_REASONED,
    answers=[_SEAL],
    refusals=(404, 409, 422),
)
def lose_seal(seal_id: UUID) -> Answer:
    """By its keeper, who has it outside, leads its unit, or keeps the register. For ever."""
    return _step(seal_id, report_lost)


@endpoint(
    "POST",
    "/seals/<uuid:seal_id>/withdrawal",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Take a seal out of use",
    body=_REASONED,
    answers=[_SEAL],
    refusals=(404, 409, 422),
)
def take_seal_out_of_use(seal_id: UUID) -> Answer:
    """Requests that run for it become void."""
    return _step(seal_id, withdraw_seal)


@endpoint(
    "POST",
    "/seals/<uuid:seal_id>/reinstatement",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Put a withdrawn seal into use again",
    body=_REASONED,
    answers=[_SEAL],
    refusals=(404, 409, 422),
)
def put_seal_into_use(seal_id: UUID) -> Answer:
    """Never one that was lost."""
    return _step(seal_id, reinstate_seal)


@endpoint(
    "POST",
    "/seals/<uuid:seal_id>/destruction",
    tag=_TAG,
    permission=SEAL_REGISTER_KEEPERS,
    summary="Record that a withdrawn seal was destroyed",
    body=obj(
        {"reason": _REASON, "witness": string("Who saw it, by name.", minLength=1)},
        "reason",
        "witness",
    ),
    answers=[_SEAL],
    refusals=(404, 409, 422),
)
def end_seal(seal_id: UUID) -> Answer:
    """Its book and its history stay."""
    return _step(seal_id, destroy_seal)


# Custody -----------------------------------------------------------------------------------------


@endpoint(
    "POST",
    "/seals/<uuid:seal_id>/handovers",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Begin the hand-over of a seal",
    body=obj({**PEOPLE, "reason": _REASON}, "taker", "witness", "reason"),
    answers=[Answered(201, "The hand-over.", ref("SealHandover"))],
    refusals=(404, 409, 422),
)
def open_handover(seal_id: UUID) -> Answer:
    """The keeper gives; giver, taker and witness confirm, each for themselves."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        made = ask_handover(
            uow,
            actor(),
            seal_id=seal_id,
            taker_id=person_named(uow, given["taker"], "taker"),
            witness_id=person_named(uow, given["witness"], "witness"),
            reason=given["reason"],
        )
        return _handover(uow, made.id, 201)

    return once(act)


@endpoint(
    "GET",
    "/seal-handovers",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the hand-overs that wait for the caller",
    answers=[Answered(200, "Those to confirm.", page_of("SealHandover"))],
)
def show_handovers() -> Answer:
    """As giver, taker or witness."""
    with reading() as uow:
        items = [handover_answer(each) for each in handovers_to_confirm(uow, actor())]
    return Answer({"items": items, "next": None})


@endpoint(
    "GET",
    "/seal-handovers/<uuid:handover_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Show a hand-over",
    answers=[_HANDOVER],
    refusals=(404,),
)
def show_handover(handover_id: UUID) -> Answer:
    """To its three people and to readers of the register."""
    with reading() as uow:
        return _handover(uow, handover_id)


@endpoint(
    "POST",
    "/seal-handovers/<uuid:handover_id>/confirm",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Confirm one's part in a hand-over",
    body=obj({}),
    answers=[_HANDOVER],
    refusals=(404, 409, 422),
)
def confirm_a_handover(handover_id: UUID) -> Answer:
    """The last of the three hands the seal over."""
    return _handing(handover_id, confirm_handover)


@endpoint(
    "POST",
    "/seal-handovers/<uuid:handover_id>/cancel",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Cancel a hand-over",
    body=obj({}),
    answers=[_HANDOVER],
    refusals=(404, 409),
)
def cancel_a_handover(handover_id: UUID) -> Answer:
    """By one of its people or the administrator, until all three have confirmed."""
    return _handing(handover_id, cancel_handover)


# Checks ------------------------------------------------------------------------------------------


@endpoint(
    "GET",
    "/seal-checks/list",
    tag=_TAG,
    permission=SEAL_CHECKERS,
    summary="Show the check list",
    parameters=(_DUE,),
    answers=[Answered(200, "What the caller checks, due first.", page_of("SealCheckLine"))],
)
def show_check_list() -> Answer:
    """The administrator checks all seals, a keeper those in their hands."""
    with reading() as uow:
        lines = check_list(uow, actor(), due_only=word(_DUE) == "true")
    return Answer({"items": [check_line_answer(each) for each in lines], "next": None})


@endpoint(
    "POST",
    "/seal-checks",
    tag=_TAG,
    permission=SEAL_CHECKERS,
    summary="Record what a check found",
    body=obj({"findings": {"type": "array", "items": FINDING}}, "findings"),
    answers=[Answered(201, "The checks.", page_of("SealCheck"))],
    refusals=(404, 409, 422),
)
def add_seal_checks() -> Answer:
    """All of them, or none."""
    given = body_of_request()
    findings = [
        Finding(UUID(each["seal"]), each["result"], each.get("remarks"))
        for each in given["findings"]
    ]

    def act(uow: UnitOfWork) -> Answer:
        made = record_checks(uow, actor(), findings=findings)
        return Answer({"items": [check_answer(each) for each in made], "next": None}, 201)

    return once(act)


@api.url_value_preprocessor
def _let_pictures_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Widen the limit of a body for a scan, before anything reads it."""
    if endpoint == "api.put_seal_imprint":
        wide: Request = request
        wide.max_content_length = 2 * LARGEST_BYTES


def _decoded(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content or len(content) > LARGEST_BYTES:
        raise Invalid("Give a picture in base64.", field="picture")
    return content


def _entry(uow: UnitOfWork, given: Mapping[str, Any]) -> SealEntry:
    """Return the typed values of an entry; what is as wide as it is high needs one size."""
    stop_on = given.get("stop_on")
    return SealEntry(
        name=given["name"],
        kind=given["kind"],
        shape=given["shape"],
        width_mm=given["width_mm"],
        height_mm=given.get("height_mm", given["width_mm"]),
        issuer=given["issuer"],
        unit_id=unit_by_code(uow, given["unit"]).id,
        start_on=date.fromisoformat(given["start_on"]),
        stop_on=date.fromisoformat(stop_on) if stop_on else None,
        emblem=given.get("emblem"),
        material=given.get("material"),
        check_every_months=given.get("check_every_months"),
        remarks=given.get("remarks"),
    )


def _step(seal_id: UUID, step: Callable[..., Seal]) -> Answer:
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _shown(uow, step(uow, actor(), seal_id=seal_id, **given).id)

    return once(act)


def _handing(handover_id: UUID, act_on: Callable[..., SealHandover]) -> Answer:
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _handover(uow, act_on(uow, actor(), handover_id=handover_id).id)

    return once(act)


def _shown(uow: UnitOfWork, seal_id: UUID, status: int = 200) -> Answer:
    uow.session.flush()
    view = seal_view(uow, actor(), seal_id)
    headers = {"ETag": f'"{view.seal.version}"'}
    if status == 201:
        headers["Location"] = url_for("api.show_seal", seal_id=seal_id)
    return Answer(seal_answer(view, unit_codes(uow)), status, headers)


def _handover(uow: UnitOfWork, handover_id: UUID, status: int = 200) -> Answer:
    uow.session.flush()
    return Answer(handover_answer(handover_line(uow, actor(), handover_id)), status)
