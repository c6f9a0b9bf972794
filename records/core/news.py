"""News for people: a service says in its transaction who is to be told what; `notify` tells them.

The job names ids only. Titles and names are looked up when a person is told, under the rule of
visibility of that moment.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.core.jobs import enqueue

TELL_JOB = "notice.tell"
SETTLE_JOB = "notice.settle"


def tell(
    uow: UnitOfWork,
    kind: str,
    *,
    to: Iterable[UUID],
    cause: str,
    subject_id: UUID,
    document_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Have people told of something, each of them once.

    Args:
        kind: What happened, as `item.delivered`; `records.notify.rules` knows the kinds.
        to: The people.
        cause: Names the occasion: nobody is told of the same cause twice.
        subject_id: The reading item, round or task that it is about.
        facts: Ids, codes, counts and dates, and what the person wrote themself; no titles.
    """
    people = [str(each) for each in dict.fromkeys(to)]
    if people:
        payload = {
            "kind": kind,
            "to": people,
            "cause": cause,
            "document": str(document_id) if document_id else None,
            "facts": dict(facts or {}),
        }
        enqueue(uow, TELL_JOB, subject_id=subject_id, payload=payload)


def settle(uow: UnitOfWork, subject_ids: Iterable[UUID]) -> None:
    """Have what people were told of some subjects count as done, so that badges vanish."""
    subjects = [str(each) for each in dict.fromkeys(subject_ids)]
    if subjects:
        enqueue(uow, SETTLE_JOB, payload={"subjects": subjects})
