"""The desk: what waits for each role that a person has, and what came in last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import Blueprint, Flask, g, render_template, url_for
from flask_babel import gettext, ngettext

from records.audit.browsing import LogFilters, list_entries, refusals_since
from records.circulation.paper import to_confirm
from records.circulation.telling import reading_list
from records.core.database import UnitOfWork
from records.core.jobs import failed, waiting
from records.documents import desk as cards
from records.documents.listing import DocumentLine
from records.finding.state import IndexPhase, read_state
from records.people.directory import closed_accounts
from records.people.rules import Act, Actor, Role
from records.scans.service import progress_of
from records.seals.checks import check_list
from records.seals.custody import HandoverLine, handovers_to_confirm, part_of
from records.seals.keeper_desk import keeper_desk
from records.seals.request_views import approvals_for
from records.tasks.telling import task_count, tasks_for
from records.worker import worker_seen
from web.boundary import office, reading
from web.circulation import circulating, rounds_to_watch
from web.events import told
from web.formats import whole
from web.permissions import SIGNED_IN
from web.reading_list import items_waiting
from web.routes import route
from web.session import actor

desk = Blueprint("desk", __name__)

_A_DAY = timedelta(days=1)
_LOG_LINES = 5


@dataclass(frozen=True)
class Item:
    """One line of a card.

    Attributes:
        due: A deadline, said in words.
        note: Who or what is behind it.
    """

    href: str | None
    title: str
    number: str | None = None
    at: date | datetime | None = None
    chips: DocumentLine | None = None
    due: date | datetime | None = None
    note: str | None = None
    late: bool = False

    @property
    def timed(self) -> bool:
        """Whether the time of day is worth showing beside the day."""
        return isinstance(self.at, datetime)


@dataclass(frozen=True)
class Card:
    """One card of the desk, as `desk/show.html` takes it.

    Attributes:
        count: How many wait, None when the card shows only the newest.
        text: What it says when nothing waits.
        tone: Colour when something waits.
        shows_state: Whether its lines say that they are to be checked.
    """

    title: str
    icon: str
    items: Sequence[Item]
    text: str
    count: int | None = None
    href: str | None = None
    tone: str | None = None
    shows_state: bool = True


@route(desk, "/", permission=SIGNED_IN)
def show() -> str:
    """Show the desk."""
    person = actor()
    with reading() as uow:
        found = [
            made
            for roles, card in _CARDS
            if roles & person.roles and (made := card(uow, person)) is not None
        ]
        works = bool(person.roles - _OVERSIGHT)
        recent = cards.came_in_last(uow, person) if works else []
        marked = circulating(uow, (each.id for each in recent))
        scans = progress_of(uow, [each.id for each in recent])
        notices = _service_notices(uow) if person.may(Act.SEE_OPERATIONS) else []
        today = uow.today
    return render_template(
        "desk/show.html",
        name=person.name,
        today=today,
        cards=found,
        recent=recent,
        circulating=marked,
        recognising=scans,
        shows_recent=works,
        may_register=person.may(Act.REGISTER),
        notices=notices,
    )


# Cards of reading and tasks ---------------------------------------------------------------------


def _to_be_read(uow: UnitOfWork, person: Actor) -> Card | None:
    """What waits to be read; whoever reads only now and then has the room for something else."""
    lines, _ = reading_list(uow, person, limit=cards.CARD_LINES)
    if not lines and Role.LEADER not in person.roles:
        return None
    items = [
        Item(
            url_for("reading.show", item_id=each.item_id),
            each.title or gettext("Without title"),
            each.number,
            due=each.due_at,
            note=each.sender_name,
        )
        for each in lines
    ]
    return Card(
        gettext("To be read"),
        "glasses",
        items,
        gettext("Nothing waits to be read."),
        items_waiting(),
        url_for("reading.index"),
        "seal" if any(each.overdue for each in lines) else None,
    )


def _seals(uow: UnitOfWork, person: Actor) -> Card | None:
    """Seal requests that wait for a decision."""
    lines = approvals_for(uow, person)
    g.approvals_waiting = len(lines)  # the rail counts them as well
    if not lines:
        return None
    items = [
        Item(
            url_for("reading.show_seal", approval_id=each.approval_id),
            each.matter,
            each.number,
            each.asked_at,
            note=" · ".join(
                [*([gettext("urgent")] if each.urgent else []), each.applicant, each.seal]
            ),
            late=each.urgent,
        )
        for each in lines[: cards.CARD_LINES]
    ]
    return Card(
        gettext("Seals to approve"),
        "stamp",
        items,
        "",
        len(lines),
        url_for("reading.index"),
        "seal" if any(each.urgent for each in lines) else None,
    )


def _to_be_sealed(uow: UnitOfWork, person: Actor) -> Card | None:
    """What waits for the seals that a person keeps, and the seals that should be back."""
    work = keeper_desk(uow, person)
    if not work.seals:
        return None
    late = [each for each in work.out if each.is_late]
    items = [
        Item(
            url_for("sealing.show", request_id=each.request_id),
            gettext("%(seal)s is late: it should be back.", seal=each.seal),
            each.text,
            due=each.due_back_at,
            note=each.escort or each.applicant,
            late=True,
        )
        for each in late
    ]
    items += [
        Item(
            url_for("sealing.show", request_id=each.request_id),
            each.matter or gettext("Without title"),
            each.number,
            each.approved_at,
            note=f"{each.applicant} · {each.seal}",
            late=each.urgent,
        )
        for each in work.to_use
    ]
    return Card(
        gettext("To be sealed"),
        "stamp",
        items[: cards.CARD_LINES],
        gettext("Nothing waits for your seal."),
        len(work.to_use),
        url_for("sealing.index"),
        "seal" if late or any(each.urgent for each in work.to_use) else None,
    )


def _tasks(uow: UnitOfWork, person: Actor) -> Card | None:
    lines, _ = tasks_for(uow, person, limit=cards.CARD_LINES)
    if not lines:
        return None
    items = [
        Item(
            url_for("documents.show", document_id=each.document_id, _anchor="tasks"),
            each.text or "",
            each.number,
            due=each.due_on,
            note=each.author_name,
        )
        for each in lines
    ]
    return Card(
        gettext("Tasks"),
        "list-checks",
        items,
        "",
        task_count(uow, person),
        url_for("tasks.index"),
        "seal" if any(each.overdue for each in lines) else None,
    )


# Cards of documents -----------------------------------------------------------------------------


def _to_be_checked(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.to_be_checked(uow, person)
    text = gettext("Everything that came in is checked.")
    card = _documents(gettext("To be checked"), "file-check", found, text)
    return replace(card, href=url_for("registration.queue"), shows_state=False)


def _urgent(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.urgent(uow, person)
    href = url_for("documents.index", urgency="urgent")
    return _documents(
        gettext("Urgent"), "clock", found, gettext("Nothing urgent is open."), href, tone="seal"
    )


def _unreadable(uow: UnitOfWork, person: Actor) -> Card | None:
    """Files that nobody could read; as long as there are none the desk has more room without."""
    found = cards.unreadable(uow, person)
    if not found.lines:
        return None
    return _documents(gettext("Unreadable files"), "triangle-alert", found, "", tone="warn")


def _to_be_filed(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.to_be_filed(uow, person)
    return _documents(
        gettext("To be filed"),
        "archive",
        found,
        gettext("Everything that was checked is filed."),
        url_for("documents.index", state="checked"),
    )


def _papers(uow: UnitOfWork, person: Actor) -> Card | None:
    """Paper originals that were handed to this person, who has not said yet to have them."""
    found = to_confirm(uow, person)
    if not found:
        return None
    items = [
        Item(
            f"{url_for('documents.show', document_id=document.id)}#whereabouts",
            document.title or gettext("Without title"),
            document.number,
            holding.handed_at,
        )
        for holding, document in found[: cards.CARD_LINES]
    ]
    return Card(gettext("Paper to confirm"), "file-text", items, "", len(found), tone="warn")


def _of_my_units(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.of_my_units(uow, person)
    text = gettext("What your unit is responsible for appears here.")
    return _documents(gettext("Of my units"), "building-2", found, text)


def _shared(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.shared_with_me(uow, person)
    text = gettext("What others share with you appears here.")
    return _documents(gettext("Shared with me"), "users", found, text)


def _in_the_file(uow: UnitOfWork, person: Actor) -> Card:
    found = cards.in_the_file(uow, person)
    return _documents(
        gettext("In the file"),
        "folder-tree",
        found,
        gettext("Nothing is filed yet."),
        url_for("documents.index", state="filed"),
    )


def _documents(
    title: str,
    icon: str,
    found: cards.Waiting,
    text: str,
    href: str | None = None,
    tone: str | None = None,
) -> Card:
    items = [
        Item(
            url_for("documents.show", document_id=each.id),
            each.title or gettext("Without title"),
            each.number,
            each.received_on,
            each,
        )
        for each in found.lines
    ]
    return Card(title, icon, items, text, found.count, href, tone)


def _rounds(uow: UnitOfWork, person: Actor) -> Card | None:
    """What is on its way; as long as nothing is, the desk has more room without."""
    found = rounds_to_watch(uow, person)
    if not found.count:
        return None
    items = [
        Item(
            url_for("rounds.show", round_id=each.round_id),
            each.title or gettext("Without title"),
            each.number,
            note=found.says[each.round_id],
            late=each.round_id in found.late,
        )
        for each in found.lines
    ]
    href = url_for("rounds.index", state="running")
    tone = "seal" if found.late else None
    return Card(gettext("My rounds"), "route", items, "", found.count, href, tone)


# Cards of seals ---------------------------------------------------------------------------------


def _handovers(uow: UnitOfWork, person: Actor) -> Card | None:
    """Hand-overs of seals in which this person has a part that is still to be confirmed."""
    found = handovers_to_confirm(uow, person)
    if not found:
        return None
    items = [
        Item(
            url_for("seals.handover", handover_id=each.handover.id),
            each.seal,
            each.code,
            each.handover.asked_at,
            note=_own_part(each, person),
        )
        for each in found[: cards.CARD_LINES]
    ]
    return Card(gettext("Seals to confirm"), "stamp", items, "", len(found), tone="warn")


def _own_part(line: HandoverLine, person: Actor) -> str:
    match part_of(line.handover, person.user_id):
        case "giver":
            return str(gettext("You give it to %(name)s.", name=line.taker))
        case "taker":
            return str(gettext("You take it from %(name)s.", name=line.giver))
        case _:
            return str(gettext("You witness its hand-over to %(name)s.", name=line.taker))


def _seal_checks(uow: UnitOfWork, person: Actor) -> Card | None:
    """Seals that are due for their check, of those that this person checks."""
    found = check_list(uow, person, due_only=True)
    if not found:
        return None
    items = [
        Item(
            url_for("seals.show", seal_id=each.seal_id),
            each.name,
            each.code,
            due=each.due_on,
            note=each.keeper,
        )
        for each in found[: cards.CARD_LINES]
    ]
    href = url_for("seals.checks", due=1)
    return Card(gettext("Seals to check"), "list-checks", items, "", len(found), href, tone="warn")


# Cards of oversight and administration ----------------------------------------------------------


def _log(uow: UnitOfWork, person: Actor) -> Card:
    entries, _ = list_entries(uow, person, limit=_LOG_LINES)
    items = [Item(None, told(each).text, each.who, each.at) for each in entries]
    return Card(
        gettext("Newest entries of the log"),
        "scroll-text",
        items,
        gettext("The log is empty."),
        href=url_for("log.index"),
    )


def _refusals(uow: UnitOfWork, person: Actor) -> Card:
    count = refusals_since(uow, person, uow.now - _A_DAY)
    wanted = LogFilters(refused=True)
    entries, _ = list_entries(uow, person, filters=wanted, limit=_LOG_LINES)
    newest = [each for each in entries if each.at >= uow.now - _A_DAY]
    items = [Item(None, told(each).text, each.who, each.at) for each in newest]
    return Card(
        gettext("Refused within a day"),
        "lock",
        items,
        gettext("Nobody was refused anything within the last day."),
        count,
        url_for("log.index", refused="1"),
        "seal",
    )


def _closed(uow: UnitOfWork, _person: Actor) -> Card:
    items = [
        Item(url_for("people.user", user_id=each.id), each.name, each.login, each.disabled_at)
        for each in closed_accounts(uow)
    ]
    return Card(
        gettext("Closed accounts"),
        "users",
        items,
        gettext("Every account is open."),
        href=url_for("people.users", state="disabled"),
    )


def _service_notices(uow: UnitOfWork) -> list[tuple[str, str]]:
    """Say in words how the service itself does: worker, index, jobs."""
    config = office().config
    notices: list[tuple[str, str]] = []
    seen = worker_seen(config)
    if seen is None or not seen.is_alive(uow.now):
        text = gettext("No worker runs here: nothing is read and the index stands still.")
        notices.append(("seal", text))
    state = read_state(config)
    if state.phase is IndexPhase.REBUILDING:
        text = gettext(
            "The index is being rebuilt: %(done)s of %(total)s.",
            done=whole(state.done),
            total=whole(state.total),
        )
        notices.append(("primary", text))
    elif not state.is_complete:
        notices.append(("warn", gettext("There is no index yet; a worker builds it.")))
    elif state.beside is not None:
        text = gettext(
            "The next index is being built: %(done)s of %(total)s. Search goes on.",
            done=whole(state.beside[0]),
            total=whole(state.beside[1]),
        )
        notices.append(("primary", text))
    if state.problem is not None:
        text = gettext("The index cannot be written: what is new is not found until it can.")
        notices.append(("seal", text))
    lost = failed(uow)
    if lost:
        text = ngettext(
            "%(num)s piece of work was given up.", "%(num)s pieces of work were given up.", lost
        )
        notices.append(("warn", text))
    left = waiting(uow)
    if left:
        text = ngettext(
            "%(num)s piece of work waits for the worker.",
            "%(num)s pieces of work wait for the worker.",
            left,
        )
        notices.append(("primary", text))
    return notices or [("ok", gettext("The worker runs and the index is up to date."))]


_OVERSIGHT = frozenset({Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
_WORKING = frozenset({Role.STAFF, Role.LEADER, Role.SEAL_KEEPER})
_SEAL_CHECKERS = frozenset({Role.SEAL_KEEPER, Role.SYSTEM_ADMIN})
_LOG_READERS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN})
_REFUSAL_READERS = frozenset({Role.AUDITOR, Role.AUDIT_ADMIN, Role.SECURITY_ADMIN})

# Who has which card, in the order of the page.
_CARDS: tuple[tuple[frozenset[Role], Callable[[UnitOfWork, Actor], Card | None]], ...] = (
    (frozenset(Role), _to_be_read),
    (frozenset(Role), _seals),
    (frozenset({Role.SEAL_KEEPER}), _to_be_sealed),
    (frozenset(Role), _tasks),
    (frozenset({Role.CLERK}), _to_be_checked),
    (frozenset({Role.CLERK, Role.LEADER}), _rounds),
    (frozenset({Role.CLERK, Role.LEADER}), _urgent),
    (frozenset({Role.CLERK, Role.ARCHIVIST}), _to_be_filed),
    (frozenset({Role.CLERK}), _unreadable),
    (frozenset(Role), _papers),
    (frozenset(Role), _handovers),
    (_SEAL_CHECKERS, _seal_checks),
    (_WORKING, _of_my_units),
    (_WORKING, _shared),
    (frozenset({Role.ARCHIVIST}), _in_the_file),
    (_LOG_READERS, _log),
    (_REFUSAL_READERS, _refusals),
    (frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN}), _closed),
)


def init_app(app: Flask) -> None:
    """Add the desk."""
    app.register_blueprint(desk)
