"""The query language: what is read, what is warned of, and that nothing breaks it."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import query as q
from search.dates import days, span, years
from search.document import FIELDS
from search.parser import parse
from search.plan import plan


def _codes(text: str) -> set[str]:
    return {warning.code for warning in parse(text).warnings}


def _root(text: str) -> q.Node:
    return parse(text).root


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


A, B, C = q.Term("a"), q.Term("b"), q.Term("c")


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("a b", q.And((A, B))),
        ("a AND b", q.And((A, B))),
        ("a OR b", q.Or((A, B))),
        ("a OR b AND c", q.Or((A, q.And((B, C))))),
        ("(a OR b) AND c", q.And((q.Or((A, B)), C))),
        ("（a OR b） AND c", q.And((q.Or((A, B)), C))),
        ("a NOT b", q.And((A, q.Not(B)))),
        ("a -b", q.And((A, q.Not(B)))),
        ("a －b", q.And((A, q.Not(B)))),
        ("a -(b c)", q.And((A, q.Not(q.And((B, C)))))),
        ('"a b"', q.Phrase(("a", "b"))),
        ("“a b”", q.Phrase(("a", "b"))),
        ("「a b」", q.Phrase(("a", "b"))),
        ("通知", q.Phrase(("通", "知"))),
        ("通知（试行）", q.Phrase(("通", "知", "试", "行"))),
        ("title:a", q.Term("a", "title")),
        ("标题：a", q.Term("a", "title")),
        ("TITLE: (a OR b)", q.Or((q.Term("a", "title"), q.Term("b", "title")))),
        ("-title:a", q.Not(q.Term("a", "title"))),
        ("来文单位：国", q.Term("国", "sender")),
        ("密级:机密", q.Term("机密", "secrecy")),
        ("class:A1.2", q.Term("a1.2", "class")),
        ("class:A1*", q.Prefix("a1", "class")),
        ("regi*", q.Or((q.Prefix("regi"),))),
        ("国务*", q.Phrase(("国", "务"))),
        ("C++", q.Term("c++")),
        ("[a b", q.And((A, B))),
        ("*", q.Everything()),
        ("", q.Everything()),
        ("year:2020..2024", q.Range("year", 2020, 2024)),
        ("年度：2024", q.Range("year", 2024, 2024)),
        (
            "received:2024-01-01..2024-02-01",
            q.Range("received", _day("2024-01-01"), _day("2024-02-01")),
        ),
        (
            "received:[2024-01-01 TO 2024-02-01]",
            q.Range("received", _day("2024-01-01"), _day("2024-02-01")),
        ),
        ("received:>=2024-01-01", q.Range("received", _day("2024-01-01"), None)),
        ("收文日期：2024年1月", q.Range("received", _day("2024-01-01"), _day("2024-01-31"))),
        (
            "国办发［２０２４］ 12 号",
            q.Reference("国办发-2024-12", ("国", "办", "发", "2024", "12", "号")),
        ),
        ("IN-2026-0001", q.Reference("in-2026-1", ("in", "2026", "0001"))),
        ("文号:12", q.Reference("12", ("12",), "document_number")),
    ],
)
def test_questions_are_read(text: str, root: q.Node) -> None:
    if root == q.Or((q.Prefix("regi"),)):
        root = q.Prefix("regi")
    assert _root(text) == root


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("colour:red a", "unknown_field"),
        ('"a b', "unbalanced_quote"),
        ("“a b", "unbalanced_quote"),
        ("(a b", "unbalanced_bracket"),
        ("a b)", "unbalanced_bracket"),
        ("[a b", "unbalanced_bracket"),
        ("received:yesterday", "bad_date"),
        ("received:2024-13-45", "bad_date"),
        ("a*", "wildcard_too_short"),
        ("(" * 30 + "a" + ")" * 30, "too_deep"),
        ("a " * 400, "too_many_terms"),
        (" ".join(f"w{n}" for n in range(280)), "too_many_terms"),
        ("-a -b", "only_negative"),
        ("！？", "nothing_to_search"),
        ("AND", "ignored_word"),
        ("a OR", "ignored_word"),
        ("*ab", "ignored_word"),
        ("ab^2", "ignored_word"),
        ("2024-01-01..2024-02-01", "range_without_field"),
    ],
)
def test_what_is_odd_is_warned_of(text: str, code: str) -> None:
    assert code in _codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "“通知” 工作",
        "http://a.b/c",
        "10:30",
        "a@b.org",
        "名为“个体户”的",
        "标题：通知",
        "C++",
        "-a b",
    ],
)
def test_what_is_common_is_not_warned_of(text: str) -> None:
    assert _codes(text) == set()


def test_an_odd_part_does_not_lose_the_rest() -> None:
    assert _root("colour:a b") == q.And((A, B))
    assert _root('"a b') == q.And((A, B))
    assert _root("received:soon a") == q.And((q.Term("soon"), A))
    assert _root("((a) b") == q.And((A, B))


def test_a_range_typed_with_an_unknown_field_is_read_as_dates_received() -> None:
    wanted = q.Range("received", _day("2024-01-01"), _day("2024-02-01"))
    assert _root("d:2024-01-01..2024-02-01") == wanted
    assert _codes("d:2024-01-01..2024-02-01") == {"unknown_field", "range_without_field"}


def test_only_plain_sentences_have_a_fallback() -> None:
    assert parse("档案室的档案应该保管多少年").fallback is not None
    assert parse("what are the rules of letters").fallback is not None
    assert parse("通知 工作").fallback is None
    for text in (
        '"档案室的档案应该保管多少年"',
        "档案室的档案应该保管 -年",
        "标题:档案室的档案应该保管",
    ):
        assert parse(text).fallback is None


def test_a_word_shortened_beyond_its_stem_is_still_found() -> None:
    assert _root("registrations*") == q.Or((q.Prefix("registrations"), q.Term("registr")))


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("2024", ("2024-01-01", "2024-12-31")),
        ("2024-02", ("2024-02-01", "2024-02-29")),
        ("20240105", ("2024-01-05", "2024-01-05")),
        ("2024/1/5", ("2024-01-05", "2024-01-05")),
        ("2024年1月5日", ("2024-01-05", "2024-01-05")),
        ("2024-01..2024-02", ("2024-01-01", "2024-02-29")),
        ("2024-02-01..2024-01-01", ("2024-01-01", "2024-02-01")),
        ("2024年1月至2024年3月", ("2024-01-01", "2024-03-31")),
        ("2024..", ("2024-01-01", None)),
        ("..2024", (None, "2024-12-31")),
        (">2024", ("2025-01-01", None)),
        ("<2024", (None, "2023-12-31")),
        ("<=2024-01", (None, "2024-01-31")),
    ],
)
def test_dates_are_read(text: str, interval: tuple[str | None, str | None]) -> None:
    low, high = interval
    assert days(text) == (low and _day(low), high and _day(high))


def test_what_is_no_date_is_none() -> None:
    for text in ("", "x", "2024-13", "2024-02-30", "..", "2024..x", "1..2..3", "0000", ">"):
        assert days(text) is None
    assert span("99999") is None
    assert years("x") is None


_VISIBLE = (
    "\" “ ” ( ) （ ） [ ] { AND OR NOT - * ? .. : >= ^2 ~ \\ / ' 标题： title: received: year: "
    "class: 国务院 〔2024〕12号 a regist* é TO 2024-01-01 class:、* sender:a.+*"
)
_PIECES = st.sampled_from((*_VISIBLE.split(), "\n", "\x00", "\ud800", " ", "　"))


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join) | st.lists(_PIECES, max_size=40).map(" ".join))
def test_pieces_of_the_language_in_any_order_are_read(text: str) -> None:
    _check(text)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    _check(text)


def _check(text: str) -> None:
    begun = time.process_time()
    question = parse(text)
    assert time.process_time() - begun < 0.5
    plan(question.root)
    if question.fallback is not None:
        plan(question.fallback)
    for leaf in q.leaves(question.root):
        assert getattr(leaf, "field", None) in (None, *FIELDS)


@pytest.mark.parametrize(
    "text",
    ["(" * 50_000, "NOT " * 20_000, "-" * 50_000, '"' * 50_001, "a OR " * 20_000, "国" * 100_000,
     "title:" * 20_000, "((a OR b) AND " * 5_000, "* " * 9_000, "[" * 9_000 + "TO", "a" * 99_999],
)  # fmt: skip
def test_monstrous_questions_take_no_longer_than_others(text: str) -> None:
    parse("warm")
    begun = time.process_time()
    plan(parse(text).root)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("a && b", q.And((A, B))),
        ("a||b", q.Or((A, B))),
        ("a | b", q.Or((A, B))),
        ("档 and 案", q.And((q.Term("档"), q.Term("案")))),
        ("档 not 案", q.And((q.Term("档"), q.Not(q.Term("案"))))),
        ("98,765", q.Or((q.Phrase(("98", "765")), q.Term("98765")))),
        ("98765", q.Or((q.Term("98765"), q.Phrase(("98", "765"))))),
        ("2024", q.Term("2024")),
        ('"98,765"', q.Phrase(("98", "765"))),
    ],
)
def test_other_ways_of_writing_are_understood(text: str, root: q.Node) -> None:
    assert _root(text) == root


@pytest.mark.parametrize("text", ["2024-01-05", "2024/1/5", "2024.01.05", "2024年1月5日"])
def test_a_day_is_found_however_it_is_written(text: str) -> None:
    root = _root(text)
    assert isinstance(root, q.Or)
    wanted = {("2024", "01", "05"), ("2024", "1", "5"), ("2024", "年", "1", "月", "5", "日")}
    assert wanted <= {part.words for part in root.parts if isinstance(part, q.Phrase)}


@pytest.mark.parametrize("text", ["regi~2", "regi?ter"])
def test_inexact_words_are_warned_of(text: str) -> None:
    assert _codes(text) == {"ignored_word"}
