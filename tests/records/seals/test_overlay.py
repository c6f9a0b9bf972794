import io
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from records.seals.caged import Refused, in_cage, seal_cage
from records.seals.pages.placing import Placement, StampingPlan
from search.reading import Cage
from tests.reading import samples
from tests.records.seals.stamps import ink_seen, page_file, picture, stamp


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def _copies(cage: Cage, pdf: bytes, *texts: str) -> bytes:
    job = {"texts": texts, "x": 2800, "y": 3700, "size_pt": 16}
    answer, made = in_cage(cage, "overlay", job, [pdf])
    assert answer["pages"] == len(pdfium.PdfDocument(made))
    return made


def _texts(pdf: bytes) -> list[str]:
    document = pdfium.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded().strip() for page in document]


def test_each_copy_has_its_number_on_its_first_page_only(shop: Cage) -> None:
    pdf = samples.pdf("one", "two")
    found = _texts(_copies(shop, pdf, "000001", "000002"))
    assert ["000001" in text for text in found] == [True, False, False, False]
    assert ["000002" in text for text in found] == [False, False, True, False]
    assert ["one" in text for text in found] == [True, False, True, False]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_number_stands_upright_at_its_place_as_shown(shop: Cage, rotation: int) -> None:
    page = f"/MediaBox[0 0 595.276 841.89]/CropBox[20 30 500 800]/Rotate {rotation}"
    made = _copies(shop, page_file("", pages=page), "000123")
    drawn = picture(made, scale=4).convert("L").point(lambda value: 255 if value < 128 else 0)
    box = drawn.getbbox()
    assert box is not None
    left, top, right, bottom = (edge / 4 / 72 * 25.4 for edge in box)
    assert (left, top) == pytest.approx((28, 37), abs=1)
    # Six digits of 16 points, upright.
    assert right - left == pytest.approx(6 * 0.556 * 16 / 72 * 25.4, abs=1)
    assert bottom - top == pytest.approx(0.72 * 16 / 72 * 25.4, abs=1)


def test_many_copies_are_hardly_larger_than_one(shop: Cage) -> None:
    pdf = samples.pdf(*["line\n" * 50] * 20)
    one, many = (_copies(shop, pdf, *["000001"] * count) for count in (1, 50))
    assert len(many) < len(one) * 12
    assert len(_texts(many)) == 1000


def test_the_copies_of_a_signed_document_are_signed_by_nobody(shop: Cage) -> None:
    first = stamp(shop, samples.pdf("page"), StampingPlan((Placement(0, 30, 70),)))
    second = stamp(shop, first, StampingPlan((Placement(0, 90, 70),)))
    made = _copies(shop, second, "000001")
    assert PdfFileReader(io.BytesIO(made)).embedded_signatures == []
    # Both imprints are still seen: the one on the page, and the one that was a field.
    seen = ink_seen(picture(made), (209.9, 297))
    assert seen is not None
    assert (seen.left, seen.right) == pytest.approx((30, 132), abs=1)


@pytest.mark.parametrize("text", ["份号", "\n"])
def test_a_text_that_the_font_has_no_letters_for_is_refused(shop: Cage, text: str) -> None:
    with pytest.raises(Refused) as refused:
        _copies(shop, samples.pdf("page"), text)
    assert refused.value.code == "text"


def test_brackets_are_letters(shop: Cage) -> None:
    assert "(1) \\2" in _texts(_copies(shop, samples.pdf("page"), "(1) \\2"))[0]


def test_a_million_pages_are_refused(shop: Cage) -> None:
    with pytest.raises(Refused) as refused:
        _copies(shop, samples.pdf(*["page"] * 100), *["000001"] * 500)
    assert refused.value.code == "too_large"
