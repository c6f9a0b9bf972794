"""Seals, hand-overs and checks as the interface shows them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.people.models import Unit
from records.seals.checks import CheckLine
from records.seals.custody import HandoverLine
from records.seals.listing import Outside, SealLine
from records.seals.models import SealCheck
from records.seals.views import SealView
from web.api.round_answers import moment, person


def unit_codes(uow: UnitOfWork) -> dict[UUID, str]:
    """Return the codes of all units; an office has few."""
    return {row[0]: row[1] for row in uow.session.execute(select(Unit.id, Unit.code))}


def line_answer(line: SealLine, units: dict[UUID, str]) -> dict[str, Any]:
    """Return a seal as a list shows it."""
    seal = line.seal
    return {
        "id": str(seal.id),
        "code": seal.code,
        "name": seal.name,
        "kind": seal.kind,
        "shape": seal.shape,
        "width_mm": seal.width_mm,
        "height_mm": seal.height_mm,
        "issuer": seal.issuer,
        "unit": units[seal.unit_id],
        "start_on": seal.start_on.isoformat(),
        "stop_on": moment(seal.stop_on),
        "emblem": seal.emblem,
        "material": seal.material,
        "check_every_months": seal.check_every_months,
        "remarks": seal.remarks,
        "state": seal.state,
        "keeper": person(seal.keeper_id, line.keeper or "") if seal.keeper_id else None,
        "outside": _outside(line.outside) if line.outside else None,
        "late": line.is_late,
        "expired": line.is_expired,
        "checked_at": moment(seal.checked_at),
        "check_due_on": moment(seal.check_due_on),
        "check_due": line.is_check_due,
        "version": seal.version,
    }


def seal_answer(view: SealView, units: dict[UUID, str]) -> dict[str, Any]:
    """Return a seal with all that the register holds of it."""
    return {
        **line_answer(view.line, units),
        "rule": [
            {
                "approver": each.approver,
                "post": str(each.post_id) if each.post_id else None,
                "when_matter": each.when_matter,
                "when_amount_cents": each.when_amount_cents,
                "when_outside": each.when_outside,
            }
            for each in view.rule
        ],
        "handover": handover_answer(view.handover) if view.handover else None,
        "custody": [
            {
                "keeper": person(each.keeper_id, each.keeper),
                "from_at": each.from_at.isoformat(),
                "until_at": moment(each.until_at),
                "handover": str(each.handover_id),
            }
            for each in view.custody
        ],
        "history": [
            {
                "state": each.state,
                "at": each.at.isoformat(),
                "by": each.by,
                "reason": each.reason,
                "witness": each.witness,
            }
            for each in view.history
        ],
        "checks": [
            {
                "result": each.result,
                "at": each.at.isoformat(),
                "by": each.by,
                "remarks": each.remarks,
            }
            for each in view.checks
        ],
    }


def handover_answer(line: HandoverLine) -> dict[str, Any]:
    """Return a hand-over with its three people."""
    found = line.handover
    return {
        "id": str(found.id),
        "seal": str(line.seal_id),
        "code": line.code,
        "name": line.seal,
        "giver": person(found.giver_id, line.giver),
        "taker": person(found.taker_id, line.taker),
        "witness": person(found.witness_id, line.witness),
        "reason": found.reason,
        "asked_at": found.asked_at.isoformat(),
        "giver_at": moment(found.giver_at),
        "taker_at": moment(found.taker_at),
        "witness_at": moment(found.witness_at),
        "done_at": moment(found.done_at),
        "cancelled_at": moment(found.cancelled_at),
    }


def check_answer(check: SealCheck) -> dict[str, Any]:
    """Return one check."""
    return {
        "id": str(check.id),
        "seal": str(check.seal_id),
        "result": check.result,
        "remarks": check.remarks,
        "checked_at": check.checked_at.isoformat(),
    }


def check_line_answer(line: CheckLine) -> dict[str, Any]:
    """Return one line of a check list."""
    return {
        "seal": str(line.seal_id),
        "code": line.code,
        "name": line.name,
        "state": line.state,
        "unit": line.unit,
        "keeper": line.keeper,
        "checked_at": moment(line.checked_at),
        "due_on": moment(line.due_on),
        "due": line.is_due,
    }


def _outside(found: Outside) -> dict[str, Any]:
    return {
        "usage": str(found.usage_id),
        "applicant": person(found.applicant_id, found.applicant),
        "escort": found.escort,
        "place": found.place,
        "since": found.since.isoformat(),
        "due_back_at": moment(found.due_back_at),
    }
