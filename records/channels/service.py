"""Use cases of what came in: showing it, trying again, giving it up, taking it home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true

from records.channels.keeping import end_arrival, explain, take_files
from records.channels.mail_keys import remember_mail
from records.channels.models import Arrival, ArrivalFile, ChannelLook
from records.channels.rules import DOWNLOADED_EVENT, ArrivalState, ChannelKind
from records.core.config import Config
from records.core.database import UnitOfWork
from records.core.errors import Conflict, NotFound, Refusal
from records.core.places import Cut, cut, no_such_page, read_place
from records.core.rows import check_version, filled
from records.documents.metadata import read_metadata
from records.documents.models import Document, StoredObject
from records.people.models import User
from records.people.rules import Act, Actor, Role, Secrecy, check_clerk, check_may
from records.registration.models import Register
from records.registration.registers import register_by_code
from records.registration.service import register_document, registered_before
from storage import Vault

MOST_LINES = 200


@dataclass(frozen=True)
class FileLine:
    """A file that is kept for an arrival."""

    position: int
    name: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True)
class ArrivalLine:
    """One arrival as its reader may see it.

    Attributes:
        name: None for whoever looks after channels and may not see what came.
        mine: Whether the reader can try again and give up.
        number: Of the document that it became, for whoever may act on it.
    """

    id: UUID
    kind: ChannelKind
    channel: str
    register: str
    register_code: str
    state: ArrivalState
    message: str
    details: Mapping[str, Any]
    arrived_at: datetime
    tried_at: datetime
    tries: int
    name: str | None
    size_bytes: int | None
    files: Sequence[FileLine]
    secrecy: Secrecy | None
    mine: bool
    has_cells: bool
    document_id: UUID | None
    number: str | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    version: int


@dataclass(frozen=True)
class ChannelLine:
    """A channel that the operator has set up, and how its last look went.

    `looked_at` is None before its first look.
    """

    name: str
    kind: ChannelKind
    register: str
    looked_at: datetime | None
    again_at: datetime | None
    failing_since: datetime | None
    message: str | None
    details: Mapping[str, Any]


# Looking -----------------------------------------------------------------------------------------


def arrivals_of(
    uow: UnitOfWork,
    actor: Actor,
    *,
    state: ArrivalState | None = ArrivalState.WAITING,
    kind: ChannelKind | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Cut[ArrivalLine]:
    """Return a page of what came in and became no document, newest first."""
    check_may(actor, Act.SEE_ARRIVALS)
    query = _lines(actor).where(_visible(actor))
    if state is not None:
        query = query.where(Arrival.state == state.value)
    if kind is not None:
        query = query.where(Arrival.kind == kind.value)
    place = read_place(cursor)
    backwards = place is not None and place.backwards
    if place is not None:
        row = _id_of(place.row)
        query = query.where(Arrival.id > row if backwards else Arrival.id < row)
    query = query.order_by(Arrival.id if backwards else Arrival.id.desc()).limit(limit + 1)
    rows = uow.session.execute(query).all()
    page = cut(rows, limit, place, lambda row: str(row[0].id))
    return Cut(_shown(uow, page.rows), page.next, page.previous)


def arrival_line(uow: UnitOfWork, actor: Actor, arrival_id: UUID) -> ArrivalLine:
    """Return one arrival.

    Raises:
        NotFound: There is none, or none for this reader.
    """
    check_may(actor, Act.SEE_ARRIVALS)
    row = uow.session.execute(
        _lines(actor).where(_visible(actor), Arrival.id == arrival_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _shown(uow, [row])[0]


def arrivals_waiting(uow: UnitOfWork, actor: Actor, *, at_most: int = 100) -> int:
    """Return how many wait for this reader, counted up to a limit."""
    if not actor.may(Act.SEE_ARRIVALS):
        return 0
    waiting = (
        select(Arrival.id)
        .join(Register, Register.id == Arrival.register_id)
        .where(_visible(actor), Arrival.state == ArrivalState.WAITING.value)
        .limit(at_most)
    )
    return uow.session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def channels_of(uow: UnitOfWork, actor: Actor, config: Config) -> list[ChannelLine]:
    """Return the channels that feed the reader's registers; all of them to who runs the service."""
    check_may(actor, Act.SEE_ARRIVALS)
    seen = {each.channel: each for each in uow.session.scalars(select(ChannelLook))}
    codes = _codes_of(uow, actor)
    lines: list[ChannelLine] = []
    for kind, places in (
        (ChannelKind.FOLDER, config.folders_watched),
        (ChannelKind.MAILBOX, config.mailboxes_read),
    ):
        lines += [
            _channel(kind, each.name, each.register, seen.get(each.name))
            for each in places
            if codes is None or each.register in codes
        ]
    return lines


def registered_meanwhile(
    uow: UnitOfWork, actor: Actor, *, channel: str, source_id: str
) -> Document | None:
    """Return the document that something refused has become by another try, for its sender."""
    query = (
        select(Document)
        .join(Arrival, Arrival.document_id == Document.id)
        .where(
            Arrival.channel == channel,
            Arrival.source_id == source_id,
            Arrival.sent_by == actor.user_id,
            Arrival.state == ArrivalState.REGISTERED.value,
        )
    )
    return uow.session.scalar(query)


def _channel(kind: ChannelKind, name: str, register: str, look: ChannelLook | None) -> ChannelLine:
    if look is None:
        return ChannelLine(name, kind, register, None, None, None, None, {})
    return ChannelLine(
        name,
        kind,
        register,
        look.looked_at,
        look.again_at,
        look.failing_since,
        look.message,
        look.details or {},
    )


def _codes_of(uow: UnitOfWork, actor: Actor) -> set[str] | None:
    if actor.is_service or Role.SYSTEM_ADMIN in actor.roles:
        return None
    query = select(Register.code).where(Register.clerk_unit_id.in_(actor.clerk_units))
    return set(uow.session.scalars(query))


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for what a clerk may see whole: own registers, or sent by themselves."""
    if actor.is_service:
        return true()
    if not actor.may(Act.REGISTER):
        return false()
    own = Register.clerk_unit_id.in_(actor.clerk_units)
    return and_(Arrival.secrecy <= int(actor.clearance), or_(own, Arrival.sent_by == actor.user_id))


def _visible(actor: Actor) -> ColumnElement[bool]:
    return true() if Role.SYSTEM_ADMIN in actor.roles else _mine(actor)


def _lines(actor: Actor) -> Any:
    return (
        select(Arrival, Register, _mine(actor).label("mine"), Document.number, User.name)
        .join(Register, Register.id == Arrival.register_id)
        .outerjoin(Document, Document.id == Arrival.document_id)
        .outerjoin(User, User.id == Arrival.ended_by)
    )


def _shown(uow: UnitOfWork, rows: Sequence[Any]) -> list[ArrivalLine]:
    mine = [row[0].id for row in rows if row[2]]
    files: dict[UUID, list[FileLine]] = {}
    query = select(ArrivalFile).where(ArrivalFile.arrival_id.in_(mine))
    for each in uow.session.scalars(query.order_by(ArrivalFile.position)) if mine else ():
        line = FileLine(each.position, each.name, each.size_bytes, each.media_type)
        files.setdefault(each.arrival_id, []).append(line)
    return [_line(row, files.get(row[0].id, [])) for row in rows]


def _line(row: Any, files: Sequence[FileLine]) -> ArrivalLine:
    arrival, register, whole, number, ended_by = row
    return ArrivalLine(
        id=arrival.id,
        kind=ChannelKind(arrival.kind),
        channel=arrival.channel,
        register=register.name,
        register_code=register.code,
        state=ArrivalState(arrival.state),
        message=arrival.message,
        details=arrival.details,
        arrived_at=arrival.arrived_at,
        tried_at=arrival.tried_at,
        tries=arrival.tries,
        name=arrival.name if whole else None,
        size_bytes=arrival.size_bytes if whole else None,
        files=files,
        secrecy=Secrecy(arrival.secrecy) if whole else None,
        mine=bool(whole) and arrival.state == ArrivalState.WAITING.value,
        has_cells=bool(whole and arrival.cells),
        document_id=arrival.document_id if whole else None,
        number=number if whole else None,
        ended_at=arrival.ended_at,
        ended_by=ended_by,
        end_reason=arrival.end_reason if whole else None,
        version=arrival.version,
    )


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise no_such_page() from None


# Acting ------------------------------------------------------------------------------------------


def try_again(
    uow: UnitOfWork,
    actor: Actor,
    vault: Vault,
    *,
    arrival_id: UUID,
    version: int | None = None,
    register_code: str | None = None,
    plain: bool = False,
) -> Document:
    """Register what came in, now.

    Args:
        register_code: Another register than the one that it was meant for.
        plain: Whether the metadata that came along is left out.

    Raises:
        Conflict: It is registered or given up already, its bytes were not kept, or the register is
            closed.
        NotAllowed: The person is not clerk of the register.
        Invalid: The metadata that came along still makes no sense.
    """
    arrival = _own_arrival(uow, actor, arrival_id, version)
    register = uow.session.get_one(Register, arrival.register_id)
    if register_code and register_code != register.code:
        register = register_by_code(uow, register_code)
    check_clerk(actor, clerk_unit_id=register.clerk_unit_id)
    earlier = _became(uow, register, arrival)
    received = take_files(uow, vault, arrival.id)
    if earlier is None:
        if not received:
            raise Conflict("Its bytes were not kept here. Send it again, the way it came.")
        values = {} if plain else read_metadata(arrival.cells)
        values.setdefault("secrecy", arrival.secrecy)
        earlier = register_document(
            uow,
            actor,
            register=register,
            values=values,
            received=received,
            source_id=arrival.source_id,
        )
        uow.session.flush()
        if arrival.kind == ChannelKind.MAILBOX.value:
            remember_mail(uow, register.id, arrival.source_id, None, earlier.id)
    end_arrival(uow, actor, arrival, ArrivalState.REGISTERED, document_id=earlier.id)
    return earlier


def note_failure(uow: UnitOfWork, arrival_id: UUID, refusal: Refusal) -> None:
    """Write that trying again did not help either, and why; the boundary calls it."""
    arrival = uow.session.get(Arrival, arrival_id)
    if arrival is not None and arrival.state == ArrivalState.WAITING.value:
        arrival.tries += 1
        arrival.tried_at = uow.now
        explain(arrival, refusal)


def give_up(
    uow: UnitOfWork,
    actor: Actor,
    vault: Vault,
    *,
    arrival_id: UUID,
    version: int | None = None,
    reason: str,
) -> None:
    """Let something that came in be no document; its bytes here are removed within a day.

    Raises:
        Invalid: No reason.
        Conflict: It is registered or given up already.
    """
    arrival = _own_arrival(uow, actor, arrival_id, version)
    reason = filled(reason, "reason")
    take_files(uow, vault, arrival.id)
    end_arrival(uow, actor, arrival, ArrivalState.GIVEN_UP, reason=reason)


def arrival_file(
    uow: UnitOfWork, actor: Actor, arrival_id: UUID, position: int
) -> tuple[ArrivalFile, StoredObject]:
    """Return a kept file and the key that opens it; the log remembers who asked.

    Raises:
        NotFound: There is none, or none for this reader.
    """
    arrival = _seen_arrival(uow, actor, arrival_id)
    query = (
        select(ArrivalFile, StoredObject)
        .join(StoredObject, StoredObject.name == ArrivalFile.object_name)
        .where(ArrivalFile.arrival_id == arrival_id, ArrivalFile.position == position)
    )
    row = uow.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    uow.record(
        DOWNLOADED_EVENT,
        actor_id=actor.user_id,
        objects=[arrival.id, arrival.register_id],
        payload={**actor.signature(), "kind": arrival.kind, "channel": arrival.channel},
    )
    return row[0], row[1]


def _seen_arrival(
    uow: UnitOfWork, actor: Actor, arrival_id: UUID, *, held: bool = False
) -> Arrival:
    check_may(actor, Act.SEE_ARRIVALS)
    query = (
        select(Arrival)
        .join(Register, Register.id == Arrival.register_id)
        .where(_mine(actor), Arrival.id == arrival_id)
    )
    found = uow.session.scalar(query.with_for_update(of=Arrival) if held else query)
    if found is None:
        raise NotFound
    return found


def _own_arrival(uow: UnitOfWork, actor: Actor, arrival_id: UUID, version: int | None) -> Arrival:
    arrival = _seen_arrival(uow, actor, arrival_id, held=True)
    if arrival.state != ArrivalState.WAITING.value:
        raise Conflict("This has been registered or given up already.")
    check_version(arrival, version)
    return arrival


def _became(uow: UnitOfWork, register: Register, arrival: Arrival) -> Document | None:
    """Return the document that the same file became by another try, if it did."""
    first = uow.session.scalar(
        select(ArrivalFile.sha256)
        .where(ArrivalFile.arrival_id == arrival.id)
        .order_by(ArrivalFile.position)
        .limit(1)
    )
    if first is None:
        return None
    return registered_before(uow, register=register, source_id=arrival.source_id, sha256=first)
