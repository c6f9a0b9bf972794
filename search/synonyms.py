"""Words that an office takes for the same: a question for one of them finds the others as well.

Nothing of it is in the index. A piece of a question becomes one of its ways to be said, so that
what the office changes holds from the next question on, in every engine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from search.analysis import BOUNDARY, query_words

MOST_WAYS = 12  # in which one piece of a question is looked for, its own included
MOST_TOGETHER = 6  # words apart that are looked up as one synonym, such as "human resources"


@dataclass(frozen=True)
class Synonym:
    """One word or phrase of a group: as the office wrote it, and as tokens."""

    text: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Way:
    """One way to say a piece of a question, and which synonyms were put in."""

    words: tuple[str, ...]
    used: tuple[str, ...]


@dataclass(frozen=True)
class Thesaurus:
    """All groups of an office, found by their words; the first group that has a word owns it."""

    by_words: dict[tuple[str, ...], tuple[Synonym, ...]] = field(default_factory=dict)
    lengths: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Iterable[Sequence[str]]) -> Thesaurus:
        """Return the thesaurus of groups of words that mean the same."""
        by_words: dict[tuple[str, ...], tuple[Synonym, ...]] = {}
        lengths: dict[str, set[int]] = defaultdict(set)
        for group in groups:
            read = (Synonym(text, synonym_key(text)) for text in group)
            members = tuple(each for each in read if each.words)
            for each in members:
                by_words.setdefault(each.words, members)
                lengths[each.words[0]].add(len(each.words))
        longest = {word: tuple(sorted(some, reverse=True)) for word, some in lengths.items()}
        return cls(by_words, longest)

    def others(self, words: Sequence[str]) -> tuple[Synonym, ...]:
        """Return what else means the same as exactly these tokens."""
        key = tuple(words)
        return tuple(each for each in self.by_words.get(key, ()) if each.words != key)

    def ways(self, words: Sequence[str]) -> list[Way]:
        """Return other ways to say tokens that stand side by side, without the one given.

        Chinese has no spaces, so a synonym is looked for anywhere in them, the longest first.
        """
        found: list[Way] = [Way((), ())]
        at = 0
        while at < len(words):
            length = self._length_at(words, at)
            here = tuple(words[at : at + (length or 1)])
            choices = [Way(here, ())]
            if length:
                choices += [Way(each.words, (each.text,)) for each in self.others(here)]
            found = [
                Way(before.words + each.words, before.used + each.used)
                for each in choices
                for before in found
            ][:MOST_WAYS]
            at += length or 1
        own = tuple(words)
        return [way for way in found if way.words != own]

    def _length_at(self, words: Sequence[str], at: int) -> int:
        """Return how many tokens from a place on are a synonym, 0 for none."""
        for length in self.lengths.get(words[at], ()):
            if tuple(words[at : at + length]) in self.by_words:
                return length
        return 0


NONE = Thesaurus()


def synonym_key(text: str) -> tuple[str, ...]:
    """Return the tokens by which a synonym is known; none for what cannot be searched."""
    found = tuple(query_words(text))
    return () if BOUNDARY in found else found
