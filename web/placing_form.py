"""The form of the placement editor: number fields that a script fills in, or a person types.

Rows of `page`, `x` and `y` are imprints; a row without a page is none. Pages count from 1 here, and
lengths are millimetres with at most two decimals.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from records.core.errors import Invalid
from records.seals.pages.crosspage import RIGHT
from records.seals.pages.placing import CrossPage, Placement, QrPlace, StampingPlan

# A page is never wider than ten metres.
_MOST_MM = 10_000.0


@dataclass(frozen=True)
class Row:
    """One imprint as its fields show it."""

    page: str = ""
    x: str = ""
    y: str = ""
    angle: str = "0"


def rows_of(plan: StampingPlan) -> list[Row]:
    """Return the rows of a plan."""
    return [
        Row(str(each.page + 1), plain(each.x_mm), plain(each.y_mm), str(each.angle))
        for each in plan.placements
    ]


def values_of(plan: StampingPlan) -> dict[str, Any]:
    """Return the other fields of a plan."""
    cross, qr = plan.cross_page, plan.qr
    return {
        "cross": "1" if cross else "",
        "cross_top": plain(cross.height_from_top_mm) if cross else "",
        "cross_edge": cross.edge if cross else RIGHT,
        "cross_duplex": "1" if cross and cross.duplex else "",
        "qr": "1" if qr else "",
        "qr_page": str(qr.page + 1) if qr else "",
        "qr_x": plain(qr.x_mm) if qr else "",
        "qr_y": plain(qr.y_mm) if qr else "",
        "qr_size": plain(qr.size_mm) if qr else "20",
        "place": plan.place or "",
        "remarks": plan.remarks or "",
    }


def typed_rows(form: MultiDict[str, str]) -> list[Row]:
    """Return the rows as they were typed, to show them again."""
    columns = [form.getlist(name) for name in ("page", "x", "y", "angle")]
    return [Row(*each) for each in zip(*columns, strict=False) if each[0].strip()]


def read_plan(form: MultiDict[str, str], *, witness_id: UUID | None) -> StampingPlan:
    """Return the plan in a form.

    Raises:
        Invalid: Something is no number; `field` says which part.
    """
    plan = StampingPlan(
        placements=tuple(_placement(each) for each in typed_rows(form)),
        witness_id=witness_id,
        place=form.get("place", "").strip() or None,
        remarks=form.get("remarks", "").strip() or None,
    )
    if form.get("cross"):
        top = _mm(form.get("cross_top", ""), "cross_page")
        edge = form.get("cross_edge", RIGHT)
        plan = replace(plan, cross_page=CrossPage(top, bool(form.get("cross_duplex")), edge))
    if form.get("qr"):
        page = _page(form.get("qr_page", ""), "qr")
        place = [_mm(form.get(name, ""), "qr") for name in ("qr_x", "qr_y", "qr_size")]
        plan = replace(plan, qr=QrPlace(page, *place))
    # Through its own reader, so that this form refuses what programs are refused.
    return StampingPlan.from_json(plan.to_json())


def plain(mm: float) -> str:
    """Return a length as a number field wants it."""
    return f"{mm:.2f}".rstrip("0").rstrip(".")


def in_mm(sizes: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return sizes of pages in millimetres that come in points."""
    return [(width * 25.4 / 72, height * 25.4 / 72) for width, height in sizes]


def _placement(row: Row) -> Placement:
    page = _page(row.page, "placements")
    x_mm, y_mm = _mm(row.x, "placements"), _mm(row.y, "placements")
    try:
        angle = int(row.angle or 0)
    except ValueError:
        raise Invalid("Give a whole number of degrees.", field="placements") from None
    return Placement(page, x_mm, y_mm, angle)


def _page(text: str, field: str) -> int:
    try:
        return int(text) - 1
    except ValueError:
        raise Invalid("Give the number of a page.", field=field) from None


def _mm(text: str, field: str) -> float:
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        raise Invalid("Give a length in millimetres.", field=field) from None
    if not math.isfinite(found) or abs(found) > _MOST_MM:
        raise Invalid("Give a length in millimetres.", field=field)
    return found
