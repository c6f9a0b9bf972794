"""Files as a bad line, a bad disk or a bad person makes them of good ones; the same for a seed."""

import random
from collections.abc import Callable, Iterator, Sequence

_MOST_SPOTS = 40
_EXTREMES = (0x00, 0x7F, 0x80, 0xFF)
_WORDS = (b"\xff" * 4, b"\x7f\xff\xff\xff", bytes(4), b"\x80" + bytes(3), b"../../", b"%s%n")
_SUFFIXES = ("pdf", "docx", "xlsx", "ofd", "eml", "mbox", "msg", "zip", "7z", "p7m", "txt", "html")

Mutation = Callable[[bytearray, random.Random], bytearray]


def mutants(
    originals: Sequence[tuple[str, bytes]], count: int, seed: int
) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of damaged files, made of the originals in turn."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    for number in range(count):
        name, content = originals[number % len(originals)]
        mutated = bytearray(content)
        for _ in range(chance.choice((1, 1, 1, 2, 4))):
            mutated = chance.choice(_MUTATIONS)(mutated, chance)
        stem, _, suffix = name.rpartition(".")
        if chance.random() < 0.1:
            suffix = chance.choice(_SUFFIXES)
        yield f"{number:04} {stem or name}.{suffix}", bytes(mutated)


def _place(content: bytearray, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def _flip_bits(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, _MOST_SPOTS) if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def _go_to_extremes(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.randint(1, _MOST_SPOTS) if content else 0):
        content[chance.randrange(len(content))] = chance.choice(_EXTREMES)
    return content


def _cut_off(content: bytearray, chance: random.Random) -> bytearray:
    return content[: _place(content, chance)]


def _cut_out(content: bytearray, chance: random.Random) -> bytearray:
    at = _place(content, chance)
    del content[at : at + chance.randint(1, 4096)]
    return content


def _repeat(content: bytearray, chance: random.Random) -> bytearray:
    at = _place(content, chance)
    piece = content[at : at + chance.randint(1, 4096)]
    content[at:at] = piece * chance.randint(1, 8)
    return content


def _blank(content: bytearray, chance: random.Random) -> bytearray:
    at = _place(content, chance)
    end = min(len(content), at + chance.randint(1, 4096))
    content[at:end] = bytes(end - at)
    return content


def _put_in(content: bytearray, chance: random.Random) -> bytearray:
    at = _place(content, chance)
    content[at:at] = chance.choice((*_WORDS, chance.randbytes(chance.randint(1, 512))))
    return content


def _put_over(content: bytearray, chance: random.Random) -> bytearray:
    at, word = _place(content, chance), chance.choice(_WORDS)
    content[at : at + len(word)] = word
    return content


def _exchange(content: bytearray, chance: random.Random) -> bytearray:
    first, second = sorted((_place(content, chance), _place(content, chance)))
    return content[:first] + content[second:] + content[first:second]


_MUTATIONS: tuple[Mutation, ...] = (
    _flip_bits,
    _go_to_extremes,
    _cut_off,
    _cut_out,
    _repeat,
    _blank,
    _put_in,
    _put_over,
    _exchange,
)
