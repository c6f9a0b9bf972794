"""What the keeper lays down for one stamping, and how it is kept. Pure.

Measures are those of `boxes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from records.core.errors import Invalid
from records.seals.pages.boxes import hundredths, read_mm, read_whole
from records.seals.pages.crosspage import EDGES, RIGHT

QR_MM = 20.0


@dataclass(frozen=True, slots=True)
class Placement:
    """One imprint: `x_mm`, `y_mm` is its top left corner before it is turned.

    Attributes:
        page: Counted from 0.
        angle: Whole degrees clockwise about its middle.
    """

    page: int
    x_mm: float
    y_mm: float
    angle: int = 0


@dataclass(frozen=True, slots=True)
class CrossPage:
    """An imprint over the edges of all pages; `duplex`: of the odd pages only."""

    height_from_top_mm: float
    duplex: bool = False
    edge: str = RIGHT


@dataclass(frozen=True, slots=True)
class QrPlace:
    """Where the QR code with the check address stands, its quiet zone included."""

    page: int
    x_mm: float
    y_mm: float
    size_mm: float = QR_MM


@dataclass(frozen=True, slots=True)
class StampingPlan:
    """What the keeper lays down for one stamping; frozen with it."""

    placements: tuple[Placement, ...] = ()
    cross_page: CrossPage | None = None
    qr: QrPlace | None = None
    witness_id: UUID | None = None
    place: str | None = None
    remarks: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as an object of whole numbers and texts."""
        cross, qr = self.cross_page, self.qr
        return {
            "placements": [
                {
                    "page": each.page,
                    "x": hundredths(each.x_mm),
                    "y": hundredths(each.y_mm),
                    "angle": each.angle,
                }
                for each in self.placements
            ],
            "cross_page": cross
            and {
                "top": hundredths(cross.height_from_top_mm),
                "duplex": cross.duplex,
                "edge": cross.edge,
            },
            "qr": qr
            and {
                "page": qr.page,
                "x": hundredths(qr.x_mm),
                "y": hundredths(qr.y_mm),
                "size": hundredths(qr.size_mm),
            },
            "witness": None if self.witness_id is None else str(self.witness_id),
            "place": self.place,
            "remarks": self.remarks,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StampingPlan:
        """Return the plan that an object says.

        Raises:
            Invalid: It is not one; `field` says where.
        """
        if not isinstance(value, Mapping):
            raise Invalid("This is no plan of a stamping.", field="plan")
        witness = _text(value, "witness")
        try:
            witness_id = UUID(witness) if witness else None
        except ValueError as error:
            raise Invalid("This is no person.", field="witness") from error
        return cls(
            tuple(_placement(each) for each in _list(value, "placements")),
            _cross_page(value.get("cross_page")),
            _qr(value.get("qr")),
            witness_id,
            _text(value, "place"),
            _text(value, "remarks"),
        )


def _text(value: Mapping[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is not None and not isinstance(found, str):
        raise Invalid("%(name)s must be a text.", {"name": name}, field=name)
    return found or None


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name) or []
    if not isinstance(found, list):
        raise Invalid("%(name)s must be a list.", {"name": name}, field=name)
    return found


def _placement(value: Any) -> Placement:
    if not isinstance(value, Mapping):
        raise Invalid("This is no place on a page.", field="placements")
    angle = read_whole(value, "angle") % 360 if "angle" in value else 0
    return Placement(read_whole(value, "page"), read_mm(value, "x"), read_mm(value, "y"), angle)


def _cross_page(value: Any) -> CrossPage | None:
    if not value:
        return None
    if not isinstance(value, Mapping):
        raise Invalid("This is no place on a page.", field="cross_page")
    top = read_mm(value, "top")
    edge = value.get("edge", RIGHT)
    if edge not in EDGES:
        raise Invalid("A cross-page seal goes over the right or the left edge.", field="cross_page")
    return CrossPage(top, bool(value.get("duplex")), edge)


def _qr(value: Any) -> QrPlace | None:
    if not value:
        return None
    if not isinstance(value, Mapping):
        raise Invalid("This is no place on a page.", field="qr")
    size = read_mm(value, "size") if "size" in value else QR_MM
    return QrPlace(read_whole(value, "page"), read_mm(value, "x"), read_mm(value, "y"), size)
