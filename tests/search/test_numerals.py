"""Numerals in running text: 第三十条 and 第30条 are one, and what is no numeral stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import query as q
from search.analysis import query_words
from search.highlight import snippets
from search.numerals import number, spoken, written
from search.parser import parse


def _ways(text: str) -> list[str]:
    return ["".join(way) for way in written(query_words(text))]


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("第三十条", ["第30条"]),
        ("第30条规定", ["第三十条规定"]),
        ("12号文件", ["十二号文件"]),
        ("一百〇三条", ["103条", "一百零三条", "一〇三条"]),
        ("第三章第12条", ["第3章第12条", "第三章第十二条"]),
        ("2024年", ["二〇二四年"]),
        ("二〇二四年", ["2024年"]),
        ("2个文件", ["二个文件", "两个文件"]),
        ("第一", ["第1"]),
    ],
)
def test_a_numeral_is_written_in_its_other_ways(text: str, ways: list[str]) -> None:
    assert _ways(text) == ways


@pytest.mark.parametrize(
    "text", ["三四天", "一般", "统一", "万一", "30 days", "t30", "012号", "十百条", "二十", ""]
)
def test_what_is_no_numeral_has_no_other_way(text: str) -> None:
    assert _ways(text) == []


@given(st.integers(0, 9999), st.sampled_from("零〇"))
def test_a_number_that_is_read_aloud_is_understood(value: int, zero: str) -> None:
    assert number(spoken(value, zero)) == value


@given(st.integers(1, 9999))
def test_both_ways_to_write_a_number_lead_to_each_other(value: int) -> None:
    assert f"第{spoken(value)}条" in _ways(f"第{value}条")
    assert f"第{value}条" in _ways(f"第{spoken(value)}条")


@given(st.lists(st.sampled_from("第一二十百〇零两3条a年12"), max_size=12))
def test_whatever_stands_side_by_side_is_written_in_a_few_ways(words: list[str]) -> None:
    assert len(written(words)) <= 5


def test_quotation_marks_keep_a_numeral_as_it_is() -> None:
    assert parse('"第三十条"').root == q.Phrase(tuple("第三十条"))


def test_the_other_way_is_no_synonym_and_is_not_told() -> None:
    found = parse("第三十条")
    assert found.warnings == ()
    assert found.exact is None


@pytest.mark.parametrize("asked", ["第三十条", "第30条", "请问第三十条怎么规定的？"])
@pytest.mark.parametrize("text", ["按照第30条办理", "按照第三十条办理"])
def test_the_characters_that_stand_there_are_marked(asked: str, text: str) -> None:
    (snippet,) = snippets(text, parse(asked), field="body")
    marked = "".join(text[start:end] for start, end in snippet.marks)
    assert "30" in marked or "三十" in marked
