"""Slips and labels in the words of the reader's language, ready to be typeset."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from flask_babel import gettext

from records.circulation.telling import ItemView, RoundView, StageView
from records.documents.models import Document
from records.documents.rules import Urgency
from records.exchange.label import Label
from records.exchange.slip import Signed, Slip, SlipLine, SlipStage
from records.people.rules import Secrecy
from web.formats import day, instant
from web.i18n import language_tag
from web.words import word


def label_in_words(document: Document, registry: str, address: str) -> Label:
    """Return the label of a document; it tells no title, for it lies open on every desk."""
    lines = [str(word("secrecy", Secrecy(document.secrecy).code).text)]
    if document.received_on:
        lines.append(gettext("Received %(day)s", day=day(document.received_on)))
    return Label(document.number, registry, "\n".join(lines), address)


def slip_in_words(
    view: RoundView,
    document: Document,
    signed: Mapping[UUID, Signed],
    *,
    address: str,
    printed_by: str,
    now: datetime,
) -> Slip:
    """Return the circulation slip of a round, with what the reader may see of opinions."""
    return Slip(
        language=language_tag(),
        heading=gettext("Circulation slip"),
        marks=list(_marks(document)),
        number=document.number,
        title=document.title or gettext("Without title"),
        facts=[each for each in _facts(view, document) if each[1]],
        columns=[gettext("Reader"), gettext("Opinion"), gettext("Times"), gettext("Signature")],
        stages=[_stage(each, signed) for each in view.stages],
        address=address,
        address_words=gettext("Where is it now?"),
        foot=gettext(
            "Chancery · printed by %(name)s, %(time)s", name=printed_by, time=instant(now)
        ),
        page_of=gettext("Page {page} of {pages}"),
    )


def _marks(document: Document) -> Iterator[str]:
    secrecy = Secrecy(document.secrecy)
    if secrecy >= Secrecy.CONFIDENTIAL:
        level = str(word("secrecy", secrecy.code).text)
        yield f"{level}★{document.secrecy_term}" if document.secrecy_term else level
    if document.urgency != Urgency.ROUTINE:
        yield str(word("urgency", document.urgency).text)


def _facts(view: RoundView, document: Document) -> Iterator[tuple[str, str]]:
    yield gettext("Sender"), document.sender or ""
    yield gettext("Sender's number"), document.document_number_raw or document.document_number or ""
    yield gettext("Received"), day(document.received_on)
    yield gettext("Purpose"), str(word("purpose", view.purpose).text)
    yield gettext("Sent by"), view.sender_name
    yield gettext("Sent"), instant(view.sent_at)
    yield gettext("Due"), instant(view.due_at)
    yield gettext("State"), str(word("round", view.state).text)
    yield gettext("Content changed"), instant(view.content_changed_at)
    yield gettext("Note"), view.note or ""


def _stage(stage: StageView, signed: Mapping[UUID, Signed]) -> SlipStage:
    parts = [
        gettext("Stage %(number)s", number=stage.position),
        str(word("stage", stage.state).text),
    ]
    if stage.due_at:
        parts.append(gettext("due %(time)s", time=instant(stage.due_at)))
    return SlipStage(" · ".join(parts), [_line(each, signed.get(each.id)) for each in stage.items])


def _line(item: ItemView, signed: Signed | None) -> SlipLine:
    said = [
        item.opinion or "",
        gettext("Reason: %(text)s", text=item.reason) if item.reason else "",
    ]
    times = [
        ("delivered", item.delivered_at),
        ("opened", item.opened_at),
        (item.state, item.ended_at),
    ]
    signature = []
    if signed:
        signature.append(str(word("key", signed.kind).text))
    if item.receipt_id:
        signature.append(gettext("Receipt %(id)s", id=item.receipt_id))
    return SlipLine(
        reader=_reader(item),
        state=str(word("item", item.state).text),
        decision=str(word("decision", item.decision).text) if item.decision else "",
        opinion="\n".join(each for each in said if each),
        handwriting=signed.handwriting if signed else None,
        time="\n".join(f"{word('item', what).text} {instant(at)}" for what, at in times if at),
        signature="\n".join(signature),
    )


def _reader(item: ItemView) -> str:
    if item.signed_by_name:
        name, absent = item.signed_by_name, item.reader_name
    elif item.on_behalf_of_name:
        name, absent = item.reader_name, item.on_behalf_of_name
    else:
        return item.reader_name
    return str(gettext("%(name)s on behalf of %(absent)s", name=name, absent=absent))
