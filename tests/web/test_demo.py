"""The demo office is lively, and as sound as a real one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from records.audit.verification import verify
from records.channels.models import Arrival
from records.circulation.models import PaperHolding, ReadingItem, Receipt, Round
from records.circulation.rules import ItemState, RoundState
from records.documents.intake import keep_objects
from records.documents.models import Component, Document, DocumentCopy
from records.documents.rules import ComponentRole, CopyState
from records.office import Office, open_office
from records.people.actors import actor_by_login
from records.related.links import links_of
from records.related.models import MailMessage
from records.related.rules import LinkKind
from records.related.twins import twins_of
from records.scans.stacks import stack_of
from records.seals.models import SealHandover, SealRequest, SealStamping, SealUsage
from records.seals.rules import RequestState
from records.tasks.models import Task
from records.worker import Worker
from search.reading import ocr_available
from tests.offices import HeldClock, office_config
from web.demo.circulation import Moment
from web.demo.intake import Intake
from web.demo.office import make_office
from web.demo.organization import make_organization


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_rounds_of_the_demo_are_in_every_state_and_everything_verifies(
    tmp_path: Path, language: str
) -> None:
    config = office_config(tmp_path / "demo")
    make_office(config, language=language)
    office = open_office(config, writing=False)
    with office.database.reading() as uow:
        session = uow.session
        assert set(session.scalars(select(Round.state))) == set(RoundState) - {RoundState.DISCARDED}
        assert set(session.scalars(select(ReadingItem.state))) == set(ItemState)
        assert set(session.scalars(select(Task.state))) == {"open", "done"}
        late = select(ReadingItem.id).where(
            ReadingItem.ended_at.is_(None), ReadingItem.due_at < uow.now
        )
        assert session.scalars(late).all()
        assert any(session.scalars(select(Receipt.handwriting)))
        ways = set(session.scalars(select(PaperHolding.confirmed_by_way)))
        assert ways == {"taker", "label", None}
        states = set(session.scalars(select(SealRequest.state)))
        # The worker voids what was changed after it was approved when it starts.
        assert states == set(RequestState) - {RequestState.VOID}
        assert {*session.scalars(select(SealStamping.state))} == {"done"}
        out = select(SealUsage.due_back_at).where(SealUsage.returned_at.is_(None))
        due = session.scalars(out.where(SealUsage.outside)).one()
        assert due is not None
        assert due < uow.now
        assert any(session.scalars(select(SealUsage.copies_spoilt)))
        assert set(session.scalars(select(DocumentCopy.state))) == set(CopyState)
        assert set(session.scalars(select(Arrival.state))) == {"waiting", "given_up"}
        assert max(session.scalars(select(Arrival.tries))) == 2
        open_handover = select(SealHandover).where(SealHandover.done_at.is_(None))
        assert session.scalars(open_handover).one().taker_at is None
    report = verify(office)
    assert report.ok, report.as_json()
    assert report.counts["seal_usages"] == 6
    office.close()


def test_letters_of_the_demo_find_each_other(tmp_path: Path) -> None:
    with told(tmp_path, lambda intake: [*intake.exchanges(), *intake.conversation()]) as office:
        with office.database.reading() as uow:
            clerk = actor_by_login(uow, "anna")
            shown = {}
            for each in uow.session.scalars(select(Document)):
                for link in links_of(uow, clerk, each.id).outgoing:
                    assert link.document is not None, link.number
                    shown[each.title] = (link.kind, link.document.title)
            mails = uow.session.scalars(select(MailMessage)).all()
            parts = select(Component.name).where(Component.role == ComponentRole.PART.value)
            assert set(uow.session.scalars(parts)) >= {"Topics.xlsx", "Plan of the week.pdf"}
        assert shown == {
            "关于提供滨江近代航运档案的复函": (
                LinkKind.ANSWERS,
                "关于商请提供滨江近代航运档案的函",
            ),
            "关于转发《关于进一步加强电子文件管理工作的通知》的通知": (
                LinkKind.FORWARDS,
                "关于进一步加强电子文件管理工作的通知",
            ),
            "Copies of the ferry timetables of 1926": (
                LinkKind.ANSWERS,
                "Request for copies of the ferry timetables of 1926",
            ),
        }
        assert len({each.thread_id for each in mails}) == 1
        assert len(mails) == 3


@pytest.mark.slow
@pytest.mark.skipif(not ocr_available(), reason="needs tesseract: apt-get install tesseract-ocr")
def test_papers_of_the_demo_are_recognised_and_found_to_come_twice(tmp_path: Path) -> None:
    def papers(intake: Intake) -> list[Moment]:
        return [*intake.twice(is_chinese=False), *intake.scans(is_chinese=False)]

    with told(tmp_path, papers) as office:
        with office.database.reading() as uow:
            copies = select(Component.role).where(Component.role == ComponentRole.SEARCHABLE.value)
            assert len(uow.session.scalars(copies).all()) == 3
            anna = actor_by_login(uow, "anna")
            stack = uow.session.scalars(
                select(Document).where(Document.title.contains("bag"))
            ).one()
            seen = stack_of(uow, anna, office.vault, stack.id)
            assert seen is not None
            assert (seen.sheets, len(seen.parts)) == (2, 2)
            again = uow.session.scalars(select(Document).where(Document.title == "Scan 0041")).one()
            assert [each.reasons for each in twins_of(uow, anna, again.id)]
        assert verify(office).ok


@contextmanager
def told(home: Path, stories: Callable[[Intake], list[Moment]]) -> Iterator[Office]:
    """Open an office in which some stories have happened, and the worker has done its part."""
    until = datetime(2026, 10, 15, 8, 30, tzinfo=UTC)
    clock = HeldClock(until - timedelta(days=60))
    office = open_office(office_config(home / "demo"), clock=clock)
    try:
        with office.database.writing() as uow:
            make_organization(uow)
        intake = Intake(office, until)
        moments = sorted(stories(intake), key=lambda moment: moment[0])
        keep_objects(office.database, office.vault, [received for _, received in intake.files])
        for clock.instant, do in moments:
            with office.database.writing() as uow:
                do(uow)
        with Worker(office) as worker:
            worker.run_until_idle()
        yield office
    finally:
        office.close()
