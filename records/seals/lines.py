"""What the log says of a line of the seal book, so that nobody can change the line alone.

`seal.used` carries these facts when the line is written. They are those that never change after:
what was stamped, for whom, by whom, in what number. What becomes known when a seal that was taken
outside is back stands in `seal.brought_back`.
"""

from collections.abc import Mapping
from typing import Any

from records.core.log import timestamp
from records.seals.models import SealUsage

_IDS = (
    "seal_id",
    "request_id",
    "document_id",
    "component_id",
    "result_id",
    "certificate_id",
    "applicant_id",
    "unit_id",
    "keeper_id",
    "witness_id",
)
_PLAIN = ("year", "sha256", "result_sha256", "code", "placements", "medium", "place", "outside")


def line_facts(line: SealUsage) -> Mapping[str, Any]:
    """Return what `seal.used` says of a line; `number` is the text of its number."""
    facts: dict[str, Any] = {name: getattr(line, name) for name in _PLAIN}
    for name in _IDS:
        value = getattr(line, name)
        facts[name] = None if value is None else str(value)
    facts["number"] = line.text
    facts["used_at"] = timestamp(line.used_at)
    facts["escort"] = line.escort
    facts["due_back_at"] = None if line.due_back_at is None else timestamp(line.due_back_at)
    if not line.outside:
        facts |= return_facts(line)
    return facts


def return_facts(line: SealUsage) -> Mapping[str, Any]:
    """Return what `seal.brought_back` says of a line, and `seal.used` of what was never outside."""
    return {
        "copies_stamped": line.copies_stamped,
        "copies_spoilt": line.copies_spoilt,
        "remarks": line.remarks,
    }
