"""Plans as tantivy queries, and the columns as a tantivy schema."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from search import layout
from search.plan import Among, Anything, Begins, Between, Both, Match, Nothing, Plan, Sequenced

if TYPE_CHECKING:
    import tantivy

_META = re.compile(r"[\\.+*?()|\[\]{}^$#&~-]")  # of the expressions that tantivy understands


def schema() -> tantivy.Schema:
    """All columns; only the id is stored."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("revision", fast=True)
    for name in layout.TEXT_COLUMNS:
        builder.add_text_field(name, tokenizer_name="whitespace")
    builder.add_text_field(layout.PAIRS, tokenizer_name="whitespace", index_option="freq")
    for name in layout.CODE_COLUMNS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in layout.FACET_COLUMNS.values():
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in layout.NUMBER_COLUMNS:
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in layout.ORDER_COLUMNS:
        builder.add_integer_field(name, fast=True)
    return builder.build()


class Compiler:
    """Translates plans for one schema."""

    def __init__(self, columns: tantivy.Schema) -> None:
        import tantivy

        self._t = tantivy
        self._schema = columns

    def term(self, column: str, value: str) -> tantivy.Query:
        """One raw term."""
        return self._t.Query.term_query(self._schema, column, value, "basic")

    def within(self, root: Plan, *others: Plan | None) -> tantivy.Query:
        """The root, ranked, within the others, which do not rank."""
        must = self._t.Occur.Must
        clauses = [(must, self(root))]
        clauses += [(must, self._constant(self(other))) for other in others if other is not None]
        return self._t.Query.boolean_query(clauses)

    def both(self, query: tantivy.Query, other: Plan) -> tantivy.Query:
        """A compiled query within a plan."""
        must = self._t.Occur.Must
        return self._t.Query.boolean_query([(must, query), (must, self._constant(self(other)))])

    def _constant(self, query: tantivy.Query, score: float = 0.0) -> tantivy.Query:
        return self._t.Query.const_score_query(query, score)

    def __call__(self, plan: Plan) -> tantivy.Query:
        """The query for a plan."""
        query = self._t.Query
        match plan:
            case Match(column, text, boost):
                found = query.term_query(self._schema, column, text, "freq")
                return found if boost == 1.0 else query.boost_query(found, boost)
            case Among(column, values, score):
                return self._constant(self._among(column, values), score)
            case Sequenced(column, words, score):
                if len(words) == 1:
                    return self._constant(self.term(column, words[0]), score)
                return self._constant(query.phrase_query(self._schema, column, list(words)), score)
            case Begins(column, text):
                pattern = _META.sub(r"\\\g<0>", text) + ".*"
                return self._constant(query.regex_query(self._schema, column, pattern))
            case Between(column, low, high):
                return self._constant(
                    query.range_query(self._schema, column, self._t.FieldType.Integer, low, high)
                )
            case Anything():
                return self._constant(query.all_query())
            case Nothing():
                return query.empty_query()
            case Both():
                return self._both(plan)

    def _among(self, column: str, values: Iterable[str]) -> tantivy.Query:
        terms = [self.term(column, value) for value in values]
        if len(terms) == 1:
            return terms[0]
        return self._t.Query.boolean_query([(self._t.Occur.Should, term) for term in terms])

    def _both(self, plan: Both) -> tantivy.Query:
        occur = self._t.Occur
        clauses = [(occur.Must, self(part)) for part in plan.must]
        clauses += [(occur.Should, self(part)) for part in plan.should]
        clauses += [(occur.MustNot, self(part)) for part in plan.never]
        return self._t.Query.boolean_query(clauses, minimum_number_should_match=plan.minimum)
