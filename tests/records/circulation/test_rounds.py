from records.circulation.reading import delegate_item, open_item, return_item
from records.circulation.sent import sent_rounds
from records.circulation.telling import (
    item_page,
    reading_count,
    reading_list,
    round_view,
)
from tests.builders import id_of
from tests.records.circulation.desks import Desks


def test_a_round_walks_through_its_stages_and_is_complete(any_desks: Desks) -> None:
    desks = any_desks
    letter = desks.document()
    sent = desks.send(letter, ["li", "wang"], ["zhao"], due_days=2)
    assert desks.states(sent) == (
        "running",
        ["running", "waiting"],
        ["delivered", "delivered", "waiting"],
    )
    with desks.office.database.writing() as uow:
        open_item(uow, desks.reader("li"), item_id=desks.item(sent, "li"))
    desks.sign(sent, "li")
    desks.sign(sent, "wang")
    assert desks.states(sent) == (
        "running",
        ["done", "running"],
        ["signed", "signed", "delivered"],
    )
    with desks.office.database.reading() as uow:
        lines, following = reading_list(uow, desks.reader("zhao"))
        assert [each.title for each in lines] == ["Annual report"]
        assert following is None
        assert reading_count(uow, desks.reader("zhao")) == 1
        page = item_page(uow, desks.reader("zhao"), desks.item(sent, "zhao"))
        assert [each.opinion for each in page.round.items] == ["Read", "Read", None]
        assert [each.name for each in page.components] == ["report.txt"]
    desks.sign(sent, "zhao")
    with desks.office.database.reading() as uow:
        view = round_view(uow, desks.clerk, sent)
        assert view.state == "complete"
        assert view.manages
        mine, _ = sent_rounds(uow, desks.clerk)
        assert mine[0].counts == {"signed": 3}


def test_an_item_is_handed_on_and_given_back(any_desks: Desks) -> None:
    desks = any_desks
    sent = desks.send(desks.document(), ["li", "wang"])
    zhao = desks.reader("zhao")
    li, wang = (desks.item(sent, each) for each in ("li", "wang"))
    with desks.office.database.writing() as uow:
        delegate_item(
            uow,
            desks.reader("li"),
            item_id=li,
            to_id=id_of(zhao),
        )
        return_item(uow, desks.reader("wang"), item_id=wang, reason="Not mine")
    assert desks.states(sent)[2] == ["delegated", "returned", "delivered"]
    desks.sign(sent, "zhao")
    assert desks.states(sent)[:2] == ("running", ["running"])
