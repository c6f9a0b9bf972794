"""The child that learns: numbers in by its standard input, numbers out by its standard output.

`python -m records.filing.learner` fits a linear classifier (scikit-learn's `LinearSVC`) and ends,
so that the libraries and the memory for it are never part of the service. It is handed hashed
features and the places of labels, no word, no name and no key, and opens no file.

Features are weighed by tf-idf. Each block (text, title, origin) is brought to the same length, so
that a long text does not drown its sender.
"""

import io
import os
import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from records.filing.features import BLOCK_SIZE, BLOCKS
from records.filing.model import WEIGHTS, softmax

NICENESS = 10
FOLDS = 3
MOST_FOR_SCALE = 2_000
# Numbers of the matrix of weights: 16 MiB; rarer features go first.
MOST_WEIGHTS = 4_000_000
SCALES = tuple(float(each) for each in np.geomspace(1.0, 32.0, 21))
DEFAULT_SCALE = 4.0

Arrays = dict[str, NDArray[Any]]


def learn(given: Arrays) -> Arrays:
    """Return weights by which `records.filing.model` judges a document.

    Args:
        given: `rows` (where each example begins, and the end), `indices`, `counts` of features,
            `labels` (from 0 on, each of at least two occurs).
    """
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfTransformer

    labels = given["labels"]
    shape = (len(labels), BLOCKS * BLOCK_SIZE)
    counted = csr_matrix(
        (given["counts"].astype(np.float32), given["indices"].astype(np.int32), given["rows"]),
        shape=shape,
    )
    weigher = TfidfTransformer(norm=None, sublinear_tf=True)
    weighed = _balanced(weigher.fit_transform(counted))
    columns = _columns(weighed, int(labels.max()) + 1)
    matrix = weighed[:, columns]
    weights, intercept = _fit(matrix, labels)
    return {
        "idf": weigher.idf_.astype(np.float32),
        "columns": columns.astype(np.uint32),
        "weights": weights.astype(np.float32),
        "intercept": intercept.astype(np.float32),
        "scale": np.array([_scale(matrix, labels)], dtype=np.float32),
        "examples": np.array([len(labels)], dtype=np.int64),
    }


def _balanced(weighed: Any) -> Any:
    """Bring each block of each row to its length."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.preprocessing import normalize

    blocks = [
        normalize(weighed[:, block * BLOCK_SIZE : (block + 1) * BLOCK_SIZE]) * weight
        for block, weight in enumerate(WEIGHTS)
    ]
    return csr_matrix(hstack(blocks))


def _columns(weighed: Any, classes: int) -> NDArray[Any]:
    """Return the features that occur, the most frequent ones where they are too many."""
    frequency = weighed.getnnz(axis=0)
    most = max(1, MOST_WEIGHTS // classes)
    columns = np.flatnonzero(frequency)
    if len(columns) > most:
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:most]])
    return columns


def _fit(matrix: Any, labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return weights (feature by class) and intercepts; of two classes too, one column each."""
    from sklearn.svm import LinearSVC

    fitted = LinearSVC(random_state=0).fit(matrix, labels)
    weights, intercept = fitted.coef_.T, fitted.intercept_
    if weights.shape[1] == 1:
        weights, intercept = np.hstack((-weights, weights)), np.hstack((-intercept, intercept))
    return weights, intercept


def _scale(matrix: Any, labels: NDArray[Any]) -> float:
    """Return by what margins are multiplied so that confidences come true.

    Each example is judged by what was learned from the others; the scale under which their true
    classes are least surprising is taken.
    """
    order = np.random.default_rng(0).permutation(len(labels))[:MOST_FOR_SCALE]
    margins, truths = [], []
    for fold in range(FOLDS):
        held, rest = order[fold::FOLDS], np.delete(order, np.s_[fold::FOLDS])
        known = np.unique(labels[rest])
        held = held[np.isin(labels[held], known)]
        if len(known) > 1 and len(held):
            weights, intercept = _fit(matrix[rest], labels[rest])
            margins.append(matrix[held] @ weights + intercept)
            truths.append(np.searchsorted(known, labels[held]))
    if not margins:
        return DEFAULT_SCALE
    return min(SCALES, key=lambda scale: _surprise(scale, margins, truths))


def _surprise(scale: float, margins: list[NDArray[Any]], truths: list[NDArray[Any]]) -> float:
    total = 0.0
    for each, truth in zip(margins, truths, strict=True):
        likely = softmax(each * scale)
        total -= float(np.log(likely[np.arange(len(truth)), truth] + 1e-9).sum())
    return total


def main() -> None:
    """Learn from the standard input, once."""
    os.nice(NICENESS)
    warnings.simplefilter("ignore")
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as given:
        learned = learn({name: given[name] for name in given.files})
    answer = io.BytesIO()
    np.savez(answer, **learned)  # type: ignore[arg-type] # the stubs take the names for options
    sys.stdout.buffer.write(answer.getvalue())


if __name__ == "__main__":
    main()
