"""How well questions are answered: nDCG@10, reciprocal rank and recall, beside plain BM25.

Run `python -m benchmarks.relevance FOLDER… [--engine whoosh] [--every N]` from the project's
folder; each FOLDER is a collection (`benchmarks.relevance_sets`). Questions take the way of the
product: its query language, its ranking, its engine, with facets and a filter by visibility. The
means of odd and of even questions show how much the figures depend on the choice of questions.
"""

from __future__ import annotations

import argparse
import heapq
import math
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.relevance_sets import DEPTH, Collection, Scores, judge, mean, read
from search.analysis import BOUNDARY, is_han, pairs, words
from search.document import IndexDocument
from search.engine import Engine, SearchRequest, VisibilityFilter
from search.opening import open_engine
from search.parser import parse

_EVERYONE = VisibilityFilter(frozenset({"everyone"}), 0)
_FACETS = ("register", "class", "unit", "year", "secrecy", "kind")
_K1, _B = 1.2, 0.75
Answer = Callable[[str], list[str]]


class PlainBm25:
    """BM25 (Robertson and Zaragoza 2009) over some kind of token, in plain Python."""

    def __init__(
        self, collection: Collection, split: Callable[[str], list[str]], k1: float, b: float
    ) -> None:
        self._split = split
        self._ids = [identity for identity, _, _ in collection.documents]
        counted = [Counter(split(f"{name}\n{text}")) for _, name, text in collection.documents]
        lengths = [sum(each.values()) for each in counted]
        average = sum(lengths) / len(lengths)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, tokens in enumerate(counted):
            norm = k1 * (1 - b + b * lengths[place] / average)
            for token, count in tokens.items():
                self._postings[token].append((place, count * (k1 + 1) / (count + norm)))

    def __call__(self, question: str) -> list[str]:
        """The ids of the best ten."""
        scores: defaultdict[int, float] = defaultdict(float)
        for token in self._split(question):
            postings = self._postings.get(token, ())
            rarity = math.log(1 + (len(self._ids) - len(postings) + 0.5) / (len(postings) + 0.5))
            for place, weight in postings:
                scores[place] += rarity * weight
        best = heapq.nlargest(DEPTH, scores, key=scores.__getitem__)
        return [self._ids[place] for place in best]


def bigrams(text: str) -> list[str]:
    """Pairs of Han characters and other words, stemmed: the baseline for Chinese."""
    found = words(text)
    return pairs(found) + [word for word in found if word != BOUNDARY and not is_han(word)]


def bare_words(text: str) -> list[str]:
    """Words between spaces in lower case: the baseline for English."""
    return text.lower().split()


def product(engine: Engine) -> Answer:
    """Questions as the search page asks them."""

    def answer(question: str) -> list[str]:
        request = SearchRequest(parse(question), _EVERYONE, limit=DEPTH, facets=_FACETS)
        return [hit.id for hit in engine.search(request).hits]

    return answer


def indexed(collection: Collection, url: str, folder: Path) -> Engine:
    """An index of the collection, whose documents everyone may see."""
    engine = open_engine(url, folder / "index", writer=True)
    engine.add(
        IndexDocument(identity, {"title": title, "body": body}, ("everyone",))
        for identity, title, body in collection.documents
    )
    engine.commit(1)
    return engine


def measure(collection: Collection, asked: Sequence[str], answer: Answer) -> list[Scores]:
    """Judge the answers to the questions."""
    return [judge(answer(collection.questions[each]), collection.gains[each]) for each in asked]


def _row(name: str, scores: Sequence[Scores], took: Iterable[float]) -> str:
    whole, odd, even = mean(scores), mean(scores[::2]), mean(scores[1::2])
    times = sorted(took)
    middle, late = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.95))
    return (
        f"{name:26} {whole.ndcg:8.4f} {odd.ndcg:8.4f} {even.ndcg:8.4f} "
        f"{whole.reciprocal_rank:8.4f} {whole.recall:8.4f} {middle:8.2f} {late:8.2f}"
    )


def _timed(answer: Answer, took: list[float]) -> Answer:
    def timed(question: str) -> list[str]:
        begun = time.perf_counter()
        found = answer(question)
        took.append(time.perf_counter() - begun)
        return found

    return timed


def report(folder: Path, url: str, every: int) -> None:
    """Measure one collection and print a table."""
    collection = read(folder)
    asked = collection.asked()[::every]
    print(f"\n{folder.name}: {len(collection.documents)} documents, {len(asked)} questions")
    print(
        f"{'':26} {'nDCG@10':>8} {'odd':>8} {'even':>8} {'MRR@10':>8} {'recall':>8} "
        f"{'ms p50':>8} {'p95':>8}"
    )
    with tempfile.TemporaryDirectory() as place:
        engine = indexed(collection, url, Path(place))
        answers: dict[str, Answer] = {
            "ours": product(engine),
            "BM25, pairs and stems": PlainBm25(collection, bigrams, _K1, _B),
            "BM25, words between spaces": PlainBm25(collection, bare_words, _K1, _B),
        }
        for name, answer in answers.items():
            took: list[float] = []
            scores = measure(collection, asked, _timed(answer, took))
            print(_row(name, scores, took), flush=True)
        engine.close()


def main() -> None:
    """Read the command line."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("folders", nargs="+", type=Path)
    command.add_argument("--engine", choices=("tantivy", "whoosh"), default="tantivy")
    command.add_argument("--every", type=int, default=1, help="ask every n-th question only")
    arguments = command.parse_args()
    for folder in arguments.folders:
        report(folder, f"{arguments.engine}:", arguments.every)


if __name__ == "__main__":
    main()
