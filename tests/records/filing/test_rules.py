from dataclasses import replace
from uuid import UUID

import pytest

from records.core.errors import Invalid
from records.filing.features import Features, features_of
from records.filing.rules import Conditions, Facts, applies, check_conditions, series_of

REGISTER = UUID(int=1)
FACTS = Facts(
    REGISTER,
    title="关于印发《2024年财政预算编制办法》的通知",
    sender="国务院办公厅",
    number="国办发〔2024〕12号",
    kind="通知",
    keywords=("预算",),
    text="各省、自治区、直辖市人民政府：现将办法印发给你们。",
)


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        (Conditions(), False),
        (Conditions(sender="国务院"), True),
        (Conditions(sender="财政部"), False),
        (Conditions(words=("预算", "印发给你们")), True),
        (Conditions(words=("预算", "决算")), False),
        (Conditions(number_prefix="国办发"), True),
        (Conditions(number_prefix="国办发 [2023"), False),
        (Conditions(kind="通知", register_id=REGISTER), True),
        (Conditions(kind="批复"), False),
        (Conditions(register_id=UUID(int=2)), False),
        (Conditions(sender="国务院", kind="批复"), False),
    ],
)
def test_a_rule_applies_when_all_its_conditions_hold(conditions: Conditions, says: bool) -> None:
    assert applies(conditions, FACTS) is says


def test_names_and_words_are_compared_without_case_width_and_spaces() -> None:
    facts = replace(FACTS, sender="Ｔhe  TREASURY", text="The  Mail\nServer")
    assert applies(Conditions(sender="the treasury", words=("mail server",)), facts)


def test_a_document_without_the_facts_meets_no_condition_on_them() -> None:
    bare = Facts(REGISTER, title="A letter")
    for conditions in (
        Conditions(sender="x"),
        Conditions(number_prefix="x"),
        Conditions(kind="函"),
        Conditions(words=("budget",)),
    ):
        assert not applies(conditions, bare)


def test_a_rule_without_conditions_is_refused() -> None:
    with pytest.raises(Invalid):
        check_conditions(Conditions())


@pytest.mark.parametrize(
    ("number", "series"),
    [
        ("国办发〔2024〕12号", "国办发"),
        ("国办发[2024]第012号", "国办发"),
        ("财政部公告2024年第5号", "财政部公告"),
        ("AWE/2024/117", "AWE"),
        ("IN-2024-17", "IN"),
        ("2024-17", None),
    ],
)
def test_a_series_is_what_stays_of_a_number(number: str, series: str | None) -> None:
    assert series_of(number) == series


def test_features_come_back_from_their_bytes() -> None:
    features = features_of(FACTS)
    assert Features.unpacked(features.packed()) == features
    assert features_of(Facts(REGISTER)).indices  # the register alone


def test_features_hold_no_word_of_the_document() -> None:
    packed = features_of(replace(FACTS, text="unmistakable secret words")).packed()
    for word in ("unmistakable", "secret", "国务院"):
        assert word.encode() not in packed
        assert word.encode("utf-16-le") not in packed
