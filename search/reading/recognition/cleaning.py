"""A grey photocopy made clean: the shade of the paper is taken out, the print gets its contrast."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALL = 8
_WHITE = 245
_PAPER_PERCENTILE, _INK_PERCENTILE = 50, 1


def cleaned(grey: "Image") -> "Image":
    """Return a grey picture with white paper, whatever the shade of the sheet or its corner was."""
    if _is_clean(grey):
        return grey
    return _stretched(_without_paper(grey))


def _is_clean(grey: "Image") -> bool:
    histogram = grey.resize((grey.width // 4 or 1, grey.height // 4 or 1)).histogram()
    total = sum(histogram)
    return sum(histogram[_WHITE:]) > 0.6 * total


def _without_paper(grey: "Image") -> "Image":
    """Divide a picture by the shade of its paper: the lightest nearby, smoothed."""
    from PIL import Image, ImageFilter, ImageMath

    size = (max(1, grey.width // _SMALL), max(1, grey.height // _SMALL))
    paper = grey.resize(size, Image.Resampling.BOX)
    paper = paper.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(6))
    paper = paper.resize(grey.size, Image.Resampling.BILINEAR)
    divided: Image.Image = ImageMath.lambda_eval(
        lambda given: given["convert"](
            given["min"](given["grey"] * 255 / given["max"](given["paper"], 32), 255), "L"
        ),
        grey=grey,
        paper=paper,
    )
    return divided


def _stretched(grey: "Image") -> "Image":
    """Draw the tones apart: the paper becomes white, the darkest print black."""
    histogram = grey.histogram()
    paper = _percentile(histogram, _PAPER_PERCENTILE)
    ink = _percentile(histogram, _INK_PERCENTILE)
    # What lies close to the paper is its grain.
    light, dark = paper - max(6, (paper - ink) // 8), min(ink, paper - 40)
    if light - dark < 20:
        return grey
    table = [max(0, min(255, (value - dark) * 255 // (light - dark))) for value in range(256)]
    return grey.point(table)


def _percentile(histogram: list[int], percent: int) -> int:
    wanted = sum(histogram) * percent / 100
    seen = 0
    for value, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return value
    return 255
