"""Circulation slips and labels as PDF: what was given prints as it is, on all pages it needs."""

import io
from datetime import UTC, datetime

import pypdfium2
import pytest
from PIL import Image

from records.core.errors import Invalid
from records.exchange import typesetting
from records.exchange.label import Form, Label, write_labels
from records.exchange.slip import NO_FONT, Slip, SlipLine, SlipStage, write_slip
from records.exchange.typesetting import chinese_family, picture, qr_code

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARKUP = '*bold* _it_ #panic("x") $x^2$ [a] @b <c> `d` \\ / "quoted" = head'
ADDRESS = "http://localhost:8080/l/abcdefghijklmnopqrstuvwxyz"


def slip(title: str = "Budget", readers: int = 2, **more: str | bytes | None) -> Slip:
    lines = [
        SlipLine(
            f"Reader {each}",
            "signed",
            "Read",
            str(more.get("opinion") or ""),
            more.get("handwriting"),  # type: ignore[arg-type]
            "Delivered 1 Mar 2026 09:00\nSigned 1 Mar 2026 09:05",
            "Passkey",
        )
        for each in range(readers)
    ]
    return Slip(
        "en",
        "Circulation slip",
        ["confidential"],
        "IN-2026-0001",
        title,
        [("Sender", "City"), ("Purpose", "for comment")],
        ["Reader", "Opinion", "Time", "Signature"],
        [SlipStage("Stage 1", lines)],
        ADDRESS,
        "Where is it?",
        "Printed today",
        "Page {page} of {pages}",
    )


def text_of(pdf: bytes) -> list[str]:
    """Return the text of each page in one line."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def ink_of(pdf: bytes, box: tuple[float, float, float, float]) -> int:
    """Return how many dark dots the first page has in a part of it, in fractions of the page."""
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[0].render(scale=2).to_pil().convert("L")
    left, top, right, bottom = box
    size = (drawn.width, drawn.height)
    part = drawn.crop(
        (int(left * size[0]), int(top * size[1]), int(right * size[0]), int(bottom * size[1]))
    )
    return sum(part.histogram()[:100])


def stroke(size: tuple[int, int] = (400, 200)) -> bytes:
    drawn = Image.new("RGBA", size, (0, 0, 0, 0))
    drawn.paste((10, 20, 90, 255), (20, 90, size[0] - 20, 110))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def without_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand on a machine that has no fonts but those of typst."""
    import typst

    bare = typst.Fonts(include_system_fonts=False)
    monkeypatch.setattr(typesetting, "_fonts", lambda: bare)


def test_markup_of_the_typesetter_prints_as_it_is() -> None:
    made = slip(f"Title {MARKUP}", opinion=f"Opinion {MARKUP}")
    (page,) = text_of(write_slip(made, made_at=NOW))
    assert f"Title {MARKUP}" in page
    assert "Opinion *bold* _it_" in page
    assert "Page 1 of 1" in page


def test_sixty_readers_make_several_pages_with_the_head_of_the_table_on_each() -> None:
    pages = text_of(write_slip(slip(readers=60), made_at=NOW))
    assert len(pages) > 2
    assert all("Reader Opinion Time Signature" in page for page in pages)
    assert all(f"Page {at} of {len(pages)}" in page for at, page in enumerate(pages, start=1))
    everything = " ".join(pages)
    assert all(f"Reader {each} " in everything for each in range(60))


def test_a_long_title_and_a_long_opinion_are_whole() -> None:
    title = " ".join(f"word{each}" for each in range(120))
    opinion = " ".join(f"remark{each}" for each in range(1500))
    everything = " ".join(text_of(write_slip(slip(title, opinion=opinion), made_at=NOW)))
    assert "word0 " in everything
    assert "word119" in everything
    assert "remark1499" in everything


def test_chinese_prints_in_chinese() -> None:
    if not typesetting.writes_chinese():
        pytest.skip("apt-get install fonts-noto-cjk")
    made = write_slip(
        slip("关于开展专项资金审计调查的通知", opinion="请财务处牵头办理。"), made_at=NOW
    )
    (page,) = text_of(made)
    assert "关于开展专项资金审计调查的通知" in page
    assert "请财务处牵头办理。" in page
    assert NO_FONT not in page


@pytest.mark.usefixtures("without_chinese_font")
def test_without_a_chinese_font_the_slip_says_so_and_is_made_all_the_same() -> None:
    (page,) = text_of(write_slip(slip("关于审计的通知"), made_at=NOW))
    assert NO_FONT in page
    assert "IN-2026-0001" in page
    (page,) = text_of(write_slip(slip("Plain words"), made_at=NOW))
    assert NO_FONT not in page


def test_handwriting_is_drawn_and_what_is_no_picture_is_left_out() -> None:
    middle = (0.2, 0.2, 0.6, 0.5)
    without = ink_of(write_slip(slip(), made_at=NOW), middle)
    drawn = ink_of(write_slip(slip(handwriting=stroke()), made_at=NOW), middle)
    broken = ink_of(write_slip(slip(handwriting=b"\x89PNG no"), made_at=NOW), middle)
    assert drawn > without + 500
    assert broken == without
    assert picture(stroke((4000, 2000)), width_px=100) is None


def test_what_stands_beside_the_pixels_of_a_picture_does_not_travel_on() -> None:
    from PIL.PngImagePlugin import PngInfo

    facts = PngInfo()
    facts.add_text("Author", "ZEBRAFALCON")
    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, "PNG", pnginfo=facts)
    assert b"ZEBRAFALCON" in out.getvalue()
    assert b"ZEBRAFALCON" not in bytes(picture(out.getvalue(), width_px=10) or [])


def test_a_single_label_has_the_size_of_the_roll_and_a_sheet_is_a4() -> None:
    label = Label("IN-2026-0001", "Registry", "internal", ADDRESS)
    for form, points in ((Form.SINGLE, (175.7, 82.2)), (Form.SHEET, (595.3, 841.9))):
        with pypdfium2.PdfDocument(write_labels([label], form=form, made_at=NOW)) as document:
            assert len(document) == 1
            assert document[0].get_size() == pytest.approx(points, abs=0.1)


def test_a_sheet_takes_twenty_four_and_begins_where_it_is_told() -> None:
    labels = [Label(f"IN-2026-{each:04}", "Registry", "internal", ADDRESS) for each in range(24)]
    assert len(text_of(write_labels(labels, form=Form.SHEET, made_at=NOW))) == 1
    begun = text_of(write_labels(labels, form=Form.SHEET, made_at=NOW, first=2))
    assert len(begun) == 2
    assert "IN-2026-0023" in begun[1]
    for place in (0, 25):
        with pytest.raises(Invalid):
            write_labels(labels, form=Form.SHEET, made_at=NOW, first=place)


def test_the_number_on_a_label_is_whole_however_long_it_is() -> None:
    number = "RESTRICTED-ARCHIVES-OF-THE-CENTRAL-OFFICE-2026-000042"
    label = Label(number, "Registry", "internal", ADDRESS)
    (page,) = text_of(write_labels([label], form=Form.SINGLE, made_at=NOW))
    # pdfium marks a hyphen at the end of a line by a character of its own.
    assert number in page.replace(" ", "").replace("\x02", "-")


def test_a_code_is_a_square_of_dark_dots() -> None:
    assert qr_code(ADDRESS).startswith("<svg")
    assert qr_code(ADDRESS) != qr_code(ADDRESS + "a")


def test_the_family_for_chinese_is_the_best_that_is_there() -> None:
    assert chinese_family(["DejaVu Sans"]) is None
    assert chinese_family(["SimSun", "Noto Sans CJK SC", "Noto Serif CJK SC"]) == (
        "Noto Serif CJK SC"
    )
