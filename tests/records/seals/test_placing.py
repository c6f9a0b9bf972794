from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.core.errors import Conflict, Invalid, Refusal
from records.seals.pages.placing import (
    Box,
    CrossPage,
    Placement,
    QrPlace,
    StampingPlan,
    TextLine,
    check_placements,
    covered_boxes,
    imprint_boxes,
    snap_points,
)
from records.seals.rules import Shape

A4 = (210.0, 297.0)
TWO = [A4, A4]
WITNESS = UUID("01900000-0000-7000-8000-000000000001")
whole = st.integers(-100_000, 100_000)
mm = whole.map(lambda each: each / 100)
plans = st.builds(
    StampingPlan,
    placements=st.lists(
        st.builds(Placement, st.integers(0, 300), mm, mm, st.integers(0, 359)), max_size=5
    ).map(tuple),
    cross_page=st.none()
    | st.builds(CrossPage, mm, st.booleans(), st.sampled_from(["left", "right"])),
    qr=st.none() | st.builds(QrPlace, st.integers(0, 300), mm, mm, mm),
    witness_id=st.none() | st.uuids(),
    place=st.none() | st.text(min_size=1),
    remarks=st.none() | st.text(min_size=1),
)
_names = st.sampled_from(["page", "x", "y", "angle", "top", "edge", "duplex", "size"])
_parts = st.sampled_from(["placements", "cross_page", "qr", "witness", "place", "remarks"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=12,
)


def _check(plan: StampingPlan, **given: Any) -> None:
    facts: dict[str, Any] = {"page_sizes_mm": TWO, "width_mm": 42, "height_mm": 42}
    check_placements(plan, **{**facts, "shape": Shape.ROUND, **given})


def _refusal(act: Callable[[], object]) -> Refusal | None:
    try:
        act()
    except Refusal as refusal:
        return refusal
    return None


def _plan(*places: tuple[int, float, float], **rest: Any) -> StampingPlan:
    return StampingPlan(tuple(Placement(*place) for place in places), **rest)


@given(plans)
def test_a_plan_comes_back_as_it_was_kept(plan: StampingPlan) -> None:
    assert StampingPlan.from_json(plan.to_json()) == plan


@given(st.dictionaries(_parts, anything) | anything)
def test_whatever_comes_instead_of_a_plan_is_read_or_refused(value: Any) -> None:
    refusal = _refusal(lambda: StampingPlan.from_json(value))
    assert refusal is None or refusal.field


@given(plans, st.lists(st.tuples(st.floats(50, 500), st.floats(50, 500)), max_size=4))
def test_whatever_the_plan_it_is_good_or_refused_for_a_field(
    plan: StampingPlan, sizes: list[tuple[float, float]]
) -> None:
    refusal = _refusal(lambda: _check(plan, page_sizes_mm=sizes))
    if refusal is not None:
        assert refusal.field
        return
    boxes = covered_boxes(plan, page_sizes_mm=sizes, width_mm=42, height_mm=42, shape=Shape.ROUND)
    assert all(box.within(sizes[box.page]) for box in boxes)


def test_a_plan_in_order_passes() -> None:
    _check(_plan((1, 120, 220), cross_page=CrossPage(120), qr=QrPlace(0, 10, 270)))


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (_plan(), "placements"),
        (_plan(qr=QrPlace(0, 10, 10)), "placements"),
        (_plan((2, 10, 10)), "placements"),
        (_plan((-1, 10, 10)), "placements"),
        (_plan((0, 169, 10)), "placements"),
        (_plan((0, 10, 256)), "placements"),
        (_plan((0, -1, 10)), "placements"),
        (_plan((0, 10, 10), (0, 52, 10)), "placements"),
        (_plan((0, 10, 10), (0, 10, 10)), "placements"),
        (_plan((0, 160, 110), cross_page=CrossPage(110)), "placements"),
        (_plan((0, 10, 10), cross_page=CrossPage(280)), "cross_page"),
        (_plan((0, 10, 10), qr=QrPlace(0, 40, 20)), "qr"),
        (_plan((0, 10, 10), qr=QrPlace(2, 40, 20)), "qr"),
        (_plan((0, 10, 10), qr=QrPlace(0, 100, 280)), "qr"),
        (_plan((0, 10, 10), qr=QrPlace(0, 100, 100, 5)), "qr"),
        (_plan((0, 10, 10), qr=QrPlace(0, 100, 100, 90)), "qr"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_at_its_field(plan: StampingPlan, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        _check(plan)
    assert refused.value.field == field


def test_a_cross_page_seal_on_one_page_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        _check(_plan(cross_page=CrossPage(100)), page_sizes_mm=[A4])
    assert refused.value.field == "cross_page"


def test_round_seals_may_stand_closer_than_their_boxes() -> None:
    plan = _plan((0, 10, 10), (0, 41, 41))
    _check(plan)
    with pytest.raises(Invalid):
        _check(plan, shape=Shape.SQUARE)


def test_joint_seals_keep_a_millimetre_between_them() -> None:
    first = imprint_boxes(_plan((1, 40, 200)), width_mm=42, height_mm=42, shape=Shape.ROUND)
    _check(_plan((1, 83, 200)), others=first)
    _check(_plan((0, 40, 200)), others=first)
    with pytest.raises(Invalid):
        _check(_plan((1, 82.5, 200)), others=first)


@given(st.integers(0, 359))
def test_a_turned_rectangle_is_held_to_the_room_it_takes(angle: int) -> None:
    plan = StampingPlan((Placement(0, 75, 125, angle),))
    (box,) = imprint_boxes(plan, width_mm=60, height_mm=20, shape=Shape.RECTANGLE)
    assert box.middle_mm == pytest.approx((105, 135))
    assert box.width_mm >= 20 - 1e-9
    _check(plan, width_mm=60, height_mm=20, shape=Shape.RECTANGLE)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (_plan((0, 10, 10), cross_page=CrossPage(100)), "cross_page"),
        (_plan((0, 10, 10), qr=QrPlace(0, 100, 100)), "qr"),
        (_plan((0, 10, 10), (1, 10, 10)), "placements"),
    ],
)
def test_a_signed_pdf_takes_one_field_and_nothing_else(plan: StampingPlan, field: str) -> None:
    _check(plan)
    with pytest.raises(Conflict) as refused:
        _check(plan, signed=True)
    assert refused.value.field == field
    _check(_plan((0, 10, 10)), signed=True)


@pytest.mark.parametrize("permitted", [1, 2, 3])
def test_a_certified_pdf_takes_no_imprint(permitted: int) -> None:
    with pytest.raises(Conflict):
        _check(_plan((0, 10, 10)), signed=True, certified=permitted)


def test_boxes_come_back_as_they_were_kept() -> None:
    plan = _plan((1, 120.25, 220), cross_page=CrossPage(120), qr=QrPlace(0, 10, 270))
    boxes = covered_boxes(plan, page_sizes_mm=TWO, width_mm=42, height_mm=42)
    assert len(boxes) == 4
    assert [Box.from_json(box.to_json()) for box in boxes] == boxes


def _line(text: str, x: float, y: float, width: float, page: int = 0) -> TextLine:
    step = width / len(text)
    stops = tuple(x + step * number for number in range(len(text) + 1))
    return TextLine(page, text, x, y, width, 5, stops)


def test_a_seal_snaps_to_the_middle_of_the_date_and_between_issuer_and_date() -> None:
    lines = [
        _line("特此通知，请遵照执行。", 28, 150, 100),
        _line("滨江市人民政府办公室", 120, 170, 60),
        _line("2024年1月5日", 128, 182, 44),
    ]
    issuer, date = snap_points(lines)
    assert (issuer.kind, date.kind) == ("issuer", "date")
    assert (date.x_mm, date.y_mm) == pytest.approx((150, 184.5))
    assert issuer.x_mm == pytest.approx(150)
    assert 172.5 < issuer.y_mm < 178.5


@pytest.mark.parametrize(
    "text",
    [
        "2024年1月5日",
        "２０２４年１２月３０日",
        "二〇二四年一月五日",
        "二○二四年十二月三十一日",
        "2024 年 1 月 5 日",
        "5 January 2024",
        "January 5, 2024",
        "2024-01-05",
        "滨江市财政局  2024年1月5日",
    ],
)
def test_dates_as_offices_write_them_are_found(text: str) -> None:
    (point,) = snap_points([_line(text, 100, 100, 50)])
    assert point.kind == "date"


@pytest.mark.parametrize(
    "text",
    [
        "根据2024年1月5日会议精神，现将有关事项通知如下。",
        "2024年1月",
        "第1号",
        "滨江市人民政府",
        "截至2024年1月5日，共收到各单位报送材料一百二十份。",
    ],
)
def test_a_date_within_a_sentence_is_no_date_of_the_document(text: str) -> None:
    assert snap_points([_line(text, 100, 100, 50)]) == []


def test_the_date_counts_not_what_stands_beside_it() -> None:
    (point,) = snap_points([_line("财政局 2024年1月5日", 100, 100, 130)])
    assert point.x_mm == pytest.approx(100 + 8.5 * 10)


def test_a_sentence_above_a_date_is_no_issuer() -> None:
    lines = [_line("特此通知。", 120, 100, 60), _line("2024年1月5日", 120, 110, 60)]
    assert [point.kind for point in snap_points(lines)] == ["date"]


def test_nothing_of_another_page_is_an_issuer() -> None:
    lines = [_line("滨江市财政局", 120, 100, 60, 0), _line("2024年1月5日", 120, 110, 60, 1)]
    assert [(point.page, point.kind) for point in snap_points(lines)] == [(1, "date")]
