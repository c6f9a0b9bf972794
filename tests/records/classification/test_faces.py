"""Page faces: what stands on them is read, what they only quote is not."""

from typing import Any

import pytest

from records.classification.face import FILLED_FROM, read_face
from search.reading import Layout, PlacedLine
from tests.records.classification.samples import LETTERS, OFFICIAL

SAMPLES = {**OFFICIAL, **LETTERS}


def filled(text: str) -> dict[str, Any]:
    """Return the values that would be filled in."""
    shown = read_face([text]).shown()
    return {
        name: told["value"]
        for name, told in shown.items()
        if told is not None and told["confidence"] >= FILLED_FROM
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_what_stands_on_the_face_is_filled_in(name: str) -> None:
    text, values = SAMPLES[name]
    assert filled(text) == values


@pytest.mark.parametrize("name", SAMPLES)
def test_a_face_reads_the_same_when_pages_and_blank_lines_part_it(name: str) -> None:
    text, values = SAMPLES[name]
    rows = text.split("\n")
    apart = [row for each in rows for row in (each, "")]
    head = read_face(["\n".join(apart)]).shown()
    assert {key: told["value"] for key, told in head.items() if key in values and told} == values
    # Pages begin with the number of the page.
    cut = len(rows) - 3
    pages = ["\n".join(rows[:cut]), "\n".join(["— 2 —", *rows[cut:]])]
    told = read_face(pages).shown()
    for key in ("document_number", "title", "addressee"):
        if key in values:
            assert told[key]["value"] == values[key]


def test_a_misread_number_is_offered_and_not_filled() -> None:
    found = read_face(["国务院办公厅文件\n国办发[2019] 1198\n国务院办公厅关于印发方案的通知\n"])
    assert found.document_number is not None
    assert found.document_number.value == "国办发〔2019〕119号"
    assert found.document_number.raw == "国办发[2019] 1198"
    assert not found.document_number.filled


def test_a_number_in_the_text_is_not_the_documents_own() -> None:
    text = (
        "关于开展自查的通知\n各科室：\n根据《通知》（国办发〔2023〕5号）和省政府要求，"
        "请于2024年3月1日前自查。\n国办发〔2023〕5号\n办公室\n2024年2月1日\n"
    )
    found = read_face([text])
    assert found.document_number is None
    assert found.written_on is not None
    assert found.written_on.value == "2024-02-01"


def test_the_days_of_writing_printing_and_receipt_are_never_mixed() -> None:
    text = (
        "收文日期：2024年5月9日\n滨海市水务局文件\n滨水〔2024〕7号\n"
        "滨海市水务局关于报送总结的报告\n市人民政府：\n现将2023年12月31日前的情况报告如下。\n"
        "滨海市水务局\n2024年4月30日\n滨海市水务局办公室　2024年5月6日印发\n"
    )
    found = read_face([text])
    assert found.written_on is not None
    assert found.printed_on is not None
    assert found.written_on.value == "2024-04-30"
    assert found.printed_on.value == "2024-05-06"
    only_printed = read_face(["关于报送总结的报告\n市人民政府：\n报告如下。\n2024年5月6日印发\n"])
    assert only_printed.written_on is None


def test_a_day_is_offered_when_nobody_stands_above_it() -> None:
    found = read_face(["关于停水的通知\n2024年5月1日\n各位住户：\n明日停水。\n"])
    assert found.written_on is not None
    assert found.written_on.value == "2024-05-01"
    assert not found.written_on.filled


@pytest.mark.parametrize(
    ("mark", "secrecy", "term"),
    [
        ("机密★1年", "secret", "1年"),
        ("绝密★长期", "top_secret", "长期"),
        ("秘 密 ☆ 6个月", "confidential", "6个月"),
        ("秘密*10年", "confidential", "10年"),
        ("密级：机密", "secret", None),
        ("内部文件", "internal", None),
    ],
)
def test_secrecy_is_read_from_its_mark(mark: str, secrecy: str, term: str | None) -> None:
    found = read_face([f"000012\n{mark}\n特急\n滨海市水务局关于防汛的通知\n各科室：\n请执行。\n"])
    assert found.secrecy is not None
    assert found.secrecy.value == secrecy
    assert (found.secrecy_term.value if found.secrecy_term else None) == term
    assert found.urgency is not None
    assert found.urgency.value == "flash"
    assert found.copy_number is not None
    assert found.copy_number.value == "000012"


def test_a_word_in_a_sentence_is_no_mark() -> None:
    found = read_face(["机密文件管理规定\n秘密载体应当加急办理。\n特急件由专人送达。\n"])
    assert (found.secrecy, found.urgency, found.copy_number) == (None, None, None)


def test_evidence_outlines_the_value_alone_on_its_line() -> None:
    lines = [
        PlacedLine("苏政发〔2024〕8号 签发人：张三", 80, 200, 500, 216, 16, False,
                   ((0, 11, 80, 240), (12, 18, 400, 500))),
        PlacedLine("江苏省人民政府关于报送情况的报告", 100, 300, 480, 322, 22),
        PlacedLine("国务院：", 80, 350, 144, 366, 16),
    ]  # fmt: skip
    found = read_face(["\n".join(line.text for line in lines)], [Layout(0, lines)])
    assert found.document_number is not None
    assert found.document_number.evidence.shown()["box"] == [80, 200, 240, 216]
    assert found.signer is not None
    assert found.signer.evidence.shown()["box"] == [400, 200, 500, 216]
    assert found.title is not None
    assert found.title.evidence.shown()["box"] == [100, 300, 480, 322]


def test_lines_are_read_as_they_stand_on_the_page() -> None:
    lines = [
        PlacedLine("江苏省人民政府关于报送情况的报告", 100, 300, 480, 322, 22),
        PlacedLine("国务院：", 80, 350, 144, 366, 16),
        PlacedLine("江苏省人民政府文件", 100, 80, 500, 130, 50, True),
        PlacedLine("苏政发〔2024〕8号", 200, 200, 360, 216, 16),
    ]
    found = read_face(["\n".join(line.text for line in lines)], [Layout(0, lines)])
    assert found.title is not None
    assert found.title.value == "江苏省人民政府关于报送情况的报告"
    assert found.addressee is not None
    assert found.addressee.value == "国务院"
    assert found.issuer is not None
    assert found.issuer.value == ["江苏省人民政府"]


def test_a_law_goes_by_the_order_that_made_its_present_text_public() -> None:
    text = (
        "中华人民共和国外汇管理条例\n（1996年1月29日 中华人民共和国国务院令第193号发布　"
        "1997年1月14日 《国务院关于修改的决定》修订　2008年8月1日 国务院第20次常务会议修订通过　"
        "2008年8月5日 中华人民共和国国务院令第532号公布）\n第一章 总则\n"
        "第一条 为了加强外汇管理，制定本条例。\n"
    )
    found = read_face([text])
    assert found.document_number is not None
    assert found.written_on is not None
    assert found.document_number.value == "中华人民共和国国务院令第532号"
    assert found.written_on.value == "2008-08-05"


@pytest.mark.parametrize("pages", [[], [""], ["\n\n"], ["   ", "\t"]])
def test_nothing_is_read_from_nothing(pages: list[str]) -> None:
    assert set(read_face(pages).shown().values()) == {None}


def test_the_signature_of_a_document_of_many_lines_is_found() -> None:
    head = ["关于报送清单的函", "市档案馆：", "现将清单函告如下。"]
    rows = [*head, *["- 卷"] * 20_000, "滨海市水务局", "2024年4月30日"]
    found = read_face(["\n".join(rows)])
    assert found.written_on is not None
    assert found.written_on.value == "2024-04-30"
    assert found.issuer is not None
    assert found.issuer.value == ["滨海市水务局"]


def test_the_signature_of_what_is_attached_is_not_that_of_the_document() -> None:
    text = (
        "国务院办公厅转发国家地震局关于加强防震减灾工作意见的通知\n国办发〔1996〕2号\n"
        "一九九六年二月五日\n各省、自治区、直辖市人民政府：\n国家地震局《意见》已经同意，现转发给你们。\n"
        "关于加强防震减灾工作的意见\n做好防震减灾工作，意义重大。\n国家地震局\n一九九六年一月十日\n"
    )
    found = read_face([text])
    assert found.issuer is not None
    assert found.written_on is not None
    assert found.issuer.value == ["国务院办公厅"]
    assert found.written_on.value == "1996-02-05"
    undated = read_face([text.replace("一九九六年二月五日\n", "")])
    assert undated.written_on is not None
    assert undated.written_on.value == "1996-01-10"
    assert not undated.written_on.filled


def test_a_number_in_brackets_behind_the_title_is_the_documents_own() -> None:
    found = read_face(["国务院关于发展旅游业的通知（国发〔1994〕1号）\n各省人民政府：\n请执行。\n"])
    assert found.document_number is not None
    assert found.title is not None
    assert found.document_number.value == "国发〔1994〕1号"
    assert found.document_number.evidence.text == "（国发〔1994〕1号）"
    assert found.title.value == "国务院关于发展旅游业的通知"


def test_a_form_in_the_text_is_no_table_of_the_page() -> None:
    found = read_face(["滨海市桥梁管理办法\n名称：港湾大桥\n第一条 为了管理桥梁，制定本办法。\n"])
    assert found.title is not None
    assert found.title.value == "滨海市桥梁管理办法"


def test_the_day_from_which_a_text_is_in_force_is_not_that_of_writing() -> None:
    found = read_face(["滨海市桥梁管理办法\n（自2019年1月1日起施行）\n第一条 为了管理桥梁。\n"])
    assert found.written_on is None
