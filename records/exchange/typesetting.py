"""Typesetting: PDF files from templates of ours by typst, which lives in this module alone.

A template is a file beside this module. What it prints comes to it as JSON through `sys.inputs` and
never becomes a part of its source: a title with the markup of typst prints as it is.
"""

import io
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typst import Fonts

_FOLDER = Path(__file__).parent / "templates"
# The wheel of typst brings it.
LATIN = "Libertinus Serif"
# Families with Han characters, those first that go with a book face.
CHINESE = (
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Songti SC",
    "STSong",
    "SimSun",
    "FandolSong",
    "AR PL UMing CN",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
)
_MOST_PIXELS = 4_000_000


def typeset(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Return the PDF that a template makes of data.

    Args:
        template: Name of the template without its ending.
        data: What it prints: texts, numbers, lists, and pictures as `picture` and `qr_code`
            return them. `fonts` is added: the families in which it writes.
        made_at: When it was made, for the properties of the file.
    """
    import typst

    families = font_families()
    made = typst.compile(
        _source(template),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps({**data, "fonts": families}, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


def font_families() -> list[str]:
    """Return the families in which is written, the one for Latin letters first."""
    found = chinese_family(_fonts().families())
    return [LATIN, found] if found else [LATIN]


def writes_chinese() -> bool:
    """Tell whether this machine has a font with Han characters that typst can use."""
    return len(font_families()) > 1


def chinese_family(families: Collection[str]) -> str | None:
    """Return the best of some families for Chinese, None when there is none."""
    return next((each for each in CHINESE if each in families), None)


def has_chinese(text: str) -> bool:
    """Tell whether a text needs a font with Han characters."""
    return any(ord(each) > 0x2E7F for each in text)


def qr_code(text: str) -> str:
    """Return a QR code (ISO/IEC 18004, error correction M) as SVG."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", border=0, xmldecl=False, omitsize=True, dark="#000", unit=None
    )
    return out.getvalue().decode()


def picture(png: bytes, *, width_px: int) -> list[int] | None:
    """Return a small picture as the templates take it, None when it is none.

    It is drawn anew in black on white: what stands behind the pixels of a file does not travel on.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            drawn = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError):
        return None
    page = Image.new("RGBA", drawn.size, "white")
    page.alpha_composite(drawn)
    grey = page.convert("L")
    grey.thumbnail((width_px, width_px))
    out = io.BytesIO()
    grey.save(out, "PNG", optimize=True)
    return list(out.getvalue())


@lru_cache(maxsize=8)
def _source(template: str) -> bytes:
    return (_FOLDER / f"{template}.typ").read_bytes()


@cache
def _fonts() -> "Fonts":
    """Return the fonts of the machine; looking for them costs a sixth of a second."""
    import typst

    return typst.Fonts()
