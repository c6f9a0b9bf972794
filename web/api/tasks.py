"""Tasks: who owes what by when; and deputies, who act while somebody is away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from records.circulation.absence import DelegationLine, delegations_of, end_deputy, name_deputy
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.idempotency import Answer
from records.people.rules import Secrecy
from records.tasks.models import Task
from records.tasks.rules import TaskState
from records.tasks.service import cancel_task, finish_task, give_task, reopen_task
from records.tasks.telling import TaskLine, tasks_about, tasks_for, tasks_given
from web.api.bodies import instant, obj, one_of, string
from web.api.declaring import (
    CURSOR,
    IF_MATCH,
    LIMIT,
    MOST_LINES,
    Answered,
    Parameter,
    body_of_request,
    cursor,
    endpoint,
    number,
    word,
)
from web.api.named import PERSON, person_named
from web.api.once import once
from web.api.round_answers import moment, person, text
from web.api.round_schemas import ORDER, page_of, ref
from web.api.schemas import LEVELS, TIME
from web.api.versions import seen_version, wanted_version
from web.boundary import reading
from web.permissions import SIGNED_IN
from web.session import actor

_TAG = "tasks"
_STATE = Parameter("state", "State of the tasks.", one_of((*TaskState, "any"), default="open"))
_GIVEN = Parameter(
    "given", "Those that the caller gave, not those to do.", one_of(("true", "false"))
)
_SHOWN = Answered(200, "The task as it is now.", ref("Task"), headers={"ETag": "Version."})


def task_answer(line: TaskLine) -> dict[str, Any]:
    """Return a task."""
    return {
        "id": str(line.id),
        "document": str(line.document_id),
        "number": line.number,
        "title": line.title,
        "source": text(line.source_id),
        "author": person(line.author_id, line.author_name),
        "assignee": person(line.assignee_id, line.assignee_name),
        "text": line.text,
        "due_on": moment(line.due_on),
        "overdue": line.overdue,
        "state": line.state.value,
        "created_at": line.created_at.isoformat(),
        "done_at": moment(line.done_at),
        "result": line.result,
        "version": line.version,
    }


@endpoint(
    "GET",
    "/tasks",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List tasks",
    parameters=(_STATE, _GIVEN, LIMIT, CURSOR),
    answers=[Answered(200, "A page of the caller's tasks.", page_of("Task"))],
    refusals=(422,),
)
def show_tasks() -> Answer:
    """What the caller has to do, or has given to others."""
    state = word(_STATE)
    tell = tasks_given if word(_GIVEN) == "true" else tasks_for
    with reading() as uow:
        lines, following = tell(
            uow,
            actor(),
            state=None if state == "any" else TaskState(state or TaskState.OPEN),
            cursor=cursor(),
            limit=min(number(LIMIT), MOST_LINES),
        )
    return Answer({"items": [task_answer(each) for each in lines], "next": following})


@endpoint(
    "GET",
    "/documents/<uuid:document_id>/tasks",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the tasks about a document",
    answers=[Answered(200, "All of them.", page_of("Task"))],
    refusals=(404,),
)
def show_tasks_about(document_id: UUID) -> Answer:
    """For whoever sees the document."""
    with reading() as uow:
        items = [task_answer(each) for each in tasks_about(uow, actor(), document_id)]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/documents/<uuid:document_id>/tasks",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Give somebody a task about a document",
    body=ORDER,
    answers=[Answered(201, "The task.", ref("Task"))],
    refusals=(404, 409, 422),
)
def open_task(document_id: UUID) -> Answer:
    """The assignee gets the right to see the document, within their clearance."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        due_on = given.get("due_on")
        task = give_task(
            uow,
            actor(),
            document_id=document_id,
            assignee_id=person_named(uow, given["assignee"], "assignee"),
            text=given["text"],
            due_on=date.fromisoformat(due_on) if due_on else None,
        )
        return _after(uow, task, 201)

    return once(act)


@endpoint(
    "POST",
    "/tasks/<uuid:task_id>/finish",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Finish a task",
    parameters=(replace(IF_MATCH, required=True),),
    body=obj({"result": string("What came of it.")}),
    answers=[_SHOWN],
    refusals=(404, 409, 412, 422, 428),
)
def finish_it(task_id: UUID) -> Answer:
    """Whoever gave it is told."""
    version, result = wanted_version(), body_of_request().get("result")

    def act(uow: UnitOfWork) -> Answer:
        task = finish_task(uow, actor(), task_id=task_id, version=version, result=result)
        return _after(uow, task)

    return once(act)


@endpoint(
    "POST",
    "/tasks/<uuid:task_id>/reopen",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Open a task again",
    parameters=(IF_MATCH,),
    body=obj({}),
    answers=[_SHOWN],
    refusals=(404, 409, 412),
)
def reopen_it(task_id: UUID) -> Answer:
    """By whoever gave it, or a clerk of the register."""
    return _change(task_id, reopen_task)


@endpoint(
    "POST",
    "/tasks/<uuid:task_id>/cancel",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Cancel a task",
    parameters=(IF_MATCH,),
    body=obj({}),
    answers=[_SHOWN],
    refusals=(404, 409, 412),
)
def cancel_it(task_id: UUID) -> Answer:
    """By whoever gave it, or a clerk of the register."""
    return _change(task_id, cancel_task)


def _change(task_id: UUID, change: Callable[..., Task]) -> Answer:
    body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        return _after(uow, change(uow, actor(), task_id=task_id, version=seen_version()))

    return once(act)


def _after(uow: UnitOfWork, task: Task, status: int = 200) -> Answer:
    uow.session.flush()
    lines = tasks_about(uow, actor(), task.document_id)
    line = next(each for each in lines if each.id == task.id)
    return Answer(task_answer(line), status, {"ETag": f'"{line.version}"'})


# Deputies ----------------------------------------------------------------------------------------


@endpoint(
    "GET",
    "/deputies",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="List the caller's deputies",
    answers=[Answered(200, "Newest first, those that are over too.", page_of("Deputy"))],
)
def show_deputies() -> Answer:
    """Who stands in for the caller, when, and in what."""
    with reading() as uow:
        items = [_deputy(each) for each in delegations_of(uow, actor())]
    return Answer({"items": items, "next": None})


@endpoint(
    "POST",
    "/deputies",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="Name a deputy",
    body=obj(
        {
            "deputy": PERSON,
            "from_at": TIME,
            "until_at": TIME,
            "purposes": {"type": "array", "items": one_of(Purpose)},
            "ceiling": one_of(LEVELS, "Highest secrecy; the caller's own clearance by default."),
        },
        *("deputy", "until_at"),
    ),
    answers=[Answered(201, "The deputy.", ref("Deputy"))],
    refusals=(409, 422),
)
def open_deputy() -> Answer:
    """For a time; it ends by itself. Without `purposes` for all of them."""
    given = body_of_request()

    def act(uow: UnitOfWork) -> Answer:
        ceiling = given.get("ceiling")
        made = name_deputy(
            uow,
            actor(),
            deputy_id=person_named(uow, given["deputy"], "deputy"),
            from_at=instant(given.get("from_at")),
            until_at=_until(given["until_at"]),
            purposes=[Purpose(each) for each in given.get("purposes", Purpose)],
            ceiling=Secrecy.from_code(ceiling) if ceiling else actor().clearance,
        )
        uow.session.flush()
        line = next(each for each in delegations_of(uow, actor()) if each.id == made.id)
        return Answer(_deputy(line), 201)

    return once(act)


@endpoint(
    "DELETE",
    "/deputies/<uuid:delegation_id>",
    tag=_TAG,
    permission=SIGNED_IN,
    summary="End a deputy's time at once",
    answers=[Answered(204, "They stand in no more.")],
    refusals=(404,),
)
def close_deputy(delegation_id: UUID) -> Answer:
    """What they have signed stays true."""

    def act(uow: UnitOfWork) -> Answer:
        end_deputy(uow, actor(), delegation_id=delegation_id)
        return Answer(None, 204)

    return once(act)


def _deputy(line: DelegationLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "deputy": person(line.deputy_id, line.deputy_name),
        "purposes": [each.value for each in line.purposes],
        "ceiling": line.ceiling.code,
        "from_at": line.from_at.isoformat(),
        "until_at": line.until_at.isoformat(),
        "ended_at": moment(line.ended_at),
        "state": line.state.value,
    }


def _until(text_: str) -> datetime:
    found = instant(text_)
    assert found is not None  # the schema demands it
    return found
