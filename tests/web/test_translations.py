"""Both catalogues are complete, fresh and sound."""

import re

import pytest

from tools.messages import LANGUAGES, extract, missing, path_of, read, renewed, written


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_what_the_sources_ask_for(language: str) -> None:
    fresh = written(renewed(language, extract()))
    assert path_of(language).read_bytes() == fresh, "run: python -m tools.messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_missing_or_fuzzy(language: str) -> None:
    catalog = read(language)
    assert missing(catalog) == []
    assert [message.id for message in catalog if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places_of_its_values(language: str) -> None:
    for message in read(language):
        keys = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = set(re.findall(r"%\((\w+)\)", str(keys[-1])))
        for text in texts:
            assert set(re.findall(r"%\((\w+)\)", str(text))) <= wanted, keys
            if keys[0]:
                assert len(keys) > 1 or set(re.findall(r"%\((\w+)\)", str(text))) == wanted, keys


def test_nothing_of_the_chinese_catalogue_is_left_in_english() -> None:
    names = {"Chancery", "regist"}
    left = [
        message.id
        for message in read("zh_CN")
        if message.id
        and not re.search(r"[\u3000-\u9fff\uff00-\uffef]", str(message.string))
        and message.id not in names
    ]
    assert left == []
