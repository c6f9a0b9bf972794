"""Acts at the same time: nothing is sent twice, and no stage is left standing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from uuid import UUID

from sqlalchemy import func, select

from records.circulation.managing import recall_item
from records.circulation.models import ReadingItem, Round
from records.circulation.sending import draft_round, send_round, start_round
from records.core.errors import Refusal
from records.core.ids import new_id
from records.core.log import LogEntry
from records.documents.models import Access, Document, Grant
from records.documents.visibility import access_rows
from tests.records.circulation.desks import Desks

READERS = [f"reader{number}" for number in range(6)]


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Do things in threads that start together; return what each gave, or how it was refused."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_the_last_readers_of_a_stage_sign_at_once(any_desks: Desks) -> None:
    desks = any_desks
    for _ in range(4):
        sent = desks.send(desks.document(), READERS[:2], ["zhao"])
        answers = at_once(*(partial(desks.sign, sent, name) for name in READERS[:2]))
        assert answers == [None, None]
        assert desks.states(sent)[1] == ["done", "running"]
        desks.sign(sent, "zhao")
        assert desks.states(sent)[0] == "complete"


def test_many_rounds_of_one_document_are_signed_at_once(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = [desks.send(letter, [name], ["zhao"]) for name in READERS]
    acts = [
        partial(desks.sign, round_id, name) for round_id, name in zip(sent, READERS, strict=True)
    ]
    assert at_once(*acts) == [None] * len(READERS)
    with desks.office.database.reading() as uow:
        document = uow.session.get_one(Document, letter.id)
        grants = uow.session.scalars(select(Grant).where(Grant.document_id == letter.id)).all()
        assert len(grants) == 2 * len(READERS)
        count = select(func.count()).select_from(Access).where(Access.document_id == letter.id)
        assert uow.session.scalar(count) == len(access_rows(document, grants))


def test_a_round_is_sent_once_by_many_clicks_at_once(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    plan, form = desks.plan(["li"]), new_id()
    with desks.office.database.writing() as uow:
        draft = draft_round(uow, desks.clerk, document_id=letter.id, plan=plan).id

    def send() -> str:
        with desks.office.database.writing() as uow:
            return send_round(uow, desks.clerk, round_id=draft).state

    def start() -> str:
        with desks.office.database.writing() as uow:
            return start_round(
                uow, desks.clerk, document_id=letter.id, plan=plan, round_id=form
            ).state

    assert at_once(send, send, send, start, start, start) == ["running"] * 6
    with desks.office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Round)) == 2
        assert uow.session.scalar(select(func.count()).select_from(ReadingItem)) == 2
        sent = select(func.count()).select_from(LogEntry).where(LogEntry.kind == "round.sent")
        assert uow.session.scalar(sent) == 2


def test_signing_and_recalling_at_once_end_an_item_once(any_desks: Desks) -> None:
    desks = any_desks
    for _ in range(4):
        sent = desks.send(desks.document(), ["li"])
        item = desks.item(sent, "li")

        answers = at_once(partial(recall, desks, item), partial(desks.sign, sent, "li"))
        assert sum(isinstance(each, Refusal) for each in answers) == 1
        assert desks.states(sent)[0] == "complete"


def recall(desks: Desks, item_id: UUID) -> None:
    """Recall an item in a unit of its own."""
    with desks.office.database.writing() as uow:
        recall_item(uow, desks.clerk, item_id=item_id, reason="No")
