"""An answer of search for programs: the same at REST and at the command line."""

from typing import Any

from records.finding.service import Found, FoundHit


def search_answer(found: Found) -> dict[str, Any]:
    """Return total, hits, facets, warnings and the cursor of the next page."""
    return {
        "total": found.total,
        "hits": [_hit(each) for each in found.hits],
        "facets": {
            name: [
                {"value": each.value, "label": each.label, "count": each.count} for each in values
            ]
            for name, values in found.facets.items()
        },
        "warnings": [{"code": each.code, "text": each.text} for each in found.warnings],
        "next": found.next,
        "meant": found.meant,
    }


def _hit(hit: FoundHit) -> dict[str, Any]:
    return {
        "id": str(hit.line.id),
        "number": hit.line.number,
        "title": hit.line.title,
        "file_name": hit.file_name,
        "score": hit.score,
        "snippets": [
            {"field": each.field, "text": each.text, "marks": [list(mark) for mark in each.marks]}
            for each in hit.snippets
        ],
    }
