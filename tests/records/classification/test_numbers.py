"""Document numbers: every printed form comes to one, and running text brings no false one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.classification.face import find_numbers, parse_number
from records.documents.numbers import normalise_document_number

NORMAL = {
    "国办发〔2024〕12号": "国办发〔2024〕12号",
    "国办发［2024］12号": "国办发〔2024〕12号",
    "国办发[2024]12号文": "国办发〔2024〕12号",
    "国办发(2024)12号": "国办发〔2024〕12号",
    "国办发（２０２４）１２号": "国办发〔2024〕12号",
    "国办发【2024】 12 号": "国办发〔2024〕12号",
    "发文字号：晋政办发[2007]39号": "晋政办发〔2007〕39号",
    "发文字号：\u200b晋政办发〔2022〕69号": "晋政办发〔2022〕69号",
    "（国发〔1985〕111号）": "国发〔1985〕111号",
    "豫政办 〔2013〕86号": "豫政办〔2013〕86号",
    "穗水函【２０２４】0１５　号": "穗水函〔2024〕15号",
    "国发〔2008〕第6号": "国发〔2008〕6号",
    "京价（收）字[2001]第12号": "京价（收）字〔2001〕12号",
    "国发(82)80号": "国发〔82〕80号",
    "省政府令 第201号": "省政府令第201号",
    "沪府令70号": "沪府令70号",
    "中华人民共和国国务院令（第 752 号）": "中华人民共和国国务院令第752号",
    "中华人民共和国主席令第二十四号": "中华人民共和国主席令第二十四号",
    "市地方税务局公告2016年第9号": "市地方税务局公告2016年第9号",
    "渝府令〔2012〕265号": "渝府令〔2012〕265号",
    "（2019）京01民终123号": "〔2019〕京01民终123号",
}
MISREAD = {
    "国办发[2019] 1198": "国办发〔2019〕119号",
    "国发〔2O19〕5号": "国发〔2019〕5号",
    "国发12019112号": "国发〔2019〕12号",
    "国发〔2019）12号": "国发〔2019〕12号",
    "发改价格2019 12号": "发改价格〔2019〕12号",
}


@pytest.mark.parametrize(("raw", "value"), NORMAL.items())
def test_a_number_has_one_normal_form(raw: str, value: str) -> None:
    found = parse_number(raw)
    assert found is not None
    assert found.value == value
    assert not found.repaired


@pytest.mark.parametrize(("raw", "value"), MISREAD.items())
def test_what_was_misread_is_repaired_by_the_grammar(raw: str, value: str) -> None:
    found = parse_number(raw)
    assert found is not None
    assert found.value == value
    if raw != "国发〔2019）12号":  # two kinds of brackets are odd, but not misread
        assert found.repaired


@pytest.mark.parametrize(
    "text",
    [
        "",
        "其他",
        "2024年1月5日",
        "第3号楼",
        "〔2019〕5号",
        "北京路12号",
        "关于废止国发〔1999〕5号的通知 附",
        "x" * 500,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert parse_number(text) is None


def test_the_face_and_the_metadata_have_the_same_normal_form() -> None:
    for raw, value in NORMAL.items():
        assert normalise_document_number(value) == value, raw


@given(
    st.text("国办发京沪财税教体政函", min_size=1, max_size=8),
    st.integers(1900, 2099),
    st.integers(1, 99_999),
    st.sampled_from(["〔〕", "[]", "［］", "()", "（）", "【】"]),
    st.sampled_from(["", " ", "　"]),
)
def test_numbers_come_back_from_any_brackets_and_spaces(
    code: str, year: int, number: int, brackets: str, gap: str
) -> None:
    raw = f"{code}{gap}{brackets[0]}{year}{brackets[1]}{gap}{number}{gap}号"
    found = parse_number(raw)
    assert found is not None
    assert found.value == f"{code}〔{year}〕{number}号"
    assert (found.code, found.year) == (code, year)
    assert parse_number(found.value) is not None


def test_numbers_are_found_in_running_text_with_what_stands_before_them_left_out() -> None:
    text = (
        "按照《意见》（国发〔2015〕43号）和国办发〔2016〕5号文件要求，根据国务院令第123号、"
        "中华人民共和国主席令第二十四号，依据国务院、中央军委令第598号，经信部门执行沪经信基〔2011〕3号；"
        "和政发〔2011〕3号，以及发改办法规〔2020〕8号、财政部公告2024年第5号。"
    )
    found = list(find_numbers(text))
    assert [each.value for each in found] == [
        "国发〔2015〕43号",
        "国办发〔2016〕5号",
        "国务院令第123号",
        "中华人民共和国主席令第二十四号",
        "国务院、中央军委令第598号",
        "沪经信基〔2011〕3号",
        "和政发〔2011〕3号",
        "发改办法规〔2020〕8号",
        "财政部公告2024年第5号",
    ]
    assert all(text[each.start : each.end] == each.raw for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "会议于2019年5月3日在北京路12号召开，第3号议案和第〔2〕号文件柜由他保管。",
        "见〔2019〕5号附件，口令第3号，第12号台风，3号楼，〔2020〕 7号院。",
        "根据《条例》第二十条第（一）项，2012年第5次会议（2013）决定12号线停运。",
    ],
)
def test_what_only_looks_like_a_number_is_not_found(text: str) -> None:
    assert list(find_numbers(text)) == []
