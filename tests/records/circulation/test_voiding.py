"""A registration is voided while its document circulates: nobody owes an answer any more."""

from sqlalchemy import select

from records.circulation.desk import reading_list
from records.circulation.models import ReadingItem, Round
from records.registration.service import void_registration
from records.worker import Worker
from tests.records.circulation.desks import Desks


def test_the_rounds_of_a_voided_document_end(any_desks: Desks) -> None:
    desks = any_desks
    letter = desks.document()
    running = desks.send(letter, ["li", "wang"], ["zhao"])
    complete = desks.send(letter, ["qian"])
    desks.sign(running, "li")
    desks.sign(complete, "qian")
    with desks.office.database.writing() as uow:
        void_registration(
            uow, desks.clerk, document_id=letter.id, version=None, reason="Came twice"
        )
    with Worker(desks.office) as worker:
        worker.run_until_idle()
    with desks.office.database.reading() as uow:
        states = dict(uow.session.execute(select(Round.id, Round.state)).all())
        assert states == {running: "recalled", complete: "closed"}
        of_items = select(ReadingItem.state).where(ReadingItem.round_id == running)
        assert sorted(uow.session.scalars(of_items)) == ["recalled", "recalled", "signed"]
        ended = uow.session.get_one(Round, running)
        assert ended.end_reason == "Came twice"
        assert reading_list(uow, desks.reader("wang")) == ([], None)
