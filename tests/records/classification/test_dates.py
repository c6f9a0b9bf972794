"""Dates: every printed form of every day comes back as that day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.classification.face.dates import chinese_dates, english_dates
from records.classification.face.printed import plain

PLACES = "〇一二三四五六七八九"


def _spoken(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{PLACES[tens]}十"
    return head + (PLACES[ones] if ones else "")


def _only_day(text: str) -> date:
    (found,) = chinese_dates(plain(text))
    return found.day


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from("〇○零O0"))
def test_days_in_chinese_numerals_come_back(day: date, zero: str) -> None:
    year = "".join(PLACES[int(digit)] for digit in str(day.year)).replace("〇", zero)
    assert _only_day(f"{year}年{_spoken(day.month)}月{_spoken(day.day)}日") == day


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["", " "]))
def test_days_in_figures_come_back(day: date, gap: str) -> None:
    assert _only_day(f"{day.year}{gap}年{gap}{day.month}{gap}月{gap}{day.day}{gap}日") == day
    wide = f"{day.year}年{day.month:02}月{day.day:02}日".translate(
        {ord("0") + at: 0xFF10 + at for at in range(10)}
    )
    assert _only_day(wide) == day


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_english_days_come_back(day: date) -> None:
    for form in (f"{day:%B} {day.day}, {day.year}", f"{day.day} {day:%b} {day.year}"):
        (found,) = english_dates(form)
        assert found.day == day
        assert found.sure


def test_a_day_that_could_be_two_is_not_sure() -> None:
    (either,) = english_dates("03/04/2024")
    (one,) = english_dates("31/12/2024")
    assert (either.day, either.sure) == (date(2024, 4, 3), False)
    assert (one.day, one.sure) == (date(2024, 12, 31), True)


@pytest.mark.parametrize(
    "text", ["2024年13月1日", "2023年2月29日", "二〇二三年三月三十二日", "1月5日"]
)
def test_days_that_never_were_are_none(text: str) -> None:
    assert list(chinese_dates(text)) == []
