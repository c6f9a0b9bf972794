"""How soon is the right class suggested, and what does learning cost?

    python -m benchmarks.filing [CORPUS] [--seeds N]

CORPUS is a JSON-lines file of statute articles (`name`, `text`), as of STARD; without it, the
second set alone is taken. Filings are learned in random order, the same number of each class;
every document that was not learned is judged. The first set is text alone, without title or
sender; the second is made English letters, of which a third of the matter is another's.
Milliseconds are those of one step of learning from all filings so far, without the start of the
child.
"""

import argparse
import random
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from uuid import UUID, uuid5

from benchmarks.filing_samples import REGISTER, Sample, chinese, english
from records.filing.child import learn_apart
from records.filing.features import Features, features_of
from records.filing.model import Arrays, Example, Habits, Model, as_arrays

SIZES = (20, 50, 100, 200)
MOST_JUDGED = 50


@dataclass(frozen=True)
class Outcome:
    """What one run brought."""

    first: float
    third: float
    sure: float
    sure_right: float
    learning_ms: float
    judging_ms: float


def run(samples: Sequence[Sample], filings: int, seed: int) -> Outcome:
    """Learn from some of the samples and judge others."""
    taught, judged = _split(samples, filings, seed)
    ready = [
        Example(_class(label), None, None, facts.sender_key, features_of(facts))
        for facts, label in taught
    ]
    classes = tuple(dict.fromkeys(each.class_id for each in ready))
    arrays = as_arrays(ready, classes)
    started = time.perf_counter()
    learned = _learn_here(arrays)
    learning = time.perf_counter() - started
    model = Model.unpacked(Model(classes, learned, Habits.of_examples(ready)).packed())
    hashed: list[tuple[Features, str]] = []
    started = time.perf_counter()
    hashed = [(features_of(facts), label) for facts, label in judged]
    guesses = [(model.judge(each), _class(label)) for each, label in hashed]
    judging = time.perf_counter() - started
    sure = [(found, right) for found, right in guesses if found[0].confidence >= 0.8]
    return Outcome(
        mean(found[0].id == right for found, right in guesses),
        mean(right in [each.id for each in found[:3]] for found, right in guesses),
        len(sure) / len(guesses),
        mean(found[0].id == right for found, right in sure) if sure else 1.0,
        learning * 1_000,
        judging * 1_000 / len(judged),
    )


def _learn_here(arrays: Arrays) -> Arrays:
    from records.filing.learner import learn

    return learn(arrays)


def _split(samples: Sequence[Sample], filings: int, seed: int) -> tuple[list[Sample], list[Sample]]:
    chance = random.Random(seed)
    by_class: dict[str, list[Sample]] = {}
    for each in samples:
        by_class.setdefault(each[1], []).append(each)
    taught, judged = [], []
    for mine in by_class.values():
        chance.shuffle(mine)
        each_class = filings // len(by_class)
        taught += mine[:each_class]
        judged += mine[each_class : each_class + MOST_JUDGED]
    chance.shuffle(taught)
    return taught, judged


def _class(label: str) -> UUID:
    return uuid5(REGISTER, label)


def _show(name: str, samples: Sequence[Sample], seeds: int) -> None:
    print(f"\n{name}: {len(samples)} documents in {len({each[1] for each in samples})} classes")
    print("filings   first  in three   sure  sure and right   learning   judging")
    for filings in SIZES:
        runs = [run(samples, filings, seed) for seed in range(seeds)]
        print(
            f"{filings:7} {_share(runs, 'first'):>7} {_share(runs, 'third'):>9}"
            f" {_share(runs, 'sure'):>6} {_share(runs, 'sure_right'):>15}"
            f" {_mean(runs, 'learning_ms'):7.0f} ms {_mean(runs, 'judging_ms'):6.1f} ms"
        )


def _share(runs: Sequence[Outcome], name: str) -> str:
    return f"{_mean(runs, name):.1%}"


def _mean(runs: Sequence[Outcome], name: str) -> float:
    return float(mean(getattr(each, name) for each in runs))


def _child(samples: Sequence[Sample]) -> None:
    taught, _ = _split(samples, 200, 0)
    ready = [
        Example(_class(label), None, None, facts.sender_key, features_of(facts))
        for facts, label in taught
    ]
    arrays = as_arrays(ready, tuple(dict.fromkeys(each.class_id for each in ready)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    learn_apart(arrays)
    took = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        f"\nIn a child of its own, from 200 filings: {took:.2f} s with its start,"
        f" {most >> 10} MiB in the child, {(after - before) >> 10} MiB more in the service."
    )


def main() -> None:
    """Print both sets, and what the child costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    made = english(900, 0)
    _child(made)
    if given.corpus is not None:
        _show("Chinese, articles of ten laws", chinese(given.corpus, 10), given.seeds)
    _show("English, made letters", made, given.seeds)


if __name__ == "__main__":
    main()
