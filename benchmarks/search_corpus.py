"""Short office documents, English and Chinese by turns, the same in every run.

    python -m benchmarks.search_corpus [--documents N] [--out FILE.jsonl]

Words follow Zipf's law, as those of real texts do: 30,000 made-up English words, and 15,000 made-up
Chinese words of one to four of the 3,755 commonest characters. A text has 30 to 120 words. Document
n is the same however many are made, so 100,000 documents are the beginning of 1,000,000.

`questions` asks for what stands in them, each kind many times with other words.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

from search.document import IndexDocument

SEED = 20
ENGLISH_WORDS = 30_000
CHINESE_WORDS = 15_000
UNITS = 20
CLASSES = 12
KINDS = ("通知", "函", "报告", "意见", "批复", "请示", "纪要", "决定")
REGISTERS = ("incoming", "outgoing", "internal")
SECRECIES = (0, 1, 1, 1, 1, 1, 2, 3)
_FIRST_DAY = date(2007, 1, 1)
_DAYS = 7_000
_SYLLABLES = [first + then for first in "bcdfghklmnprstvw" for then in ("a", "e", "i", "o", "u")]
_ENDS = ("", "", "n", "r", "t", "s", "l", "ck", "st")


@dataclass(frozen=True)
class Made:
    """One document of the corpus.

    Attributes:
        unit: Which of `UNITS` units is responsible, None for none.
        file_class: Which of `CLASSES` classes it is filed under, None where it is not.
    """

    serial: int
    title: str
    body: str
    sender: str
    kind: str
    register: str
    number: str
    received_on: date
    secrecy: int
    unit: int | None
    file_class: int | None

    @property
    def is_chinese(self) -> bool:
        """Whether the text is Chinese."""
        return self.serial % 2 == 1


@cache
def vocabulary(language: str) -> tuple[str, ...]:
    """Return the words of a language, the most frequent first."""
    chance = random.Random(f"{SEED} {language}")
    make = _chinese_word if language == "zh" else _english_word
    count = CHINESE_WORDS if language == "zh" else ENGLISH_WORDS
    words: dict[str, None] = {}
    while len(words) < count:
        words[make(chance, len(words))] = None
    return tuple(words)


def _english_word(chance: random.Random, rank: int) -> str:
    syllables = 1 + (rank > 60) + (rank > 1_000) + chance.randint(0, 1)
    return "".join(chance.choices(_SYLLABLES, k=syllables)) + chance.choice(_ENDS)


@cache
def _characters() -> tuple[str, ...]:
    """The first level of GB 2312 in an order of its own; characters have their frequencies too."""
    rows = [bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)]
    found = [each.decode("gb2312") for each in rows[: 39 * 94 + 89]]
    random.Random(SEED).shuffle(found)
    return tuple(found)


def _chinese_word(chance: random.Random, rank: int) -> str:
    length = chance.choices((1, 2, 3, 4), (1, 0, 0, 0) if rank < 40 else (2, 80, 12, 6))[0]
    found = _characters()
    return "".join(found[int(len(found) * chance.random() ** 2)] for _ in range(length))


@cache
def _weights(count: int) -> tuple[float, ...]:
    return tuple(accumulate(1 / (rank + 3) for rank in range(count)))


def documents(count: int, start: int = 0, length: int | None = None) -> Iterator[Made]:
    """Yield documents from one serial number on."""
    for serial in range(start, count):
        yield document(serial, length)


def document(serial: int, length: int | None = None) -> Made:
    """Return one document by its serial number.

    Args:
        length: Words of its text, where it is not to be short.
    """
    chance = random.Random(SEED << 32 | serial)
    language = "zh" if serial % 2 else "en"
    words = vocabulary(language)
    weights = _weights(len(words))
    said = chance.choices(words, cum_weights=weights, k=length or chance.randint(30, 120))
    received_on = _FIRST_DAY + timedelta(days=chance.randrange(_DAYS))
    filed = chance.random() < 0.6
    return Made(
        serial=serial,
        title=_joined(language, chance.choices(words[40:], k=3) + said[:4]),
        body=_text(language, said),
        sender=f"Office {int(300 * chance.random() ** 2)}",
        kind=KINDS[int(len(KINDS) * chance.random() ** 1.5)],
        register=REGISTERS[serial % 3],
        number=f"IN〔{received_on.year}〕{serial}号",
        received_on=received_on,
        secrecy=SECRECIES[chance.randrange(len(SECRECIES))],
        unit=chance.randrange(UNITS) if chance.random() < 0.8 else None,
        file_class=chance.randrange(CLASSES) if filed else None,
    )


def _joined(language: str, words: list[str]) -> str:
    return ("" if language == "zh" else " ").join(words)


def _text(language: str, words: list[str]) -> str:
    """Sentences of some twelve words."""
    stop = "。" if language == "zh" else ". "
    parts = (_joined(language, words[at : at + 12]) for at in range(0, len(words), 12))
    return stop.join(parts) + stop.strip()


def indexed(made: Made) -> IndexDocument:
    """Return what the index gets of a document: seen by all if public, by its unit, by clerks."""
    principals = ["clerks"]
    principals += ["everyone"] if made.secrecy == 0 else []
    principals += [f"unit{made.unit}"] if made.unit is not None else []
    principals += ["archivists"] if made.file_class is not None else []
    return IndexDocument(
        f"{made.serial:032x}",
        {
            "title": made.title,
            "number": made.number,
            "sender": made.sender,
            "body": made.body,
            "register": made.register,
            "kind": made.kind,
            "class": [] if made.file_class is None else ["C", f"C{made.file_class}"],
            "unit": "" if made.unit is None else f"U{made.unit}",
            "state": "registered" if made.file_class is None else "filed",
            "urgency": "routine",
            "year": str(made.received_on.year),
            "received": made.received_on.isoformat(),
        },
        principals,
        made.secrecy,
        made.serial,
    )


def questions(count: int, each: int = 20) -> Mapping[str, list[str]]:
    """Return questions by kind, asked about a corpus of so many documents.

    Args:
        each: How many of a kind; one that has no other words is asked as often.
    """
    chance = random.Random(SEED)
    asked: dict[str, list[str]] = {}
    for _ in range(each):
        for kind, text in _asked_once(chance, count):
            asked.setdefault(kind, []).append(text)
    return asked


def _asked_once(chance: random.Random, count: int) -> Iterator[tuple[str, str]]:
    def english(low: int, high: int) -> str:
        return vocabulary("en")[chance.randrange(low, high)]

    def chinese(low: int, high: int) -> str:
        return vocabulary("zh")[chance.randrange(low, high)]

    some = document(2 * chance.randrange(count // 2))
    other = document(2 * chance.randrange(count // 2) + 1)
    words = some.body.split()
    at = chance.randrange(len(other.body) - 12)
    yield "one common word", english(5, 40)
    yield "one word", english(200, 3_000)
    yield "two words", f"{english(20, 200)} {english(100, 1_000)}"
    yield "three words of a title", " ".join(some.title.split()[:3])
    yield "English phrase", f'"{words[4]} {words[5]} {words[6].rstrip(".")}"'
    yield "beginning", f"{english(1_000, 20_000)[:4]}*"
    yield "not", f"{english(20, 200)} -{english(20, 200)}"
    yield "English sentence", f"what {' '.join(words[12:20]).replace('.', '')}?"
    yield "one Han character", chinese(5, 40)
    yield "Chinese word", next(each for _ in range(99) if len(each := chinese(50, 2_000)) == 2)
    yield "Chinese words", f"{chinese(40, 400)} {chinese(100, 2_000)}"
    yield "six Han characters", other.body[at : at + 6].replace("。", "")
    yield "Chinese sentence", f"请问{other.body[at : at + 12].replace('。', '')}怎么办？"
    yield "number", (some if chance.random() < 0.5 else other).number
    yield "dates", f"received:2014-01-01..2014-06-30 {english(20, 200)}"
    yield "everything", ""


def main() -> None:
    """Write a corpus, one JSON object a line."""
    parser = argparse.ArgumentParser(description="Make a corpus of short documents.")
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    out = asked.out.open("w", encoding="utf-8") if asked.out else sys.stdout
    for made in documents(asked.documents):
        found = {**vars(made), "received_on": made.received_on.isoformat()}
        out.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
