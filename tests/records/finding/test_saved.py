"""Saved searches: one person's own, told of new hits once, within what that person may see."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from records.core.errors import Conflict, Invalid, NotFound, Stale
from records.finding.models import SavedSearch, SearchHit
from records.finding.saved import (
    MOST_RECENT,
    MOST_SAVED,
    Asked,
    change_saved,
    forget_older_searches,
    forget_searches,
    get_saved,
    recent_searches,
    remember_search,
    remove_saved,
    save_search,
    saved_searches,
)
from records.finding.watching import SearchWatch
from records.notify.lines import NoticeLine
from records.notify.models import Notice
from records.office import Office
from records.people.models import User
from records.people.rules import Actor, Role, Secrecy
from records.registration.service import change_secrecy
from records.worker import Worker
from tests.builders import add_person, id_of, register
from tests.records.notify.post import Post


@pytest.fixture
def watch(office: Office) -> Iterator[SearchWatch]:
    watch = SearchWatch(office)
    yield watch
    watch.close()


@pytest.fixture
def look(office: Office, worker: Worker, watch: SearchWatch) -> Callable[[], None]:
    """Bring the index up to date, look for new hits, and tell of them."""

    def act() -> None:
        worker.run_until_idle()
        watch.look()
        Post(office).run()

    return act


def save(office: Office, person: Actor, question: str, **more: object) -> UUID:
    with office.database.writing() as uow:
        asked = Asked(question, **more)  # type: ignore[arg-type]
        return save_search(uow, person, name=question, asked=asked, tells=True).id


def told(office: Office, person: Actor) -> list[NoticeLine]:
    return Post(office).waiting(person)


def test_new_hits_are_told_once_and_as_a_number(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    register(office, clerk, "Old report of the harbour")
    save(office, clerk, "harbour")
    look()
    assert told(office, clerk) == []
    register(office, clerk, "First report of the harbour")
    register(office, clerk, "Second report", files=[("a.txt", b"The harbour is open.")])
    register(office, clerk, "Soup of the canteen")
    look()
    (line,) = told(office, clerk)
    assert (line.kind, line.search, line.count) == ("search.found", "harbour", 2)
    assert (line.number, line.title, line.document_id) == (None, None, None)
    assert line.target is not None
    look()
    assert len(told(office, clerk)) == 1


def test_a_document_that_changes_is_told_of_no_second_time(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    save(office, clerk, "harbour")
    document = register(office, clerk, "The harbour")
    look()
    with office.database.writing() as uow:
        change_secrecy(
            uow,
            clerk,
            document_id=document.id,
            secrecy=Secrecy.CONFIDENTIAL,
            reason="Names",
            version=None,
        )
    look()
    assert [each.count for each in told(office, clerk)] == [1]


def test_what_a_person_may_not_see_is_not_even_counted(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    reader = add_person(office, "reader", Role.STAFF)
    save(office, reader, "harbour")
    save(office, clerk, "harbour")
    register(office, clerk, "The harbour at night", secrecy="secret")
    look()
    assert told(office, reader) == []
    assert [each.count for each in told(office, clerk)] == [1]


def test_a_long_question_tells_only_of_what_has_all_of_it(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    save(office, clerk, "dykes and pumps of the old harbour in winter?")
    register(office, clerk, "The harbour")
    look()
    assert told(office, clerk) == []


def test_filters_hold_for_new_hits_as_they_do_on_the_page(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    save(office, clerk, "harbour", filters={"kind": ["函"], "secrecy": ["internal"]})
    register(office, clerk, "The harbour", kind="函", secrecy="internal")
    register(office, clerk, "The harbour again", kind="请示", secrecy="internal")
    look()
    assert [each.count for each in told(office, clerk)] == [1]


def test_nobody_is_told_who_does_not_want_it_or_whose_account_is_closed(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    reader = add_person(office, "reader", Role.CLERK)
    mine = save(office, clerk, "harbour")
    save(office, reader, "harbour")
    with office.database.writing() as uow:
        change_saved(uow, clerk, search_id=mine, version=1, tells=False)
        uow.session.get_one(User, id_of(reader)).disabled_at = uow.now
    register(office, clerk, "The harbour")
    look()
    assert told(office, clerk) == []
    with office.database.reading() as uow:
        assert uow.session.query(Notice).count() == 0
    with office.database.writing() as uow:
        change_saved(uow, clerk, search_id=mine, version=2, tells=True)
    look()
    assert told(office, clerk) == []


def test_a_search_kept_to_a_round_that_is_hidden_by_now_tells_nothing(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    save(office, clerk, "harbour", place="sent")
    register(office, clerk, "The harbour")
    look()
    assert told(office, clerk) == []
    with pytest.raises(NotFound):
        save(office, clerk, "x", place="00000000-0000-0000-0000-000000000000")


def test_two_workers_tell_of_the_same_hit_once(
    office: Office,
    clerk: Actor,
    worker: Worker,
    watch: SearchWatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save(office, clerk, "harbour")
    register(office, clerk, "The harbour")
    worker.run_until_idle()
    other = SearchWatch(office)
    found = other._found

    def meanwhile(search: SavedSearch, changed: Sequence[UUID]) -> Collection[UUID]:
        watch.look()
        return found(search, changed)

    monkeypatch.setattr(other, "_found", meanwhile)
    other.look()
    other.close()
    Post(office).run()
    assert len(told(office, clerk)) == 1
    with office.database.reading() as uow:
        assert uow.session.query(SearchHit).count() == 1


def test_without_an_index_the_next_look_tells(
    office: Office, clerk: Actor, look: Callable[[], None], watch: SearchWatch
) -> None:
    save(office, clerk, "harbour")
    register(office, clerk, "The harbour")
    watch.look()
    assert told(office, clerk) == []
    look()
    assert [each.count for each in told(office, clerk)] == [1]


def test_removing_a_search_settles_what_it_told(
    office: Office, clerk: Actor, look: Callable[[], None]
) -> None:
    mine = save(office, clerk, "harbour")
    register(office, clerk, "The harbour")
    look()
    with office.database.writing() as uow:
        assert remove_saved(uow, clerk, search_id=mine) == "harbour"
    assert told(office, clerk) == []
    with office.database.reading() as uow:
        assert saved_searches(uow, clerk) == []


def test_searches_are_refused_that_cannot_be_kept(any_office: Office) -> None:
    clerk = add_person(any_office, "chen", Role.CLERK)
    other = add_person(any_office, "other", Role.CLERK)
    with any_office.database.writing() as uow:
        kept = save_search(uow, clerk, name=" The  harbour ", asked=Asked("harbour"), tells=False)
        assert kept.name == "The harbour"
        for name, asked, refusal in (
            ("The harbour", Asked("x"), Conflict),
            ("  ", Asked("x"), Invalid),
            ("x" * 81, Asked("x"), Invalid),
            ("Nothing", Asked(" ", {"colour": ["red"]}), Invalid),
            ("Long", Asked("x" * 2_001), Invalid),
            ("Elsewhere", Asked("x", {}, "nowhere"), NotFound),
        ):
            with pytest.raises(refusal):
                save_search(uow, clerk, name=name, asked=asked, tells=False)
        with pytest.raises(Stale):
            change_saved(uow, clerk, search_id=kept.id, version=7, name="New")
        for act in (get_saved, lambda *some: remove_saved(*some[:2], search_id=some[2])):
            with pytest.raises(NotFound):
                act(uow, other, kept.id)
        assert saved_searches(uow, other) == []
        for number in range(MOST_SAVED - 1):
            save_search(uow, clerk, name=f"{number}", asked=Asked("x"), tells=False)
        with pytest.raises(Conflict):
            save_search(uow, clerk, name="One more", asked=Asked("x"), tells=False)


def test_the_last_questions_are_ten_of_ones_own_each_once(any_office: Office) -> None:
    clerk = add_person(any_office, "chen", Role.CLERK)
    other = add_person(any_office, "other", Role.CLERK)
    asked = [f"question {number}" for number in range(12)]
    for second, question in enumerate([*asked, "question 5"]):
        with any_office.database.noting() as uow:
            assert uow is not None
            remember_search(uow, id_of(clerk), question, uow.now + timedelta(seconds=second))
    with any_office.database.writing() as uow:
        latest = recent_searches(uow, clerk)
        assert latest[:2] == ["question 5", "question 11"]
        assert len(latest) == len(set(latest)) == MOST_RECENT
        assert recent_searches(uow, other) == []
        forget_older_searches(uow)
        uow.session.flush()
        assert recent_searches(uow, clerk) == latest
        forget_searches(uow, other)
        assert recent_searches(uow, clerk) == latest
        forget_searches(uow, clerk)
        assert recent_searches(uow, clerk) == []
