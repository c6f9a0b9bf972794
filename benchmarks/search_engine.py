"""How fast the embedded engine answers, as ratios to a bare tantivy query in the same run.

Run `python benchmarks/search_engine.py [DOCUMENTS] [WORDS]` from the project's folder.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from search.document import IndexDocument
from search.engine import SearchRequest, Sort, VisibilityFilter
from search.opening import open_engine
from search.parser import parse
from search.tantivy_engine import TantivyEngine

_HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处理世车"  # noqa: E501
_QUESTIONS = {
    "one common word": "t3",
    "two words": "t12 t40",
    "rare word": "t4999",
    "English phrase": '"t1 t2"',
    "two Han characters": "工作",
    "one Han character": "国",
    "six Han characters": "关于工作通知",
    "prefix": "t49*",
    "not": "t3 -t4",
    "number": "IN〔2026〕00123号",
    "everything": "",
    "dates": "received:2024-01-01..2024-06-30 t5",
}
_FACETS = ("register", "kind", "sender", "class", "year", "secrecy")
_ROUNDS = 15


def documents(count: int, words: int) -> Iterator[IndexDocument]:
    """Made-up documents, half of them Chinese, the same in every run."""
    chance = random.Random(20)
    weights = [1 / (rank + 3) for rank in range(5000)]
    vocabulary = [f"t{rank}" for rank in range(5000)]
    han_weights = [1 / (rank + 5) for rank in range(len(_HAN))]
    for serial in range(count):
        if serial % 2:
            body = " ".join(chance.choices(vocabulary, weights, k=words))
        else:
            body = "".join(chance.choices(_HAN, han_weights, k=words))
        year = 2017 + serial % 10
        yield IndexDocument(
            f"{serial:032x}",
            {
                "title": body[:30],
                "number": f"IN〔{year}〕{serial:05}号",
                "sender": f"Office {serial % 300}",
                "body": body,
                "register": ("incoming", "outgoing", "internal")[serial % 3],
                "kind": ("通知", "函", "报告", "意见", "批复")[serial % 5],
                "class": [f"C{serial % 12}", f"C{serial % 12}.{serial % 7}"],
                "year": str(year),
                "received": f"{year}-{1 + serial % 12:02}-{1 + serial % 28:02}",
            },
            ("everyone",) if serial % 3 else (f"unit{serial % 40}",),
            serial % 4,
            serial,
        )


def timed(call: Callable[[], object]) -> list[float]:
    """Milliseconds of each round, fastest first."""
    result = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        call()
        result.append((time.perf_counter() - begun) * 1000)
    return sorted(result)


def main(count: int, words: int) -> None:
    """Build an index, ask it, print."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine("tantivy:", Path(folder) / "index", writer=True)
        assert isinstance(engine, TantivyEngine)
        begun, cpu = time.perf_counter(), time.process_time()
        batch: list[IndexDocument] = []
        for document in documents(count, words):
            batch.append(document)
            if len(batch) == 1000:
                engine.add(batch)
                batch.clear()
        engine.add(batch)
        engine.commit(1)
        print(
            f"{count} documents of {words} words: {count / (time.perf_counter() - begun):.0f}/s, "
            f"{count / (time.process_time() - cpu):.0f} per CPU second"
        )
        _ask(engine)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"peak memory {peak} MiB, {engine.count()} documents")
        engine.close()


def _ask(engine: TantivyEngine) -> None:
    bare = timed(lambda: engine._searcher.search(engine._compile.term("body", "t3"), 20))  # noqa: SLF001
    base = bare[len(bare) // 2]
    print(f"bare tantivy query for a common word: {base:.2f} ms\n")
    print(f"{'question':24} {'p50':>8} {'p95':>8}   {'facets p50':>10} {'p95':>8}  {'x bare':>7}")
    visibility = VisibilityFilter(frozenset({"everyone", "unit1", "unit3"}), 2)
    everything: list[float] = []
    for name, text in _QUESTIONS.items():
        for sort in (Sort.RELEVANCE,) if text != "t3" else (Sort.RELEVANCE, Sort.DATE):
            plain = SearchRequest(parse(text), visibility, sort=sort)
            full = SearchRequest(parse(text), visibility, sort=sort, facets=_FACETS)
            a, b = timed(lambda r=plain: engine.search(r)), timed(lambda r=full: engine.search(r))  # type: ignore[misc]
            everything += b
            label = name if sort is Sort.RELEVANCE else f"{name} by date"
            print(
                f"{label:24} {a[_ROUNDS // 2]:8.2f} {a[-1]:8.2f}   "
                f"{b[_ROUNDS // 2]:10.2f} {b[-1]:8.2f}  {b[_ROUNDS // 2] / base:7.1f}"
            )
    everything.sort()
    p95 = everything[int(len(everything) * 0.95)]
    print(f"\nall questions with {len(_FACETS)} facets: p95 {p95:.2f} ms = {p95 / base:.1f} x bare")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 200,
    )
