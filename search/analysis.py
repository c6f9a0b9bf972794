"""Text becomes tokens: one analyser for every engine, for queries and for highlighting.

Every Han character (and kana) is a token of its own, so that any substring is a phrase; other
words are folded and stemmed. Folding keeps the length of the text, hence the offsets of tokens
point into the original. White space between Han characters leaves no gap, so a sentence that is
wrapped stays whole; Chinese sentence punctuation puts a boundary between its neighbours.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from operator import add
from typing import Any, NamedTuple

BOUNDARY = "¶"  # stands between sentences and values; never part of a query's word
_MAX_WORD = 64  # characters; what is longer (base64, rulers of letters) is cut
_MAX_STEMS = 50_000
_MAX_CHUNKS = 100_000

_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_HAN}]"
# Accents written apart, soft hyphens and zero-width marks (PDFium writes U+0002 or U+FFFE for a
# hyphen at the end of a line) are inside a word but not of it.
_JOINT = r"(?:[\u0300-\u036f\u200b-\u200d\u2060\ufeff]|[\u00ad\ufffe\x02](?:\r?\n)?|['’](?=\w))"
_OTHER = (
    rf"{_LETTER}+(?:{_JOINT}+{_LETTER}*)*(?:\+\+(?!\w)|#(?!\w))?"
    rf"|[。，、；！？｡]+|(?<=[{_HAN}])[,;!?]+"
)
_TOKEN = re.compile(rf"[{_HAN}]|{_OTHER}")
_RUN_OR_TOKEN = re.compile(rf"[{_HAN}]+|{_OTHER}")  # the same, with neighbouring characters as one
# White space that no joint pulls into a word.
_CUT = re.compile(r"(?<![\u00ad\ufffe\x02\r])[ \t\n]")
_PIECE = 1 << 17
_HAN_CHARACTER = re.compile(rf"[{_HAN}]")
_FIRST_HAN = "\u2e80"
# Joints that may pull white space into a word.
_PULLS = re.compile(r"[\u00ad\ufffe\x02]")
_MOST_CHUNK = 40  # characters of what is remembered between white space
_IN_WORD = re.compile(r"[\u0300-\u036f\u200b-\u200d\u2060\ufeff\u00ad\ufffe\x02\r\n]")


class Token(NamedTuple):
    """One token; `start` and `end` are offsets in characters into the original text."""

    text: str
    position: int
    start: int
    end: int


def _simplified() -> Iterator[tuple[int, str]]:
    """Traditional characters and their simplified form, from OpenCC's table of characters."""
    from importlib import resources

    table = resources.files("opencc") / "dictionary" / "TSCharacters.txt"
    for line in table.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        first = simplified.split(" ")[0]
        if len(traditional) == len(first) == 1:
            yield ord(traditional), first


def _compatible() -> Iterator[tuple[int, str]]:
    """Characters with a compatible form of one character: full width, radicals, accents."""
    keep = set("，；！？")  # in full width they end a sentence
    for code in (*range(0xA0, 0xD800), *range(0xF900, 0x10000), *range(0x2F800, 0x2FA20)):
        character = chr(code)
        if character in keep:
            continue
        form = unicodedata.normalize("NFKC", character)
        if len(form) == 1 and form < "\u1f00":
            base = unicodedata.normalize("NFKD", form)
            if base[0] < "\u0400":
                form = base[0]
        form = form.lower()
        if len(form) == 1 and form != character:
            yield code, form


@functools.cache
def _table() -> dict[int, str]:
    table = {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    table.update(_compatible())
    table.update(_simplified())
    compatible = {code: table.get(ord(form), form) for code, form in table.items()}
    return {**compatible, ord("○"): "〇"}


def fold(text: str) -> str:
    """Text of the same length without case, width, accents and traditional forms."""
    return text.lower() if text.isascii() else text.translate(_table())


def plain(word: str) -> str:
    """A folded word without joints and with ligatures taken apart, at most 64 characters."""
    if not word.isascii():
        word = _IN_WORD.sub("", word.replace("’", "'"))
        word = unicodedata.normalize("NFKD", word).casefold()
        word = "".join(mark for mark in word if not unicodedata.combining(mark))
    elif "\x02" in word:
        word = _IN_WORD.sub("", word)
    return word[:_MAX_WORD]


def stem(word: str) -> str:
    """The stem of a plain English word; anything else as it is."""
    if not word.replace("'", "").isalpha() or not word.isascii():
        return word.replace("'", "")
    lock, stemmer = _stemmer()
    with lock:  # the stemmer keeps state
        stemmed: str = stemmer.stemWord(word)
    return stemmed.replace("'", "") or word


@functools.cache
def _stemmer() -> tuple[threading.Lock, Any]:
    import snowballstemmer

    return threading.Lock(), snowballstemmer.stemmer("english")


class _Words(dict[str, str]):
    """Token text by folded match, worked out once per word."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MAX_STEMS:
            self.clear()
        if is_han(word):
            text = word
        elif not word[0].isalnum():
            text = BOUNDARY
        else:
            # A word of nothing but marks that fold away still has to keep its place.
            text = stem(plain(word)) or word[:_MAX_WORD]
        self[word] = text
        return text


_words = _Words()


class _Chunks(dict[str, str]):
    """Tokens, joined by spaces, of what stands between white space in text without Han characters.

    A text has few such chunks and repeats them, so that most words cost one look into this table.
    """

    def __missing__(self, chunk: str) -> str:
        found = " ".join(map(_words.__getitem__, _TOKEN.findall(chunk)))
        if len(chunk) <= _MOST_CHUNK:
            if len(self) >= _MAX_CHUNKS:
                self.clear()
            self[chunk] = chunk if chunk == found else found  # one text in memory, not two
        return found


_chunks = _Chunks()


def is_han(text: str) -> bool:
    """Whether a token is a single character of a script that is written without spaces."""
    return _HAN_CHARACTER.match(text) is not None


def words(text: str) -> list[str]:
    """The texts of `tokens`, several times faster: for the index."""
    return words_of_folded(fold(text))


def words_of_folded(folded: str) -> list[str]:
    """`words` of a text that `fold` has seen."""
    return _joined(folded, None).split()


def columns(text: str) -> tuple[str, str]:
    """The `words` of a text, and the `pairs` of them, each joined by spaces: for the index.

    Several times faster than making them one by one, which takes longer than to index them.
    """
    paired: list[str] = []
    return _joined(fold(text), paired), " ".join(filter(None, paired))


def _joined(folded: str, paired: list[str] | None) -> str:
    """All words joined by spaces; their pairs are added to a list, if one is given."""
    found: list[str] = []
    before = ""
    for piece in _pieces(folded):
        if _is_spaced(piece):
            if here := _of_chunks(piece):
                found.append(here)
                before = ""
            continue
        for each in _RUN_OR_TOKEN.findall(piece):
            if each[0] < _FIRST_HAN or _HAN_CHARACTER.match(each) is None:
                found.append(_words[each])
                before = ""
                continue
            found.append(" ".join(each))
            if paired is not None:
                run = before + each
                paired.append(" ".join(map(add, run, run[1:])))
                before = run[-1]
    return " ".join(found)


def _of_chunks(piece: str) -> str:
    # A full stop or comma at the end would make another chunk of every word.
    for stop in (". ", ", ", ".\n", ",\n"):
        piece = piece.replace(stop, " ")
    return " ".join(filter(None, map(_chunks.__getitem__, piece.split())))


def _is_spaced(piece: str) -> bool:
    """Whether white space stands between all words, so that each can be looked at alone."""
    if piece.isascii():
        return "\x02" not in piece
    return _HAN_CHARACTER.search(piece) is None and _PULLS.search(piece) is None


def _pieces(folded: str) -> Iterator[str]:
    """Cut a long text at white space over which no token reaches.

    Each match is a string of its own: those of a large text at once would leave its process large.
    """
    begin = 0
    while cut := _CUT.search(folded, begin + _PIECE):
        yield folded[begin : cut.start()]
        begin = cut.start()
    yield folded[begin:]


def tokens(text: str) -> list[Token]:
    """All tokens with position and offsets, boundaries included."""
    return [
        Token(_words[match.group()], position, match.start(), match.end())
        for position, match in enumerate(_TOKEN.finditer(fold(text)))
    ]


def spans_of_folded(folded: str) -> list[tuple[int, int]]:
    """The offsets of `tokens`, where their texts are known by `words_of_folded` already."""
    found: list[tuple[int, int]] = []
    for match in _RUN_OR_TOKEN.finditer(folded):
        start, end = match.span()
        if end - start > 1 and folded[start] >= _FIRST_HAN and is_han(folded[start]):
            found += zip(range(start, end), range(start + 1, end + 1), strict=True)
        else:
            found.append((start, end))
    return found


def query_words(text: str) -> list[str]:
    """The tokens of what a person typed, without boundaries at either end."""
    found = words(text)
    while found and found[0] == BOUNDARY:
        found.pop(0)
    while found and found[-1] == BOUNDARY:
        found.pop()
    return found


def folded_words(text: str) -> list[str]:
    """The words of a text folded but not stemmed, without boundaries: for beginnings of words."""
    found = _TOKEN.findall(fold(text))
    return [plain(word) for word in found if word[0].isalnum() and plain(word)]


def pairs(found: Iterable[str]) -> list[str]:
    """Each two Han characters that stand side by side: the words of Chinese, nearly."""
    before = ""
    result = []
    for word in found:
        now = word if is_han(word) else ""
        if before and now:
            result.append(before + now)
        before = now
    return result


_RUN = re.compile(rf"[0-9]+|[{_HAN}]+|(?:[^\W_0-9])+")


def reference_key(text: str) -> str:
    """One key for a number however it is written: brackets, width, spaces, zeros, 第 and 号.

    >>> reference_key("国办发［２０２４］ 012号") == reference_key("国办发〔2024〕12号")
    True

    Returns "" when there are no digits, for then it is no number.
    """
    folded = fold(text)
    runs = [run.lstrip("0") or "0" if run[0].isdecimal() else run for run in _runs(folded)]
    return "-".join(runs) if any(run.isdecimal() for run in runs) else ""


def _runs(folded: str) -> Iterator[str]:
    for run in _RUN.findall(folded):
        trimmed = run.strip("第号") if is_han(run) else run
        if trimmed:
            yield trimmed
