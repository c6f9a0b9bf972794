"""The analyser: what becomes a token, and where it stands in the original."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import (
    BOUNDARY,
    _chunks,
    columns,
    fold,
    folded_words,
    is_han,
    pairs,
    query_words,
    reference_key,
    tokens,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("国办发〔2024〕12号", "国 办 发 2024 12 号"),
        ("國辦發［２０２４］１２號", "国 办 发 2024 12 号"),
        ("国家\n  通用\r\n语言", "国 家 通 用 语 言"),
        ("其中，国家。", "其 中 ¶ 国 家 ¶"),
        ("其中,国家", "其 中 ¶ 国 家"),
        ("Registered REGISTRATIONS", "regist registr"),
        ("café cafe\u0301 CAFÉ", "cafe cafe cafe"),
        ("docu\u00ad\nment reg\x02\nister", "document regist"),
        ("ＦＵＬＬ ﬁle", "full file"),
        ("C++, C# and c", "c++ c# and c"),
        ("story_2.pdf", "stori 2 pdf"),
        ("⼈民 二○二四", "人 民 二 〇 二 四"),
        ("it's don’t", "it dont"),
        ("", ""),
        ("()-–!?", ""),
    ],
)
def test_text_becomes_tokens(text: str, expected: str) -> None:
    assert " ".join(words(text)) == expected


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text())
def test_tokens_are_in_order_inside_the_text_and_the_same_as_words(text: str) -> None:
    found = tokens(text)
    assert [token.text for token in found] == words(text)
    assert [token.position for token in found] == list(range(len(found)))
    before = 0
    for token in found:
        assert before <= token.start < token.end <= len(text)
        assert token.text
        assert not any(character.isspace() for character in token.text)
        before = token.end


@given(st.text(st.sampled_from("aé港。;! \n\t\r\u00ad\ufffe\x02'+#"), max_size=60))
def test_a_text_that_is_read_in_pieces_has_the_same_words(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.analysis._PIECE", 3)
        assert words(text) == [token.text for token in tokens(text)]


_ODD = st.text(
    st.sampled_from("aBé港口〇的《》“。，;.! ,\n\t\r\u00ad\ufffe\x02\x1c\u3000'’+#12"), max_size=60
)


@given(st.one_of(st.text(), _ODD), st.sampled_from((2, 5, 1 << 17)))
def test_what_is_joined_for_the_index_is_what_the_words_say(text: str, size: int) -> None:
    found = words(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.analysis._PIECE", size)
        assert columns(text) == (" ".join(found), " ".join(pairs(found)))


def test_words_are_remembered_in_a_table_that_does_not_grow() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("search.analysis._MAX_CHUNKS", 3)
        text = "The harbour, the bridge. Registered harbours (all of them): " + "x" * 90
        assert columns(text) == (" ".join(words(text)), "")
        assert len(_chunks) <= 3


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)), st.data())
def test_a_substring_of_han_is_a_run_of_tokens(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert words(text)[start:end] == words(text[start:end])


def test_traditional_and_simplified_are_one() -> None:
    assert words("臺灣農業發展關於會計檔案") == words("台湾农业发展关于会计档案")


@given(st.text())
def test_composed_and_decomposed_latin_are_one(text: str) -> None:
    latin = "".join(character for character in text if character < "\u0250" and character != "\xad")
    composed = unicodedata.normalize("NFC", latin)
    assert words(composed) == words(unicodedata.normalize("NFD", composed))


def test_pairs_are_neighbours_only() -> None:
    assert pairs(words("工作的通知，请")) == ["工作", "作的", "的通", "通知"]
    assert pairs(words("第2024年A级")) == []


@pytest.mark.parametrize(
    "same",
    [
        (
            "国办发〔2024〕12号",
            "国办发[2024]12号",
            "国办发（２０２４）012 号",
            "國辦發 2024 第12號",
        ),
        ("IN-2026-0001", "in 2026 1", "IN/2026/01"),
        ("收〔2026〕0001号", "收[2026]1"),
    ],
)
def test_a_number_has_one_key_however_it_is_written(same: tuple[str, ...]) -> None:
    assert len({reference_key(text) for text in same}) == 1


def test_other_numbers_have_other_keys_and_words_have_none() -> None:
    assert reference_key("国办发〔2024〕1号") != reference_key("国办发〔2024〕11号")
    assert reference_key("国发〔2024〕1号") != reference_key("国办发〔2024〕1号")
    assert reference_key("通知") == reference_key("") == ""


def test_query_words_have_no_boundary_at_their_ends() -> None:
    assert query_words("，国家，工作。") == ["国", "家", BOUNDARY, "工", "作"]
    assert query_words("。") == []


def test_folded_words_are_not_stemmed() -> None:
    assert folded_words("Registrations，国") == ["registrations", "国"]


def test_han_is_told_from_other_letters() -> None:
    assert is_han("国")
    assert is_han("〇")
    assert is_han("の")
    assert not is_han("a")
    assert not is_han("2")
    assert not is_han("。")


def test_a_megabyte_takes_a_fraction_of_a_second() -> None:
    text = "国务院办公厅关于做好国家通用语言文字工作的通知，registered documents.\n" * 12_000
    words(text)
    begun = time.process_time()
    words(text)
    assert time.process_time() - begun < 1.0  # 0.1 s where this was written
