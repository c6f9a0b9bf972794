"""Did you mean: an offer that finds something, of words that the asker may read already."""

import pytest

from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.worker import Worker
from tests.builders import add_person, register
from tests.records.finding.desk import Desk
from tests.web.visitor import counted


@pytest.fixture
def filed(office: Office, clerk: Actor, worker: Worker) -> None:
    register(office, clerk, "Reservoir at the harbour", sender="Waterworks")
    register(office, clerk, "关于水库加固的请示", sender="水利局")
    register(office, clerk, "Falcon at night", secrecy="secret", sender="Kestrel office")
    register(office, clerk, "Budget", files=[("a.txt", b"Only the text speaks of turbines.")])
    worker.run_until_idle()


@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("harbuor", "harbour"),
        ("Resevoir  harbuor", "reservoir  harbour"),
        ("resevoir turbines", None),
        ("harbour", None),
        ("waterwerks", "waterworks"),
        ("水库加故", "水库加固"),
        ("水裤加固 请示", "水库加固 请示"),
        ("zzzzzz", None),
        ("turbinse", None),
        ('"harbuor"', None),
    ],
)
def test_what_is_offered_finds_something(
    desk: Desk, clerk: Actor, typed: str, meant: str | None
) -> None:
    found = desk.ask(clerk, typed)
    assert found.meant == meant
    if meant:
        assert desk.ask(clerk, meant).total > 0


@pytest.mark.usefixtures("filed")
def test_no_word_of_what_is_hidden_is_offered(office: Office, desk: Desk, clerk: Actor) -> None:
    reader = add_person(office, "reader", Role.CLERK, clearance=Secrecy.INTERNAL)
    stranger = add_person(office, "stranger", Role.STAFF)
    for typed, meant in (("falcno", "falcon"), ("kestrle", "kestrel")):
        assert desk.ask(clerk, typed).meant == meant
        assert desk.ask(stranger, typed).meant is None
        assert desk.ask(reader, typed).meant is None


@pytest.mark.usefixtures("filed")
def test_a_title_hidden_since_the_index_was_written_offers_nothing(
    desk: Desk, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.ask(clerk, "harbuor").meant == "harbour"
    monkeypatch.setattr("records.finding.spelling.visible_ids", lambda *_: set())
    assert desk.ask(clerk, "harbuor").meant is None


@pytest.mark.usefixtures("filed")
def test_filters_hold_for_the_offer(desk: Desk, clerk: Actor) -> None:
    assert desk.ask(clerk, "harbuor", filters={"register": ["incoming"]}).meant == "harbour"
    assert desk.ask(clerk, "harbuor", filters={"register": ["outgoing"]}).meant is None


@pytest.mark.usefixtures("filed")
def test_the_queries_do_not_grow_with_the_words(office: Office, desk: Desk, clerk: Actor) -> None:
    desk.ask(clerk, "harbour")
    with counted(office.database.engine) as one:
        desk.ask(clerk, "harbuor")
    with counted(office.database.engine) as two:
        desk.ask(clerk, "resevoir harbuor watrworks")
    assert len(one) == len(two)
