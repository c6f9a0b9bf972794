"""Random walks: `CHANCERY_TEST_WALK_STEPS=100000` walks as far as `make walk` does."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import event

from records.people.rules import Secrecy
from tests.builders import again
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks
from tests.records.circulation.walks import NAMES, Walk, lower_clearance

STEPS = int(os.environ.get("CHANCERY_TEST_WALK_STEPS", "700"))
# So far, walks are new ones every time, and nothing that can be done is left undone.
FAR = 10_000
ONE_WALK = 50
# The first of a run of walks is the dullest that there is.
LEAST_WALKS = 20


def test_random_walks_reach_nothing_that_is_not_declared(desks: Desks, clock: HeldClock) -> None:
    event.listen(
        desks.office.database.engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA synchronous=OFF"),
    )
    desks.office.database.engine.dispose()
    for name in NAMES[1:]:
        desks.reader(name)
    with desks.office.database.writing() as uow:
        lower_clearance(uow, desks.reader("qian"), Secrecy.INTERNAL)
    desks.readers["qian"] = again(desks.office, desks.readers["qian"])
    Walk.desks, Walk.clock, Walk.steps, Walk.done = desks, clock, 0, {}
    while Walk.steps < STEPS:
        run_state_machine_as_test(
            Walk,
            settings=settings(
                max_examples=max(LEAST_WALKS, (STEPS - Walk.steps) // ONE_WALK),
                stateful_step_count=ONE_WALK,
                derandomize=STEPS < FAR,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
                database=None,
            ),
        )
    print(f"{Walk.steps:,} steps: {sorted(Walk.done.items())}")  # noqa: T201 - shown with -s
    # A walk that only meets refusals shows nothing.
    assert {"send", "open", "sign", "return", "delegate", "add", "content"} <= set(Walk.done)
    if STEPS >= FAR:
        acts = {each.removesuffix(" refused") for each in Walk.done}
        assert acts <= set(Walk.done)
