"""How well questions of real collections are answered: nDCG@10 of the default engine."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.analysis import reference_key
from search.document import IndexDocument
from search.engine import Engine, SearchRequest, VisibilityFilter
from search.opening import open_engine
from search.parser import parse

pytestmark = pytest.mark.corpus

_CORPUS = Path(os.environ.get("CHANCERY_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
_EVERYONE = VisibilityFilter(frozenset({"everyone"}), 0)
_MOST_QUERIES = 400
_LINES = re.MULTILINE | re.DOTALL
Judgements = dict[str, dict[str, int]]


def _folder(name: str) -> Path:
    folder = _CORPUS / "search" / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: set CHANCERY_CORPUS to the collection of documents")
    return folder


def _engine(folder: Path, url: str, documents: Iterator[tuple[str, str, str]]) -> Engine:
    engine = open_engine(url, folder / "index", writer=True)
    engine.add(
        IndexDocument(identity, {"title": title, "body": body}, ("everyone",))
        for identity, title, body in documents
    )
    engine.commit(1)
    return engine


def _gain(found: list[str], judged: dict[str, int]) -> float:
    """NDCG@10 with linear gains (Järvelin and Kekäläinen 2002)."""
    got = sum(judged.get(doc, 0) / math.log2(rank + 2) for rank, doc in enumerate(found[:10]))
    best = sorted(judged.values(), reverse=True)[:10]
    return got / sum(gain / math.log2(rank + 2) for rank, gain in enumerate(best))


def _mean(engine: Engine, queries: dict[str, str], judged: Judgements) -> float:
    asked = [identity for identity in queries if judged.get(identity)]
    step = max(1, len(asked) // _MOST_QUERIES)  # every n-th, so that it takes seconds
    gains = []
    for identity in asked[::step]:
        answer = engine.search(SearchRequest(parse(queries[identity]), _EVERYONE, limit=10))
        gains.append(_gain([hit.id for hit in answer.hits], judged[identity]))
    return sum(gains) / len(gains)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _chinese(name: str) -> tuple[list[tuple[str, str, str]], dict[str, str], Judgements]:
    folder = _folder(name)
    documents = [(row["id"], row["name"], row["text"]) for row in _lines(folder / "corpus.jsonl")]
    queries = {str(row["id"]): row["text"] for row in _lines(folder / "queries.jsonl")}
    judged: Judgements = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, _, document, gain = line.split("\t")
        judged.setdefault(query, {})[document] = int(gain)
    return documents, queries, judged


def _cranfield() -> tuple[list[tuple[str, str, str]], dict[str, str], Judgements]:
    folder = _folder("cranfield")
    documents = []
    for part in re.split(r"^\.I ", (folder / "cran.all.1400").read_text(), flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^\.([TW])\n(.*?)(?=^\.[ABTWX]\n|\Z)", part, _LINES))
        documents.append((f"cran{part.split()[0]}", fields["T"], fields.get("W", "")))
    texts = re.findall(r"^\.W\n(.*?)(?=^\.I|\Z)", (folder / "cran.qry").read_text(), _LINES)
    queries = {str(number): text.strip() for number, text in enumerate(texts, 1)}
    judged: Judgements = {}
    for line in (folder / "cranqrel").read_text().splitlines():
        query, document, grade = line.split()
        if 1 <= int(grade) <= 4:  # 1 is the most relevant
            judged.setdefault(query, {})[f"cran{document}"] = 5 - int(grade)
    return documents, queries, judged


@pytest.mark.parametrize(
    ("name", "least"), [("cmrc2018_zh", 0.97), ("cranfield", 0.34), ("stard_zh", 0.42)]
)
def test_questions_find_their_documents(
    name: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents, queries, judged = _cranfield() if name == "cranfield" else _chinese(name)
    engine = _engine(tmp_path, "tantivy:", iter(documents))
    figure = _mean(engine, queries, judged)
    engine.close()
    with capsys.disabled():
        sys.stderr.write(f"\n{name}: nDCG@10 {figure:.3f}\n")
    assert figure >= least


def test_the_engines_rank_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents, queries, judged = _chinese("cmrc2018_zh")
    documents = documents[:300]
    kept = {identity for identity, _, _ in documents}
    asked = [query for query in queries if kept.issuperset(judged.get(query, ("",)))]
    sample = {query: queries[query] for query in asked[:: len(asked) // 60]}
    figures = []
    for url in ("tantivy:", "whoosh:"):
        engine = _engine(tmp_path / url.strip(":"), url, iter(documents))
        figures.append(_mean(engine, sample, judged))
        engine.close()
    with capsys.disabled():
        sys.stderr.write(f"\ntantivy {figures[0]:.3f}, whoosh {figures[1]:.3f} of 300 documents\n")
    assert abs(figures[0] - figures[1]) <= 0.01


def test_every_published_number_is_found_as_itself_in_any_brackets(tmp_path: Path) -> None:
    path = _CORPUS / "document_numbers_zh.csv"
    if not path.is_file():
        pytest.skip(f"{path} is missing: set CHANCERY_CORPUS to the collection of documents")
    with path.open(encoding="utf-8-sig", newline="") as file:
        numbers = [row["doc_no"] for row in csv.DictReader(file)]
    engine = open_engine("tantivy:", tmp_path / "index", writer=True)
    engine.add(
        IndexDocument(f"d{place}", {"document_number": number}, ("everyone",))
        for place, number in enumerate(numbers)
    )
    engine.commit(1)
    borne = Counter(map(reference_key, numbers))
    for number in numbers[::3]:
        for brackets in ("〔〕", "[]", "（）", "【】"):
            typed = number.translate(str.maketrans("〔〕", brackets))
            found = engine.search(SearchRequest(parse(typed), _EVERYONE))
            assert found.total == borne[reference_key(number)], typed
    engine.close()
