"""A font without shapes: every character has a width and its Unicode value, and shows nothing."""

import struct
from typing import Any

_FULL, _MOST_CHARS = 1000, 65_000
_EM = 1000
# About the widths of Helvetica (Adobe Font Metrics), so that places within a word are right.
_WIDTHS = (
    ("ijl.,;:'!|I ", 260),
    ('ftr()[]-/\\"', 310),
    ("mwMW%@—", 860),
    ("ABCDEFGHJKLNOPQRSTUVXYZ&", 690),
)
_BY_CHAR = {char: width for chars, width in _WIDTHS for char in chars}
_OTHER = 540


class Glyphless:
    """The characters of one file, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def codes(self, text: str) -> str:
        """Return the codes of a text in hexadecimal."""
        return "".join(f"{self._number(char):04x}" for char in text)

    def width(self, text: str) -> float:
        """Return the width of a text in thousandths of the size."""
        return sum(_width(char) for char in text)

    def _number(self, char: str) -> int:
        if char not in self._numbers and len(self._numbers) >= _MOST_CHARS:
            return 0
        return self._numbers.setdefault(char, len(self._numbers) + 1)

    def added_to(self, writer: Any) -> Any:
        """Add the font to a PDF and return the reference to it (ISO 32000-1, 9.7)."""
        from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject

        def add(made: Any) -> Any:
            return writer._add_object(made)  # noqa: SLF001

        def dictionary(**items: Any) -> Any:
            return DictionaryObject({NameObject(f"/{key}"): each for key, each in items.items()})

        def name(text: str) -> Any:
            return NameObject(f"/{text}")

        from pypdf.generic import TextStringObject

        widths = ArrayObject(NumberObject(_width(char)) for char in self._numbers)
        box = ArrayObject(NumberObject(edge) for edge in (0, -120, _FULL, 880))
        descriptor = dictionary(
            Type=name("FontDescriptor"),
            FontName=name("Unseen"),
            Flags=NumberObject(4),
            FontBBox=box,
            ItalicAngle=NumberObject(0),
            Ascent=NumberObject(880),
            Descent=NumberObject(-120),
            CapHeight=NumberObject(880),
            StemV=NumberObject(80),
            FontFile2=add(_stream(_font_file())),
        )
        descendant = dictionary(
            Type=name("Font"),
            Subtype=name("CIDFontType2"),
            BaseFont=name("Unseen"),
            CIDSystemInfo=dictionary(
                Registry=TextStringObject("Adobe"),
                Ordering=TextStringObject("Identity"),
                Supplement=NumberObject(0),
            ),
            FontDescriptor=add(descriptor),
            DW=NumberObject(_FULL),
            W=ArrayObject([NumberObject(1), widths]),
            CIDToGIDMap=add(_stream(bytes(2 * (len(self._numbers) + 1)))),
        )
        return add(
            dictionary(
                Type=name("Font"),
                Subtype=name("Type0"),
                BaseFont=name("Unseen"),
                Encoding=name("Identity-H"),
                DescendantFonts=ArrayObject([add(descendant)]),
                ToUnicode=add(_stream(self._unicode_map())),
            )
        )

    def _unicode_map(self) -> bytes:
        """Return the CMap from codes to Unicode (Adobe Technical Note 5411)."""
        pairs = [
            f"<{number:04x}> <{char.encode('utf-16-be').hex()}>"
            for char, number in self._numbers.items()
        ]
        blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
        body = "".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks
        )
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
            f"{body}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


def _width(char: str) -> int:
    if ord(char) >= 0x2E80:
        return _FULL
    return _BY_CHAR.get(char, _OTHER)


def _stream(data: bytes) -> Any:
    from pypdf.generic import DecodedStreamObject

    made = DecodedStreamObject()
    made.set_data(data)
    return made.flate_encode()


def _font_file() -> bytes:
    """Return a TrueType font of one empty glyph (OpenType 1.9, the tables that a PDF needs)."""
    tables = {
        b"OS/2": struct.pack(
            ">HhHHHhhhhhhhhhhh10sIIII4sHHHhhhHH",
            *(1, _FULL, 400, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
            *(bytes(10), 0, 0, 0, 0, b"none", 0x40, 0, 0xFFFF, 880, -120, 0, 880, 120),
        )
        + bytes(8),
        b"cmap": struct.pack(">HHHHIHHHBBH", 0, 1, 1, 0, 12, 6, 12, 0, 0, 0, 1)
        + struct.pack(">H", 0),
        b"glyf": bytes(4),
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0, 0, -120, _FULL, 880, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH",
            *(0x10000, 880, -120, 0, _FULL, 0, 0, _FULL, 1, 0, 0, 0, 0, 0, 0, 0, 1),
        ),
        b"hmtx": struct.pack(">Hh", _FULL, 0),
        b"loca": struct.pack(">HH", 0, 0),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, 1, *([0] * 4), 1, *([0] * 8)),
        b"name": struct.pack(">HHH", 0, 0, 6),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    return _joined(tables)


def _joined(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(
        ">IHHHH", 0x10000, count, power * 16, power.bit_length() - 1, (count - power) * 16
    )
    offset = len(head) + 16 * count
    listed, body = b"", b""
    for tag, data in tables.items():
        padded = data + bytes(-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        listed += struct.pack(">4sIII", tag, total, offset + len(body), len(data))
        body += padded
    return head + listed + body
