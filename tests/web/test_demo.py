"""The demo office is lively, and as sound as a real one."""

from pathlib import Path

import pytest
from sqlalchemy import select

from records.audit.verification import verify
from records.circulation.models import PaperHolding, ReadingItem, Receipt, Round
from records.circulation.rules import ItemState, RoundState
from records.documents.models import DocumentCopy
from records.documents.rules import CopyState
from records.office import open_office
from records.seals.models import SealHandover, SealRequest, SealStamping, SealUsage
from records.seals.rules import RequestState
from records.tasks.models import Task
from tests.offices import office_config
from web.demo.office import make_office


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
        assert session.scalars(out.where(SealUsage.outside)).one() < uow.now
        assert any(session.scalars(select(SealUsage.copies_spoilt)))
        assert set(session.scalars(select(DocumentCopy.state))) == set(CopyState)
        open_handover = select(SealHandover).where(SealHandover.done_at.is_(None))
        assert session.scalars(open_handover).one().taker_at is None
    report = verify(office)
    assert report.ok, report.as_json()
    assert report.counts["seal_usages"] == 6
    office.close()
