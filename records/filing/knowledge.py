"""What was learned, kept: one row of arrays, sealed under a key that changes with each lesson."""

import threading
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from records.core.base import table_of
from records.core.database import UnitOfWork, insert_into
from records.documents.models import Document
from records.documents.rules import DocumentState
from records.filing.child import learn_apart
from records.filing.model import Example, Habits, Model, as_arrays
from records.filing.models import FilingModel
from records.filing.traits import KEYED, open_features
from storage import Vault

NAME = "classes"
LABEL = "filing model"
# Before there are so many, a guess would be nothing but the last filing.
FIRST_EXAMPLES = 5
# A lesson weighs what was filed last: so many filings are looked at, and so many of them learned
# from. Time and memory of a lesson follow the second number.
MOST_CONSIDERED = 8_000
MOST_EXAMPLES = 2_000


class Knowledge:
    """Opens what was learned, once for each lesson; safe to share between threads."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._lock = threading.Lock()
        self._kept: tuple[datetime, Model] | None = None

    def current(self, uow: UnitOfWork) -> Model | None:
        """Return what is known now; None when nothing was learned yet."""
        learned_at = uow.session.scalar(
            select(FilingModel.learned_at).where(FilingModel.name == NAME)
        )
        if learned_at is None:
            return None
        with self._lock:
            if self._kept is None or self._kept[0] != learned_at:
                row = uow.session.get_one(FilingModel, NAME)
                data = self._vault.unseal(row.wrapped_key, LABEL, row.sealed)
                self._kept = (row.learned_at, Model.unpacked(data))
            return self._kept[1]


def learn_from(examples: Sequence[Example]) -> Model | None:
    """Return what examples teach, learned in a child; None when they are too few.

    Raises:
        LearningFailed: The child did not come back.
    """
    if len(examples) < FIRST_EXAMPLES:
        return None
    classes = tuple(sorted({each.class_id for each in examples}))
    # One class is no choice: there is nothing to tell it from.
    arrays = learn_apart(as_arrays(examples, classes)) if len(classes) > 1 else {}
    return Model(classes, arrays, Habits.of_examples(examples))


def examples_of(uow: UnitOfWork, vault: Vault) -> list[Example]:
    """Return the newest filings: documents with a class that somebody has confirmed.

    Where they are too many, the classes take turns, the newest filing of each first: so a class
    that is seldom used is not crowded out by one that everything goes to.
    """
    filed = (Document.class_id.is_not(None), Document.state != DocumentState.VOIDED.value)
    recent = (
        select(Document.id, Document.class_id)
        .where(*filed)
        .order_by(Document.id.desc())
        .limit(MOST_CONSIDERED)
        .subquery()
    )
    turn = func.row_number().over(partition_by=recent.c.class_id, order_by=recent.c.id.desc())
    turns = select(recent.c.id, turn.label("turn")).subquery()
    chosen = (
        select(turns.c.id).order_by(turns.c.turn, turns.c.id.desc()).limit(MOST_EXAMPLES).subquery()
    )
    rows = uow.session.execute(
        KEYED.join(chosen, chosen.c.id == Document.id).order_by(Document.id.desc())
    )
    return [
        Example(
            document.class_id,
            document.unit_id,
            trait.route_id,
            trait.sender_key,
            open_features(vault, document, wrapped_key, trait.sealed),
        )
        for document, trait, wrapped_key in rows
        if document.class_id is not None
    ]


def keep_model(uow: UnitOfWork, vault: Vault, model: Model, *, examples: int) -> None:
    """Write what was learned in place of what was known."""
    _, wrapped_key = vault.keyring.new_data_key()
    values = {
        "wrapped_key": wrapped_key,
        "sealed": vault.seal(wrapped_key, LABEL, model.packed()),
        "examples": examples,
        "learned_at": uow.now,
    }
    uow.session.execute(
        insert_into(uow.session, table_of(FilingModel))
        .values(name=NAME, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )
