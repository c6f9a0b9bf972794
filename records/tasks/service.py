"""Use cases about tasks: giving one, finishing it, opening it again, cancelling it.

Whoever may circulate gives tasks; an instruction signed with a reading receipt gives one too. The
assignee finishes it; the author and the clerks of the register open it again or cancel it. The
assignee gets a right to see the document that lasts until the task is cancelled.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from records.core import news
from records.core.database import UnitOfWork
from records.core.errors import Invalid, NotAllowed, NotFound
from records.core.rows import check_version, clean, filled
from records.documents.models import Document
from records.documents.service import record_document
from records.documents.sharing import grant_for, revoke_for
from records.documents.visibility import get_document, visible
from records.people.directory import names_of_people
from records.people.models import User
from records.people.rules import Act, Actor, check_may
from records.tasks.models import Task
from records.tasks.rules import STEP_EVENTS, TaskState, TaskStep, next_state

TEXT_MAX = 4_000
GRANT_REASON = "task"


def give_task(
    uow: UnitOfWork,
    actor: Actor,
    *,
    document_id: UUID,
    assignee_id: UUID,
    text: str,
    due_on: date | None,
    source_id: UUID | None = None,
) -> Task:
    """Have somebody do something about a document, by a day or without one.

    Args:
        source_id: The reading item whose instruction it carries out; its caller has checked that
            the instruction may be given.

    Raises:
        NotAllowed: None of the actor's posts may give tasks.
        Invalid: No text or too much, a day that is over, or an assignee who cannot have it.
    """
    if source_id is None:
        check_may(actor, Act.CIRCULATE)
    document = get_document(uow, actor, document_id)
    check_task(uow, document, assignee_id=assignee_id, text=text, due_on=due_on)
    if actor.user_id is None:
        raise NotFound
    task = Task(
        id=uow.new_id(),
        document_id=document.id,
        source_id=source_id,
        author_id=actor.user_id,
        assignee_id=assignee_id,
        text=clean(text).strip(),
        due_on=due_on,
        state=TaskState.OPEN.value,
        created_at=uow.now,
    )
    uow.session.add(task)
    uow.session.flush()
    grant_for(
        uow,
        document=document,
        user_id=assignee_id,
        reason=GRANT_REASON,
        source_id=task.id,
        granted_by=actor.user_id,
    )
    _record(uow, actor, "task.given", task, document)
    _tell_assignee(uow, actor, task)
    return task


def check_task(
    uow: UnitOfWork, document: Document, *, assignee_id: UUID, text: str, due_on: date | None
) -> None:
    """Refuse a task that nobody could have; `give_task` asks this, and whoever freezes one.

    Raises:
        Invalid: No text or too much, a day that is over, or an assignee who is unknown, has a
            closed account, or is not cleared for the document.
    """
    if len(filled(text, "instruction")) > TEXT_MAX:
        raise Invalid(
            "This has at most %(count)d characters.", {"count": TEXT_MAX}, field="instruction"
        )
    if due_on is not None and due_on < uow.today:
        raise Invalid("This day is over.", field="due_on")
    assignee = uow.session.get(User, assignee_id)
    if assignee is None or assignee.disabled_at is not None:
        raise Invalid("There is nobody with an open account here.", field="assignee")
    if assignee.clearance < document.secrecy:
        raise Invalid(
            "The clearance of %(names)s does not reach this document.",
            {"names": assignee.name},
            field="assignee",
        )


def finish_task(
    uow: UnitOfWork, actor: Actor, *, task_id: UUID, version: int | None, result: str | None = None
) -> Task:
    """Say that a task is done, and what came of it; its assignee does.

    Raises:
        NotAllowed: The task is somebody else's.
        Conflict: It is not open.
        Stale: Somebody else changed it since.
    """
    task, document = _task_to_change(uow, actor, task_id, version)
    if actor.user_id != task.assignee_id:
        raise NotAllowed("Only the person who has the task finishes it.")
    task.result = _bounded(result)
    _take(uow, actor, TaskStep.FINISH, task, document)
    if task.author_id != actor.user_id:
        news.tell(
            uow,
            "task.finished",
            to=[task.author_id],
            cause=f"task.finished:{task.id}:{task.version}",
            subject_id=task.id,
            document_id=document.id,
            facts={"assignee": str(task.assignee_id)},
        )
    return task


def reopen_task(uow: UnitOfWork, actor: Actor, *, task_id: UUID, version: int | None) -> Task:
    """Open a task again that was taken for done; the author does, or a clerk of the register.

    What came of it stays, until it is finished again.

    Raises:
        NotAllowed: The task is not this person's to open.
        Conflict: It is not done.
        Stale: Somebody else changed it since.
    """
    task, document = _task_to_change(uow, actor, task_id, version)
    _check_manages(actor, task, document)
    _take(uow, actor, TaskStep.REOPEN, task, document)
    _tell_assignee(uow, actor, task)
    return task


def cancel_task(uow: UnitOfWork, actor: Actor, *, task_id: UUID, version: int | None) -> Task:
    """Call a task off, with the right that came with it; the author does, or a clerk.

    Raises:
        NotAllowed: The task is not this person's to cancel.
        Conflict: It is not open.
        Stale: Somebody else changed it since.
    """
    task, document = _task_to_change(uow, actor, task_id, version)
    _check_manages(actor, task, document)
    _take(uow, actor, TaskStep.CANCEL, task, document)
    revoke_for(uow, [task.id])
    return task


def manages_task(actor: Actor, task: Task, document: Document) -> bool:
    """Return whether somebody may open a task again or cancel it."""
    clerk = actor.may(Act.REGISTER) and document.clerk_unit_id in actor.clerk_units
    return clerk or actor.is_service or actor.user_id == task.author_id


def _task_to_change(
    uow: UnitOfWork, actor: Actor, task_id: UUID, version: int | None
) -> tuple[Task, Document]:
    seen = visible(uow, actor, Task.document_id)
    task = uow.session.scalar(select(Task).where(Task.id == task_id, seen).with_for_update())
    if task is None:
        raise NotFound
    document = get_document(uow, actor, task.document_id)
    check_version(task, version)
    return task, document


def _check_manages(actor: Actor, task: Task, document: Document) -> None:
    if not manages_task(actor, task, document):
        raise NotAllowed("Only who gave the task, or a clerk of the register, may do this.")


def _take(uow: UnitOfWork, actor: Actor, step: TaskStep, task: Task, document: Document) -> None:
    task.state = next_state(TaskState(task.state), step).value
    task.done_at = uow.now if task.state == TaskState.DONE else None
    _record(uow, actor, STEP_EVENTS[step], task, document)
    # Before anything new is told of the task: only what was told so far is done.
    news.settle(uow, [task.id])


def _record(uow: UnitOfWork, actor: Actor, kind: str, task: Task, document: Document) -> None:
    names = names_of_people(uow, [task.author_id, task.assignee_id])
    facts = {
        "task": str(task.id),
        "assignee": names[task.assignee_id],
        "author": names[task.author_id],
        "due_on": task.due_on.isoformat() if task.due_on else None,
    }
    source = [task.source_id] if task.source_id else []
    objects = [*source, task.id, task.assignee_id, task.author_id]
    record_document(uow, actor, kind, document, facts, *objects)


def _tell_assignee(uow: UnitOfWork, actor: Actor, task: Task) -> None:
    if task.assignee_id == actor.user_id:
        return
    news.tell(
        uow,
        "task.given",
        to=[task.assignee_id],
        cause=f"task.given:{task.id}:{task.version}",
        subject_id=task.id,
        document_id=task.document_id,
        facts={
            "author": str(task.author_id),
            "due_on": task.due_on.isoformat() if task.due_on else None,
        },
    )


def _bounded(text: str | None) -> str | None:
    kept = clean(text or "").strip()
    if len(kept) > TEXT_MAX:
        raise Invalid("This has at most %(count)d characters.", {"count": TEXT_MAX}, field="result")
    return kept or None
