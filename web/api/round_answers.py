"""Rounds and items as the interface shows them, by the names of REST."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from records.circulation.models import ReadingItem
from records.circulation.telling import ItemPage, ItemView, ReadingLine, RoundView, round_view
from records.circulation.views import SentLine, StageView
from records.core.database import UnitOfWork
from records.core.errors import NotFound
from web.api.answers import component_answer
from web.session import actor


def round_answer(view: RoundView) -> dict[str, Any]:
    """Return the picture of a round."""
    return {
        "id": str(view.id),
        "document": str(view.document_id),
        "number": view.number,
        "title": view.title,
        "purpose": view.purpose.value,
        "note": view.note,
        "state": view.state.value,
        "sender": person(view.sender_id, view.sender_name),
        "urger": person(view.urger_id, view.urger_name),
        "created_at": view.created_at.isoformat(),
        "sent_at": moment(view.sent_at),
        "due_at": moment(view.due_at),
        "revision": view.revision,
        "content_changed_at": moment(view.content_changed_at),
        "ended_at": moment(view.ended_at),
        "end_reason": view.end_reason,
        "version": view.version,
        "manages": view.manages,
        "sees_opinions": view.sees_opinions,
        "stages": [_stage(each) for each in view.stages],
    }


def _stage(stage: StageView) -> dict[str, Any]:
    return {
        "id": str(stage.id),
        "position": stage.position,
        "state": stage.state.value,
        "due_days": stage.due_days,
        "due_at": moment(stage.due_at),
        "began_at": moment(stage.began_at),
        "ended_at": moment(stage.ended_at),
        "items": [item_answer(each) for each in stage.items],
    }


def item_answer(item: ItemView) -> dict[str, Any]:
    """Return one reader of a round."""
    return {
        "id": str(item.id),
        "reader": person(item.reader_id, item.reader_name),
        "on_behalf_of": item.on_behalf_of_name,
        "signed_by": item.signed_by_name,
        "state": item.state.value,
        "due_at": moment(item.due_at),
        "overdue": item.overdue,
        "delivered_at": moment(item.delivered_at),
        "opened_at": moment(item.opened_at),
        "ended_at": moment(item.ended_at),
        "reason": item.reason,
        "decision": item.decision.value if item.decision else None,
        "opinion": item.opinion,
        "handwriting": item.has_handwriting,
        "receipt": text(item.receipt_id),
        "urged_at": moment(item.urged_at),
        "urges": item.urge_count,
        "settled": item.settled,
        "revision": item.revision,
    }


def line_answer(line: ReadingLine) -> dict[str, Any]:
    """Return one line of what somebody has to read."""
    return {
        "item": str(line.item_id),
        "round": str(line.round_id),
        "document": str(line.document_id),
        "number": line.number,
        "title": line.title,
        "secrecy": line.secrecy.code,
        "urgency": line.urgency,
        "purpose": line.purpose.value,
        "note": line.note,
        "sender": line.sender_name,
        "due_at": moment(line.due_at),
        "overdue": line.overdue,
        "state": line.state.value,
        "on_behalf_of": line.on_behalf_of_name,
        "delivered_at": line.delivered_at.isoformat(),
        "pages": line.page_count,
        "asked_again": line.asked_again,
    }


def sent_answer(line: SentLine) -> dict[str, Any]:
    """Return one line of the rounds that somebody sends."""
    return {
        "round": str(line.round_id),
        "document": str(line.document_id),
        "number": line.number,
        "title": line.title,
        "purpose": line.purpose.value,
        "state": line.state.value,
        "sender": line.sender_name,
        "urger": line.urger_name,
        "created_at": line.created_at.isoformat(),
        "sent_at": moment(line.sent_at),
        "due_at": moment(line.due_at),
        "stage": line.stage,
        "stages": line.stages,
        "items": {state.value: count for state, count in line.counts.items()},
        "overdue": line.overdue,
    }


def page_answer(page: ItemPage) -> dict[str, Any]:
    """Return everything that a reader is shown of one item."""
    return {
        **line_answer(page.line),
        "components": [component_answer(each) for each in page.components],
        "whole_round": round_answer(page.round),
        "next": text(page.next_id),
        "previous": text(page.previous_id),
    }


def item_now(uow: UnitOfWork, item: ReadingItem) -> dict[str, Any]:
    """Return an item as it is after an act."""
    uow.session.flush()
    view = round_view(uow, actor(), item.round_id)
    found = next((each for each in view.items if each.id == item.id), None)
    if found is None:
        raise NotFound
    return item_answer(found)


def person(user_id: UUID, name: str) -> dict[str, str]:
    """Return a person by id and name."""
    return {"id": str(user_id), "name": name}


def moment(value: datetime | date | None) -> str | None:
    """Return an instant or a day as text."""
    return value.isoformat() if value else None


def text(value: UUID | None) -> str | None:
    """Return an id as text."""
    return str(value) if value else None
