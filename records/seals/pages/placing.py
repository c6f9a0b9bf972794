"""Where imprints go: what a plan covers, and what speaks against it. Pure.

Measures are those of `boxes`, the plan itself is `stamping_plan`, and where seals like to stand is
`snapping`; their names are to be had here as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from records.core.errors import Conflict, Invalid
from records.seals.pages.boxes import Box, Size
from records.seals.pages.crosspage import RIGHT, Strip, check_height, plan_strips
from records.seals.pages.geometry import turned_size
from records.seals.pages.plan import QR_MM, CrossPage, Placement, QrPlace, StampingPlan
from records.seals.pages.snapping import SnapPoint, TextLine, snap_points
from records.seals.rules import Shape

__all__ = [
    "QR_MM",
    "Box",
    "CrossPage",
    "Placement",
    "QrPlace",
    "SnapPoint",
    "StampingPlan",
    "TextLine",
    "check_placements",
    "check_signed",
    "covered_boxes",
    "imprint_boxes",
    "snap_points",
    "strip_boxes",
]

CLEARANCE_MM = 1.0
SMALLEST_QR_MM, LARGEST_QR_MM = 12.0, 60.0
MOST_PLACEMENTS = 500


def imprint_boxes(
    plan: StampingPlan, *, width_mm: float, height_mm: float, shape: str = Shape.RECTANGLE
) -> list[Box]:
    """Return what the placed imprints of a plan cover, without its cross-page seal."""
    boxes = []
    for each in plan.placements:
        if shape == Shape.ROUND:
            across, down = width_mm, height_mm
        else:
            across, down = turned_size(width_mm, height_mm, each.angle)
        x = each.x_mm + (width_mm - across) / 2
        y = each.y_mm + (height_mm - down) / 2
        boxes.append(Box(each.page, x, y, across, down, shape == Shape.ROUND))
    return boxes


def strip_boxes(
    cross: CrossPage, *, page_sizes_mm: Sequence[Size], width_mm: float, height_mm: float
) -> list[tuple[Strip, Box]]:
    """Return the strips of a cross-page seal, each with what it covers of its page.

    Raises:
        Invalid: There are too few pages for one.
    """
    found = []
    for strip in plan_strips(len(page_sizes_mm), duplex=cross.duplex, edge=cross.edge):
        width = width_mm / strip.parts
        x = page_sizes_mm[strip.page][0] - width if cross.edge == RIGHT else 0.0
        found.append((strip, Box(strip.page, x, cross.height_from_top_mm, width, height_mm)))
    return found


def covered_boxes(
    plan: StampingPlan,
    *,
    page_sizes_mm: Sequence[Size],
    width_mm: float,
    height_mm: float,
    shape: str = Shape.RECTANGLE,
) -> list[Box]:
    """Return all that a plan covers: imprints, strips and QR; later seals keep off it.

    `SealUsage.placements` keeps these, and the next seal's `check_placements` gets them as others.
    """
    boxes = imprint_boxes(plan, width_mm=width_mm, height_mm=height_mm, shape=shape)
    if plan.cross_page is not None:
        strips = strip_boxes(
            plan.cross_page, page_sizes_mm=page_sizes_mm, width_mm=width_mm, height_mm=height_mm
        )
        boxes += [box for _, box in strips]
    if plan.qr is not None:
        boxes.append(_qr_box(plan.qr))
    return boxes


def check_placements(
    plan: StampingPlan,
    *,
    page_sizes_mm: Sequence[Size],
    width_mm: float,
    height_mm: float,
    shape: str = Shape.RECTANGLE,
    others: Sequence[Box] = (),
    signed: bool = False,
    certified: int | None = None,
) -> None:
    """Refuse a plan that cannot or must not be stamped.

    Args:
        page_sizes_mm: Of every page as shown.
        width_mm: Of the imprint.
        height_mm: Of the imprint.
        shape: Of the imprint; round ones keep their distance as circles do.
        others: What the seals before this one cover.
        signed: The PDF bears signatures, so that only one visible field can be added.
        certified: What the certifying signature permits (DocMDP, ISO 32000-2, 12.8.2.2): 1 nothing,
            2 filling and signing, 3 annotating as well; None where nothing is certified.

    Raises:
        Invalid: A place that makes no sense; `field` says which part of the plan.
        Conflict: The signatures that the PDF bears do not allow it.
    """
    check_signed(plan, signed=signed, certified=certified)
    _check_numbers(plan, len(page_sizes_mm))
    boxes = imprint_boxes(plan, width_mm=width_mm, height_mm=height_mm, shape=shape)
    for box in boxes:
        _check_within(box, page_sizes_mm, "placements")
    if plan.qr is not None:
        _check_within(_qr_box(plan.qr), page_sizes_mm, "qr")
    if plan.cross_page is not None:
        strips = strip_boxes(
            plan.cross_page, page_sizes_mm=page_sizes_mm, width_mm=width_mm, height_mm=height_mm
        )
        check_height(
            [strip for strip, _ in strips],
            page_sizes_mm,
            top_mm=plan.cross_page.height_from_top_mm,
            width_mm=width_mm,
            height_mm=height_mm,
        )
        boxes += [box for _, box in strips]
    _check_apart(boxes, others, _qr_box(plan.qr) if plan.qr else None)


def check_signed(plan: StampingPlan, *, signed: bool, certified: int | None) -> None:
    """Refuse what would break the signatures that a PDF bears.

    Raises:
        Conflict: Saying what they forbid.
    """
    if certified is not None:
        # Filling and annotating may be permitted, a field that is new and seen never is.
        raise Conflict("This PDF is certified, and that forbids a further imprint.")
    if not signed:
        return
    if plan.cross_page is not None:
        raise Conflict(
            "This PDF is signed already: a cross-page seal would break its signatures.",
            field="cross_page",
        )
    if plan.qr is not None:
        raise Conflict(
            "This PDF is signed already: a QR code would break its signatures.", field="qr"
        )
    if len(plan.placements) > 1:
        raise Conflict(
            "This PDF is signed already: only one imprint can be added.", field="placements"
        )


def _check_numbers(plan: StampingPlan, pages: int) -> None:
    if not plan.placements and plan.cross_page is None:
        raise Invalid("Put the seal on a page first.", field="placements")
    if len(plan.placements) > MOST_PLACEMENTS:
        raise Invalid(
            "That is more than %(most)s imprints.", {"most": MOST_PLACEMENTS}, field="placements"
        )
    if plan.qr is not None and not SMALLEST_QR_MM <= plan.qr.size_mm <= LARGEST_QR_MM:
        raise Invalid(
            "A QR code is %(least)s to %(most)s mm wide.",
            {"least": int(SMALLEST_QR_MM), "most": int(LARGEST_QR_MM)},
            field="qr",
        )
    used = [("placements", each.page) for each in plan.placements]
    used += [("qr", plan.qr.page)] if plan.qr else []
    for field, page in used:
        if not 0 <= page < pages:
            raise Invalid("There is no page %(page)s.", {"page": page + 1}, field=field)


def _check_within(box: Box, sizes: Sequence[Size], field: str) -> None:
    if not box.within(sizes[box.page]):
        raise Invalid(
            "This does not lie on page %(page)s as a whole.", {"page": box.page + 1}, field=field
        )


def _check_apart(boxes: Sequence[Box], others: Sequence[Box], qr: Box | None) -> None:
    pairs = [*combinations(boxes, 2), *((box, other) for box in boxes for other in others)]
    for one, other in pairs:
        if one.page == other.page and one.distance_mm(other) < CLEARANCE_MM:
            raise Invalid(
                "Two imprints touch on page %(page)s; leave at least 1 mm between them.",
                {"page": one.page + 1},
                field="placements",
            )
    for box in [*boxes, *others] if qr else []:
        if qr is not None and qr.page == box.page and qr.distance_mm(box) < CLEARANCE_MM:
            raise Invalid(
                "The QR code touches an imprint on page %(page)s.",
                {"page": qr.page + 1},
                field="qr",
            )


def _qr_box(qr: QrPlace) -> Box:
    return Box(qr.page, qr.x_mm, qr.y_mm, qr.size_mm, qr.size_mm)
