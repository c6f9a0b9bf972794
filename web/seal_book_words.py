"""The seal book in the words of the reader's language: its columns, its lines, its paper."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext, ngettext

from records.exchange.seal_book import PrintedBook, PrintedLine
from records.exchange.tables import Cell
from records.people.rules import Actor
from records.seals.book_views import SealBookLine
from records.seals.rules import UsageState
from web.formats import day, instant, joined
from web.i18n import language_tag, office_time_zone
from web.words import word


def columns_of_file(*, with_seal: bool) -> list[str]:
    """Return the heads of the columns of a spreadsheet."""
    return [
        gettext("Number"),
        *([gettext("Seal")] if with_seal else []),
        gettext("Sealed"),
        gettext("Medium"),
        gettext("Unit"),
        gettext("Applicant"),
        gettext("Matter"),
        gettext("Kind of matter"),
        gettext("Document"),
        gettext("Title"),
        gettext("Recipient"),
        gettext("Copies sealed"),
        gettext("Spoilt copies"),
        gettext("Approved by"),
        gettext("Sealed by"),
        gettext("Witness"),
        gettext("Place"),
        gettext("Taken outside"),
        gettext("Due back"),
        gettext("Brought back"),
        gettext("State"),
        gettext("Remarks"),
    ]


def row_of_file(line: SealBookLine, *, with_seal: bool) -> list[Cell]:
    """Return a line as a spreadsheet holds it; what its reader may not see is empty."""
    content = line.content
    kind = str(word("seal_matter", content.matter_kind).text) if content else None
    return [
        line.text,
        *([line.seal] if with_seal else []),
        line.used_at,
        str(word("seal_medium", line.medium).text),
        line.unit,
        line.applicant,
        content.matter if content else None,
        kind,
        content.document_number if content else None,
        content.title if content else None,
        content.recipient if content else None,
        line.copies_stamped,
        line.copies_spoilt,
        joined(list(content.approvers)) if content else None,
        line.keeper,
        line.witness,
        content.place if content else None,
        gettext("yes") if line.outside else None,
        line.due_back_at,
        line.returned_at,
        state_of(line),
        _remarks(line) or None,
    ]


def state_of(line: SealBookLine) -> str:
    """Return in a word how a line stands: late, outside, withdrawn, or valid."""
    if line.state is UsageState.VALID and line.outside and line.returned_at is None:
        return str(word("seal_usage", "late" if line.is_late else "out").text)
    return str(word("seal_usage", line.state.value).text)


def book_on_paper(
    lines: Sequence[SealBookLine],
    *,
    name: str,
    facts: Sequence[tuple[str, str]],
    with_seal: bool,
    left_out: int,
    printed_by: Actor,
    now: datetime,
) -> PrintedBook:
    """Return a book ready to be typeset.

    Args:
        with_seal: Whether each line names its seal.
        left_out: How many lines there are beyond these.
    """
    count = len(lines)
    closing = ngettext("%(num)s line.", "%(num)s lines.", count)
    if left_out:
        more = ngettext(
            "%(num)s more line is not on this paper; choose a shorter period.",
            "%(num)s more lines are not on this paper; choose a shorter period.",
            left_out,
        )
        closing = f"{closing} {more}"
    return PrintedBook(
        language=language_tag(),
        heading=gettext("Seal book"),
        name=name,
        facts=facts,
        columns=[
            gettext("No."),
            gettext("Date sealed"),
            gettext("Unit / applicant"),
            gettext("Matter"),
            gettext("Document / number"),
            gettext("Copies"),
            gettext("Approved by"),
            gettext("Sealed by"),
            gettext("Witness"),
            gettext("Remarks"),
        ],
        lines=[_printed(each, with_seal=with_seal) for each in lines],
        closing=closing,
        foot=gettext(
            "Chancery · printed by %(name)s, %(time)s", name=printed_by.name, time=instant(now)
        ),
        page_of=gettext("Page {page} of {pages}"),
    )


def _printed(line: SealBookLine, *, with_seal: bool) -> PrintedLine:
    content = line.content
    document = (
        f"{content.title or gettext('Without title')}\n{content.document_number}" if content else ""
    )
    local = line.used_at.astimezone(office_time_zone())
    return PrintedLine(
        [
            f"{line.text}\n{line.seal}" if with_seal else line.text,
            f"{day(local.date())}\n{local:%H:%M}",
            f"{line.unit}\n{line.applicant}",
            content.matter if content else gettext("not open to this reader"),
            document,
            "–" if line.copies_stamped is None else str(line.copies_stamped),
            joined(list(content.approvers)) if content else "",
            line.keeper,
            line.witness or "",
            _remarks(line),
        ],
        is_struck=line.state is UsageState.WITHDRAWN,
    )


def _remarks(line: SealBookLine) -> str:
    """Return what the last column says: marks first, then what was remarked."""
    content = line.content
    told = []
    if line.medium == "electronic":
        told.append(str(word("seal_medium", "electronic").text))
    if line.copies_spoilt:
        told.append(gettext("spoilt and destroyed: %(count)d", count=line.copies_spoilt))
    if line.outside:
        told.append(_outside(line))
    if line.state is UsageState.WITHDRAWN:
        reason = content.withdrawn_reason if content else None
        withdrawn = str(word("seal_usage", "withdrawn").text)
        told.append(f"{withdrawn}{gettext(': ')}{reason}" if reason else withdrawn)
    if content and content.remarks:
        told.append(content.remarks)
    return "\n".join(told)


def _outside(line: SealBookLine) -> str:
    if line.returned_at is not None:
        return str(gettext("taken outside, back %(time)s", time=instant(line.returned_at)))
    said = str(gettext("outside, due back %(time)s", time=instant(line.due_back_at)))
    return f"{said} ({word('seal_usage', 'late').text})" if line.is_late else said
