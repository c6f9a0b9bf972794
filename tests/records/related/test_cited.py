import pytest

from records.related.cited import MOST_CITED, Citation, citations
from records.related.rules import LinkKind


@pytest.mark.parametrize(
    ("title", "text", "number", "kind"),
    [
        (
            "国务院关于同意设立某区的批复",
            "你省《关于设立某区的请示》（渝府文〔2019〕5号）收悉。现批复如下：",
            "渝府文〔2019〕5号",
            LinkKind.ANSWERS,
        ),
        (
            "关于某事的复函",
            "你局来函（沪府办函〔2020〕7号）收悉。",
            "沪府办函〔2020〕7号",
            LinkKind.ANSWERS,
        ),
        (
            "转发国务院办公厅关于节假日安排的通知",
            "现将《国务院办公厅关于节假日安排的通知》（国办发明电〔2024〕12号）转发给你们。",
            "国办发明电〔2024〕12号",
            LinkKind.FORWARDS,
        ),
        (
            "某办法",
            "本办法自发布之日起施行。《原办法》（财会〔2001〕5号）同时废止。",
            "财会〔2001〕5号",
            LinkKind.REPEALS,
        ),
        (
            "关于修改某办法的决定",
            "财政部决定对《某办法》（财会〔2011〕5号）作如下修改：",
            "财会〔2011〕5号",
            LinkKind.AMENDS,
        ),
        (
            "关于废止旧文件的通知",
            "根据《某通知》（国办发〔2021〕3号）精神，现将旧文件废止。",
            "国办发〔2021〕3号",
            LinkKind.CITES,
        ),
        (
            "Bridge",
            "Thank you for your letter of 5 May 2024 (ref. HL/2024-118) about the bridge.",
            "HL/2024-118",
            LinkKind.ANSWERS,
        ),
    ],
)
def test_the_sentence_says_what_a_text_does_to_what_it_cites(
    title: str, text: str, number: str, kind: LinkKind
) -> None:
    assert citations([text], title=title) == [Citation(number, kind)]


def test_a_number_cited_twice_counts_once_in_its_strongest_relation() -> None:
    text = "根据国发〔2010〕3号文件。《旧规定》（国发〔2010〕3号）自即日起废止。"
    assert citations([text]) == [Citation("国发〔2010〕3号", LinkKind.REPEALS)]


def test_the_number_that_a_document_bears_is_no_citation() -> None:
    text = "国发〔2024〕3号\n按照国发〔2010〕4号执行。"
    found = citations([text], own_number="国发〔2024〕3号")
    assert [each.number for each in found] == ["国发〔2010〕4号"]


def test_the_reference_that_a_face_says_is_what_a_letter_answers() -> None:
    assert citations(["Dear Sir"], your_reference="AB/12-3") == [
        Citation("AB/12-3", LinkKind.ANSWERS)
    ]


def test_a_text_full_of_numbers_is_not_followed_to_its_end() -> None:
    text = "".join(f"按照国发〔2010〕{number}号执行。" for number in range(1, 2 * MOST_CITED))
    assert len(citations([text])) == MOST_CITED
