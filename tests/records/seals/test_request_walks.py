"""Random walks of asking, deciding and changing: nobody ever has two parts, nothing else is sealed.

Every walk goes over the real services. After each step the rows are read again, and what must
never be is looked for: one person in two parts of a request, and an approval of changed content.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from records.circulation.absence import name_deputy
from records.circulation.rules import Purpose
from records.core.database import UnitOfWork
from records.core.errors import Refusal
from records.documents.models import Component, Document
from records.documents.service import add_components
from records.office import Office, open_office
from records.people.rules import Actor, Role, Secrecy
from records.seals.approvals import decide
from records.seals.digest import content_digest
from records.seals.following import (
    document_changed,
    look_after_requests,
    requests_to_look_after,
)
from records.seals.models import Seal, SealApproval, SealRequest
from records.seals.register import RuleStep
from records.seals.requests import ask_for_seal, refuse_request, withdraw_request
from records.seals.rules import RUNNING
from tests.builders import add_person, again, give_post, keep
from tests.offices import HeldClock, office_config
from tests.records.seals.asking import paper, terms
from tests.records.seals.offices import SealOffice, hand_over, seal_office

_ACTS = ("ask", "agree", "decline", "withdraw", "refuse", "change", "hand_over", "look")


class World:
    """An office in which everybody could do everything, but for the rules."""

    def __init__(self, seals: SealOffice) -> None:
        self.seals = seals
        office = seals.office
        for person in (seals.keeper, seals.second_keeper, seals.applicant):
            give_post(office, person, Role.LEADER, unit="finance")
        both = add_person(office, "both", Role.LEADER, Role.SEAL_KEEPER, unit="finance")
        self.people = [
            self._now(each)
            for each in (
                *(seals.applicant, seals.leader, seals.head, seals.keeper, seals.second_keeper),
                *(seals.witness, both),
            )
        ]
        post = self._now(seals.head).posts[0].id
        seals.rule(RuleStep("applicant_leader"), RuleStep("post", post_id=post))
        self.document = paper(seals)
        self.approved: set[UUID] = set()
        self._stand_in(seals.leader, seals.witness)
        self._stand_in(seals.head, seals.applicant)

    def _now(self, person: Actor) -> Actor:
        return again(self.seals.office, person)

    def _stand_in(self, absent: Actor, deputy: Actor) -> None:
        assert deputy.user_id is not None
        with self.seals.office.database.writing() as uow:
            name_deputy(
                uow,
                self._now(absent),
                deputy_id=deputy.user_id,
                from_at=None,
                until_at=uow.now + timedelta(days=9),
                purposes=[Purpose.APPROVE],
                ceiling=Secrecy.SECRET,
            )

    def do(self, act: str, who: int, which: int) -> None:
        """Try one step; a refusal is as good as a step."""
        person = self.people[who % len(self.people)]
        if act == "hand_over":
            self._hand_over(person)
            return
        if act == "change":
            self._change()
            return
        with suppress(Refusal), self.seals.office.database.writing() as uow:
            self._act(uow, act, person, which)

    def _act(self, uow: UnitOfWork, act: str, person: Actor, which: int) -> None:
        requests = list(uow.session.scalars(select(SealRequest.id).order_by(SealRequest.id)))
        chosen = requests[which % len(requests)] if requests else UUID(int=0)
        match act:
            case "ask":
                ask_for_seal(
                    uow,
                    person,
                    seal_id=self.seals.seal_id,
                    document_id=self.document.id,
                    **terms(),
                )
            case "agree" | "decline":
                query = select(SealApproval.id).where(SealApproval.request_id == chosen)
                for step in list(uow.session.scalars(query)):
                    try:
                        decide(uow, person, approval_id=step, agree=act == "agree", opinion="So")
                    except Refusal:
                        continue
            case "withdraw":
                withdraw_request(uow, person, request_id=chosen)
            case "refuse":
                refuse_request(uow, person, request_id=chosen, reason="Blank")
            case "look":
                document_changed(uow, self.document.id)
                look_after_requests(uow, requests_to_look_after(uow))

    def _change(self) -> None:
        kept = keep(self.seals.office, [("more.pdf", b"more")])
        with self.seals.office.database.writing() as uow:
            add_components(uow, self.seals.clerk, document_id=self.document.id, received=kept)

    def _hand_over(self, taker: Actor) -> None:
        seal = self.seals.seal()
        giver = next(each for each in self.people if each.user_id == seal.keeper_id)
        with suppress(Refusal):
            hand_over(self.seals.office, self.seals.seal_id, giver, taker, self.seals.clerk)

    def check(self) -> None:
        """Look for what must never be."""
        with self.seals.office.database.reading() as uow:
            keeper_id = uow.session.get_one(Seal, self.seals.seal_id).keeper_id
            for request in uow.session.scalars(select(SealRequest)):
                query = select(SealApproval).where(SealApproval.request_id == request.id)
                steps = list(uow.session.scalars(query))
                deciders = [each.decided_by for each in steps if each.decided_by is not None]
                absent = [each.on_behalf_of_id for each in steps if each.on_behalf_of_id]
                parts = [request.applicant_id, *deciders, *absent]
                assert len(parts) == len(set(parts)), "one person in two parts"
                if request.state in RUNNING:
                    assert keeper_id not in parts, "the keeper has another part"
                if request.approved_at is not None and request.id not in self.approved:
                    self.approved.add(request.id)
                    present = content_digest(uow, request.document_id)
                    assert present == request.content_sha256, "approved what had changed"
                current = [each for each in steps if each.state == "current"]
                assert len(current) == (1 if request.state == "waiting" else 0)
                if request.state == "approved":
                    assert all(each.state == "agreed" for each in steps)

    def forget(self) -> None:
        """Begin anew: requests go, and the files that were added."""
        with self.seals.office.database.writing() as uow:
            for table in (SealApproval, SealRequest):
                uow.session.execute(delete(table))
            uow.session.execute(
                delete(Component).where(
                    Component.document_id == self.document.id, Component.position > 0
                )
            )
            uow.session.execute(update(Document).values(state="registered"))
        self._back()

    def _back(self) -> None:
        keeper = self.people[3]
        if self.seals.seal().keeper_id != keeper.user_id:
            self._hand_over(keeper)


@pytest.fixture(scope="module")
def world(founded_home: Path) -> Iterator[World]:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(founded_home, home)
        office: Office = open_office(office_config(home), writing=False, clock=HeldClock())
        yield World(seal_office(office))
        office.close()


_STEP = st.tuples(
    st.sampled_from((*_ACTS, "ask", "agree", "agree", "agree")),
    st.sampled_from((0, 1, 1, 2, 2, 3, 4, 5, 6)),
    st.sampled_from((0, 0, 1)),
)
_APPROVED = [("ask", 0, 0), ("agree", 1, 0), ("agree", 2, 0)]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(walk=[*_APPROVED, ("hand_over", 0, 0), ("look", 0, 0)])
@example(walk=[("ask", 0, 0), ("agree", 1, 0), ("change", 0, 0), ("agree", 2, 0)])
@example(walk=[("ask", 1, 0), ("agree", 5, 0), ("agree", 6, 0), ("hand_over", 6, 0)])
@given(walk=st.lists(_STEP, min_size=6, max_size=25))
def test_no_walk_gives_one_person_two_parts_or_approves_what_has_changed(
    world: World, walk: list[tuple[str, int, int]]
) -> None:
    world.forget()
    for act, who, which in walk:
        world.do(act, who, which)
        world.check()


def test_walks_come_as_far_as_approval(world: World) -> None:
    world.forget()
    for act, who, which in _APPROVED:
        world.do(act, who, which)
    world.check()
    assert world.approved
