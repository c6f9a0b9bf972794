"""Properties of answers, checked on all engines at once: each is the oracle of the others."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engine import Engine, SearchResult, Sort, VisibilityFilter
from tests.search.samples import ALL, SENTENCES, WORDS, ask, documents, ids

Engines = tuple[Engine, ...]
_FACETS = ("kind", "register", "sender", "class", "year", "secrecy")
_quick = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_visibilities = st.builds(
    VisibilityFilter,
    st.frozensets(st.sampled_from(["everyone", "u1", "u2", "u3", "stranger"])),
    st.integers(-1, 4),
)
_words = st.sampled_from(
    (
        *WORDS,
        "年",
        "reg*",
        "国务*",
        '"annual report"',
        '"工作 的"',
        "title:通知",
        "kind:函",
        "文号:12",
    )
) | st.sampled_from(("received:2023", "year:>2023", "-report", "NOT 国", "item7", "《会计", "zzz"))
_operators = st.sampled_from((" ", " AND ", " OR ", " NOT ", " -", " AND NOT "))
_questions = st.recursive(
    _words,
    lambda inner: (
        st.builds("({}{}{})".format, inner, _operators, inner)
        | st.builds("{} {}".format, inner, inner)
    ),
    max_leaves=5,
)


def _same(answers: list[SearchResult]) -> None:
    first = answers[0]
    for other in answers[1:]:
        assert first.total == other.total
        assert first.facets == other.facets
        assert first.warnings == other.warnings


@_quick
@given(_questions, _visibilities, st.sampled_from((Sort.DATE, Sort.NUMBER)))
def test_engines_give_the_same_hits_totals_facets_and_order(
    engines: Engines, question: str, visibility: VisibilityFilter, sort: Sort
) -> None:
    answers = [ask(engine, question, visibility, sort=sort, facets=_FACETS) for engine in engines]
    _same(answers)
    assert all(ids(each) == ids(answers[0]) for each in answers)


@_quick
@given(
    _questions,
    st.dictionaries(
        st.sampled_from(("kind", "sender", "class")),
        st.lists(st.sampled_from(("通知", "函", "财政部", "A.1", "A", "none")), max_size=2),
    ),
)
def test_engines_filter_alike(
    engines: Engines, question: str, filters: dict[str, list[str]]
) -> None:
    answers = [
        ask(engine, question, filters=filters, facets=_FACETS, sort=Sort.RELEVANCE)
        for engine in engines
    ]
    _same(answers)
    assert all(set(ids(each)) == set(ids(answers[0])) for each in answers)


@_quick
@given(
    _questions,
    _visibilities,
    st.frozensets(st.integers(0, 80).map("doc{:05}".format), max_size=40),
)
def test_engines_keep_to_some_documents_alike(
    engines: Engines, question: str, visibility: VisibilityFilter, within: frozenset[str]
) -> None:
    answers = [ask(each, question, visibility, facets=_FACETS, within=within) for each in engines]
    _same(answers)
    assert all(ids(each) == ids(answers[0]) for each in answers)
    assert set(ids(answers[0])) <= within & _visible(visibility)


@_quick
@given(
    st.text(max_size=40)
    | st.text("*:.+?()[]{}^$#&~-\\\\、class ab国", max_size=20).map("class:{}*".format)
)
def test_engines_answer_any_text_alike(engines: Engines, question: str) -> None:
    answers = [ask(engine, question, sort=Sort.DATE) for engine in engines]
    _same(answers)
    assert all(ids(each) == ids(answers[0]) for each in answers)


def _visible(visibility: VisibilityFilter) -> set[str]:
    return {
        document.id
        for document in documents()
        if document.secrecy <= visibility.max_secrecy
        and visibility.principals.intersection(document.principals)
    }


@_quick
@given(_questions, _visibilities)
def test_hidden_documents_leave_no_trace(
    engines: Engines, question: str, visibility: VisibilityFilter
) -> None:
    visible = _visible(visibility)
    for engine in engines:
        answer = ask(engine, question, visibility, facets=_FACETS)
        everything = ask(engine, question, ALL)
        assert set(ids(answer)) <= visible
        assert answer.total == len(answer.hits)
        if everything.warnings == answer.warnings:  # the best match may follow for one alone
            assert set(ids(answer)) == set(ids(everything)) & visible
        for counts in answer.facets.values():
            assert all(0 < count <= answer.total for _, count in counts)
        assert sum(count for _, count in answer.facets["secrecy"]) == answer.total


_RUNS = [
    re.sub(r"\s", "", run)
    for sentence in SENTENCES
    for run in re.findall(r"[\u4e00-\u9fff\s]*[\u4e00-\u9fff]", sentence)
]


@_quick
@given(st.data())
def test_any_substring_of_han_characters_is_found(engines: Engines, data: st.DataObject) -> None:
    run = data.draw(st.sampled_from([run for run in _RUNS if run]))
    start = data.draw(st.integers(0, len(run) - 1))
    part = run[start : start + data.draw(st.integers(1, 12))]
    having = {
        document.id
        for document in documents()
        if part in re.sub(r"\s", "", f"{document.fields['title']}¶{document.fields['body']}")
    }
    assert having
    for engine in engines:
        found = set(ids(ask(engine, part)))
        assert having <= found
        assert not having & set(ids(ask(engine, f"-{part}")))
        assert set(ids(ask(engine, f'"{part}"'))) == found


@pytest.mark.parametrize("question", ["", "report", "国"])
def test_engines_count_the_same_entries(engines: Engines, question: str) -> None:
    first, *others = engines
    for other in others:
        assert sorted(first.entries()) == sorted(other.entries())
        assert first.count() == other.count() == 60
        assert ask(first, question).total == ask(other, question).total
