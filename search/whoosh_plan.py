"""Plans evaluated over Whoosh's postings, document by document; and the columns as its schema.

Evaluation is plain sets and sums, so that it can be trusted as an oracle. BM25 has the same
formula and constants as tantivy's, hence nearly the same order.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from search import layout
from search.plan import Among, Anything, Begins, Between, Both, Match, Nothing, Plan, Sequenced

_K1, _B = 1.2, 0.75


def schema() -> Any:
    """All columns; only id and revision are stored."""
    from whoosh import fields
    from whoosh.analysis import RegexTokenizer

    tokens, codes = RegexTokenizer(r"[^ ]+"), RegexTokenizer(r"[^\x1f]+")
    result = fields.Schema(id=fields.ID(stored=True, unique=True), revision=fields.STORED)
    for name in layout.TEXT_COLUMNS:
        result.add(name, fields.TEXT(analyzer=tokens))
    result.add(layout.PAIRS, fields.TEXT(analyzer=tokens, phrase=False))
    for name in (*layout.CODE_COLUMNS, *layout.FACET_COLUMNS.values()):
        result.add(name, fields.TEXT(analyzer=codes, phrase=False))
    for name in layout.NUMBER_COLUMNS:
        result.add(name, fields.NUMERIC(int, bits=64))
    for name in layout.ORDER_COLUMNS:
        result.add(name, fields.NUMERIC(int, bits=64, sortable=True))
    return result


class WhooshSearch:
    """One state of an index; what is expensive to read is kept while that state lasts."""

    def __init__(self, searcher: Any) -> None:
        self.searcher = searcher
        self._reader = searcher.reader()
        self.docs = functools.lru_cache(maxsize=64)(self._docs)
        self.numbers = functools.lru_cache(maxsize=8)(self._numbers)
        self._values = functools.lru_cache(maxsize=32)(self._values_of)

    def stored(self, doc: int) -> tuple[str, int]:
        """Id and revision."""
        fields = self._reader.stored_fields(doc)
        return str(fields["id"]), int(fields["revision"])

    def counts(self, column: str, docs: set[int]) -> dict[str, int]:
        """Documents among `docs` by value of a code column."""
        counted = ((value, len(docs & having)) for value, having in self._values(column).items())
        return {value: number for value, number in counted if number}

    def scores(self, plan: Plan, within: set[int]) -> dict[int, float]:
        """Score by document, of the documents in `within` that a plan finds."""
        match plan:
            case Match(column, text, boost):
                return self._bm25(column, text, boost, within)
            case Among(column, values, score):
                found = set().union(*(self._having(column, value) for value in values))
                return dict.fromkeys(found & within, score)
            case Sequenced(column, words, score):
                return dict.fromkeys(self._sequenced(column, words, within), score)
            case Begins(column, text):
                return dict.fromkeys(self._begins(column, text) & within, 0.0)
            case Between(column, low, high):
                return dict.fromkeys(self._between(column, low, high) & within, 0.0)
            case Anything():
                return dict.fromkeys(within, 0.0)
            case Nothing():
                return {}
            case Both():
                return self._both(plan, within)

    def _both(self, plan: Both, within: set[int]) -> dict[int, float]:
        total: Counter[int] = Counter()
        for part in plan.must:
            scores = self.scores(part, within)
            within = set(scores)
            total.update(scores)
        for part in plan.never:
            within = within - self.scores(part, within).keys()
        matched: Counter[int] = Counter()
        for part in plan.should:
            scores = self.scores(part, within)
            matched.update(scores.keys())
            total.update(scores)
        if plan.minimum:
            within = {doc for doc in within if matched[doc] >= plan.minimum}
        return {doc: total[doc] for doc in within}

    def _docs(self, plan: Plan) -> set[int]:
        return set(self.scores(plan, set(self._reader.all_doc_ids())))

    def _postings(self, column: str, text: str) -> Iterator[Any]:
        """The matcher at each posting."""
        if (column, text) not in self._reader:
            return
        matcher = self.searcher.postings(column, text)
        while matcher.is_active():
            yield matcher
            matcher.next()

    def _having(self, column: str, text: str) -> set[int]:
        return {matcher.id() for matcher in self._postings(column, text)}

    def _bm25(self, column: str, text: str, boost: float, within: set[int]) -> dict[int, float]:
        if (column, text) not in self._reader:
            return {}
        number = self._reader.doc_count_all()
        frequency = self._reader.doc_frequency(column, text)
        rarity = math.log(1 + (number - frequency + 0.5) / (frequency + 0.5))
        mean = max(self._reader.field_length(column) / max(number, 1), 1e-9)
        length = self._reader.doc_field_length
        found = {}
        for matcher in self._postings(column, text):
            doc = matcher.id()
            if doc in within:
                weight = matcher.weight()
                norm = _K1 * (1 - _B + _B * length(doc, column) / mean)
                found[doc] = boost * rarity * weight * (1 + _K1) / (weight + norm)
        return found

    def _sequenced(self, column: str, words: tuple[str, ...], within: set[int]) -> set[int]:
        places: dict[int, set[int]] = {doc: set() for doc in within}
        for offset, word in enumerate(words):
            following: dict[int, set[int]] = {}
            for matcher in self._postings(column, word):
                before = places.get(matcher.id())
                if before is None:
                    continue
                starts = {place - offset for place in matcher.value_as("positions")}
                if starts := (starts & before if offset else starts):
                    following[matcher.id()] = starts
            places = following
        return set(places)

    def _begins(self, column: str, text: str) -> set[int]:
        found: set[int] = set()
        for term in self._reader.expand_prefix(column, text):
            found |= self._having(column, term.decode())
        return found

    def _between(self, column: str, low: int | None, high: int | None) -> set[int]:
        from whoosh.query import NumericRange

        if low is not None and high is not None and low > high:
            return set()
        return set(self.searcher.docs_for_query(NumericRange(column, low, high)))

    def _numbers(self, column: str) -> list[int]:
        # Segment by segment: Whoosh's reader over all of them counts wrongly once the first one has
        # no such column, as one that holds the log position alone.
        found: list[int] = []
        for leaf, offset in self._reader.leaf_readers():
            count = leaf.doc_count_all()
            if leaf.has_column(column):
                values = leaf.column_reader(column)
                found += (int(values[doc]) for doc in range(count))
            found += [0] * (offset + count - len(found))
        return found

    def _values_of(self, column: str) -> dict[str, set[int]]:
        return {
            term.decode(): self._having(column, term.decode())
            for term in self._reader.lexicon(column)
        }
