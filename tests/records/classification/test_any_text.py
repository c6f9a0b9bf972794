"""Whatever a text says, a face is read from it, quickly, and quotes only what it says."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.classification.face import find_numbers, parse_number, read_face
from search.reading import Layout, PlacedLine
from tests.records.classification.samples import LETTERS, OFFICIAL

PARTS = [
    *("国务院", "办公厅", "关于", "的通知", "〔", "〕", "（", "）", "2024", "号", "第", "令"),
    *("年", "月", "日", "：", "。", "\n", "\n", "附件：", "抄送："),
    *("机密★1年", "签发人：", "\t", "　", "1．"),
    *("Dear ", "Our ref: ", "Subject: ", "Executive Order ", "May 5, 2024", "—", "a"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PARTS), max_size=60).map("".join) | st.text(max_size=300)


@given(st.lists(TEXTS, max_size=4))
@settings(deadline=None, max_examples=300)
def test_any_text_has_a_face_whose_evidence_stands_in_it(pages: list[str]) -> None:
    for told in read_face(pages).shown().values():
        if told is None:
            continue
        assert 0 <= told["confidence"] <= 1
        assert told["value"]
        evidence = told["evidence"]
        for row in evidence["text"].split("\n"):
            assert any(row in page for page in pages)


@pytest.mark.parametrize("name", [*OFFICIAL, *LETTERS])
def test_the_evidence_of_every_sample_stands_in_it(name: str) -> None:
    text, _ = {**OFFICIAL, **LETTERS}[name]
    for told in read_face([text]).shown().values():
        if told is not None:
            assert all(row in text for row in told["evidence"]["text"].split("\n"))


@given(TEXTS)
@settings(deadline=None)
def test_any_text_is_searched_for_numbers(text: str) -> None:
    parse_number(text)
    for found in find_numbers(text):
        assert text[found.start : found.end] == found.raw
        assert parse_number(found.raw) is not None


HOSTILE = {
    "numbers": "国发〔2019〕" * 30_000,
    "brackets": "（" * 200_000,
    "attachments": "附件：\n1．a\n" * 50_000,
    "days": "2019年1月1日\n" * 100_000,
    "addressees": "各省，" * 60_000 + "：",
    "agencies": "国务院\n" * 100_000,
    "spaced out": "国 务 院 " * 60_000,
    "joint": "财政部、" * 50_000 + "\n2019年1月1日",
    "labels": "Our ref: " * 50_000,
    "fields": "发文机关：\t" * 50_000,
    "notes": "（2019年1月1日" * 30_000,
    "headings": "Executive Order 1 of May 1, 2000\n" * 30_000,
    "salutations": "Dear\n" * 100_000,
    "letters": "A" * 300_000,
    "spaces": " " * 300_000 + "x",
    "ends": "〔" * 5_000 + "\n" + "号" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_no_more_than_any_other(name: str) -> None:
    started = time.thread_time()
    read_face([HOSTILE[name]] * 3)
    # Some thirty milliseconds of this thread. What grows with the square would take minutes: the
    # bound tells the two apart on the slowest machine.
    assert time.thread_time() - started < 10


@st.composite
def placed_pages(draw: st.DrawFn) -> tuple[list[str], list[Layout]]:
    """Pages with places that need not fit their lines."""
    numbers = st.integers(-5, 900)
    pages, layouts = [], []
    for page in range(draw(st.integers(1, 3))):
        rows = draw(TEXTS).split("\n")
        lines = []
        for row in rows:
            box = [float(draw(numbers)) for _ in range(4)]
            runs = tuple(
                (draw(numbers), draw(numbers), float(draw(numbers)), float(draw(numbers)))
                for _ in range(draw(st.integers(0, 2)))
            )
            size = float(draw(st.integers(0, 40)))
            x0, y0, x1, y1 = box
            lines.append(PlacedLine(row, x0, y0, x1, y1, size, draw(st.booleans()), runs))
        pages.append("\n".join(rows))
        layouts.append(Layout(page, draw(st.permutations(lines))))
    return pages, layouts


@given(placed_pages())
@settings(deadline=None, max_examples=150)
def test_any_places_give_boxes(placed: tuple[list[str], list[Layout]]) -> None:
    for told in read_face(*placed).shown().values():
        if told is not None and told["evidence"]["box"] is not None:
            assert len(told["evidence"]["box"]) == 4
