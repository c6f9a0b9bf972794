"""A grey photocopy made clean: the shade of the paper is taken out, the print gets its contrast."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALL = 8
_WHITE = 245
_PAPER_PERCENTILE, _DARKER_PERCENTILE, _INK_PERCENTILE = 50, 20, 1
_LEAST_GRAIN = 0.04
_SMOOTH_PX = 1.0


def cleaned(grey: "Image") -> "Image":
    """Return a grey picture with white paper, whatever the shade of the sheet or its corner was."""
    if is_clean(grey):
        return grey
    return _stretched(_without_paper(grey))


def smoothed(grey: "Image") -> "Image":
    """Return a cleaned picture whose grain had drowned the lines, at the cost of thin strokes."""
    from PIL import ImageFilter

    soft = grey.filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.GaussianBlur(_SMOOTH_PX))
    return soft.point([max(0, min(255, (value - 40) * 255 // 150)) for value in range(256)])


def is_clean(grey: "Image") -> bool:
    """Tell whether most of a page is white."""
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
    """Draw the tones apart: the paper becomes white, the darkest print black.

    Grain is smoothed before: it would become speckles, which the engine takes for print.
    """
    from PIL import ImageFilter

    histogram = grey.histogram()
    if _grain(histogram) > _LEAST_GRAIN:
        grey = grey.filter(ImageFilter.GaussianBlur(_SMOOTH_PX))
        histogram = grey.histogram()
    light = _percentile(histogram, _PAPER_PERCENTILE)
    dark = min(_percentile(histogram, _INK_PERCENTILE), light - 40)
    if dark < 0:
        return grey
    table = [max(0, min(255, (value - dark) * 255 // (light - dark))) for value in range(256)]
    return grey.point(table)


def _grain(histogram: list[int]) -> float:
    """Return how far the tones of the paper spread, as part of the contrast."""
    paper, darker, ink = (
        _percentile(histogram, percent)
        for percent in (_PAPER_PERCENTILE, _DARKER_PERCENTILE, _INK_PERCENTILE)
    )
    return (paper - darker) / max(1, paper - ink)


def _percentile(histogram: list[int], percent: int) -> int:
    wanted = sum(histogram) * percent / 100
    seen = 0
    for value, count in enumerate(histogram):
        seen += count
        if seen >= wanted:
            return value
    return 255
