"""Pages as they were recognised: kept sealed one by one, so that a worker that dies loses one page.

They are also what lies as text over the picture of a page, to be selected and marked.
"""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.rows import write_new
from records.scans.models import RecognisedPage
from records.scans.plans import TakenPage
from search.reading import Recognised, RecognisedLine
from storage import Vault

# A component with the wrapped key of its object.
Keyed = tuple[UUID, bytes]


def seal_page(vault: Vault, wrapped_key: bytes, page: Recognised) -> bytes:
    """Return a recognised page, compressed and encrypted under the key of its component."""
    clear = zlib.compress(json.dumps(asdict(page), ensure_ascii=False).encode(), 6)
    return vault.seal(wrapped_key, page_label(page.page), clear)


def open_page(vault: Vault, wrapped_key: bytes, number: int, sealed: bytes) -> Recognised:
    """Return the page that `seal_page` closed.

    Args:
        number: From 0.
    """
    kept = json.loads(zlib.decompress(vault.unseal(wrapped_key, page_label(number), sealed)))
    lines = [RecognisedLine(**each) for each in kept.pop("lines")]
    languages = tuple(kept.pop("languages", ()))
    return Recognised(**kept, lines=lines, languages=languages)


def recognised_pages(
    uow: UnitOfWork, vault: Vault, component: Keyed, *, numbers: Sequence[int] | None = None
) -> list[Recognised]:
    """Return the pages of a component that have been recognised, in order.

    Args:
        numbers: Only these, from 0.
    """
    query = select(RecognisedPage.page, RecognisedPage.sealed).where(
        RecognisedPage.component_id == component[0]
    )
    if numbers is not None:
        query = query.where(RecognisedPage.page.in_(numbers))
    rows = uow.session.execute(query.order_by(RecognisedPage.page)).all()
    return [open_page(vault, component[1], number, sealed) for number, sealed in rows]


def turns_of(uow: UnitOfWork, component_id: UUID) -> dict[int, int]:
    """Return the pages of a component, from 0, that are shown turned, with the degrees."""
    query = select(RecognisedPage.page, RecognisedPage.rotation).where(
        RecognisedPage.component_id == component_id, RecognisedPage.rotation != 0
    )
    return {row[0]: row[1] for row in uow.session.execute(query)}


def page_row(vault: Vault, component: Keyed, page: Recognised) -> RecognisedPage:
    """Return the row that keeps a recognised page."""
    return RecognisedPage(
        component_id=component[0],
        page=page.page,
        rotation=page.rotation,
        sealed=seal_page(vault, component[1], page),
    )


def carry_pages(
    uow: UnitOfWork, vault: Vault, stack: Keyed, part: Keyed, pages: Iterable[TakenPage]
) -> None:
    """Give a part the pages that were recognised in its stack, except those that were turned."""
    places = {each.number - 1: place for place, each in enumerate(pages) if not each.turn}
    found = recognised_pages(uow, vault, stack, numbers=list(places))
    rows = [page_row(vault, part, replace(each, page=places[each.page])) for each in found]
    write_new(uow, rows)


def page_label(number: int) -> str:
    """Return the label under which a recognised page is sealed."""
    return f"recognised page {number}"
