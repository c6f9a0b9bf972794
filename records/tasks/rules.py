"""Pure rules about tasks: their states, the steps between them, and what each step leaves."""

from collections.abc import Mapping
from enum import StrEnum

from records.core.errors import Conflict


class TaskState(StrEnum):
    """How far a task is."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskStep(StrEnum):
    """What can be done with a task."""

    FINISH = "finish"
    REOPEN = "reopen"
    CANCEL = "cancel"


TRANSITIONS: Mapping[tuple[TaskState, TaskStep], TaskState] = {
    (TaskState.OPEN, TaskStep.FINISH): TaskState.DONE,
    (TaskState.DONE, TaskStep.REOPEN): TaskState.OPEN,
    (TaskState.OPEN, TaskStep.CANCEL): TaskState.CANCELLED,
}
# What each step leaves in the log.
STEP_EVENTS: Mapping[TaskStep, str] = {
    TaskStep.FINISH: "task.finished",
    TaskStep.REOPEN: "task.reopened",
    TaskStep.CANCEL: "task.cancelled",
}


def next_state(state: TaskState, step: TaskStep) -> TaskState:
    """Return where a step leads.

    Raises:
        Conflict: The step is not open from this state.
    """
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise Conflict("A task that is %(state)s cannot do this.", {"state": state}) from None
