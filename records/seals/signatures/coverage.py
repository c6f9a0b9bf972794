"""Which bytes of a file a signature really protects, decided on the bytes alone.

A PDF signature signs two stretches and leaves a hole for itself (ISO 32000-2, 12.8.1). Forgers
widen the hole, move the second stretch, or write behind the end; what libraries believe of the
hole is therefore not enough. Here the hole must hold the signature and nothing else, written in
digits of one case, so that not even a bit in it can turn without being seen.
"""

import hashlib
import re
from collections.abc import Sequence

_HEX = re.compile(rb"<(?:[0-9a-f]*|[0-9A-F]*)>")
_END = re.compile(rb"%%EOF[ \t]*(?:\r\n|\n|\r)?")
_BLANK = b"\x00\t\n\x0c\r "
# One for each act on a document; more is a sign of mischief, and each costs a hash.
MOST_REVISIONS = 200


def signed_end(content: memoryview, byte_range: Sequence[object], signature: bytes) -> int | None:
    """Return where the signed part of a file ends; None when the range is not an honest one.

    Args:
        content: The whole file.
        byte_range: As the signature says: offset, length, offset, length.
        signature: The bytes that the file says stand in the hole.
    """
    numbers = [each for each in byte_range if isinstance(each, int)]
    if len(numbers) != 4 or len(byte_range) != 4:
        return None
    start, length, again, rest = numbers
    end = again + rest
    if start != 0 or length <= 0 or rest <= 0 or again <= length or end > len(content):
        return None
    hole = bytes(content[length:again])
    if not _HEX.fullmatch(hole) or len(hole) % 2:
        return None
    return end if bytes.fromhex(hole[1:-1].decode("ascii")) == signature else None


def is_blank(content: memoryview, start: int) -> bool:
    """Return whether nothing but blanks follows a place in a file."""
    return not bytes(content[start:]).strip(_BLANK)


def last_end(content: memoryview) -> int:
    """Return where the last revision of a file ends, by its marker; 0 when there is none."""
    tail = bytes(content[-4096:])
    found = list(_END.finditer(tail))
    return len(content) - len(tail) + found[-1].end() if found else 0


def revisions(content: memoryview) -> list[tuple[int, str]]:
    """Return the length and SHA-256 of a file at each place where it once may have ended."""
    digest, done = hashlib.sha256(), 0
    found: list[tuple[int, str]] = []
    ends = {each.end() for each in _END.finditer(content)}
    # What was signed before somebody added a line's end ends without it.
    ends |= {each.start() + len(b"%%EOF") for each in _END.finditer(content)}
    for end in sorted(ends | {len(content)})[-MOST_REVISIONS:]:
        digest.update(content[done:end])
        done = end
        found.append((end, digest.hexdigest()))
    return found
