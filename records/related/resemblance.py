"""How alike two texts are, and the signature by which like texts find each other.

A text is taken as its letters and digits alone, cut into overlapping shingles: of four where
Chinese stands, of seven elsewhere, so that a misread character spoils few of them. A signature is a
MinHash (Broder 1997) by one permutation (Li, Owen, Zhang 2012), its empty bins filled from their
neighbours (Shrivastava, Li 2014), cut into bands: texts that share a band may be alike, and are
compared.

With 32 bands of 3 rows, texts that share half of all shingles (two English scans, 5 % of the
characters of each misread) have a band in common in 986 of 1,000 cases, texts that share one of
fifty in one of 4,000. Hashes are keyed: without the key of the installation nothing can be told
from them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from struct import pack, unpack

BANDS = 32
ROWS = 3
# A text with fewer shingles says too little to be recognised by.
FEWEST_SHINGLES = 60
MOST_CHARS = 200_000
ALIKE_FROM = 0.72
# A run of so many letters in which no shingle is shared was written otherwise, not misread.
_PASSAGE = 40
_MOST_OTHER = 0.2
_HAN_SHINGLE = 4
_LATIN_SHINGLE = 7
_NO_LETTER = re.compile(r"[\W_]+")
_BINS = BANDS * ROWS
_BAND_BYTES = 8
_HASH_BYTES = 8


@dataclass(frozen=True)
class Likeness:
    """How alike two texts are.

    Attributes:
        score: 0 to 1, the share of letters that stand in both, of the text where it is less.
        other: The share of letters in passages that one text has and the other has not.
    """

    score: float
    other: float

    @property
    def is_twin(self) -> bool:
        """Whether one is the other again, with what scanning and converting do to a text."""
        return self.score >= ALIKE_FROM and self.other <= _MOST_OTHER


def letters_of(pages: Sequence[str]) -> str:
    """Return the letters and digits of a text in their order, in one width and case."""
    text = unicodedata.normalize("NFKC", "\n".join(pages)[: 2 * MOST_CHARS]).casefold()
    return _NO_LETTER.sub("", text)[:MOST_CHARS]


def shingles(letters: str) -> list[str]:
    """Return the shingles of a text, one for each letter at which one begins."""
    return [
        letters[start : start + (_HAN_SHINGLE if _is_han(letter) else _LATIN_SHINGLE)]
        for start, letter in enumerate(letters[: -_HAN_SHINGLE + 1])
    ]


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"


def bands_of(letters: str, key: bytes) -> list[int]:
    """Return the bands of a text's signature, as numbers of 64 bits with sign; [] if too short."""
    parts = set(shingles(letters))
    if len(parts) < FEWEST_SHINGLES:
        return []
    least: list[int | None] = [None] * _BINS
    for part in parts:
        digest = hashlib.blake2b(part.encode(), key=key, digest_size=_HASH_BYTES).digest()
        place, value = divmod(int.from_bytes(digest, "big"), 1 << 48)
        place %= _BINS
        known = least[place]
        if known is None or value < known:
            least[place] = value
    filled = _filled(least)
    return [_band(number, filled[number * ROWS : (number + 1) * ROWS]) for number in range(BANDS)]


def _filled(least: Sequence[int | None]) -> list[int]:
    """Give each empty bin the value of the next full one, marked by how far it came."""
    filled = []
    for place in range(_BINS):
        step = 0
        while (value := least[(place + step) % _BINS]) is None:
            step += 1
        filled.append(value + (step << 48))
    return filled


def _band(number: int, rows: Sequence[int]) -> int:
    told = pack(f">B{ROWS}Q", number, *rows)
    digest = hashlib.blake2b(told, digest_size=_BAND_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


def pack_bands(bands: Sequence[int]) -> bytes:
    """Return bands as bytes."""
    return pack(f">{len(bands)}q", *bands)


def unpack_bands(packed: bytes) -> list[int]:
    """Return the bands that `pack_bands` packed."""
    return list(unpack(f">{len(packed) // _BAND_BYTES}q", packed))


def likeness(one: str, other: str) -> Likeness:
    """Compare two texts, given by their letters."""
    first, second = shingles(one), shingles(other)
    if not first or not second:
        return Likeness(0.0, 1.0)
    halves = (_covered(first, frozenset(second)), _covered(second, frozenset(first)))
    return Likeness(min(score for score, _ in halves), max(apart for _, apart in halves))


def _covered(parts: Sequence[str], known: frozenset[str]) -> tuple[float, float]:
    """Return the share of letters in shared shingles, and in long runs without any."""
    covered = apart = 0
    reach = run = 0
    for start, part in enumerate(parts):
        if part in known:
            covered += start + len(part) - max(start, reach)
            reach = start + len(part)
            apart += run if run >= _PASSAGE else 0
            run = 0
        elif start >= reach:
            run += 1
    apart += run if run >= _PASSAGE else 0
    letters = len(parts) + len(parts[-1]) - 1
    return min(1.0, covered / letters), apart / letters
