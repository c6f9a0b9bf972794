"""The files of a document change after it was sent: it is to be read again, and what was, stays."""

from uuid import UUID

from sqlalchemy import select

from records.circulation.managing import close_round, skip_item
from records.circulation.models import PageReading, ReadingItem, Round
from records.circulation.reading import PageShown, note_pages, open_item
from records.circulation.telling import item_page, reading_list, round_view
from records.documents.components import components_of
from records.documents.models import Document
from records.documents.service import add_components
from records.worker import Worker
from tests.builders import keep
from tests.offices import HeldClock
from tests.records.circulation.desks import Desks


def add_file(desks: Desks, letter: Document, name: str = "second.txt") -> None:
    """Add a file as a clerk does, and let the worker follow."""
    received = keep(desks.office, [(name, name.encode())])
    with desks.office.database.writing() as uow:
        add_components(uow, desks.clerk, document_id=letter.id, received=received)
    with Worker(desks.office) as worker:
        worker.run_until_idle()


def items_of(desks: Desks, sent: UUID) -> list[tuple[str, int]]:
    with desks.office.database.reading() as uow:
        query = select(ReadingItem).where(ReadingItem.round_id == sent).order_by(ReadingItem.id)
        return [(each.state, each.revision) for each in uow.session.scalars(query)]


def test_a_round_under_way_asks_for_reading_again(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li", "wang", "zhao"], ["qian"])
    desks.sign(sent, "li")
    with desks.office.database.writing() as uow:
        open_item(uow, desks.reader("wang"), item_id=desks.item(sent, "wang"))
        (component,) = components_of(uow, letter.id)
        shown = [PageShown(component.id, 1, 9)]
        note_pages(uow, desks.reader("wang"), item_id=desks.item(sent, "wang"), pages=shown)
    add_file(desks, letter)
    assert items_of(desks, sent) == [
        ("signed", 1),
        ("delivered", 2),
        ("delivered", 2),
        ("waiting", 2),
        ("delivered", 2),
    ]
    with desks.office.database.reading() as uow:
        assert uow.session.scalars(select(PageReading)).all() == []
        (line,), _ = reading_list(uow, desks.reader("li"))
        assert line.asked_again
        page = item_page(uow, desks.reader("li"), line.item_id)
        assert [each.name for each in page.components] == ["report.txt", "second.txt"]
        view = round_view(uow, desks.clerk, sent)
        assert view.revision == 2
        assert view.content_changed_at is not None


def test_whoever_gets_it_after_the_change_reads_for_the_first_time(
    desks: Desks, clock: HeldClock
) -> None:
    letter = desks.document()
    sent = desks.send(letter, ["li"], ["wang"])
    clock.advance(hours=1)
    add_file(desks, letter)
    clock.advance(hours=1)
    desks.sign(sent, "li")
    with desks.office.database.reading() as uow:
        (line,), _ = reading_list(uow, desks.reader("wang"))
        assert not line.asked_again


def test_a_complete_round_runs_again_in_the_stages_where_it_was_signed(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li", "wang"], ["zhao"])
    desks.sign(sent, "li")
    with desks.office.database.writing() as uow:
        skip_item(uow, desks.clerk, item_id=desks.item(sent, "wang"), reason="Away")
    desks.sign(sent, "zhao")
    assert desks.states(sent)[0] == "complete"
    add_file(desks, letter)
    assert desks.states(sent) == (
        "running",
        ["running", "running"],
        ["signed", "skipped", "delivered", "signed", "delivered"],
    )
    desks.sign(sent, "li")
    desks.sign(sent, "zhao")
    assert desks.states(sent)[0] == "complete"


def test_a_closed_round_only_says_that_it_happened(any_desks: Desks) -> None:
    desks, letter = any_desks, any_desks.document()
    sent = desks.send(letter, ["li"])
    desks.sign(sent, "li")
    with desks.office.database.writing() as uow:
        close_round(uow, desks.clerk, round_id=sent, reason=None)
    add_file(desks, letter)
    assert items_of(desks, sent) == [("signed", 1)]
    with desks.office.database.reading() as uow:
        round_ = uow.session.get_one(Round, sent)
        noted = round_.content_changed_at
        assert (round_.state, round_.revision) == ("closed", 1)
    assert noted is not None
    add_file(desks, letter, "third.txt")
    with desks.office.database.reading() as uow:
        assert uow.session.get_one(Round, sent).content_changed_at == noted


def test_the_same_change_is_followed_once(desks: Desks) -> None:
    from records.circulation.content import content_changed

    letter = desks.document()
    sent = desks.send(letter, ["li"])
    desks.sign(sent, "li")
    add_file(desks, letter)
    before = items_of(desks, sent)
    with desks.office.database.writing() as uow:
        content_changed(uow, letter.id)
    assert items_of(desks, sent) == before
    assert len(before) == 2
