import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.core.errors import Invalid
from records.seals.pages.crosspage import (
    LEFT,
    MOST_PAGES,
    Strip,
    check_height,
    even_groups,
    plan_strips,
)

edges = st.sampled_from(["left", "right"])


@given(st.integers(3, 500), st.booleans(), edges)
def test_every_sheet_gets_one_strip_and_every_group_one_whole_imprint(
    pages: int, duplex: bool, edge: str
) -> None:
    strips = plan_strips(pages, duplex=duplex, edge=edge)
    assert [strip.page for strip in strips] == list(range(0, pages, 2 if duplex else 1))
    begin = 0
    while begin < len(strips):
        group = strips[begin : begin + strips[begin].parts]
        parts = [strip.part for strip in group]
        assert parts == list(range(len(group)))[:: 1 if edge == "right" else -1]
        assert {strip.parts for strip in group} == {len(group)}
        begin += len(group)


@given(st.integers(2, 1000))
def test_groups_are_as_few_and_as_even_as_can_be(pages: int) -> None:
    sizes = [len(group) for group in even_groups(range(pages))]
    assert len(sizes) == -(-pages // MOST_PAGES)
    assert max(sizes) <= MOST_PAGES
    assert max(sizes) - min(sizes) <= 1
    assert min(sizes) >= 2


def test_twenty_three_pages_bear_two_imprints() -> None:
    strips = plan_strips(23)
    assert [strip.parts for strip in strips] == [11] * 11 + [12] * 12
    assert strips[0] == Strip(0, 0, 11)
    assert strips[11] == Strip(11, 0, 12)


def test_fanned_out_at_the_left_the_first_page_gets_the_right_end() -> None:
    assert plan_strips(3, edge=LEFT) == [Strip(0, 2, 3), Strip(1, 1, 3), Strip(2, 0, 3)]


@pytest.mark.parametrize(("pages", "duplex"), [(0, False), (1, False), (1, True), (2, True)])
def test_one_sheet_is_refused(pages: int, duplex: bool) -> None:
    with pytest.raises(Invalid) as refused:
        plan_strips(pages, duplex=duplex)
    assert refused.value.field == "cross_page"


def test_it_must_fit_on_the_smallest_page() -> None:
    sizes = [(210.0, 297.0), (420.0, 297.0), (148.0, 105.0)]
    strips = plan_strips(3)
    check_height(strips, sizes, top_mm=60, width_mm=42, height_mm=42)
    with pytest.raises(Invalid, match="page 3"):
        check_height(strips, sizes, top_mm=70, width_mm=42, height_mm=42)
    with pytest.raises(Invalid, match="page 1"):
        check_height(strips, sizes, top_mm=-1, width_mm=42, height_mm=42)
