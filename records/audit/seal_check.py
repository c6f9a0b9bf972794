"""Seal books against everything behind them: numbers, requests, the log, files.

A line of a book is true when its number follows the one before, its request was approved and is
used up, the log tells the same, and, for an electronic seal, the file that was stamped and the
stamped copy are those whose digests it names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from records.audit.report import Item, Report
from records.audit.rows import readable, walk
from records.audit.told import Told, told_about
from records.core.base import table_of
from records.core.database import Database, UnitOfWork
from records.core.log import LogEntry
from records.documents.models import Component
from records.documents.rules import ComponentRole
from records.seals.book import line_number
from records.seals.lines import line_facts, return_facts
from records.seals.models import (
    Seal,
    SealApproval,
    SealCertificate,
    SealCounter,
    SealRequest,
    SealUsage,
)
from records.seals.rules import (
    REQUEST_EVENTS,
    SEAL_EVENTS,
    ApprovalState,
    RequestState,
    RequestStep,
    SealMedium,
    SealStep,
    UsageState,
)

USED = REQUEST_EVENTS[RequestStep.USE]
BROUGHT_BACK = SEAL_EVENTS[SealStep.BRING_BACK]
WITHDRAWN = "seal_usage.withdrawn"
PAGE = 500
_SAME = ("seal_id", "document_id", "medium", "component_id", "sha256", "applicant_id", "unit_id")


def check_seals(database: Database, report: Report, tell: Callable[[str, int], None]) -> None:
    """Check every line of every seal book, and that none is lost."""
    with database.reading() as uow:
        _check_numbers(uow, report)
    report.count("seal_usages", 0)
    for uow, page in walk(database, SealUsage, report, kind="seal_usage", page=PAGE):
        for line, fault in _faults(uow, page, report):
            report.changed.append(Item("seal_usage", line.text, fault))
        report.count("seal_usages", len(page))
        tell("seal_usages", report.counts["seal_usages"])
    _check_lost(database, report)


# Numbers -----------------------------------------------------------------------------------------


def _check_numbers(uow: UnitOfWork, report: Report) -> None:
    """Tell of numbers that a book lacks and of numbers it gave twice; keeps no line in memory."""
    codes = {row[0]: row[1] for row in uow.session.execute(select(Seal.id, Seal.code))}
    last: dict[tuple[UUID, int], int] = {
        (each.seal_id, each.year): each.last for each in uow.session.scalars(select(SealCounter))
    }
    highest = select(SealUsage.seal_id, SealUsage.year, func.max(SealUsage.number)).group_by(
        SealUsage.seal_id, SealUsage.year
    )
    for seal_id, year, number in uow.session.execute(highest):
        last[seal_id, year] = max(number, last.get((seal_id, year), 0))
    for (seal_id, year), end in last.items():
        fault = {"seal": codes.get(seal_id, str(seal_id)), "year": year}
        previous = 0
        for number in _numbers(uow, seal_id, year):
            report.gaps.extend({**fault, "number": each} for each in range(previous + 1, number))
            if number == previous:
                report.duplicates.append({**fault, "number": number})
            previous = number
        report.gaps.extend({**fault, "number": each} for each in range(previous + 1, end + 1))


def _numbers(uow: UnitOfWork, seal_id: UUID, year: int) -> Iterator[int]:
    query = (
        select(SealUsage.number)
        .where(SealUsage.seal_id == seal_id, SealUsage.year == year)
        .order_by(SealUsage.number)
        .execution_options(yield_per=10_000)
    )
    yield from uow.session.scalars(query)


# Lines -------------------------------------------------------------------------------------------


def _faults(
    uow: UnitOfWork, page: Sequence[SealUsage], report: Report
) -> Iterator[tuple[SealUsage, str]]:
    """Yield what is wrong with some lines, one fault for each that has any."""
    ids = [each.id for each in page]
    seals = _rows(uow, Seal, {each.seal_id for each in page}, report)
    requests = _rows(uow, SealRequest, {each.request_id for each in page}, report)
    agreed = _agreed(uow, list(requests))
    files = {each for line in page for each in (line.component_id, line.result_id) if each}
    components = _rows(uow, Component, files, report)
    used_keys = {line.certificate_id for line in page} - {None}
    certificates = _rows(uow, SealCertificate, used_keys, report)
    used, back, withdrawn = (told_about(uow, kind, ids) for kind in (USED, BROUGHT_BACK, WITHDRAWN))
    for line in page:
        request = requests.get(line.request_id)
        fault = (
            _fault_of_number(line, seals.get(line.seal_id))
            or _fault_of_request(line, request, is_agreed=line.request_id in agreed)
            or _fault_of_entry(line, used.get(line.id, []))
            or _fault_of_return(line, back.get(line.id, []))
            or _fault_of_withdrawal(line, withdrawn.get(line.id, []))
            or _fault_of_files(line, components)
            or _fault_of_certificate(line, certificates)
        )
        if fault:
            yield line, fault


def _rows(uow: UnitOfWork, model: type[Any], ids: Any, report: Report) -> dict[UUID, Any]:
    query = select(model).where(model.id.in_(ids))
    return {each.id: each for each in readable(uow, query, report, table_of(model).name)}


def _agreed(uow: UnitOfWork, request_ids: Sequence[UUID]) -> set[UUID]:
    """Return the requests to which somebody agreed and nobody owes or refused an answer."""
    query = select(SealApproval.request_id, SealApproval.state).where(
        SealApproval.request_id.in_(request_ids)
    )
    states: dict[UUID, set[str]] = {}
    for request_id, state in uow.session.execute(query):
        states.setdefault(request_id, set()).add(state)
    settled = {ApprovalState.AGREED.value, ApprovalState.SKIPPED.value}
    return {
        request_id
        for request_id, found in states.items()
        if ApprovalState.AGREED.value in found and found <= settled
    }


def _fault_of_number(line: SealUsage, seal: Seal | None) -> str | None:
    if seal is None:
        return "its seal is gone"
    if line.text != line_number(seal.code, line.year, line.number):
        return "its number is not written as its seal, year and number say"
    return None


def _fault_of_request(
    line: SealUsage, request: SealRequest | None, *, is_agreed: bool
) -> str | None:
    if request is None:
        return "its request is gone"
    if request.state != RequestState.USED:
        return "its request is not used up"
    if not is_agreed:
        return "its request was not agreed to in every step"
    if any(getattr(line, name) != getattr(request, name) for name in _SAME):
        return "its request is about something else"
    return None


def _fault_of_entry(line: SealUsage, entries: Sequence[Told]) -> str | None:
    if not entries:
        return "the log does not know it"
    if len(entries) > 1:
        return "the log has it twice"
    return _difference(line_facts(line), entries[0][1])


def _fault_of_return(line: SealUsage, entries: Sequence[Told]) -> str | None:
    if not line.outside:
        return "the log brought it back, and it was never outside" if entries else None
    if (line.returned_at is not None) != bool(entries):
        return "its return and the log do not agree"
    return _difference(return_facts(line), entries[-1][1]) if entries else None


def _fault_of_withdrawal(line: SealUsage, entries: Sequence[Told]) -> str | None:
    if line.state not in list(UsageState):
        return "its state is none that a line can have"
    if (line.state == UsageState.WITHDRAWN) != bool(entries):
        return "whether it was declared withdrawn is not what the log says"
    if entries:
        return _difference({"reason": line.withdrawn_reason}, entries[-1][1])
    return None


def _difference(facts: Mapping[str, Any], told: dict[str, Any] | None) -> str | None:
    """Say which fact is not what the log says; a disposition may have erased what it said."""
    if told is None:
        return None
    other = sorted(name for name, value in facts.items() if told.get(name) != value)
    return f"the log tells otherwise: {', '.join(other)}" if other else None


def _fault_of_files(line: SealUsage, components: Mapping[UUID, Component]) -> str | None:
    source = components.get(line.component_id) if line.component_id else None
    if line.component_id is not None and (source is None or source.sha256 != line.sha256):
        return "what was sealed is not the file that it names"
    if line.medium != SealMedium.ELECTRONIC:
        return None
    result = components.get(line.result_id) if line.result_id else None
    if result is None or result.sha256 != line.result_sha256:
        return "the stamped copy is not the file that it names"
    if result.document_id != line.document_id or result.role != ComponentRole.STAMPED:
        return "the stamped copy is not one of its document"
    return None


def _fault_of_certificate(
    line: SealUsage, certificates: Mapping[UUID, SealCertificate]
) -> str | None:
    if line.medium != SealMedium.ELECTRONIC:
        return None
    found = certificates.get(line.certificate_id) if line.certificate_id else None
    if found is None or found.seal_id != line.seal_id:
        return "its certificate is not one of its seal"
    return None


# What is lost ------------------------------------------------------------------------------------


def _check_lost(database: Database, report: Report) -> None:
    """Tell of lines that the log knows and no book has, and of used requests without a line."""
    last = -1
    while True:
        query = (
            select(LogEntry.sequence, LogEntry.objects)
            .where(LogEntry.kind == USED, LogEntry.sequence > last)
            .order_by(LogEntry.sequence)
            .limit(PAGE)
        )
        with database.reading() as uow:
            rows = uow.session.execute(query).all()
            ids = {UUID(each) for _, objects in rows for each in objects}
            kept = set(uow.session.scalars(select(SealUsage.id).where(SealUsage.id.in_(ids))))
        for sequence, objects in rows:
            if not kept & {UUID(each) for each in objects}:
                report.missing.append(
                    Item("seal_usage", str(sequence), "the log knows a line that is gone")
                )
        if len(rows) < PAGE:
            break
        last = rows[-1][0]
    with database.reading() as uow:
        query_lost = (
            select(SealRequest.id)
            .outerjoin(SealUsage, SealUsage.request_id == SealRequest.id)
            .where(SealRequest.state == RequestState.USED.value, SealUsage.id.is_(None))
        )
        for request_id in uow.session.scalars(query_lost):
            report.missing.append(
                Item("seal_request", str(request_id), "it is used up, and no book has its line")
            )
