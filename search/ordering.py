"""What engines share: where pages start, and when to fall back to the best match."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from search.engine import SearchRequest, SearchResult, Sort
from search.plan import Plan, plan, ranks
from search.query import QueryWarning

MOST_RANKED = 10_000  # by relevance the last page starts before; by date and number none is last


def resolved(request: SearchRequest, root: Plan) -> Sort:
    """The order that is meant: newest first when nothing ranks."""
    if request.sort is Sort.RELEVANCE and not ranks(root):
        return Sort.DATE
    return request.sort


def start(request: SearchRequest, sort: Sort) -> int | None:
    """Where the page starts: an offset by relevance, else the order key of the hit before.

    None is the first page, also for a mark that is damaged or of another sort.
    """
    name, _, value = (request.after or "").partition(":")
    if name != sort.value or not value.isdecimal() or len(value) > 20:
        return None
    return int(value)


def mark(sort: Sort, value: int) -> str:
    """The opaque start of a next page."""
    return f"{sort.value}:{value}"


def next_rank(end: int, total: int) -> str | None:
    """Where the page after one that ends at a rank starts, if there is one."""
    return mark(Sort.RELEVANCE, end) if end < min(total, MOST_RANKED) else None


def with_fallback(
    request: SearchRequest, run: Callable[[SearchRequest, Plan], SearchResult]
) -> SearchResult:
    """Run the root of the question, and its fallback when that finds too little."""
    question = request.query
    use_fallback = (request.after or "").startswith("best:")
    if use_fallback and request.after is not None:
        request = replace(request, after=request.after.removeprefix("best:"))
    result: SearchResult | None = None
    if not (use_fallback and question.fallback is not None):
        result = run(request, plan(question.root))
        if (
            question.fallback is None
            or result.total >= question.enough
            or request.after is not None
        ):
            result.warnings[:0] = question.warnings
            return result
    assert question.fallback is not None
    best = run(request, plan(question.fallback))
    if result is not None and best.total <= result.total:
        result.warnings[:0] = question.warnings
        return result
    following = None if best.next is None else f"best:{best.next}"
    warnings = [*question.warnings, *best.warnings, QueryWarning("best_match", question.text)]
    return SearchResult(best.total, best.hits, best.facets, following, warnings)
