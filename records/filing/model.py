"""What was learned, as arrays of numbers: kept without pickle, judged by with numpy alone.

The service needs a few milliseconds and no scikit-learn to judge a document. Web workers import
neither this module nor numpy.
"""

import io
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from records.filing.features import BLOCK_BITS, Features

# How much text, title and origin count beside each other.
WEIGHTS = (1.0, 0.7, 0.7)
_ID_BYTES = 16
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Example:
    """One filing to learn from."""

    class_id: UUID
    unit_id: UUID | None
    route_id: UUID | None
    sender_key: str | None
    features: Features


@dataclass(frozen=True)
class Guess:
    """What an id was found likely by, 0 to 1."""

    id: UUID
    confidence: float


@dataclass(frozen=True)
class Model:
    """What was learned from filings.

    Attributes:
        classes: The classes that occur, in the order of the columns of `arrays["weights"]`.
        arrays: As `records.filing.learner` gives them; empty while there is only one class.
        habits: How often a class, a sender, a unit and a route came together.
    """

    classes: tuple[UUID, ...]
    arrays: Arrays
    habits: "Habits"

    def judge(self, features: Features) -> list[Guess]:
        """Return the classes, the likeliest first."""
        if not self.arrays:
            return [Guess(each, 0.5) for each in self.classes]
        columns = self.arrays["columns"]
        indices, values = _weighed(features, self.arrays["idf"])
        places = np.minimum(np.searchsorted(columns, indices), len(columns) - 1)
        known = columns[places] == indices
        margins = values[known] @ self.arrays["weights"][places[known]] + self.arrays["intercept"]
        likely = softmax(margins * self.arrays["scale"][0])
        # As if each class had been seen once more: few filings make nobody sure.
        examples, most = float(self.arrays["examples"][0]), len(self.classes)
        likely = (likely * examples + 1.0) / (examples + most)
        order = np.argsort(-likely, kind="stable")
        return [Guess(self.classes[each], float(likely[each])) for each in order]

    def packed(self) -> bytes:
        """Return everything as bytes."""
        file = io.BytesIO()
        kept = {**self.arrays, **self.habits.arrays(), "classes": _ids(self.classes)}
        np.savez_compressed(file, **kept)  # type: ignore[arg-type] # names taken for options
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        """Return what `packed` made bytes of."""
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        classes = _uuids(arrays.pop("classes"))
        habits = Habits.of_arrays({name: arrays.pop(name) for name in Habits.NAMES})
        return cls(classes, arrays, habits)


def _weighed(features: Features, idf: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return features with their weights, as `learner` weighs them."""
    indices = np.frombuffer(features.indices, dtype=np.uint32)
    counts = np.frombuffer(features.counts, dtype=np.uint8).astype(np.float32)
    values = (1.0 + np.log(counts)) * idf[indices]
    blocks = indices >> BLOCK_BITS
    for block, weight in enumerate(WEIGHTS):
        mine = blocks == block
        length = float(np.sqrt(np.sum(values[mine] ** 2)))
        if length:
            values[mine] *= weight / length
    return indices, values


def softmax(margins: NDArray[Any]) -> NDArray[Any]:
    """Return shares that add up to 1, along the last axis."""
    raised = np.exp(margins - margins.max(axis=-1, keepdims=True))
    shares: NDArray[Any] = raised / raised.sum(axis=-1, keepdims=True)
    return shares


class Habits:
    """How often a class, a sender, a unit and a route came together; senders as checksums."""

    NAMES = ("habit_ids", "habit_rows")

    def __init__(self, rows: Counter[tuple[UUID, int, UUID | None, UUID | None]]) -> None:
        self._units: dict[tuple[UUID, int | None], Counter[UUID]] = {}
        self._routes: dict[tuple[UUID, int | None], Counter[UUID]] = {}
        self._rows = rows
        for (class_id, sender, unit_id, route_id), count in rows.items():
            for key in ((class_id, sender), (class_id, None)):
                if unit_id is not None:
                    self._units.setdefault(key, Counter())[unit_id] += count
                if route_id is not None:
                    self._routes.setdefault(key, Counter())[route_id] += count

    @classmethod
    def of_examples(cls, examples: Iterable[Example]) -> Self:
        """Count examples."""
        return cls(
            Counter(
                (each.class_id, _sender(each.sender_key), each.unit_id, each.route_id)
                for each in examples
            )
        )

    def unit(self, class_id: UUID, sender_key: str | None) -> Guess | None:
        """Return the unit that had most of a class, of this sender where there are any."""
        return _most(self._units, class_id, sender_key)

    def route(self, class_id: UUID, sender_key: str | None) -> Guess | None:
        """Return the route that most of a class took, of this sender where there are any."""
        return _most(self._routes, class_id, sender_key)

    def arrays(self) -> Arrays:
        """Return the counts as arrays: ids, and rows of places among them (-1 for none)."""
        ids = sorted({each for row in self._rows for each in row if isinstance(each, UUID)})
        places: dict[UUID | None, int] = {each: place for place, each in enumerate(ids)}
        places[None] = -1
        rows = [
            (places[class_id], sender, places[unit_id], places[route_id], count)
            for (class_id, sender, unit_id, route_id), count in self._rows.items()
        ]
        table = np.array(rows, dtype=np.int64).reshape(-1, 5)
        return {"habit_ids": _ids(ids), "habit_rows": table}

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Self:
        """Return what `arrays` was made of."""
        ids: list[UUID | None] = [*_uuids(arrays["habit_ids"]), None]
        counted: Counter[tuple[UUID, int, UUID | None, UUID | None]] = Counter()
        for class_place, sender, unit_place, route_place, count in arrays["habit_rows"].tolist():
            class_id = ids[class_place]
            assert class_id is not None
            counted[class_id, sender, ids[unit_place], ids[route_place]] += count
        return cls(counted)


def as_arrays(examples: Sequence[Example], classes: Sequence[UUID]) -> Arrays:
    """Return examples as `records.filing.learner` takes them."""
    places = {each: place for place, each in enumerate(classes)}
    rows, indices, counts = array("q", [0]), array("I"), array("B")
    for each in examples:
        indices.extend(each.features.indices)
        counts.extend(each.features.counts)
        rows.append(len(indices))
    return {
        "rows": np.frombuffer(rows, dtype=np.int64),
        "indices": np.frombuffer(indices, dtype=np.uint32),
        "counts": np.frombuffer(counts, dtype=np.uint8),
        "labels": np.array([places[each.class_id] for each in examples], dtype=np.int32),
    }


def _most(
    counted: dict[tuple[UUID, int | None], Counter[UUID]], class_id: UUID, sender_key: str | None
) -> Guess | None:
    found = counted.get((class_id, _sender(sender_key))) if sender_key else None
    found = found or counted.get((class_id, None))
    if not found:
        return None
    chosen, count = max(found.items(), key=lambda each: (each[1], each[0].int))
    # One filing is no habit yet: the share is drawn towards the middle.
    return Guess(chosen, (count + 0.5) / (found.total() + 1))


def _sender(sender_key: str | None) -> int:
    return crc32(sender_key.encode()) if sender_key else 0


def _ids(ids: Iterable[UUID]) -> NDArray[Any]:
    return np.frombuffer(b"".join(each.bytes for each in ids), dtype=np.uint8).reshape(
        -1, _ID_BYTES
    )


def _uuids(rows: NDArray[Any]) -> tuple[UUID, ...]:
    return tuple(UUID(bytes=each.tobytes()) for each in rows)
