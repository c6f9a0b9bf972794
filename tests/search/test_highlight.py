"""Snippets mark in the original text what the index matched."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.highlight import Snippet, snippets
from search.parser import parse
from tests.search.samples import SENTENCES, WORDS

TEXT = "关于做好2024年国家\n通用語言工作的通知 registration of registered documents, a café"


def _marked(text: str, question: str, field: str = "body", **options: int) -> list[str]:
    found = snippets(text, parse(question), field=field, **options)
    return [piece.text[start:end] for piece in found for start, end in piece.marks]


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("国家通用", ["国家 通用"]),
        ("语言", ["語言"]),
        ("register", ["registered"]),
        ("regist*", ["registration", "registered"]),
        ('"of registered"', ["of registered"]),
        ("ＣＡＦＥ", ["café"]),
        ("通知 工作", ["工作", "通知"]),
        ("工作 -通知", ["工作"]),
        ("工作的 的通知", ["工作的通知"]),
        ("title:通知", []),
        ("正文:通知", ["通知"]),
        ("received:2024", []),
        ("nothing", []),
        ("", []),
        ("请问关于印发什么工作的通知呢？", ["关于", "工作的通知"]),
    ],
)
def test_what_was_found_is_marked(question: str, marked: list[str]) -> None:
    assert _marked(TEXT, question) == marked


def test_a_number_is_marked_whole_however_it_was_typed() -> None:
    assert _marked("收〔2026〕0001号", "收[2026]1", "number") == ["收〔2026〕0001号"]
    assert _marked("收〔2026〕0002号", "收[2026]1", "number") == []


@pytest.mark.parametrize(
    ("text", "question", "marked"),
    [
        (
            "依据国办发〔2024〕12号和国办发〔2024〕120号",
            "国办发[2024]012号",
            ["国办发〔2024〕12号"],
        ),
        ("见國辦發［２０２４］第012號。", "国办发〔2024〕12号", ["國辦發［２０２４］第012號"]),
        ("see ABC-2024-0007, not ABC-2024-0070", "ABC-2024-7", ["ABC-2024-0007"]),
        ("国办发〔2023〕12号", "国办发〔2024〕12号", []),
    ],
)
def test_a_number_in_a_text_is_marked_however_either_is_written(
    text: str, question: str, marked: list[str]
) -> None:
    assert _marked(text, question) == marked


def test_a_short_text_is_given_whole() -> None:
    found = snippets("the annual report", parse("report"), field="title")
    assert found == [Snippet("title", "the annual report", [(11, 17)])]


def test_the_best_pieces_are_chosen_in_the_order_of_the_text() -> None:
    filler = "nothing of interest here. " * 40
    text = f"{filler}alpha {filler}alpha and beta {filler}beta {filler}"
    found = snippets(text, parse("alpha beta"), field="body", max_snippets=1, width=80)
    assert len(found) == 1
    assert "alpha and beta" in found[0].text
    assert len(found[0].text) <= 80
    assert len(snippets(text, parse("alpha beta"), field="body", max_snippets=3, width=80)) == 3


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(SENTENCES) | st.text(max_size=20), max_size=30).map("\n".join),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" OR ".join)
    | st.text(max_size=20),
    st.integers(20, 200),
)
def test_marks_lie_inside_their_snippets_in_order(text: str, question: str, width: int) -> None:
    for piece in snippets(text, parse(question), field="body", width=width):
        before = 0
        assert piece.marks
        for start, end in piece.marks:
            assert before <= start < end <= len(piece.text)
            before = end


@pytest.mark.parametrize("distance", [0, 8_000, 8_180, 8_190, 16_380, 40_000])
def test_words_across_the_pieces_that_a_long_text_is_read_in_are_found(distance: int) -> None:
    text = "文" * distance + "曲艺工作" + "字" * 9_000
    assert _marked(text, "曲艺工作") == ["曲艺工作"]


@pytest.mark.parametrize(
    "question", ["zebra", "zeb*", "工作", "请问国务院办公厅的工作报告在哪里？"]
)
def test_a_megabyte_is_looked_through_in_bounded_time(question: str) -> None:
    text = "财政预算的执行情况 with numbers and tables. " * 40_000
    begun = time.process_time()
    snippets(text, parse(question), field="body")
    assert time.process_time() - begun < 2.0
