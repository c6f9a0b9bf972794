"""Tasks: who gives them, who ends them, what follows, and how they are listed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refusal, Stale
from records.core.jobs import Job
from records.core.log import entries_about
from records.core.news import SETTLE_JOB, TELL_JOB
from records.documents.models import Document
from records.documents.visibility import get_document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.people.service import disable_user
from records.tasks.models import Task
from records.tasks.rules import TRANSITIONS, TaskState, TaskStep
from records.tasks.service import cancel_task, finish_task, give_task, reopen_task
from records.tasks.telling import TaskLine, task_count, tasks_about, tasks_for, tasks_given
from tests.builders import add_person, add_unit, id_of, register

TODAY = date(2026, 3, 2)


class Bench:
    """An office with a clerk, a leader, somebody who works, and a document."""

    def __init__(self, office: Office) -> None:
        self.office = office
        add_unit(office, "finance")
        self.clerk = add_person(office, "clerk", Role.CLERK)
        self.leader = add_person(office, "leader", Role.LEADER)
        self.worker = add_person(office, "worker", unit="finance")
        self.document = register(office, self.clerk, "Letter", secrecy="internal", unit="office")

    def give(self, actor: Actor | None = None, to: Actor | None = None, **asked: Any) -> Task:
        given = {
            "document_id": self.document.id,
            "assignee_id": id_of(to or self.worker),
            "text": "Answer them",
            "due_on": TODAY + timedelta(days=3),
            **asked,
        }
        with self.office.database.writing() as uow:
            return give_task(uow, actor or self.leader, **given)

    def act(self, act: Callable[..., Task], actor: Actor, task: Task, **asked: Any) -> Task:
        with self.office.database.writing() as uow:
            return act(uow, actor, task_id=task.id, **{"version": None, **asked})

    def sees(self, actor: Actor, document: Document) -> bool:
        with self.office.database.reading() as uow:
            try:
                get_document(uow, actor, document.id)
            except NotFound:
                return False
            return True

    def news(self) -> list[tuple[str, str, list[str]]]:
        """Return the jobs of news in order: kind of job, kind of news, people or subjects."""
        with self.office.database.reading() as uow:
            jobs = uow.session.scalars(
                select(Job).where(Job.kind.in_([TELL_JOB, SETTLE_JOB])).order_by(Job.id)
            )
            return [
                (each.kind, each.payload.get("kind", ""), each.payload.get("to", []))
                for each in jobs
            ]


@pytest.fixture
def bench(office: Office) -> Bench:
    return Bench(office)


# Giving -------------------------------------------------------------------------------------------


def test_a_task_lets_its_assignee_see_the_document_and_is_told(bench: Bench) -> None:
    assert not bench.sees(bench.worker, bench.document)
    task = bench.give(text="  Answer\x00 them ")
    assert (task.text, task.state, task.author_id) == ("Answer them", "open", bench.leader.user_id)
    assert bench.sees(bench.worker, bench.document)
    assert bench.news() == [(TELL_JOB, "task.given", [str(bench.worker.user_id)])]
    with bench.office.database.reading() as uow:
        *_, (entry, payload) = entries_about(uow.session, task.id)
    assert entry.kind == "task.given"
    assert entry.objects[0] == str(bench.document.id)
    assert "Answer them" not in (payload or "")


def test_a_task_for_oneself_is_no_news(bench: Bench) -> None:
    bench.give(to=bench.leader)
    assert bench.news() == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"text": " \x07"}, "instruction"),
        ({"text": "x" * 4_001}, "instruction"),
        ({"due_on": TODAY - timedelta(days=1)}, "due_on"),
        ({"assignee_id": uuid4()}, "assignee"),
    ],
)
def test_a_task_that_nobody_could_have_is_refused(
    bench: Bench, asked: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        bench.give(**asked)
    assert caught.value.field == field


def test_an_assignee_has_an_open_account_and_the_clearance(bench: Bench) -> None:
    low = add_person(bench.office, "low", clearance=Secrecy.PUBLIC)
    gone = add_person(bench.office, "gone")
    keeper = add_person(bench.office, "keeper", Role.SYSTEM_ADMIN)
    with bench.office.database.writing() as uow:
        disable_user(uow, keeper, user_id=id_of(gone))
    for unfit in (low, gone):
        with pytest.raises(Invalid) as caught:
            bench.give(to=unfit)
        assert caught.value.field == "assignee"


def test_a_task_may_be_due_today_or_never(bench: Bench) -> None:
    assert bench.give(due_on=TODAY).due_on == TODAY
    assert bench.give(due_on=None).due_on is None


def test_who_may_not_circulate_gives_no_tasks(bench: Bench) -> None:
    insider = add_person(bench.office, "insider")
    with pytest.raises(NotAllowed):
        bench.give(insider)
    stranger = add_person(bench.office, "stranger", Role.LEADER, unit="finance")
    with pytest.raises(NotFound):
        bench.give(stranger)


# Ending -------------------------------------------------------------------------------------------

STEPS: dict[TaskStep, Callable[..., Task]] = {
    TaskStep.FINISH: finish_task,
    TaskStep.REOPEN: reopen_task,
    TaskStep.CANCEL: cancel_task,
}
# Who may take which step; everybody else is refused.
MAY = {
    TaskStep.FINISH: {"worker"},
    TaskStep.REOPEN: {"leader", "clerk"},
    TaskStep.CANCEL: {"leader", "clerk"},
}


@pytest.mark.parametrize("who", ["worker", "leader", "clerk", "insider", "stranger"])
@pytest.mark.parametrize("step", TaskStep)
def test_steps_belong_to_those_who_may(bench: Bench, step: TaskStep, who: str) -> None:
    actor = getattr(bench, who, None) or add_person(
        bench.office, who, unit="office" if who == "insider" else "finance"
    )
    task = bench.give()
    if step == TaskStep.REOPEN:
        bench.act(finish_task, bench.worker, task)
    if who in MAY[step]:
        bench.act(STEPS[step], actor, task)
        return
    with pytest.raises(NotFound if who == "stranger" else NotAllowed):
        bench.act(STEPS[step], actor, task)


def test_every_step_is_open_from_its_states_alone(bench: Bench) -> None:
    for state in TaskState:
        for step in TaskStep:
            task = bench.give()
            if state == TaskState.DONE:
                bench.act(finish_task, bench.worker, task)
            if state == TaskState.CANCELLED:
                bench.act(cancel_task, bench.leader, task)
                # The right went with the task: without it the worker would know nothing of it.
                bench.give()
            actor = bench.worker if step == TaskStep.FINISH else bench.leader
            wanted = TRANSITIONS.get((state, step))
            if wanted is None:
                with pytest.raises(Conflict):
                    bench.act(STEPS[step], actor, task)
            else:
                assert bench.act(STEPS[step], actor, task).state == wanted


def test_finishing_keeps_the_result_and_tells_the_author(bench: Bench) -> None:
    task = bench.give()
    done = bench.act(finish_task, bench.worker, task, result=" Sent\x00 ", version=1)
    assert (done.result, done.done_at) == ("Sent", bench.office.database.clock.now())
    assert bench.sees(bench.worker, bench.document)
    assert [each[:2] for each in bench.news()[1:]] == [
        (SETTLE_JOB, ""),
        (TELL_JOB, "task.finished"),
    ]
    assert bench.news()[-1][2] == [str(bench.leader.user_id)]
    again = bench.act(reopen_task, bench.leader, done)
    assert (again.state, again.done_at, again.result) == ("open", None, "Sent")
    assert bench.act(finish_task, bench.worker, again).result is None
    causes = set()
    with bench.office.database.reading() as uow:
        for job in uow.session.scalars(select(Job).where(Job.kind == TELL_JOB)):
            assert job.payload["cause"] not in causes
            causes.add(job.payload["cause"])
    with pytest.raises(Invalid):
        bench.act(finish_task, bench.worker, bench.give(), result="x" * 4_001)


def test_cancelling_takes_the_right_back(bench: Bench) -> None:
    task = bench.give()
    bench.act(cancel_task, bench.clerk, task)
    assert not bench.sees(bench.worker, bench.document)


def test_an_old_sight_of_a_task_changes_nothing(any_office: Office) -> None:
    bench = Bench(any_office)
    task = bench.give()
    bench.act(finish_task, bench.worker, task, version=1)
    with pytest.raises(Stale):
        bench.act(reopen_task, bench.leader, task, version=1)


# Lists --------------------------------------------------------------------------------------------


def all_pages(ask: Callable[..., tuple[list[TaskLine], str | None]], limit: int) -> list[TaskLine]:
    found, cursor = ask(limit=limit, cursor=None)
    while cursor:
        more, cursor = ask(limit=limit, cursor=cursor)
        assert more
        found += more
    return found


def test_open_tasks_come_by_their_day_and_pages_lose_none(any_office: Office) -> None:
    bench = Bench(any_office)
    days = (3, None, 1, 3, 2, None, 3)
    given = [bench.give(due_on=None if n is None else TODAY + timedelta(days=n)) for n in days]
    wanted = sorted(given, key=lambda each: (each.due_on or date.max, each.id))
    with any_office.database.reading() as uow:
        for limit in (1, 2, 3, 7, 50):
            mine = all_pages(lambda **asked: tasks_for(uow, bench.worker, **asked), limit)
            assert [each.id for each in mine] == [each.id for each in wanted]
            theirs = all_pages(
                lambda **asked: tasks_given(uow, bench.leader, state=None, **asked), limit
            )
            assert [each.id for each in theirs] == [each.id for each in reversed(given)]
        assert task_count(uow, bench.worker) == len(days)
        assert tasks_given(uow, bench.worker) == ([], None)


def test_a_task_is_overdue_from_the_day_after(bench: Bench, clock: Any) -> None:
    bench.give(due_on=TODAY)

    def overdue() -> bool:
        with bench.office.database.reading() as uow:
            return tasks_for(uow, bench.worker)[0][0].overdue

    clock.advance(hours=14)  # eleven in the evening in Shanghai
    assert not overdue()
    clock.advance(hours=2)  # in London it is still the day before
    assert overdue()


def test_a_cursor_of_another_list_is_refused(bench: Bench) -> None:
    for _ in range(3):
        bench.give()
    with bench.office.database.reading() as uow:
        _, by_day = tasks_for(uow, bench.worker, limit=1)
        _, newest = tasks_for(uow, bench.worker, limit=1, state=None)
        for cursor, state in ((by_day, None), (newest, TaskState.OPEN), ("x", TaskState.OPEN)):
            with pytest.raises(Invalid):
                tasks_for(uow, bench.worker, cursor=cursor, state=state)


def test_lists_hide_what_may_not_be_seen(bench: Bench) -> None:
    bench.give()
    assert bench.worker.clearance > Secrecy.INTERNAL
    with bench.office.database.writing() as uow:
        document = uow.session.get_one(Document, bench.document.id)
        document.secrecy = int(Secrecy.TOP_SECRET)
        from records.documents.visibility import refresh_access

        refresh_access(uow, document)
    low = Actor(
        **{
            **{name: getattr(bench.worker, name) for name in ("user_id", "name", "posts")},
            "principals": bench.worker.principals,
            "clearance": Secrecy.INTERNAL,
        }
    )
    with bench.office.database.reading() as uow:
        assert tasks_for(uow, low) == ([], None)
        assert task_count(uow, low) == 0
        with pytest.raises(Refusal):
            tasks_about(uow, low, bench.document.id)
        assert len(tasks_for(uow, bench.worker)[0]) == 1


def test_the_words_of_a_task_are_for_those_concerned(bench: Bench) -> None:
    bench.give()
    insider = add_person(bench.office, "insider")
    second = add_person(bench.office, "second", Role.LEADER)
    with bench.office.database.reading() as uow:
        for actor, reads in (
            (bench.leader, True),
            (bench.worker, True),
            (bench.clerk, True),
            (second, True),
            (insider, False),
        ):
            (line,) = tasks_about(uow, actor, bench.document.id)
            assert (line.text is not None) == reads, actor.name
            assert line.may_finish == (actor is bench.worker)
            assert line.may_manage == (actor in (bench.leader, bench.clerk))


def test_the_cost_of_a_list_does_not_grow(bench: Bench) -> None:
    def cost() -> int:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        engine = bench.office.database.engine
        with bench.office.database.reading() as uow:
            event.listen(engine, "before_cursor_execute", note)
            tasks_for(uow, bench.worker)
            tasks_about(uow, bench.worker, bench.document.id)
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    bench.give()
    before = cost()
    for _ in range(5):
        bench.give()
    assert cost() == before
