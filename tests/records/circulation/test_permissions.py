"""Who may take which step on an item, in each state that there is: every cell over the services."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from records.circulation import absence, managing, reading
from records.circulation.models import ReadingItem, Round
from records.circulation.rules import (
    ITEM_STEPS,
    MAY,
    ItemState,
    ItemStep,
    Party,
    Purpose,
    RoundState,
)
from records.core.database import UnitOfWork
from records.core.errors import Conflict, NotAllowed, NotFound, Refusal
from records.people.rules import Actor, Role, Secrecy
from tests.builders import add_person, add_unit, id_of, register
from tests.records.circulation.desks import Desks, sign

Act = Callable[[UnitOfWork, Actor, UUID], object]
ACTS: dict[ItemStep, Act] = {
    ItemStep.OPEN: lambda uow, actor, item: reading.open_item(uow, actor, item_id=item),
    ItemStep.SIGN: sign,
    ItemStep.GIVE_BACK: lambda uow, actor, item: reading.return_item(
        uow, actor, item_id=item, reason="Not mine"
    ),
    ItemStep.SKIP: lambda uow, actor, item: managing.skip_item(
        uow, actor, item_id=item, reason="Away"
    ),
    ItemStep.RECALL: lambda uow, actor, item: managing.recall_item(
        uow, actor, item_id=item, reason="By mistake"
    ),
}
# Opening what was opened or has ended is no error: it stays as it is.
STAYS = {(state, ItemStep.OPEN) for state in ItemState if state != ItemState.WAITING}
READERS = ("reader", "deputy")
MANAGERS = ("sender", "urger", "clerk")
OTHERS = ("other reader", "former deputy", "leader of the unit", "staff of the unit")
STRANGERS = ("stranger", "auditor")


class Scene:
    """A round whose first item is in a given state, and everybody who might want something."""

    def __init__(self, desks: Desks, *, secrecy: str) -> None:
        self.desks = desks
        office = desks.office
        add_unit(office, "finance")
        staff = add_person(office, "staff", Role.STAFF, unit="finance")
        self.people: dict[str, Actor] = {
            "reader": desks.reader("li"),
            "deputy": desks.reader("zhao"),
            "former deputy": desks.reader("qian"),
            "other reader": desks.reader("wang"),
            "sender": desks.clerk,
            "urger": desks.reader("sun"),
            "clerk": add_person(office, "clerk2", Role.CLERK),
            "leader of the unit": add_person(office, "leader", Role.LEADER, unit="finance"),
            "staff of the unit": staff,
            "stranger": add_person(office, "stranger", Role.STAFF, unit="finance")
            if secrecy == "public"
            else desks.reader("stranger"),
            "auditor": desks.reader("auditor"),
        }
        self.document = register(office, desks.clerk, secrecy=secrecy, unit="finance")
        self.items = {state: self.item_in(state) for state in ItemState}
        self.name_deputies()

    def name_deputies(self) -> None:
        with self.desks.office.database.writing() as uow:
            for name in ("deputy", "former deputy"):
                delegation = absence.name_deputy(
                    uow,
                    self.people["reader"],
                    deputy_id=id_of(self.people[name]),
                    from_at=None,
                    until_at=uow.now + timedelta(days=3),
                    purposes=list(Purpose),
                    ceiling=Secrecy.SECRET,
                )
                if name == "former deputy":
                    uow.session.flush()
                    absence.end_deputy(uow, self.people["reader"], delegation_id=delegation.id)

    def item_in(self, state: ItemState) -> UUID:
        """Send a round of its own and bring its first item into a state, by the services."""
        desks, waits = self.desks, state == ItemState.WAITING
        stages = [["wang"], ["li", "wang"]] if waits else [["li", "wang"]]
        sent = desks.send(self.document, *stages, urger_id=id_of(self.people["urger"]))
        item = desks.item(sent, "li")
        with desks.office.database.writing() as uow:
            match state:
                case ItemState.OPENED:
                    ACTS[ItemStep.OPEN](uow, self.people["reader"], item)
                case ItemState.SIGNED:
                    sign(uow, self.people["reader"], item)
                case ItemState.RETURNED:
                    ACTS[ItemStep.GIVE_BACK](uow, self.people["reader"], item)
                case ItemState.DELEGATED:
                    reading.delegate_item(
                        uow, self.people["reader"], item_id=item, to_id=id_of(desks.clerk)
                    )
                case ItemState.SKIPPED:
                    ACTS[ItemStep.SKIP](uow, desks.clerk, item)
                case ItemState.RECALLED:
                    ACTS[ItemStep.RECALL](uow, desks.clerk, item)
        return item

    def outcome(self, act: Act, who: str, state: ItemState) -> str:
        """Try something in a unit that is thrown away; return the state then, or the refusal."""
        item_id = self.items[state]

        class Undone(Exception):
            pass

        found = ""
        try:
            with self.desks.office.database.writing() as uow:
                act(uow, self.people[who], item_id)
                found = uow.session.get_one(ReadingItem, item_id).state
                raise Undone
        except Undone:
            return found
        except Refusal as refusal:
            return type(refusal).__name__


def expected(step: ItemStep, who: str, state: ItemState) -> str:
    """What the tables say happens when somebody who sees the document takes a step."""
    party = Party.READER if who in READERS else Party.MANAGER if who in MANAGERS else None
    if party not in MAY[step]:
        return NotFound.__name__ if MAY[step] == {Party.READER} else NotAllowed.__name__
    if (state, step) in ITEM_STEPS:
        return ITEM_STEPS[state, step].value
    return state.value if (state, step) in STAYS else Conflict.__name__


@pytest.mark.parametrize("step", list(ACTS))
def test_each_step_is_open_to_whom_and_from_where_the_tables_say(
    desks: Desks, step: ItemStep
) -> None:
    scene = Scene(desks, secrecy="public")
    for state in ItemState:
        for who in (*READERS, *MANAGERS, *OTHERS, *STRANGERS):
            found = scene.outcome(ACTS[step], who, state)
            assert found == expected(step, who, state), (step, who, state)


def test_handing_on_is_open_to_readers_alone(desks: Desks) -> None:
    scene = Scene(desks, secrecy="public")
    to_id = id_of(desks.reader("zhou"))

    def hand_on(uow: UnitOfWork, actor: Actor, item_id: UUID) -> None:
        reading.delegate_item(uow, actor, item_id=item_id, to_id=to_id)

    for state in ItemState:
        for who in (*READERS, *MANAGERS, *OTHERS, *STRANGERS):
            found = scene.outcome(hand_on, who, state)
            assert found == expected(ItemStep.DELEGATE, who, state), (who, state)


def test_who_does_not_see_the_document_learns_nothing_of_its_items(desks: Desks) -> None:
    """Before delivery, and after recall or skipping, that is the reader too."""
    scene = Scene(desks, secrecy="internal")
    # Other rounds of the same document let the reader see it: take those rights away.
    for state in (ItemState.WAITING, ItemState.RECALLED, ItemState.SKIPPED):
        for step, act in ACTS.items():
            for who in STRANGERS:
                assert scene.outcome(act, who, state) == NotFound.__name__, (step, who, state)
    alone = Desks(desks.office, desks.clerk, desks.readers)
    letter = alone.document()
    sent = alone.send(letter, ["wang"], ["li"])
    item = alone.item(sent, "li")
    scene.items = dict.fromkeys(ItemState, item)
    for act in ACTS.values():
        assert scene.outcome(act, "reader", ItemState.WAITING) == NotFound.__name__
    with desks.office.database.writing() as uow:
        managing.recall_item(uow, desks.clerk, item_id=alone.item(sent, "wang"), reason="No")
    assert scene.outcome(sign, "reader", ItemState.WAITING) == ItemState.SIGNED
    with desks.office.database.writing() as uow:
        managing.recall_item(uow, desks.clerk, item_id=item, reason="No")
    for act in ACTS.values():
        assert scene.outcome(act, "reader", ItemState.WAITING) == NotFound.__name__


ROUND_ACTS: dict[str, tuple[Callable[[UnitOfWork, Actor, UUID], object], set[RoundState]]] = {
    "close": (
        lambda uow, actor, id_: managing.close_round(uow, actor, round_id=id_, reason="Enough"),
        {RoundState.RUNNING, RoundState.COMPLETE},
    ),
    "recall": (
        lambda uow, actor, id_: managing.recall_round(uow, actor, round_id=id_, reason="No"),
        {RoundState.RUNNING},
    ),
    "deadline": (
        lambda uow, actor, id_: managing.change_deadline(
            uow, actor, round_id=id_, stage_id=None, due_at=None
        ),
        {RoundState.RUNNING, RoundState.COMPLETE},
    ),
    "reorder": (
        lambda uow, actor, id_: managing.reorder_stages(uow, actor, round_id=id_, stage_ids=[]),
        {RoundState.RUNNING, RoundState.COMPLETE},
    ),
    "readers": (
        lambda uow, actor, id_: managing.add_readers(
            uow,
            actor,
            round_id=id_,
            stage_id=None,
            reader_ids=[uow.session.get_one(Round, id_).sender_id],
        ),
        {RoundState.RUNNING, RoundState.COMPLETE},
    ),
}


@pytest.mark.parametrize("name", list(ROUND_ACTS))
def test_a_round_is_managed_by_whom_and_in_which_states_the_rules_say(
    desks: Desks, name: str
) -> None:
    scene = Scene(desks, secrecy="public")
    act, states = ROUND_ACTS[name]
    for state in (RoundState.RUNNING, RoundState.COMPLETE, RoundState.CLOSED, RoundState.RECALLED):
        sent = desks.send(scene.document, ["li"], urger_id=id_of(scene.people["urger"]))
        with desks.office.database.writing() as uow:
            if state == RoundState.COMPLETE:
                sign(uow, desks.reader("li"), desks.item(sent, "li"))
            elif state == RoundState.CLOSED:
                managing.close_round(uow, desks.clerk, round_id=sent, reason="Enough")
            elif state == RoundState.RECALLED:
                managing.recall_round(uow, desks.clerk, round_id=sent, reason="No")
        for who in (*READERS, *MANAGERS, *OTHERS, *STRANGERS):
            try:
                with desks.office.database.writing() as uow:
                    act(uow, scene.people[who], sent)
                    assert who in MANAGERS, (name, who, state)
                    assert state in states, (name, who, state)
                    raise LookupError  # so that it is undone
            except LookupError:
                pass
            except Conflict:
                assert who in MANAGERS, (name, who, state)
                assert state not in states, (name, who, state)
            except NotAllowed:
                assert who not in MANAGERS, (name, who, state)
