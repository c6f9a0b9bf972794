"""Random walks over rounds: whatever people do in whatever order, the tables hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, select, update

from records.circulation import absence, managing, reading, sending
from records.circulation.content import content_changed
from records.circulation.models import ReadingItem
from records.circulation.parties import covers
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import HELD, Purpose
from records.circulation.secrecy import secrecy_changed
from records.circulation.telling import reading_list
from records.core.database import UnitOfWork
from records.core.errors import Refusal
from records.documents.models import Component, Document, StoredObject
from records.people.models import Delegation, User
from records.people.rules import Actor, Secrecy
from records.registration.service import change_secrecy
from tests.builders import id_of, register_in
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks, sign
from tests.records.circulation.picture import Picture, check_invariants, check_way, picture

NAMES = ("clerk", "li", "wang", "zhao", "qian")
people = st.sampled_from(NAMES)
numbers = st.integers(0, 30)
stages = st.lists(st.lists(people, min_size=1, max_size=3), min_size=1, max_size=3)
# Most often it is the reader who does what readers do.
by_readers = st.sampled_from([True, True, True, True, False])


@dataclass(frozen=True)
class Beginning:
    """How a round begins: readers by name in stages, and whether it is sent at once."""

    wanted: list[list[str]]
    purpose: Purpose
    days: int | None
    at_once: bool


beginnings = st.builds(
    Beginning,
    stages,
    st.sampled_from(list(Purpose)),
    st.sampled_from([None, 2]),
    st.sampled_from([True, True, True, False]),
)
reasons = st.sampled_from(["Not mine", "Too long"])


class Walk(RuleBasedStateMachine):
    """One round of one document, and everybody who can do something to it."""

    desks: ClassVar[Desks]
    clock: ClassVar[HeldClock]
    steps: ClassVar[int] = 0
    done: ClassVar[dict[str, int]] = {}
    round_id: UUID
    document_id: UUID
    before: Picture

    @initialize(first=beginnings)
    def begin(self, first: Beginning) -> None:
        self.draft(first)

    @precondition(lambda self: self.before.round.state in ("closed", "recalled", "discarded"))
    @rule(following=beginnings)
    def begin_again(self, following: Beginning) -> None:
        self.draft(following)

    def draft(self, chosen: Beginning) -> None:
        """Draft a round of a fresh document, most often to be sent at once."""
        Walk.steps += 1
        plan = self.plan(chosen.wanted, chosen.purpose, chosen.days)
        with self.desks.office.database.writing() as uow:
            clear_desks(uow)
            self.document_id = register_in(uow, self.desks.clerk).id
            self.add_file(uow)
            self.round_id = sending.draft_round(
                uow, self.desks.clerk, document_id=self.document_id, plan=plan
            ).id
            if chosen.at_once:
                uow.session.flush()
                sending.send_round(uow, self.desks.clerk, round_id=self.round_id)
        with self.desks.office.database.reading() as uow:
            self.before = picture(uow, self.round_id)

    # The sender ----------------------------------------------------------------------------------

    @rule(wanted=stages, days=st.sampled_from([None, 1, 3]))
    def change_draft(self, wanted: list[list[str]], days: int | None) -> None:
        plan = self.plan(wanted, Purpose.READ, days)
        self.act(
            "change",
            lambda uow: sending.change_draft(
                uow, self.desks.clerk, round_id=self.round_id, version=None, plan=plan
            ),
        )

    @rule(chance=st.integers(0, 5))
    def discard(self, chance: int) -> None:
        if chance == 0:
            self.act(
                "discard",
                lambda uow: sending.discard_draft(uow, self.desks.clerk, round_id=self.round_id),
            )

    @precondition(lambda self: self.before.round.state == "draft" or len(self.before.items) == 1)
    @rule()
    def send(self) -> None:
        self.act(
            "send", lambda uow: sending.send_round(uow, self.desks.clerk, round_id=self.round_id)
        )

    # Readers -------------------------------------------------------------------------------------

    @rule(who=people, number=numbers, by_reader=by_readers)
    def open(self, who: str, number: int, by_reader: bool) -> None:
        self.on_item(
            "open",
            number,
            lambda uow, item: reading.open_item(
                uow, self.whose(item, who, by_reader), item_id=item.id
            ),
        )

    @rule(who=people, number=numbers, by_reader=by_readers)
    def sign(self, who: str, number: int, by_reader: bool) -> None:
        self.on_item(
            "sign", number, lambda uow, item: sign(uow, self.whose(item, who, by_reader), item.id)
        )

    @rule(who=people, number=numbers, by_reader=by_readers, reason=reasons)
    def give_back(self, who: str, number: int, by_reader: bool, reason: str) -> None:
        self.on_item(
            "return",
            number,
            lambda uow, item: reading.return_item(
                uow, self.whose(item, who, by_reader), item_id=item.id, reason=reason
            ),
        )

    @rule(who=people, to=people, number=numbers, by_reader=by_readers)
    def hand_on(self, who: str, to: str, number: int, by_reader: bool) -> None:
        self.on_item(
            "delegate",
            number,
            lambda uow, item: reading.delegate_item(
                uow, self.whose(item, who, by_reader), item_id=item.id, to_id=self.id_of(to)
            ),
        )

    @rule(number=numbers, page=st.integers(-1, 3), seconds=st.integers(-1, 90))
    def look(self, number: int, page: int, seconds: int) -> None:
        def note(uow: UnitOfWork, item: ReadingItem) -> None:
            component = uow.session.scalars(
                select(Component.id).where(Component.document_id == self.document_id)
            ).first()
            shown = reading.PageShown(component or item.id, page, seconds)
            reader = self.whose(item, "li", by_reader=True)
            reading.note_pages(uow, reader, item_id=item.id, pages=[shown])

        self.on_item("look", number, note)

    @rule(who=people, to=people, hours=st.integers(1, 40), ceiling=st.sampled_from(list(Secrecy)))
    def name_deputy(self, who: str, to: str, hours: int, ceiling: Secrecy) -> None:
        self.act(
            "deputy",
            lambda uow: absence.name_deputy(
                uow,
                self.person(who),
                deputy_id=self.id_of(to),
                from_at=uow.now + timedelta(hours=hours - 20),
                until_at=uow.now + timedelta(hours=hours),
                purposes=[Purpose.READ, Purpose.APPROVE],
                ceiling=ceiling,
            ),
        )

    @rule(who=people)
    def end_deputies(self, who: str) -> None:
        def end(uow: UnitOfWork) -> None:
            for each in uow.session.scalars(
                select(Delegation).where(Delegation.ended_at.is_(None))
            ):
                absence.end_deputy(uow, self.person(who), delegation_id=each.id)

        self.act("end deputies", end)

    # Whoever manages -----------------------------------------------------------------------------

    @rule(who=people, number=numbers, reason=reasons)
    def skip(self, who: str, number: int, reason: str) -> None:
        self.on_item(
            "skip",
            number,
            lambda uow, item: managing.skip_item(
                uow, self.mostly_clerk(who), item_id=item.id, reason=reason
            ),
        )

    @rule(who=people, number=numbers, reason=reasons)
    def recall(self, who: str, number: int, reason: str) -> None:
        self.on_item(
            "recall",
            number,
            lambda uow, item: managing.recall_item(
                uow, self.mostly_clerk(who), item_id=item.id, reason=reason
            ),
        )

    @rule(number=numbers)
    def send_again(self, number: int) -> None:
        self.on_item(
            "send again",
            number,
            lambda uow, item: managing.send_again(uow, self.desks.clerk, item_id=item.id),
        )

    @rule(number=numbers)
    def settle(self, number: int) -> None:
        self.on_item(
            "settle",
            number,
            lambda uow, item: managing.settle_item(uow, self.desks.clerk, item_id=item.id),
        )

    @rule(who=st.lists(people, min_size=1, max_size=2), number=numbers, new=st.booleans())
    def add_readers(self, who: list[str], number: int, new: bool) -> None:
        if len(self.before.items) > 25:
            return
        stage = (
            None
            if new
            else self.before.stages[number % len(self.before.stages)].id
            if self.before.stages
            else None
        )
        self.act(
            "add",
            lambda uow: managing.add_readers(
                uow,
                self.desks.clerk,
                round_id=self.round_id,
                stage_id=stage,
                reader_ids=[self.id_of(each) for each in who],
                due_days=number % 3 or None,
            ),
        )

    @rule(chance=st.randoms(use_true_random=False))
    def reorder(self, chance: object) -> None:
        waiting = [each.id for each in self.before.stages if each.state == "waiting"]
        chance.shuffle(waiting)  # type: ignore[attr-defined]
        self.act(
            "reorder",
            lambda uow: managing.reorder_stages(
                uow, self.desks.clerk, round_id=self.round_id, stage_ids=waiting
            ),
        )

    @rule(hours=st.sampled_from([-1, 5, 60]), whole=st.booleans())
    def change_deadline(self, hours: int, whole: bool) -> None:
        stage = None if whole or not self.before.stages else self.before.stages[-1].id
        self.act(
            "deadline",
            lambda uow: managing.change_deadline(
                uow,
                self.desks.clerk,
                round_id=self.round_id,
                stage_id=stage,
                due_at=uow.now + timedelta(hours=hours),
            ),
        )

    @rule(chance=st.integers(0, 6))
    def recall_round(self, chance: int) -> None:
        if chance == 0:
            self.act(
                "recall round",
                lambda uow: managing.recall_round(
                    uow, self.desks.clerk, round_id=self.round_id, reason="Sent by mistake"
                ),
            )

    @rule(chance=st.integers(0, 6))
    def close(self, chance: int) -> None:
        if chance == 0 or self.before.round.state == "complete":
            self.act(
                "close",
                lambda uow: managing.close_round(
                    uow,
                    self.desks.clerk,
                    round_id=self.round_id,
                    reason=None if chance else "Enough",
                ),
            )

    # The world -----------------------------------------------------------------------------------

    @rule(chance=st.integers(0, 3))
    def change_content(self, chance: int) -> None:
        def change(uow: UnitOfWork) -> None:
            if chance == 0:
                self.add_file(uow)
                uow.session.flush()
            content_changed(uow, self.document_id)

        if len(self.before.items) <= 25:
            self.act("content", change)

    @rule(level=st.sampled_from([Secrecy.INTERNAL, Secrecy.CONFIDENTIAL]))
    def change_secrecy(self, level: Secrecy) -> None:
        def change(uow: UnitOfWork) -> None:
            change_secrecy(
                uow,
                self.desks.clerk,
                document_id=self.document_id,
                version=None,
                secrecy=level,
                reason="Looked at again",
            )
            secrecy_changed(uow, self.document_id)

        self.act("secrecy", change)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        self.act("wait", lambda _: None)

    # What holds after each of them ---------------------------------------------------------------

    @invariant()
    def everything_is_in_order(self) -> None:
        with self.desks.office.database.reading() as uow:
            now = picture(uow, self.round_id)
            check_way(self.before, now)
            check_invariants(uow, now)
            # One person at each moment is enough: there are many moments.
            self.check_desk(uow, now, self.person(NAMES[Walk.steps % len(NAMES)]))
        self.before = now

    def check_desk(self, uow: UnitOfWork, now: Picture, person: Actor) -> None:
        """Somebody finds on the desk what is theirs to read now, told in plain Python."""
        document = uow.session.get_one(Document, self.document_id)
        absent = {
            each.user_id
            for each in uow.session.scalars(select(Delegation))
            if each.deputy_id == person.user_id
            and each.ended_at is None
            and each.from_at <= uow.now < each.until_at
            and covers(each, now.round.purpose, document)
        }
        expected = [
            each
            for each in now.items
            if each.state in HELD
            and (each.reader_id == person.user_id or each.reader_id in absent)
            and person.clearance >= document.secrecy
        ]
        expected.sort(
            key=lambda each: (each.due_at is None, each.due_at, each.delivered_at, each.id)
        )
        lines, _ = reading_list(uow, person, limit=500)
        found = [each.item_id for each in lines if each.round_id == self.round_id]
        assert found == [each.id for each in expected]

    # How things are done -------------------------------------------------------------------------

    def act(self, name: str, act: Callable[[UnitOfWork], object]) -> None:
        """Do something in a unit of its own, a moment later; a refusal changes nothing."""
        self.clock.advance(seconds=1)
        Walk.steps += 1
        try:
            with self.desks.office.database.writing() as uow:
                act(uow)
        except Refusal:
            self.done[f"{name} refused"] = self.done.get(f"{name} refused", 0) + 1
            with self.desks.office.database.reading() as uow:
                now = picture(uow, self.round_id)
            assert _versions(now) == _versions(self.before)
        else:
            self.done[name] = self.done.get(name, 0) + 1

    def on_item(
        self, name: str, number: int, act: Callable[[UnitOfWork, ReadingItem], object]
    ) -> None:
        """Do something to one of the items, most often to one with which it can be done."""
        items = self.before.items
        fitting = {"returned"} if name in ("send again", "settle") else {"delivered", "opened"}
        if number % 4:
            items = [each for each in items if each.state in fitting] or items
        if items:
            item = items[number % len(items)]
            self.act(name, lambda uow: act(uow, item))

    def person(self, name: str) -> Actor:
        return self.desks.clerk if name == "clerk" else self.desks.reader(name)

    def everybody(self) -> list[Actor]:
        return [self.person(name) for name in NAMES]

    def id_of(self, name: str) -> UUID:
        return id_of(self.person(name))

    def whose(self, item: ReadingItem, name: str, by_reader: bool) -> Actor:
        """Return the reader of an item, or somebody else."""
        if not by_reader:
            return self.person(name)
        return next(each for each in self.everybody() if each.user_id == item.reader_id)

    def mostly_clerk(self, name: str) -> Actor:
        return self.person(name) if name in ("li", "qian") else self.desks.clerk

    def plan(self, wanted: list[list[str]], purpose: Purpose, days: int | None) -> RoundPlan:
        return RoundPlan(
            purpose=purpose,
            stages=tuple(
                StagePlan(tuple(self.id_of(name) for name in names), days) for names in wanted
            ),
        )

    def add_file(self, uow: UnitOfWork) -> None:
        """Give the document one more file; nobody looks at its bytes."""
        present = uow.session.scalars(
            select(Component.id).where(Component.document_id == self.document_id)
        ).all()
        name = uow.new_id().hex
        uow.session.add(
            StoredObject(name=name, wrapped_key=b"key", stored_bytes=1, created_at=uow.now)
        )
        uow.session.flush()
        uow.session.add(
            Component(
                id=uow.new_id(),
                document_id=self.document_id,
                position=len(present),
                role="original",
                name="report.txt",
                media_type="text/plain",
                mismatch=False,
                size_bytes=1,
                sha256=name,
                object_name=name,
                added_at=uow.now,
                text_state="done",
                page_count=2,
            )
        )


def clear_desks(uow: UnitOfWork) -> None:
    """Leave nothing of the walks before: everybody is here, and nothing waits for anybody."""
    uow.session.execute(delete(Delegation))
    uow.session.execute(
        update(ReadingItem)
        .where(ReadingItem.ended_at.is_(None))
        .values(state="skipped", ended_at=uow.now, next_urge_at=None)
    )


def _versions(now: Picture) -> list[object]:
    return [
        now.round.version,
        [each.state for each in now.stages],
        [(each.id, each.version) for each in now.items],
    ]


def lower_clearance(uow: UnitOfWork, person: Actor, clearance: Secrecy) -> None:
    """Set a clearance as it would be in another office."""
    uow.session.get_one(User, person.user_id).clearance = int(clearance)
