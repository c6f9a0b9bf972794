"""Collections to judge a search by: documents, questions, and which documents answer them.

A folder holds `corpus.jsonl` (`id`, `name`, `text`), `queries.jsonl` (`id`, `text`) and `qrels.tsv`
in the form of TREC (question, 0, document, gain), or the classic files of Cranfield.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LINES = re.MULTILINE | re.DOTALL
_LEAST_RELEVANT = 4  # grades of Cranfield: 1 is a complete answer, 4 of minimum interest
DEPTH = 10


@dataclass(frozen=True)
class Collection:
    """Documents as (id, title, text), questions by id, and gains by question and document."""

    documents: Sequence[tuple[str, str, str]]
    questions: Mapping[str, str]
    gains: Mapping[str, Mapping[str, int]]

    def asked(self) -> list[str]:
        """The questions that have an answer, in order."""
        return [identity for identity in self.questions if self.gains.get(identity)]


def read(folder: Path) -> Collection:
    """Read a collection; FileNotFoundError when the folder holds none."""
    return _cranfield(folder) if (folder / "cran.qry").is_file() else _lines_of(folder)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _lines_of(folder: Path) -> Collection:
    documents = [(row["id"], row["name"], row["text"]) for row in _rows(folder / "corpus.jsonl")]
    questions = {str(row["id"]): row["text"] for row in _rows(folder / "queries.jsonl")}
    gains: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        question, _, document, gain = line.split()
        if int(gain) > 0:
            gains.setdefault(question, {})[document] = int(gain)
    return Collection(documents, questions, gains)


def _cranfield(folder: Path) -> Collection:
    documents = []
    for part in re.split(r"^\.I ", (folder / "cran.all.1400").read_text(), flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^\.([TW])\n(.*?)(?=^\.[ABTWX]\n|\Z)", part, _LINES))
        documents.append((f"cran{part.split()[0]}", fields["T"], fields.get("W", "")))
    texts = re.findall(r"^\.W\n(.*?)(?=^\.I|\Z)", (folder / "cran.qry").read_text(), _LINES)
    gains: dict[str, dict[str, int]] = {}
    for line in (folder / "cranqrel").read_text().splitlines():
        question, document, grade = line.split()
        if 1 <= int(grade) <= _LEAST_RELEVANT:
            gains.setdefault(question, {})[f"cran{document}"] = 1
    # The judgements count questions in the order of the file, whatever their own numbers are.
    questions = {str(number): text.strip() for number, text in enumerate(texts, 1)}
    return Collection(documents, questions, gains)


@dataclass(frozen=True)
class Scores:
    """How well one question was answered, or the mean over many."""

    ndcg: float
    reciprocal_rank: float
    recall: float


def judge(found: Sequence[str], gains: Mapping[str, int]) -> Scores:
    """nDCG, reciprocal rank and recall of the first ten (Järvelin and Kekäläinen 2002)."""
    first = list(found[:DEPTH])
    got = sum(gains.get(each, 0) / math.log2(rank + 2) for rank, each in enumerate(first))
    best = sorted(gains.values(), reverse=True)[:DEPTH]
    ideal = sum(gain / math.log2(rank + 2) for rank, gain in enumerate(best))
    ranks = [rank for rank, each in enumerate(first, 1) if each in gains]
    return Scores(got / ideal, 1 / ranks[0] if ranks else 0.0, len(ranks) / len(gains))


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each figure; zeros when there is none."""
    count = max(len(scores), 1)
    return Scores(
        sum(each.ndcg for each in scores) / count,
        sum(each.reciprocal_rank for each in scores) / count,
        sum(each.recall for each in scores) / count,
    )
