"""Which encoding a text is in, with rules that hold for short Chinese texts.

Statistical detectors need some hundred bytes; a memo of one line has twenty. East Asian encodings
put their everyday characters into known rows (GB 2312 level 1, Big5 level 1, kana), so that the
share of everyday characters tells them apart even then.
"""

import codecs
import re
from collections.abc import Callable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 65_536
_SURE = 0.75
_HALF = 0.5
_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
_WESTERN = frozenset(
    "\u00a0àâäåáãæçéèêëíìîïñóòôöõøœúùûüßÀÂÄÅÁÆÇÉÈÊËÍÎÑÓÔÖØŒÚÙÛÜ¿¡«»°§·€£©®–—‘’“”„…•".encode(
        "cp1252"
    )
)
_HIGH = re.compile(rb"[\x80-\xff]")
_HZ = re.compile(rb"~\{(?:[!-}]{2})+~\}")
_IDEOGRAPH = re.compile("[\u0400-\u04ff\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7af\uff00-\uffef]")
_SURE_PAIRS = 4
_FEW = 20
_COMMON_UNICODE = re.compile("[\t\n\r -~\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef\u2010-\u2030]")


def decode(data: bytes, said: str | None = None) -> str:
    """Return bytes as text; never fails.

    Args:
        data: The bytes.
        said: The encoding that a header or the file itself claims; believed if it fits.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if said and (text := _try(data, said)) is not None:
        return text
    return data.decode(guess(data), "replace")


def _belied(data: bytes) -> bool:
    """Tell whether bytes said to be Western are East Asian: any bytes can be read as Western."""
    found = guess(data)
    if found == "utf-8":
        return not data.isascii()
    return found in _EVERYDAY and len(_pairs(data[:_SAMPLE_BYTES], found) or ()) >= _SURE_PAIRS


def _try(data: bytes, said: str) -> str | None:
    name = said.strip().strip("\"'").lower()
    encoding = _ALIASES.get(name, name)
    if encoding in ("cp1252", "windows-1252", "iso-8859-15") and _belied(data):
        return None
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return None


def guess(data: bytes) -> str:
    """Return the most likely encoding of bytes without a byte order mark."""
    sample = data[:_SAMPLE_BYTES]
    if wide := _utf16(sample):
        return wide
    if found := _escaped(sample):
        return found
    first = _HIGH.search(data)
    if first is None:
        return "utf-8"
    # What is not English may begin late, in a long table for example.
    begin = data.rfind(b"\n", 0, first.start()) + 1 if first.start() > _SAMPLE_BYTES // 2 else 0
    sample = data[begin : begin + _SAMPLE_BYTES]
    cut = len(data) > begin + _SAMPLE_BYTES
    if _is_utf8(sample, cut=cut) and not _utf8_by_accident(sample):
        return "utf-8"
    best, score = max(
        ((name, _share(sample, name)) for name in _EVERYDAY), key=lambda pair: pair[1]
    )
    if score >= _SURE:
        return best
    if found := _blemished(sample):
        return found
    if _is_western(sample):
        return "cp1252"
    if found := _cyrillic(sample):
        return found
    from charset_normalizer import from_bytes

    match = from_bytes(sample).best()
    return match.encoding if match is not None else "cp1252"


def _escaped(sample: bytes) -> str | None:
    """Tell encodings of seven bits by the marks that switch them."""
    for mark, encoding in ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_ext")):
        if mark in sample:
            return encoding
    if sample.isascii() and _HZ.search(sample):
        try:
            sample.decode("hz")
        except UnicodeDecodeError:
            return None
        return "hz"
    return None


def _blemished(sample: bytes) -> str | None:
    """Tell UTF-8 and GBK in which a few bytes were lost or added."""
    for encoding in ("utf-8", "gb18030"):
        text = sample.decode(encoding, "replace")
        everyday = len(_IDEOGRAPH.findall(text))
        if everyday < _SURE_PAIRS or text.count("\ufffd") * _FEW > everyday:
            continue
        if encoding == "utf-8" or _share(text.encode(encoding, "ignore"), encoding) >= _SURE:
            return encoding
    return None


def _cyrillic(sample: bytes) -> str | None:
    """Tell KOI8-R from Windows-1251 by where their small letters lie."""
    high = [byte for byte in sample if byte >= 0x80]
    letters = sum(65 <= byte & 0xDF <= 90 for byte in sample if byte < 0x80)
    if len(high) < 2 * letters or len(high) < _SURE_PAIRS:
        return None
    koi = sum(0xC0 <= byte <= 0xDF for byte in high) / len(high)
    windows = sum(byte >= 0xE0 for byte in high) / len(high)
    if max(koi, windows) < _SURE:
        return None
    if koi > windows:
        return "koi8_r"
    # Greek lies in the same rows; its frequent letters are rare ones there.
    return (
        "cp1251" if sum(map(high.count, b"\xe0\xee")) > sum(map(high.count, b"\xe1\xef")) else None
    )


def _is_utf8(sample: bytes, *, cut: bool = False) -> bool:
    """Tell whether a sample is UTF-8; the last character of one that is cut may be so too."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, not cut)
    except UnicodeDecodeError:
        return False
    return True


def _utf8_by_accident(sample: bytes) -> bool:
    """Tell two-byte Chinese that happens to be UTF-8: in it combining marks stand on nothing."""
    if _share(sample, "gb18030") < 1.0:
        return False
    text = sample.decode("utf-8", "ignore")
    return any(
        "\u0300" <= char <= "\u036f" or "\u0591" <= char <= "\u05c7" for char in text
    ) and all(char <= "\u07ff" for char in text)


def _is_western(sample: bytes) -> bool:
    """Tell Windows-1252: few bytes beyond ASCII, and those the usual letters and marks."""
    high = [byte for byte in sample if byte > 0x7F]
    return len(high) * 4 <= len(sample) and set(high) <= _WESTERN


def _utf16(sample: bytes) -> str | None:
    """Tell UTF-16 without mark by its zero bytes, or by being everyday Chinese when so read."""
    even = sample[: len(sample) // 2 * 2]
    if len(even) < 4:
        return None
    half = len(even) // 2
    for encoding, high in (("utf-16-le", even[1::2]), ("utf-16-be", even[0::2])):
        if high.count(0) > half * 0.6:
            return encoding
    if len(sample) % 2 or _is_utf8(sample):
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = even.decode(encoding, "replace")
        # Bytes of another encoding read as UTF-16 scatter over all of Unicode; real text has
        # line ends or ASCII between its ideographs as well.
        common = len(_COMMON_UNICODE.findall(text))
        if common == len(text) and re.search("[\n 、。，]", text):
            return encoding
    return None


def _pairs(sample: bytes, encoding: str) -> list[tuple[int, int]] | None:
    """Return lead and second byte of each two-byte character; None if it does not decode."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeDecodeError:
        return None
    encoded = (char.encode(encoding) for char in text if char > "\x7f")
    return [(code[0], code[1] if len(code) > 1 else 0) for code in encoded]


def _gb(lead: int, second: int) -> bool:
    return second >= 0xA1 and (0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3))


def _big5(lead: int, second: int) -> bool:
    return (second >= 0x40 and 0xA4 <= lead <= 0xC6) or lead == 0xA1


def _sjis(lead: int, second: int) -> bool:
    return second >= 0x40 and (lead in (0x81, 0x82, 0x83) or 0x88 <= lead <= 0x97)


def _eucjp(lead: int, second: int) -> bool:
    return second >= 0xA1 and (lead in (0xA1, 0xA4, 0xA5) or 0xB0 <= lead <= 0xCF)


def _euckr(lead: int, second: int) -> bool:
    return second >= 0xA1 and 0xB0 <= lead <= 0xC8


# In order of preference when two fit equally well.
_EVERYDAY: dict[str, Callable[[int, int], bool]] = {
    "gb18030": _gb,
    "big5hkscs": _big5,
    "cp932": _sjis,
    "euc_jp": _eucjp,
    "cp949": _euckr,
}
_KANA_ROWS = {"cp932": (0x82, 0x83), "euc_jp": (0xA4, 0xA5)}
_KANA_SHARE = 0.15
_KOREAN_PAIRS = 20
_SPACED_PAIRS = 8
_SPACED = re.compile(rb"[\x80-\xff] [\x80-\xff]")


def _share(sample: bytes, encoding: str) -> float:
    """Return the share of everyday characters among those beyond ASCII."""
    pairs = _pairs(sample, encoding)
    if not pairs:
        return 0.0
    share = sum(_EVERYDAY[encoding](*pair) for pair in pairs) / len(pairs)
    if encoding in _KANA_ROWS:
        kana = sum(lead in _KANA_ROWS[encoding] for lead, _ in pairs) / len(pairs)
        # Japanese without kana hardly exists, Chinese with them neither.
        return share + _HALF if kana > _KANA_SHARE else 0.0
    if encoding == "cp949":
        # Korean parts its words by spaces, Chinese hardly does.
        enough = _KOREAN_PAIRS if not _SPACED.search(sample) else _SPACED_PAIRS
        sure = share == 1.0 and len(pairs) >= enough
        return share + _HALF if sure else 0.0
    return share
