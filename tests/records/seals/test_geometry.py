import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.seals.pages.geometry import MM_PER_POINT, Matrix, PageBox, page_box, turned_size

A4 = (0.0, 0.0, 595.276, 841.89)
lengths = st.floats(10, 5000)
offsets = st.floats(-1000, 1000)
places = st.floats(0, 300)
sizes = st.floats(5, 80)
boxes = st.builds(
    PageBox,
    left=offsets,
    bottom=offsets,
    width=lengths,
    height=lengths,
    rotation=st.sampled_from([0, 90, 180, 270]),
    user_unit=st.sampled_from([0.5, 1.0, 2.0, 10.0]),
)


def _near(found: tuple[float, ...], wanted: tuple[float, ...]) -> bool:
    return all(math.isclose(a, b, abs_tol=1e-6) for a, b in zip(found, wanted, strict=True))


def test_an_a4_page_measures_what_a4_measures() -> None:
    assert _near(tuple(round(mm, 1) for mm in page_box(A4).size_mm), (210.0, 297.0))
    assert _near(tuple(round(mm, 1) for mm in page_box(A4, rotation=90).size_mm), (297.0, 210.0))


def test_a_user_unit_makes_the_same_numbers_a_larger_page() -> None:
    assert page_box(A4, user_unit=2).size_mm[0] == pytest.approx(420, abs=0.1)


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (10, 70)), (90, (10, 20)), (180, (110, 20)), (270, (110, 70))]
)
def test_the_top_left_corner_as_shown_is_another_corner_when_the_page_is_turned(
    rotation: int, corner: tuple[float, float]
) -> None:
    box = page_box((0, 0, 200, 200), (10, 20, 110, 70), rotation=rotation)
    assert box.from_shown.apply(0, 0) == corner


@given(boxes)
def test_what_is_shown_maps_onto_the_box_exactly(box: PageBox) -> None:
    found = box.from_shown.bounds(*box.size_mm)
    assert _near(found, (box.left, box.bottom, box.left + box.width, box.bottom + box.height))


@given(boxes, places, places, places, places)
def test_a_millimetre_is_a_millimetre_whatever_the_page(
    box: PageBox, x: float, y: float, u: float, v: float
) -> None:
    one, other = box.from_shown.apply(x, y), box.from_shown.apply(u, v)
    apart_mm = math.dist(one, other) * MM_PER_POINT * box.user_unit
    assert math.isclose(apart_mm, math.dist((x, y), (u, v)), abs_tol=1e-6)


@given(boxes, places, places, sizes, sizes, st.integers(0, 359))
def test_an_imprint_keeps_its_size_its_middle_and_its_top(
    box: PageBox, x: float, y: float, width: float, height: float, angle: int
) -> None:
    matrix = box.imprint(x, y, width, height, angle)
    middle = box.from_shown.apply(x + width / 2, y + height / 2)
    assert _near(matrix.apply(0.5, 0.5), middle)
    unit = box.units_per_mm
    assert math.isclose(math.hypot(matrix.a, matrix.b), width * unit, rel_tol=1e-9)
    assert math.isclose(math.hypot(matrix.c, matrix.d), height * unit, rel_tol=1e-9)
    # A picture is never mirrored.
    assert matrix.a * matrix.d - matrix.b * matrix.c > 0
    up = math.radians(angle)
    top = box.from_shown.apply(
        x + width / 2 + math.sin(up) * height / 2, y + height / 2 - math.cos(up) * height / 2
    )
    assert _near(matrix.apply(0.5, 1.0), top)


@given(boxes, places, places, sizes, sizes)
def test_an_upright_imprint_covers_the_box_it_was_given(
    box: PageBox, x: float, y: float, width: float, height: float
) -> None:
    found = box.imprint(x, y, width, height).bounds(1, 1)
    one, other = box.from_shown.apply(x, y), box.from_shown.apply(x + width, y + height)
    wanted = (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[0], other[0]),
        max(one[1], other[1]),
    )
    assert _near(found, wanted)


@given(sizes, sizes, st.integers(0, 359))
def test_a_turned_imprint_needs_at_least_its_area(width: float, height: float, angle: int) -> None:
    across, down = turned_size(width, height, angle)
    assert across * down >= width * height - 1e-6
    assert across <= math.hypot(width, height) + 1e-9
    assert _near(turned_size(width, height, 90), (height, width))


def test_boxes_that_make_no_sense_are_understood_as_readers_do() -> None:
    assert page_box(None) == PageBox(0, 0, 612, 792)
    assert page_box((0, 0, 0, 0)) == PageBox(0, 0, 612, 792)
    assert page_box((100, 200, 0, 0)) == PageBox(0, 0, 100, 200)
    assert page_box((0, 0, 100, 100), (-50, 50, 150, 60)) == PageBox(0, 50, 100, 10)
    assert page_box((0, 0, 100, 100), (200, 200, 300, 300)) == PageBox(0, 0, 100, 100)
    assert page_box((0, 0, math.inf, 100)) == PageBox(0, 0, 612, 792)
    assert page_box(A4, rotation=-90).rotation == 270
    assert page_box(A4, rotation=450).rotation == 90
    assert page_box(A4, rotation=45).rotation == 0
    assert page_box(A4, user_unit=0).user_unit == 1


@given(places, places)
def test_doing_one_map_after_another_is_one_map(x: float, y: float) -> None:
    one, other = Matrix(1, 2, 3, 4, 5, 6), Matrix(0.5, -1, 2, 0, 7, -8)
    assert _near(one.after(other).apply(x, y), one.apply(*other.apply(x, y)))
