import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from records.audit.timeline import View, record_views
from records.documents.components import components_of
from records.documents.models import ComponentText, Document
from records.documents.service import change_document
from records.documents.sharing import grants_of, revoke_grant, share_document
from records.finding.service import SMALL_TEXT, is_searchable
from records.finding.state import IndexPhase
from records.office import Office
from records.people.rules import Actor, PrincipalKind, Role, Secrecy
from records.registration.service import void_registration
from records.worker import Worker
from tests.builders import add_person, add_unit, register
from tests.letters import letter
from tests.offices import HeldClock
from tests.records.finding.desk import Desk, soon


@pytest.fixture
def outsider(office: Office) -> Actor:
    """Somebody of another unit, who sees what is public or shared."""
    add_unit(office, "depot")
    return add_person(office, "wang", Role.STAFF, unit="depot", clearance=Secrecy.CONFIDENTIAL)


def share(office: Office, clerk: Actor, document: Document, reader: Actor, **more: object) -> None:
    assert reader.user_id is not None
    with office.database.writing() as uow:
        share_document(
            uow,
            clerk,
            document_id=document.id,
            principal_kind=PrincipalKind.USER,
            principal_object_id=reader.user_id,
            reason="to know",
            **more,  # type: ignore[arg-type]
        )


def revoke_all(office: Office, clerk: Actor, document: Document) -> None:
    with office.database.writing() as uow:
        for grant in grants_of(uow, document.id):
            revoke_grant(uow, clerk, grant_id=grant.id)


def test_snippets_are_cut_from_a_text_too_long_to_come_with_the_names(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    made = (sha256(str(each).encode()).hexdigest() for each in range(1_000))
    words = "\n".join(made).encode()
    files = [("long.txt", words + b"\nthe quokka came\n"), ("short.txt", b"no such animal")]
    register(office, clerk, "Animals", files=files)
    worker.run_until_idle()
    with office.database.reading() as uow:
        sizes = uow.session.scalars(select(func.length(ComponentText.sealed))).all()
    assert min(sizes) <= SMALL_TEXT < max(sizes)
    (hit,) = desk.ask(clerk, "quokka").hits
    (snippet,) = hit.snippets
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["quokka"]


def test_without_an_index_the_answer_is_empty_and_says_so(clerk: Actor, desk: Desk) -> None:
    found = desk.ask(clerk, "anything")
    assert (found.total, found.hits) == (0, [])
    assert found.index.phase is IndexPhase.MISSING


def test_a_hit_shows_where_the_words_stand(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    pages = [["Dear Sir,", "the marmalade has arrived"], ["yours"]]
    register(office, clerk, "About marmalade", files=[("jam.pdf", letter(pages))])
    worker.run_until_idle()
    (hit,) = desk.ask(clerk, "marmalade").hits
    assert hit.file_name == "jam.pdf"
    shown = {each.field: [each.text[a:b] for a, b in each.marks] for each in hit.snippets}
    assert shown == {"title": ["marmalade"], "body": ["marmalade"]}


def test_chinese_text_across_a_line_break_is_found_and_marked(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    text = "关于进一步加强防汛抗\n旱工作的通知"
    register(office, clerk, "Drought", files=[("a.txt", text.encode())])
    worker.run_until_idle()
    (hit,) = desk.ask(clerk, "抗旱").hits
    (snippet,) = hit.snippets
    assert [snippet.text[a:b] for a, b in snippet.marks] == ["抗 旱"]


def test_facets_count_what_may_be_seen_and_have_names(
    office: Office, clerk: Actor, outsider: Actor, worker: Worker, desk: Desk
) -> None:
    register(office, clerk, "One", secrecy="public", unit="office")
    register(office, clerk, "Two", secrecy="secret", register="outgoing")
    worker.run_until_idle()
    found = desk.ask(clerk, "")
    shown = {
        name: [(each.value, each.label, each.count) for each in values]
        for name, values in found.facets.items()
    }
    assert shown["secrecy"] == [("public", "public", 1), ("secret", "secret", 1)]
    assert shown["register"] == [
        ("incoming", "Incoming documents", 1),
        ("outgoing", "Outgoing documents", 1),
    ]
    assert shown["unit"] == [("office", "Office", 1)]
    assert shown["year"] == [("2026", "2026", 2)]
    assert desk.titles(clerk, "", filters={"secrecy": ["secret"]}) == ["Two"]
    theirs = desk.ask(outsider, "")
    assert theirs.total == 1
    assert [each.value for each in theirs.facets["register"]] == ["incoming"]


def test_scores_do_not_tell_how_many_hidden_documents_have_a_word(
    office: Office, clerk: Actor, outsider: Actor, worker: Worker, desk: Desk
) -> None:
    register(office, clerk, "Platypus", secrecy="public")
    worker.run_until_idle()
    (before,) = desk.ask(outsider, "platypus").hits
    for number in range(5):
        register(office, clerk, f"Platypus {number}", secrecy="secret")
    worker.run_until_idle()
    (after,) = desk.settled(outsider, "platypus").hits
    assert after.score == before.score == 1.0


def test_clearance_hides_whatever_the_grant_says(
    office: Office, clerk: Actor, outsider: Actor, worker: Worker, desk: Desk
) -> None:
    document = register(office, clerk, "Very secret", secrecy="secret")
    share(office, clerk, document, outsider)
    worker.run_until_idle()
    assert desk.ask(outsider, "secret").total == 0


def test_a_revoked_right_hides_hits_at_once_and_counts_soon(
    office: Office, clerk: Actor, outsider: Actor, worker: Worker, desk: Desk
) -> None:
    document = register(office, clerk, "Shared for a while", files=[("a.txt", b"platypus")])
    share(office, clerk, document, outsider)
    worker.run_until_idle()
    assert desk.titles(outsider, "platypus") == ["Shared for a while"]
    revoke_all(office, clerk, document)
    assert desk.titles(outsider, "platypus") == []
    worker.run_until_idle()
    assert desk.settled(outsider, "platypus").total == 0


def test_a_right_for_a_time_begins_and_ends_in_the_index_by_itself(
    office: Office, clerk: Actor, outsider: Actor, worker: Worker, desk: Desk, clock: HeldClock
) -> None:
    document = register(office, clerk, "On Tuesday")
    share(
        office,
        clerk,
        document,
        outsider,
        from_at=clock.now() + timedelta(hours=1),
        until_at=clock.now() + timedelta(hours=2),
    )
    worker.run_until_idle()
    assert desk.ask(outsider, "tuesday").total == 0
    clock.advance(minutes=61)
    worker.run_until_idle()
    assert desk.settled(outsider, "tuesday").total == 1
    clock.advance(minutes=60)
    assert desk.titles(outsider, "tuesday") == []
    worker.run_until_idle()
    assert desk.settled(outsider, "tuesday").total == 0


def test_a_voided_document_stays_findable_for_its_clerks(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    document = register(office, clerk, "By mistake")
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=document.id, version=None, reason="double")
    worker.run_until_idle()
    (hit,) = desk.ask(clerk, "mistake", filters={"state": ["voided"]}).hits
    assert hit.line.state == "voided"


def test_changed_metadata_is_found_and_the_old_is_not(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    document = register(office, clerk, "Old words")
    worker.run_until_idle()
    with office.database.writing() as uow:
        change_document(
            uow, clerk, document_id=document.id, version=None, values={"title": "New ones"}
        )
    worker.run_until_idle()
    assert desk.settled(clerk, "old").total == 0
    assert desk.titles(clerk, "new") == ["New ones"]


def test_pages_follow_each_other_without_holes(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    for number in range(7):
        register(office, clerk, f"minutes {number}")
    worker.run_until_idle()
    seen: list[str] = []
    after = None
    while True:
        found = desk.ask(clerk, "minutes", limit=3, after=after)
        seen += [hit.line.title for hit in found.hits]
        if (after := found.next) is None:
            break
    assert sorted(seen) == [f"minutes {number}" for number in range(7)]


@contextmanager
def counted(office: Office) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    event.listen(office.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(office.database.engine, "before_cursor_execute", note)


def test_the_number_of_queries_does_not_grow_with_the_hits(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    for number in range(12):
        register(office, clerk, f"ledger {number}", files=[("a.txt", b"ledger")], unit="office")
    worker.run_until_idle()
    desk.ask(clerk, "ledger")  # the synonyms are read once by each process
    with counted(office) as few:
        desk.ask(clerk, "ledger", limit=1)
    with counted(office) as many:
        assert len(desk.ask(clerk, "ledger", limit=12).hits) == 12
    assert len(many) == len(few) <= 9


def test_a_document_is_searchable_when_read_and_indexed(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    first = register(office, clerk, files=[("a.txt", b"one")])
    ids: list[UUID] = [first.id]

    def searchable() -> set[UUID]:
        with office.database.reading() as uow:
            return is_searchable(uow, desk.reader.cursor(), ids)

    assert searchable() == set()
    worker.run_until_idle()
    soon(lambda: searchable() == {first.id})
    second = register(office, clerk, "On paper")
    ids.append(second.id)
    assert searchable() == {first.id}
    worker.run_until_idle()
    soon(lambda: searchable() == {first.id, second.id})


def test_looking_at_a_document_is_recorded_and_indexes_nothing(
    office: Office, clerk: Actor, worker: Worker, desk: Desk, clock: HeldClock
) -> None:
    document = register(office, clerk, files=[("a.txt", b"one")])
    worker.run_until_idle()
    with office.database.writing() as uow:
        (component,) = components_of(uow, document.id)
        record_views(uow, [View(clerk, document.id, component.id, clock.now())])
    with office.database.reading() as uow:
        assert is_searchable(uow, desk.reader.cursor(), [document.id]) == {document.id}


def test_a_lost_key_leaves_the_document_findable_by_its_metadata(
    office: Office, clerk: Actor, worker: Worker, desk: Desk
) -> None:
    from records.documents.models import StoredObject
    from records.finding.rebuilding import reindex

    register(office, clerk, "Shredded", files=[("a.txt", b"capybara")])
    worker.run_until_idle()
    with office.database.writing() as uow:
        uow.session.scalars(select(StoredObject)).one().wrapped_key = b"\0" * 60
    office.vault.forget_keys()
    reindex(office)
    assert desk.settled(clerk, "capybara").total == 0
    (hit,) = desk.ask(clerk, "shredded").hits
    assert hit.line.title == "Shredded"


def test_threads_of_one_process_may_search_while_the_index_changes(
    office: Office, clerk: Actor, running: threading.Event, desk: Desk
) -> None:
    wrong: list[str] = []

    def search_on() -> None:
        while not running.is_set() and not done.is_set():
            wrong.extend(each for each in desk.titles(clerk, "almanac") if "almanac" not in each)

    done = threading.Event()
    threads = [threading.Thread(target=search_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(10):
        register(office, clerk, f"almanac {number}")
    soon(lambda: desk.ask(clerk, "almanac").total == 10)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    with office.database.reading() as uow:
        assert uow.session.scalar(select(func.count()).select_from(Document)) == 10
    assert Path(office.config.index_folder).is_dir()
