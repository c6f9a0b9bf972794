"""An imprint that is a drawing (SVG), made into pixels by resvg. Runs in the cage.

A drawing may not load anything from elsewhere nor run anything: what could is refused, before
resvg sees it, and in the cage there is nothing to load.
"""

import io
import re
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image

from records.seals.caged import Refused

_MOST_BYTES = 2 << 20
_MOST_ELEMENTS = 20_000
_MOST_USES = 200
_FORBIDDEN = ("image", "feImage", "script", "foreignObject", "iframe", "animate", "set", "handler")
_ELSEWHERE = re.compile(r"url\(\s*['\"]?(?!#)|@import", re.IGNORECASE)


def is_svg(data: bytes) -> bool:
    """Tell whether a file wants to be a drawing."""
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(b"<") and (b"<svg" in data[:65_536] or head.startswith(b"<?xml"))


def rendered(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Draw an SVG so that it fills a size in pixels, in its own proportions.

    Raises:
        Refused: `imprint_svg`.
    """
    import resvg_py

    _check(data)
    try:
        png = bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), width=size[0], height=size[1]))
        picture = Image.open(io.BytesIO(png), formats=["PNG"])
        return picture.convert("RGBA")
    except (ValueError, OSError) as error:
        raise Refused("imprint_svg", str(error)[:200]) from error


def _check(data: bytes) -> None:
    if len(data) > _MOST_BYTES:
        raise Refused("imprint_svg", f"a drawing of {len(data)} bytes")
    try:
        root = fromstring(data.decode(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError) as error:
        raise Refused("imprint_svg", f"{type(error).__name__}: {error}"[:200]) from error
    uses = 0
    for count, element in enumerate(root.iter()):
        name = str(element.tag).rpartition("}")[2]
        uses += name == "use"
        if name in _FORBIDDEN or count > _MOST_ELEMENTS or uses > _MOST_USES:
            raise Refused("imprint_svg", f"too much of, or a forbidden, <{name}>")
        for key, value in element.attrib.items():
            attribute = key.rpartition("}")[2]
            if attribute == "href" and not value.startswith("#"):
                raise Refused("imprint_svg", "it refers to something elsewhere")
            if attribute.startswith("on") or _ELSEWHERE.search(value):
                raise Refused("imprint_svg", f"its attribute {attribute} is not allowed")
        if _ELSEWHERE.search(element.text or ""):
            raise Refused("imprint_svg", "it refers to something elsewhere")
