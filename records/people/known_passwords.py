"""Passwords that everybody tries first: a built-in list, and a larger one that an office may have.

`known_passwords.bin` holds the first six bytes of the SHA-256 of 30,000 passwords, sorted
(180 KB). They are the most frequent ones of public leaks as zxcvbn 4.5.0 lists them (MIT licence);
`tools/known_passwords.py` makes the file.
"""

import bisect
import hashlib
import re
import unicodedata
from functools import cache
from pathlib import Path

from records.core.errors import Invalid

DIGEST_BYTES = 6
FILE = Path(__file__).with_name("known_passwords.bin")
_TAIL = re.compile(r"[\W\d_]+$")


def digest(password: str) -> bytes:
    """Return what the built-in list holds of a password."""
    return hashlib.sha256(password.encode()).digest()[:DIGEST_BYTES]


def is_known(password: str) -> bool:
    """Tell whether a password, or what it is made of, stands in the built-in list.

    A year or a row of marks at the end, and the same word twice, do not make it another one.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    kept = _digests()
    return any(_is_in(kept, digest(each)) for each in {plain, _TAIL.sub("", plain), _unit(plain)})


def check_not_breached(password: str, larger: Path | None) -> None:
    """Refuse a password that stands in the file of an office.

    Args:
        larger: SHA-1 in hexadecimal, sorted, one in a line, a count after a colon or nothing (Have
            I Been Pwned); None when there is no such file.

    Raises:
        Invalid: The password has been breached.
    """
    if larger is None or not larger.is_file():
        return
    # The format demands SHA-1; nothing rests on its strength.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    if _stands_in(larger, wanted):
        raise Invalid("This password is too easy to guess.", field="password")


def _stands_in(path: Path, wanted: bytes) -> bool:
    """Search a sorted file of lines by halves, without loading it."""
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            file.seek(middle)
            if middle:
                file.seek(middle - 1)
                file.readline()
            if file.tell() >= high:
                high = middle
                continue
            line = file.readline()
            found = line.strip().partition(b":")[0].upper()
            if found == wanted:
                return True
            if found < wanted:
                low = file.tell()
            else:
                high = middle
    return False


@cache
def _digests() -> bytes:
    return FILE.read_bytes()


def _is_in(kept: bytes, wanted: bytes) -> bool:
    count = len(kept) // DIGEST_BYTES

    def at(number: int) -> bytes:
        return kept[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]

    place = bisect.bisect_left(range(count), wanted, key=at)
    return place < count and at(place) == wanted


def _unit(text: str) -> str:
    """Return the shortest text that, repeated, makes up the whole."""
    length = (text + text).find(text, 1)
    return text[:length] if length > 0 else text
