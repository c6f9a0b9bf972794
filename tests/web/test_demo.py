"""The demo office is lively, and as sound as a real one."""

from pathlib import Path

import pytest
from sqlalchemy import select

from records.audit.verification import verify
from records.circulation.models import PaperHolding, ReadingItem, Receipt, Round
from records.circulation.rules import ItemState, RoundState
from records.office import open_office
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
    assert verify(office).ok
    office.close()
