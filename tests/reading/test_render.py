import io

import pytest
from PIL import Image

from search.reading import Cage, Limits, PageImage, ReasonCode, UnreadableError
from tests.reading import samples


def _render(cage: Cage, data: bytes, page: int = 0, width_px: int = 800) -> PageImage:
    return cage.render([data], file_name="x", media_type="", page=page, width_px=width_px)


def _image(form: str, size: tuple[int, int], pages: int = 1, **options: object) -> bytes:
    pictures = [Image.new("RGB", size, (200, 30 * number, 0)) for number in range(pages)]
    file = io.BytesIO()
    several = {"save_all": True, "append_images": pictures[1:]} if pages > 1 else {}
    pictures[0].save(file, form, **several, **options)
    return file.getvalue()


def test_a_pdf_page_is_drawn_in_the_width_asked_for(cage: Cage) -> None:
    image = _render(cage, samples.pdf("Black on white"))
    assert (image.width_px, image.media_type) == (800, "image/webp")
    picture = Image.open(io.BytesIO(image.data))
    assert picture.size == (image.width_px, image.height_px)
    assert picture.height == pytest.approx(800 * 842 / 595, abs=1.5)
    darkest, brightest = picture.convert("L").getextrema()
    assert darkest < 100  # type: ignore[operator]
    assert brightest > 250  # type: ignore[operator]


def test_the_text_layer_lies_on_the_letters(cage: Cage) -> None:
    image = _render(cage, samples.pdf("First line\nSecond"), width_px=1190)
    assert [line.text for line in image.lines] == ["First line", "Second"]
    first = image.lines[0]
    assert first.x0 == pytest.approx(72 / 595, abs=0.005)
    assert first.y0 < 1 - 720 / 842 < first.y1
    assert first.y1 <= image.lines[1].y0 + 0.005
    picture = Image.open(io.BytesIO(image.data)).convert("L")
    ink = picture.point([255 * (value < 128) for value in range(256)]).getbbox()
    assert ink is not None
    assert first.x0 * picture.width - 2 <= ink[0]
    assert first.y0 * picture.height - 2 <= ink[1]
    assert ink[2] <= first.x1 * picture.width + 2


def test_a_hyphenated_word_lies_on_both_its_lines(cage: Cage) -> None:
    lines = _render(cage, samples.pdf("an environ-\nmentally sound way")).lines
    assert [line.text for line in lines] == ["an environ-", "mentally sound way"]


def test_every_character_has_its_place(cage: Cage) -> None:
    (line,) = _render(cage, samples.pdf("关于通知 12", font="chinese")).lines
    assert len(line.stops) == len(line.text) + 1
    assert line.stops == sorted(line.stops)
    wide = 12 / 595
    assert line.stops[1] - line.stops[0] == pytest.approx(wide, abs=0.002)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_and_cropped_pages_keep_text_and_letters_together(cage: Cage, turn: int) -> None:
    data = samples.pdf("Turned").replace(
        b"/MediaBox[0 0 595 842]",
        b"/MediaBox[0 0 595 842]/CropBox[50 600 350 800]/Rotate %d" % turn,
    )
    sizes = cage.page_sizes([data], file_name="x.pdf", media_type="")
    assert sizes == [(300, 200) if turn % 180 == 0 else (200, 300)]
    image = _render(cage, data)
    (line,) = image.lines
    picture = Image.open(io.BytesIO(image.data)).convert("L")
    ink = picture.point([255 * (value < 128) for value in range(256)]).getbbox()
    assert ink is not None
    slack = 0.02
    assert line.x0 - slack <= ink[0] / picture.width <= ink[2] / picture.width <= line.x1 + slack
    assert line.y0 - slack <= ink[1] / picture.height <= ink[3] / picture.height <= line.y1 + slack


def test_the_size_of_every_page_is_known_without_drawing(cage: Cage) -> None:
    sizes = cage.page_sizes([samples.pdf("a", "b")], file_name="x.pdf", media_type="")
    assert sizes == [(595, 842), (595, 842)]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_images_are_drawn_without_being_enlarged(cage: Cage, form: str) -> None:
    data = _image(form, (300, 150))
    assert _render(cage, data, width_px=100).width_px == 100
    large = _render(cage, data, width_px=2000)
    assert (large.width_px, large.height_px, large.lines) == (300, 150, [])


def test_a_tiff_has_pages(cage: Cage) -> None:
    data = _image("TIFF", (144, 72), pages=3, dpi=(144, 144))
    assert cage.page_sizes([data], file_name="x.tif", media_type="") == [(72, 36)] * 3
    picture = Image.open(io.BytesIO(_render(cage, data, page=2).data)).convert("RGB")
    assert picture.getpixel((5, 5)) == pytest.approx((200, 60, 0), abs=6)


def test_a_photograph_stands_upright(cage: Cage) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = _image("JPEG", (200, 100), exif=exif)
    image = _render(cage, data)
    assert (image.width_px, image.height_px) == (100, 200)
    ((width, height),) = cage.page_sizes([data], file_name="x.jpg", media_type="")
    assert height == 2 * width


@pytest.mark.parametrize("page", [-1, 1])
def test_a_page_that_is_not_there_is_refused(cage: Cage, page: int) -> None:
    for data in (samples.pdf("only"), _image("PNG", (9, 9))):
        with pytest.raises(UnreadableError):
            _render(cage, data, page=page)


def test_what_has_no_pages_is_unsupported(cage: Cage) -> None:
    with pytest.raises(UnreadableError) as refused:
        _render(cage, b"plain text")
    assert refused.value.reason.code == ReasonCode.UNSUPPORTED


def test_an_image_of_too_many_pixels_is_refused() -> None:
    with Cage(Limits(pixels=10_000)) as cage, pytest.raises(UnreadableError) as refused:
        _render(cage, _image("PNG", (200, 200)))
    assert refused.value.reason.code == ReasonCode.TOO_LARGE


def test_a_broken_image_is_damaged(cage: Cage) -> None:
    with pytest.raises(UnreadableError) as refused:
        _render(cage, _image("PNG", (200, 200))[:60])
    assert refused.value.reason.code == ReasonCode.DAMAGED


def test_sixteen_bits_keep_their_shade_and_transparency_stays(cage: Cage) -> None:
    file = io.BytesIO()
    Image.new("I;16", (30, 20), 40_000).save(file, "PNG")
    grey = Image.open(io.BytesIO(_render(cage, file.getvalue()).data)).convert("L")
    assert grey.getpixel((9, 9)) == pytest.approx(156, abs=2)
    file = io.BytesIO()
    Image.new("P", (30, 20), 0).save(file, "PNG", transparency=0)
    clear = Image.open(io.BytesIO(_render(cage, file.getvalue()).data)).getchannel("A")
    assert clear.getpixel((9, 9)) == 0
