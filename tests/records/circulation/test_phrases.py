"""Phrases: one's own in one's own order, and defaults before there are any."""

import pytest

from records.circulation.phrases import keep_phrases, phrases_of
from records.core.errors import Invalid
from records.office import Office
from tests.builders import add_person, id_of


def test_phrases_are_kept_in_order_and_belong_to_one_person(any_office: Office) -> None:
    mine, yours = (add_person(any_office, each) for each in ("mine", "yours"))
    with any_office.database.writing() as uow:
        keep_phrases(uow, mine, texts=["同意", " 请\n办公室  阅处 ", "", "同意", "a\x00b"])
        keep_phrases(uow, yours, texts=["Fine"])
    with any_office.database.writing() as uow:
        assert phrases_of(uow, id_of(mine), "en") == ["同意", "请 办公室 阅处", "ab"]
        keep_phrases(uow, mine, texts=["ab", "同意"])
        assert phrases_of(uow, id_of(mine), "en") == ["ab", "同意"]
        assert phrases_of(uow, id_of(yours), "zh_CN") == ["Fine"]


def test_before_any_was_kept_the_language_offers_some(office: Office) -> None:
    person = add_person(office, "person")
    with office.database.writing() as uow:
        assert phrases_of(uow, id_of(person), "zh_CN") == ["已阅", "同意", "请办公室阅处"]
        for language in ("en", None, "fr"):
            assert phrases_of(uow, id_of(person), language) == ["Read", "Agreed"]
        keep_phrases(uow, person, texts=["Fine"])
        keep_phrases(uow, person, texts=[])
        assert phrases_of(uow, id_of(person), "en") == ["Read", "Agreed"]


def test_phrases_have_bounds(office: Office) -> None:
    person = add_person(office, "person")
    for texts in ([str(each) for each in range(21)], ["x" * 201]):
        with pytest.raises(Invalid), office.database.writing() as uow:
            keep_phrases(uow, person, texts=texts)
