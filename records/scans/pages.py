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
from search.reading import Line, Recognised, RecognisedLine
from storage import Vault

# A component with the wrapped key of its object.
Keyed = tuple[UUID, bytes]


def seal_page(vault: Vault, wrapped_key: bytes, page: Recognised) -> bytes:
    """Return a recognised page, compressed and encrypted under the key of its component."""
    clear = zlib.compress(json.dumps(asdict(page), ensure_ascii=False).encode(), 6)
    return vault.seal(wrapped_key, _label(page.page), clear)


def open_page(vault: Vault, wrapped_key: bytes, number: int, sealed: bytes) -> Recognised:
    """Return the page that `seal_page` closed.

    Args:
        number: From 0.
    """
    kept = json.loads(zlib.decompress(vault.unseal(wrapped_key, _label(number), sealed)))
    lines = [RecognisedLine(**each) for each in kept.pop("lines")]
    return Recognised(**kept, lines=lines)


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


def text_lines(page: Recognised) -> list[Line]:
    """Return the lines of a page in fractions of it, as the viewer lays them over the picture."""
    width, height = page.width_pt, page.height_pt
    if width <= 0 or height <= 0:
        return []
    return [
        Line(
            each.text,
            each.x0 / width,
            each.y0 / height,
            each.x1 / width,
            each.y1 / height,
            [stop / width for stop in each.stops],
        )
        for each in page.lines
    ]


def carry_pages(
    uow: UnitOfWork, vault: Vault, stack: Keyed, part: Keyed, pages: Iterable[TakenPage]
) -> None:
    """Give a part the pages that were recognised in its stack, except those that were turned."""
    places = {each.number - 1: place for place, each in enumerate(pages) if not each.turn}
    rows = [
        RecognisedPage(
            component_id=part[0],
            page=places[found.page],
            sealed=seal_page(vault, part[1], replace(found, page=places[found.page])),
        )
        for found in recognised_pages(uow, vault, stack, numbers=list(places))
    ]
    write_new(uow, rows)


def _label(number: int) -> str:
    return f"recognised page {number}"
