from datetime import date
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from records.core.log import LogEntry, LogPayload
from records.documents.models import Component, Document
from records.documents.visibility import get_document
from records.office import Office
from records.people.organization import unit_by_code
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.registration.book import BookLine, book_lines, book_years
from records.registration.models import Register
from records.registration.registers import (
    add_register,
    change_register,
    register_by_code,
    registers_of,
)
from records.registration.rules import RegistrationState
from records.registration.service import (
    change_secrecy,
    register_document,
    registered_before,
    void_registration,
)
from tests.builders import add_person, add_unit, keep, register, register_in


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "clerk", Role.CLERK)


def lower_ceiling(
    office: Office, code: str, ceiling: Secrecy, *, closed: date | None = None
) -> None:
    with office.database.writing() as uow:
        book = register_by_code(uow, code)
        change_register(
            uow,
            SERVICE,
            register_id=book.id,
            version=book.version,
            name=book.name,
            pattern=book.pattern,
            padding=book.padding,
            ceiling=ceiling,
            closed_on=closed,
        )


def open_book(office: Office, code: str, *, ceiling: Secrecy, unit: str = "office") -> None:
    with office.database.writing() as uow:
        add_register(
            uow,
            SERVICE,
            code=code,
            name=code,
            kind="incoming",
            clerk_unit_id=unit_by_code(uow, unit).id,
            pattern=f"{code}/{{year}}/{{number}}",
            padding=3,
            ceiling=ceiling,
        )


def lines(office: Office, actor: Actor, code: str) -> list[BookLine]:
    with office.database.reading() as uow:
        return book_lines(uow, actor, register=register_by_code(uow, code), year=2026)[0]


def test_paper_without_a_file_is_registered_by_its_title(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, "A letter on paper")
    assert (document.title, document.medium, document.text_state) == (
        "A letter on paper",
        "paper",
        "none",
    )


def test_nothing_without_a_file_and_a_title(office: Office, clerk: Actor) -> None:
    with office.database.reading() as uow:
        book = register_by_code(uow, "incoming")
    with office.database.writing() as uow, pytest.raises(Invalid) as caught:
        register_document(uow, clerk, register=book, values={}, received=[])
    assert caught.value.field == "title"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\scans\\Letter.pdf", "Letter.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n c.txt", "ab c.txt"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("关于报告.docx", "关于报告.docx"),
    ],
)
def test_a_file_keeps_its_name_and_nothing_that_harms(
    office: Office, clerk: Actor, given: str, kept: str
) -> None:
    document = register(office, clerk, "Named", files=[(given, b"content")])
    with office.database.reading() as uow:
        names = uow.session.scalars(
            select(Component.name).where(Component.document_id == document.id)
        )
        assert list(names) == [kept]


@pytest.mark.parametrize("title", ["a\x00b", "a\x1fb", "a\ud800b", "a\u2028b"])
def test_a_title_is_kept_as_every_database_can(any_office: Office, title: str) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    assert register(any_office, clerk, title).title in ("ab", "a b")


def test_only_clerks_of_its_unit_register_in_a_book(office: Office, clerk: Actor) -> None:
    add_unit(office, "branch")
    stranger = add_person(office, "stranger", Role.CLERK, unit="branch")
    staff = add_person(office, "staff", Role.STAFF)
    for actor in (stranger, staff):
        with pytest.raises(NotAllowed):
            register(office, actor)
    with office.database.reading() as uow:
        assert {each.code for each in registers_of(uow, clerk)} == {
            "incoming",
            "outgoing",
            "internal",
        }
        assert registers_of(uow, stranger) == []


def test_nobody_registers_above_their_own_clearance(office: Office) -> None:
    clerk = add_person(office, "low", Role.CLERK, clearance=Secrecy.CONFIDENTIAL)
    with pytest.raises(NotAllowed):
        register(office, clerk, secrecy="secret")
    assert register(office, clerk, secrecy="confidential").number == "IN-2026-0001"


def test_above_the_ceiling_the_refusal_names_the_open_books_of_the_same_kind(
    office: Office, clerk: Actor
) -> None:
    open_book(office, "vault", ceiling=Secrecy.SECRET)
    open_book(office, "deep", ceiling=Secrecy.TOP_SECRET)
    open_book(office, "low", ceiling=Secrecy.INTERNAL)
    open_book(office, "shut", ceiling=Secrecy.TOP_SECRET)
    lower_ceiling(office, "shut", Secrecy.TOP_SECRET, closed=date(2026, 3, 2))
    lower_ceiling(office, "incoming", Secrecy.INTERNAL)
    with pytest.raises(Invalid) as caught:
        register(office, clerk, secrecy="secret")
    assert caught.value.field == "secrecy"
    assert caught.value.details["allowed"] == ["vault", "deep"]
    assert "vault, deep" in str(caught.value)
    assert register(office, clerk, secrecy="internal").number == "IN-2026-0001"


def test_a_book_closes_at_the_beginning_of_its_day(office: Office, clerk: Actor) -> None:
    lower_ceiling(office, "incoming", Secrecy.TOP_SECRET, closed=date(2026, 3, 3))
    register(office, clerk)
    lower_ceiling(office, "incoming", Secrecy.TOP_SECRET, closed=date(2026, 3, 2))
    with pytest.raises(Conflict):
        register(office, clerk)


def test_a_ceiling_does_not_sink_below_what_the_book_holds(office: Office, clerk: Actor) -> None:
    register(office, clerk, secrecy="secret")
    with pytest.raises(Conflict) as caught:
        lower_ceiling(office, "incoming", Secrecy.INTERNAL)
    assert caught.value.field == "ceiling"
    lower_ceiling(office, "incoming", Secrecy.SECRET)


def test_a_changed_pattern_counts_for_later_numbers_only(office: Office, clerk: Actor) -> None:
    first = register(office, clerk)
    with office.database.writing() as uow:
        book = register_by_code(uow, "incoming")
        asked = {
            "register_id": book.id,
            "name": "收文",
            "pattern": "收〔{year}〕{number}号",
            "padding": 2,
            "ceiling": Secrecy.TOP_SECRET,
            "closed_on": None,
        }
        version = book.version
        change_register(uow, SERVICE, version=version, **asked)  # type: ignore[arg-type]
    with pytest.raises(Stale), office.database.writing() as uow:
        change_register(uow, SERVICE, version=version, **asked)  # type: ignore[arg-type]
    assert (first.number, register(office, clerk).number) == ("IN-2026-0001", "收〔2026〕02号")


def test_the_same_file_of_the_same_source_is_known(any_office: Office) -> None:
    clerk = add_person(any_office, "clerk", Role.CLERK)
    files = [("a.txt", b"hello")]
    first = register(any_office, clerk, files=files, source_id="a.txt")
    with pytest.raises(Conflict):
        register(any_office, clerk, files=files, source_id="a.txt")
    with any_office.database.reading() as uow:
        book = register_by_code(uow, "incoming")
        sha256 = uow.session.scalars(select(Component.sha256)).one()
        found = registered_before(uow, register=book, source_id="a.txt", sha256=sha256)
        assert found is not None
        assert found.id == first.id
        assert registered_before(uow, register=book, source_id="b.txt", sha256=sha256) is None
        other = register_by_code(uow, "outgoing")
        assert registered_before(uow, register=other, source_id="a.txt", sha256=sha256) is None
    assert register(any_office, clerk, files=files, source_id="b.txt").number == "IN-2026-0002"


def test_paper_has_no_source(office: Office, clerk: Actor) -> None:
    with pytest.raises(Invalid) as caught:
        register(office, clerk, source_id="a.txt")
    assert caught.value.field == "source_id"


def test_a_voided_number_stays_in_the_book_with_its_reason(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, "Twice in the post")
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=document.id, version=1, reason=" came twice ")
    (line,) = lines(office, clerk, "incoming")
    assert (line.text, line.state, line.reason) == (
        "IN-2026-0001",
        RegistrationState.VOIDED,
        "came twice",
    )
    assert register(office, clerk).number == "IN-2026-0002"


def test_voiding_is_refused_without_reason_twice_and_from_an_old_sight(
    office: Office, clerk: Actor
) -> None:
    document = register(office, clerk)
    asked = {"document_id": document.id, "version": 1}
    with pytest.raises(Invalid), office.database.writing() as uow:
        void_registration(uow, clerk, **asked, reason="\x00 ")  # type: ignore[arg-type]
    with pytest.raises(Stale), office.database.writing() as uow:
        void_registration(uow, clerk, document_id=document.id, version=9, reason="x")
    with office.database.writing() as uow:
        void_registration(uow, clerk, **asked, reason="x")  # type: ignore[arg-type]
    with pytest.raises(Conflict), office.database.writing() as uow:
        void_registration(uow, clerk, document_id=document.id, version=None, reason="x")
    reader = add_person(office, "reader", Role.STAFF)
    with pytest.raises(NotFound), office.database.writing() as uow:
        void_registration(uow, reader, document_id=document.id, version=None, reason="x")


def test_raised_above_the_ceiling_a_document_moves_and_leaves_a_line_without_title(
    any_office: Office,
) -> None:
    office = any_office
    clerk = add_person(office, "clerk", Role.CLERK)
    open_book(office, "deep", ceiling=Secrecy.TOP_SECRET)
    open_book(office, "vault", ceiling=Secrecy.SECRET)
    lower_ceiling(office, "incoming", Secrecy.INTERNAL)
    document = register(office, clerk, "The plan", sender="Ministry")
    with office.database.writing() as uow:
        moved = change_secrecy(
            uow,
            clerk,
            document_id=document.id,
            version=1,
            secrecy=Secrecy.CONFIDENTIAL,
            reason="names people",
            term="10 years",
        )
    assert (moved.number, moved.secrecy_term) == ("vault/2026/001", "10 years")
    (old,) = lines(office, clerk, "incoming")
    assert (old.text, old.state) == ("IN-2026-0001", RegistrationState.MOVED)
    assert [old.title, old.sender, old.document_id, old.secrecy, old.reason] == [None] * 5
    (new,) = lines(office, clerk, "vault")
    assert (new.text, new.title, new.state) == (
        "vault/2026/001",
        "The plan",
        RegistrationState.CURRENT,
    )
    assert register(office, clerk).number == "IN-2026-0002"

    with office.database.writing() as uow:
        lowered = change_secrecy(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            secrecy=Secrecy.PUBLIC,
            reason="published",
        )
    assert (lowered.number, lowered.secrecy) == ("vault/2026/001", Secrecy.PUBLIC)
    with office.database.reading() as uow:
        kinds = uow.session.scalars(select(LogEntry.kind).order_by(LogEntry.sequence)).all()
        assert kinds.count("document.moved") == 1
        assert kinds.count("document.secrecy_changed") == 2


def test_raised_within_the_ceiling_a_document_keeps_its_number(
    office: Office, clerk: Actor
) -> None:
    document = register(office, clerk)
    with office.database.writing() as uow:
        raised = change_secrecy(
            uow, clerk, document_id=document.id, version=1, secrecy=Secrecy.SECRET, reason="x"
        )
    assert raised.number == "IN-2026-0001"
    assert [each.state for each in lines(office, clerk, "incoming")] == [RegistrationState.CURRENT]


def test_no_book_may_hold_it(office: Office, clerk: Actor) -> None:
    lower_ceiling(office, "incoming", Secrecy.INTERNAL)
    document = register(office, clerk)
    with pytest.raises(Invalid) as caught, office.database.writing() as uow:
        change_secrecy(
            uow, clerk, document_id=document.id, version=1, secrecy=Secrecy.SECRET, reason="x"
        )
    assert caught.value.details["allowed"] == []
    with office.database.reading() as uow:
        assert get_document(uow, clerk, document.id).secrecy == Secrecy.INTERNAL


def test_changing_secrecy_is_refused_where_it_makes_no_sense(office: Office) -> None:
    clerk = add_person(office, "clerk", Role.CLERK, clearance=Secrecy.SECRET)
    document = register(office, clerk)

    def ask(secrecy: Secrecy, reason: str = "x", version: int | None = None) -> None:
        with office.database.writing() as uow:
            change_secrecy(
                uow,
                clerk,
                document_id=document.id,
                version=version,
                secrecy=secrecy,
                reason=reason,
            )

    with pytest.raises(Conflict):
        ask(Secrecy.INTERNAL)
    with pytest.raises(Invalid):
        ask(Secrecy.SECRET, reason=" ")
    with pytest.raises(NotAllowed):
        ask(Secrecy.TOP_SECRET)
    with pytest.raises(Stale):
        ask(Secrecy.SECRET, version=7)
    with office.database.writing() as uow:
        void_registration(uow, clerk, document_id=document.id, version=None, reason="x")
    with pytest.raises(Conflict):
        ask(Secrecy.SECRET)


def test_the_book_shows_number_alone_where_the_clerk_is_not_cleared(office: Office) -> None:
    high = add_person(office, "high", Role.CLERK)
    low = add_person(office, "low", Role.CLERK, clearance=Secrecy.INTERNAL)
    register(office, high, "Open")
    register(office, high, "Closed", secrecy="secret", sender="Ministry")
    shown, hidden = lines(office, low, "incoming")
    assert shown.title == "Open"
    assert (hidden.number, hidden.text) == (2, "IN-2026-0002")
    assert [hidden.title, hidden.sender, hidden.secrecy, hidden.document_id] == [None] * 4


def test_the_book_is_for_its_clerks_and_for_oversight(office: Office, clerk: Actor) -> None:
    register(office, clerk)
    for role in (Role.STAFF, Role.LEADER, Role.SYSTEM_ADMIN):
        with pytest.raises(NotAllowed):
            lines(office, add_person(office, role.value, role), "incoming")
    for role in (Role.ARCHIVIST, Role.AUDITOR):
        (line,) = lines(office, add_person(office, role.value, role), "incoming")
        assert (line.number, line.title, line.document_id) == (1, None, None)


def test_the_book_is_read_page_by_page_both_ways(office: Office, clerk: Actor) -> None:
    with office.database.writing() as uow:
        for _ in range(7):
            register_in(uow, clerk)
    with office.database.reading() as uow:
        book = register_by_code(uow, "incoming")
        assert book_years(uow, book) == [2026]
        for descending in (False, True):
            numbers, after = [], None
            while True:
                page, after = book_lines(
                    uow,
                    clerk,
                    register=book,
                    year=2026,
                    after=after,
                    descending=descending,
                    limit=3,
                )
                numbers += [each.number for each in page]
                if after is None:
                    break
            assert sorted(numbers) == list(range(1, 8))
            assert all((a > b) == descending for a, b in pairwise(numbers))


def test_a_registration_is_one_event_that_names_its_files(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, "Letter", files=[("a.txt", b"one"), ("b.txt", b"two")])
    with office.database.reading() as uow:
        entry, payload = uow.session.execute(
            select(LogEntry, LogPayload.payload)
            .join(LogPayload, LogPayload.sequence == LogEntry.sequence)
            .order_by(LogEntry.sequence.desc())
            .limit(1)
        ).one()
        assert entry.kind == "document.registered"
        assert entry.actor_id == clerk.user_id
        assert str(document.id) in entry.objects
        for text in ("Letter", "a.txt", "b.txt", "IN-2026-0001", '"name":"clerk"'):
            assert text in payload


def test_a_book_needs_a_code_of_its_own_and_a_unit(office: Office) -> None:
    with pytest.raises(Conflict):
        open_book(office, "incoming", ceiling=Secrecy.PUBLIC)
    with office.database.writing() as uow, pytest.raises(NotFound):
        add_register(
            uow,
            SERVICE,
            code="x",
            name="x",
            kind="incoming",
            clerk_unit_id=uuid4(),
            pattern="{year}-{number}",
            padding=4,
            ceiling=Secrecy.PUBLIC,
        )
    with office.database.reading() as uow:
        assert len(uow.session.scalars(select(Register)).all()) == 3


def test_whoever_may_not_keep_registers_changes_none(office: Office) -> None:
    for role in set(Role) - {Role.SYSTEM_ADMIN}:
        with office.database.writing() as uow, pytest.raises(NotAllowed):
            add_register(
                uow,
                add_person_actor(role),
                code="x",
                name="x",
                kind="incoming",
                clerk_unit_id=uuid4(),
                pattern="{year}-{number}",
                padding=4,
                ceiling=Secrecy.PUBLIC,
            )


def add_person_actor(role: Role) -> Actor:
    from records.people.rules import HeldPost

    post = HeldPost(uuid4(), "post", uuid4(), "unit", frozenset({role}))
    return Actor(uuid4(), role.value, Secrecy.TOP_SECRET, (post,))


def test_documents_begin_registered_and_internal(office: Office, clerk: Actor) -> None:
    document = register(office, clerk, files=[("a.txt", b"x")])
    with office.database.reading() as uow:
        found = uow.session.get_one(Document, document.id)
    assert (found.state, found.secrecy, found.urgency, found.text_state, found.version) == (
        "registered",
        Secrecy.INTERNAL,
        "routine",
        "pending",
        1,
    )
    assert keep(office, []) == []
