from collections.abc import Iterator

import pytest

from records.seals.caged import Refused, seal_cage
from records.seals.pages.looking import look_at, snap_points_of
from search.reading import Cage
from tests.reading import samples
from tests.records.seals.stamps import page_file


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def test_a_pdf_says_its_pages_as_they_are_shown(shop: Cage) -> None:
    look = look_at(shop, [page_file("/MediaBox[0 0 595.276 841.89]/Rotate 90")])
    assert list(look.page_sizes_mm) == [pytest.approx((297, 210))]
    assert (look.signed, look.certified, look.unfit) == (False, None, None)


def test_a_form_of_xfa_is_unfit(shop: Cage) -> None:
    assert look_at(shop, [samples.pdf("page", extra="/AcroForm<</XFA(x)>>")]).unfit == "form"


def test_what_is_no_pdf_is_refused(shop: Cage) -> None:
    for look in (look_at, snap_points_of):
        with pytest.raises(Refused) as refused:
            look(shop, [b"no PDF"])
        assert refused.value.code == "damaged"


def test_a_seal_snaps_to_the_date_of_a_page(shop: Cage) -> None:
    pdf = samples.pdf("通知", "正文。\n\n滨江市人民政府\n2024年1月5日", font="chinese")
    issuer, date = snap_points_of(shop, [pdf])
    assert (issuer.page, issuer.kind, date.page, date.kind) == (1, "issuer", 1, "date")
    assert issuer.y_mm < date.y_mm
    # Nine characters of 12 points, beginning an inch from the edge.
    assert date.x_mm == pytest.approx(25.4 + 9 * 12 / 72 * 25.4 / 2, abs=3)
    assert date.y_mm == pytest.approx((842 - 720 + 3 * 16) / 72 * 25.4, abs=3)


def test_a_page_without_text_has_no_place_to_snap_to(shop: Cage) -> None:
    assert snap_points_of(shop, [page_file("/MediaBox[0 0 99 99]")]) == []
