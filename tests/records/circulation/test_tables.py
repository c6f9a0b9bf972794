"""The tables of circulation, told a second time as grids: each cell is where a step leads."""

import pytest

from records.circulation.rules import (
    DECISIONS,
    ENDED,
    HELD,
    ITEM_EVENTS,
    ITEM_STEPS,
    MAY,
    ROUND_EVENTS,
    ROUND_STEPS,
    ItemState,
    ItemStep,
    Party,
    Purpose,
    RoundState,
    RoundStep,
    next_item_state,
    next_round_state,
)
from records.core.errors import Conflict

# fmt: off
ITEMS = """
             deliver    open    sign    give_back  delegate   skip     recall    ask_again
waiting      delivered  -       -       -          -          skipped  recalled  -
delivered    -          opened  signed  returned   delegated  skipped  recalled  delivered
opened       -          -       signed  returned   delegated  skipped  recalled  delivered
signed       -          -       -       -          -          -        -         -
returned     -          -       -       -          -          -        -         -
delegated    -          -       -       -          -          -        -         -
skipped      -          -       -       -          -          -        -         -
recalled     -          -       -       -          -          -        -         -
"""
ROUNDS = """
             send     complete  resume   close   recall    discard
draft        running  -         -        -       -         discarded
running      -        complete  -        closed  recalled  -
complete     -        -         running  closed  -         -
closed       -        -         -        -       -         -
recalled     -        -         -        -       -         -
discarded    -        -         -        -       -         -
"""
PARTIES = """
             deliver  open  sign  give_back  delegate  skip  recall  ask_again
reader       -        yes   yes   yes        yes       -     -       -
manager      -        -     -     -          -         yes   yes     -
service      yes      -     -     -          -         -     -       yes
"""
# fmt: on


def cells(grid: str) -> dict[tuple[str, str], str]:
    head, *rows = [line.split() for line in grid.strip().splitlines()]
    return {(row[0], step): cell for row in rows for step, cell in zip(head, row[1:], strict=True)}


def test_the_grids_are_whole() -> None:
    assert set(cells(ITEMS)) == {(state, step) for state in ItemState for step in ItemStep}
    assert set(cells(ROUNDS)) == {(state, step) for state in RoundState for step in RoundStep}
    assert set(cells(PARTIES)) == {(party, step) for party in Party for step in ItemStep}


@pytest.mark.parametrize("state", list(ItemState))
@pytest.mark.parametrize("step", list(ItemStep))
def test_each_step_of_an_item_leads_where_the_grid_says(state: ItemState, step: ItemStep) -> None:
    expected = cells(ITEMS)[state, step]
    if expected == "-":
        with pytest.raises(Conflict):
            next_item_state(state, step)
    else:
        assert next_item_state(state, step) == expected


@pytest.mark.parametrize("state", list(RoundState))
@pytest.mark.parametrize("step", list(RoundStep))
def test_each_step_of_a_round_leads_where_the_grid_says(state: RoundState, step: RoundStep) -> None:
    expected = cells(ROUNDS)[state, step]
    if expected == "-":
        with pytest.raises(Conflict):
            next_round_state(state, step)
    else:
        assert next_round_state(state, step) == expected


def test_each_step_of_an_item_is_for_whom_the_grid_says() -> None:
    for (party, step), cell in cells(PARTIES).items():
        assert (Party(party) in MAY[ItemStep(step)]) == (cell == "yes"), (party, step)


def test_every_step_leaves_an_entry_and_every_state_can_be_reached() -> None:
    assert set(ITEM_EVENTS) == set(ItemStep)
    assert set(ROUND_EVENTS) == set(RoundStep)
    assert set(ITEM_STEPS.values()) | {ItemState.WAITING} == set(ItemState)
    assert set(ROUND_STEPS.values()) | {RoundState.DRAFT} == set(RoundState)


def test_an_item_that_has_ended_stays_as_it_is() -> None:
    assert {state for state, _ in ITEM_STEPS} == set(ItemState) - ENDED
    assert {*ENDED, *HELD, ItemState.WAITING} == set(ItemState)


def test_every_purpose_has_something_to_sign() -> None:
    assert set(DECISIONS) == set(Purpose)
    assert all(DECISIONS.values())
