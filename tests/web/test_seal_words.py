"""Every code of seals has a word, and every entry about them a sentence of its own."""

from enum import StrEnum

import pytest
from flask import Flask

from records.seals import rules
from web.seal_phrases import PHRASES
from web.words import WORDS

FAMILIES: dict[str, type[StrEnum]] = {
    "seal_kind": rules.SealKind,
    "seal_shape": rules.Shape,
    "seal_state": rules.SealState,
    "seal_matter": rules.Matter,
    "seal_medium": rules.SealMedium,
    "seal_request": rules.RequestState,
    "seal_approval": rules.ApprovalState,
    "seal_approver": rules.ApproverKind,
    "seal_stamping": rules.StampingState,
    "seal_check": rules.CheckResult,
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_words_is_that_of_the_rules(family: str) -> None:
    assert set(WORDS[family]) == {each.value for each in FAMILIES[family]}


def test_a_line_of_the_book_has_words_for_its_states_and_for_what_is_out() -> None:
    assert set(WORDS["seal_usage"]) == {*(each.value for each in rules.UsageState), "out", "late"}


@pytest.mark.parametrize("kind", PHRASES)
def test_every_entry_is_told_even_when_it_says_little(app: Flask, kind: str) -> None:
    facts = {"_kind": kind, "first": 1, "last": 2, "copy": 1, "number": "HT-2026-0001"}
    with app.test_request_context():
        said = PHRASES[kind](facts)
    assert said.text
    assert "%(" not in said.text


def test_every_step_of_a_seal_and_of_a_request_has_a_sentence() -> None:
    recorded = {*rules.SEAL_EVENTS.values(), *rules.REQUEST_EVENTS.values()}
    assert recorded <= set(PHRASES)
