"""How well questions of real collections are answered: nDCG@10 of the default engine."""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.relevance import indexed, measure, product
from benchmarks.relevance_sets import Collection, mean, read
from search.analysis import reference_key
from search.document import IndexDocument
from search.engine import Engine, SearchRequest, VisibilityFilter
from search.opening import open_engine
from search.parser import parse

pytestmark = pytest.mark.corpus

_CORPUS = Path(os.environ.get("CHANCERY_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
_EVERYONE = VisibilityFilter(frozenset({"everyone"}), 0)
_MOST_QUERIES = 400


def _folder(name: str) -> Path:
    folder = _CORPUS / "search" / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: set CHANCERY_CORPUS to the collection of documents")
    return folder


def _mean(engine: Engine, collection: Collection) -> float:
    asked = collection.asked()
    step = max(1, len(asked) // _MOST_QUERIES)  # every n-th, so that it takes seconds
    return mean(measure(collection, asked[::step], product(engine))).ndcg


@pytest.mark.parametrize(
    ("name", "least"), [("cmrc2018_zh", 0.985), ("cranfield", 0.4), ("stard_zh", 0.455)]
)
def test_questions_find_their_documents(
    name: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    collection = read(_folder(name))
    engine = indexed(collection, "tantivy:", tmp_path)
    figure = _mean(engine, collection)
    engine.close()
    with capsys.disabled():
        sys.stderr.write(f"\n{name}: nDCG@10 {figure:.3f}\n")
    assert figure >= least


def test_the_engines_rank_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = read(_folder("cmrc2018_zh"))
    documents = whole.documents[:300]
    kept = {identity for identity, _, _ in documents}
    asked = [question for question in whole.asked() if kept.issuperset(whole.gains[question])]
    sample = {question: whole.questions[question] for question in asked[:: len(asked) // 60]}
    few = Collection(documents, sample, whole.gains)
    figures = []
    for url in ("tantivy:", "whoosh:"):
        engine = indexed(few, url, tmp_path / url.strip(":"))
        figures.append(_mean(engine, few))
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
