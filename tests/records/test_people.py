import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from records.core.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    Stale,
    TooMany,
)
from records.core.log import LogEntry
from records.office import Office, open_office
from records.people import signing_in
from records.people.actors import load_actor
from records.people.groups import add_group, change_group
from records.people.known_passwords import check_not_breached
from records.people.models import Assignment, Post, Unit, User
from records.people.names import search_key
from records.people.organization import (
    add_post,
    all_units,
    assign,
    change_post,
    change_unit,
    end_assignment,
    find_units,
    unit_by_code,
)
from records.people.organization import add_unit as add_unit_row
from records.people.rules import (
    ALLOWED,
    SEPARATE_ROLES,
    SERVICE,
    Act,
    Actor,
    Role,
    Secrecy,
    check_password,
    check_separate,
)
from records.people.service import (
    accept_invitation,
    add_user,
    change_user,
    disable_user,
    enable_user,
    find_users,
    give_clearance,
    reset_password,
    set_own_password,
)
from tests.builders import PASSWORD, add_person, add_unit, again, give_post
from tests.offices import HeldClock, office_config

HERE = "192.0.2.1"


@pytest.fixture
def admin(office: Office) -> Actor:
    return add_person(office, "admin", Role.SYSTEM_ADMIN)


# Units -------------------------------------------------------------------------------------------


def test_units_form_one_tree_under_the_root(office: Office, admin: Actor) -> None:
    with office.database.writing() as uow:
        root = unit_by_code(uow, "office")
        for code, parent_id, error in (
            ("second", None, Invalid),
            ("office", None, Conflict),
            ("", root.id, Invalid),
            ("lost", uuid4(), NotFound),
        ):
            with pytest.raises(error):
                add_unit_row(uow, admin, code=code, name="x", parent_id=parent_id)
        assert [each.code for each in all_units(uow)] == ["office"]


def test_a_unit_never_stands_under_itself(any_office: Office) -> None:
    a = add_unit(any_office, "a")
    b = add_unit(any_office, "b", parent="a")
    with any_office.database.writing() as uow:
        for parent_id in (a, b):
            with pytest.raises(Conflict) as caught:
                change_unit(
                    uow,
                    SERVICE,
                    unit_id=a,
                    version=1,
                    name="A",
                    parent_id=parent_id,
                    until_on=None,
                )
            assert caught.value.field == "parent"
        with pytest.raises(Invalid):
            change_unit(uow, SERVICE, unit_id=a, version=1, name="A", parent_id=None, until_on=None)
        with pytest.raises(Stale):
            change_unit(uow, SERVICE, unit_id=a, version=9, name="A", parent_id=b, until_on=None)
        root = unit_by_code(uow, "office").id
        moved = change_unit(
            uow, SERVICE, unit_id=b, version=1, name="Bee", parent_id=root, until_on=None
        )
        assert (moved.parent_id, moved.name) == (root, "Bee")


def test_a_unit_is_found_by_code_and_by_a_name_of_its_own(office: Office) -> None:
    add_unit(office, "a", name="b")
    add_unit(office, "b", name="Bee")
    add_unit(office, "c", name="Bee")
    with office.database.reading() as uow:
        assert unit_by_code(uow, " b ").name == "Bee"
        assert unit_by_code(uow, "Office").code == "office"
        for text in ("Bee", "", "z"):
            with pytest.raises(Invalid) as caught:
                unit_by_code(uow, text, field="parent")
            assert caught.value.field == "parent"


# Posts -------------------------------------------------------------------------------------------


def test_rights_come_from_the_posts_held_today(office: Office, clock: HeldClock) -> None:
    person = add_person(office, "person", Role.STAFF)
    assert person.user_id is not None
    today = date(2026, 3, 2)
    with office.database.writing() as uow:
        root = unit_by_code(uow, "office").id
        clerks = add_post(uow, SERVICE, unit_id=root, title="Desk", roles=frozenset({Role.CLERK}))
        assign(
            uow,
            SERVICE,
            user_id=person.user_id,
            post_id=clerks.id,
            from_on=today + timedelta(days=1),
            until_on=today + timedelta(days=2),
        )
    roles = []
    for _ in range(4):
        roles.append(Role.CLERK in again(office, person).roles)
        clock.advance(days=1)
    assert roles == [False, True, True, False]


def test_a_post_is_left_at_once_or_at_the_end_of_a_day(office: Office, clock: HeldClock) -> None:
    person = add_person(office, "person", Role.STAFF)
    with office.database.reading() as uow:
        assignment_id = uow.session.scalars(select(Assignment.id)).one()
    tomorrow = date(2026, 3, 3)

    def end(until_on: date | None) -> None:
        with office.database.writing() as uow:
            end_assignment(uow, SERVICE, assignment_id=assignment_id, until_on=until_on)

    end(tomorrow)
    with pytest.raises(Invalid):
        end(tomorrow + timedelta(days=1))
    clock.advance(days=1)
    assert again(office, person).roles == {Role.STAFF}
    end(None)
    assert again(office, person).roles == frozenset()
    with pytest.raises(Conflict):
        end(None)


def test_a_post_given_today_is_taken_back_today(any_office: Office) -> None:
    person = add_person(any_office, "person", Role.CLERK)
    with any_office.database.writing() as uow:
        assignment_id = uow.session.scalars(select(Assignment.id)).one()
        end_assignment(uow, SERVICE, assignment_id=assignment_id)
    assert again(any_office, person).posts == ()


def test_a_post_changes_its_roles_and_ends(office: Office, clock: HeldClock) -> None:
    person = add_person(office, "person", Role.STAFF)
    with office.database.writing() as uow:
        post = uow.session.scalars(select(Post)).one()
        asked = {"post_id": post.id, "title": "Desk"}
        change_post(uow, SERVICE, version=1, roles=frozenset({Role.CLERK}), **asked)  # type: ignore[arg-type]
        with pytest.raises(Stale):
            change_post(uow, SERVICE, version=9, roles=frozenset({Role.CLERK}), **asked)  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            change_post(uow, SERVICE, version=post.version, roles=frozenset(), **asked)  # type: ignore[arg-type]
    assert again(office, person).roles == {Role.CLERK}
    with office.database.writing() as uow:
        change_post(
            uow,
            SERVICE,
            post_id=post.id,
            version=uow.session.get_one(Post, post.id).version,
            title="Desk",
            roles=frozenset({Role.CLERK}),
            until_on=uow.today,
        )
    assert again(office, person).roles == {Role.CLERK}
    clock.advance(days=1)
    assert again(office, person).roles == frozenset()


@pytest.mark.parametrize("first", SEPARATE_ROLES)
@pytest.mark.parametrize("second", SEPARATE_ROLES)
def test_the_three_administrations_lie_in_different_hands(
    office: Office, first: Role, second: Role
) -> None:
    if first is second:
        check_separate({first})
        return
    with pytest.raises(Conflict):
        check_separate({first, second, Role.CLERK})
    with pytest.raises(Conflict):
        add_person(office, "both", first, second)
    person = add_person(office, "person", first)
    with pytest.raises(Conflict):
        give_post(office, person, second, unit="office")


def test_the_three_administrations_are_apart_on_any_day(office: Office) -> None:
    person = add_person(office, "person", Role.STAFF)
    assert person.user_id is not None
    today = date(2026, 3, 2)
    week = timedelta(days=7)
    with office.database.writing() as uow:
        root = unit_by_code(uow, "office").id
        posts = {
            role: add_post(uow, SERVICE, unit_id=root, title=role, roles=frozenset({role})).id
            for role in (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.LEADER)
        }

        def give(role: Role, first: date, last: date | None) -> None:
            assert person.user_id is not None
            assign(
                uow,
                SERVICE,
                user_id=person.user_id,
                post_id=posts[role],
                from_on=first,
                until_on=last,
            )

        give(Role.SYSTEM_ADMIN, today + week, today + 2 * week)
        for first, last in ((today, None), (today, today + week), (today + 2 * week, None)):
            with pytest.raises(Conflict):
                give(Role.AUDIT_ADMIN, first, last)
        give(Role.AUDIT_ADMIN, today, today + week - timedelta(days=1))
        give(Role.AUDIT_ADMIN, today + 3 * week, None)
        give(Role.LEADER, today, None)
        with pytest.raises(Conflict):
            change_post(
                uow,
                SERVICE,
                post_id=posts[Role.LEADER],
                version=1,
                title="x",
                roles=frozenset({Role.LEADER, Role.SYSTEM_ADMIN}),
            )


# Users -------------------------------------------------------------------------------------------


def test_clearance_is_given_by_the_security_administration_alone(
    office: Office, admin: Actor
) -> None:
    security = add_person(office, "security", Role.SECURITY_ADMIN)
    with office.database.writing() as uow:
        root = unit_by_code(uow, "office").id
        for level in (Secrecy.CONFIDENTIAL, Secrecy.TOP_SECRET):
            with pytest.raises(NotAllowed):
                add_user(
                    uow,
                    admin,
                    login="x",
                    roles=frozenset({Role.STAFF}),
                    unit_id=root,
                    clearance=level,
                )
        user, secret = add_user(
            uow, admin, login=" Zhang ", roles=frozenset({Role.STAFF}), unit_id=root
        )
        assert (user.login, user.clearance, user.password_is_temporary) == ("zhang", 1, True)
        with pytest.raises(NotAllowed):
            give_clearance(uow, admin, user_id=user.id, clearance=Secrecy.SECRET)
        give_clearance(uow, security, user_id=user.id, clearance=Secrecy.SECRET)
        uow.session.flush()
        assert load_actor(uow, user.id).clearance is Secrecy.SECRET
        found = signing_in.verify_password(uow, login="ZHANG", password=secret, address=HERE)
        assert found.id == user.id


@pytest.mark.parametrize(("login", "error"), [("", Invalid), ("a b", Invalid), ("ADMIN", Conflict)])
def test_a_login_is_one_word_of_its_own(
    office: Office, admin: Actor, login: str, error: type[Refusal]
) -> None:
    with office.database.writing() as uow, pytest.raises(error) as caught:
        add_user(
            uow,
            admin,
            login=login,
            roles=frozenset({Role.STAFF}),
            unit_id=unit_by_code(uow, "office").id,
        )
    assert caught.value.field == "name"


def test_a_stale_change_of_a_person_is_refused(office: Office, admin: Actor) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    with office.database.writing() as uow:
        version = uow.session.get_one(User, person.user_id).version
        asked = {"user_id": person.user_id, "email": None}
        change_user(uow, admin, version=version, name="张三", **asked)  # type: ignore[arg-type]
        uow.session.flush()
        with pytest.raises(Stale):
            change_user(uow, admin, version=version, name="李四", **asked)  # type: ignore[arg-type]


def test_two_who_change_one_person_at_once_do_not_overwrite_each_other(
    postgres_office: Office,
) -> None:
    person = add_person(postgres_office, "person")
    database = postgres_office.database

    def rename(name: str, meanwhile: Callable[[], None]) -> None:
        assert person.user_id is not None
        with database.writing() as uow:
            uow.session.get_one(User, person.user_id).name = name
            meanwhile()

    with pytest.raises(Stale):
        rename("one", lambda: rename("two", lambda: None))
    with database.reading() as uow:
        assert uow.session.get_one(User, person.user_id).name == "two"


def test_two_who_add_the_same_at_once_collide_in_our_own_words(postgres_office: Office) -> None:
    database = postgres_office.database

    def add(meanwhile: Callable[[], None]) -> None:
        with database.writing() as uow:
            assert find_users(uow, "twin") == []
            meanwhile()
            root = unit_by_code(uow, "office").id
            unit = Unit(
                id=uow.new_id(),
                code="twin",
                name="twin",
                search_key="twin",
                parent_id=root,
                from_on=uow.today,
            )
            uow.session.add(unit)

    with pytest.raises(Conflict):
        add(lambda: add(lambda: None))
    with database.reading() as uow:
        assert [each.code for each in all_units(uow)] == ["office", "twin"]


def test_people_and_units_are_found_by_any_part_pinyin_or_initials(office: Office) -> None:
    add_person(office, "zs", name="张三丰")
    add_person(office, "ls", name="李四")
    add_person(office, "smith", name="Anna Smith_50%")
    add_unit(office, "fin", name="财务处")
    with office.database.reading() as uow:
        for typed, expected in (
            ("张", ["zs"]),
            ("zhang", ["zs"]),
            ("angsanf", ["zs"]),
            ("zsf", ["zs"]),
            ("LISI", ["ls"]),
            ("anna", ["smith"]),
            ("_50%", ["smith"]),
            ("%", ["smith"]),
            ("\\", []),
            ("王", []),
        ):
            assert [each.login for each in find_users(uow, typed)] == expected, typed
        assert [each.code for each in find_units(uow, "caiwu")] == ["fin"]
        assert [each.code for each in find_units(uow, "cwc")] == ["fin"]
    assert search_key("张三", "张三") == "张三 zhangsan zs"


def test_closed_accounts_are_not_offered(office: Office, admin: Actor) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    with office.database.writing() as uow:
        disable_user(uow, admin, user_id=person.user_id)
        uow.session.flush()
        assert find_users(uow, "person") == []


def test_group_names_are_unique_and_members_are_set(office: Office, admin: Actor) -> None:
    people = [add_person(office, name) for name in ("one", "two")]
    ids = [each.user_id for each in people if each.user_id]
    with office.database.writing() as uow:
        group = add_group(uow, admin, name="Committee", user_ids=ids)
        add_group(uow, admin, name="Board", user_ids=[])
        with pytest.raises(Conflict):
            add_group(uow, admin, name=" Committee ", user_ids=[])
        for name, error in (("Board", Conflict), (" ", Invalid)):
            with pytest.raises(error):
                change_group(uow, admin, group_id=group.id, name=name, user_ids=[])
        change_group(uow, admin, group_id=group.id, name="Committee", user_ids=ids[1:])
    before, after = (again(office, each).principals for each in people)
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("act", list(Act))
def test_every_act_belongs_to_somebody(act: Act) -> None:
    assert ALLOWED[act]


# Passwords and sessions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        *("short", "elevenchars", "xx zhangsan xx", "administrator", "aaaaaaaaaaaaaaaa"),
        *("i am Zhang Sanfeng", "harbourauthority 2026"),
    ],
)
def test_a_password_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_password(password, names=("ZhangSan", "Zhang Sanfeng", "Harbour Authority"))
    assert caught.value.field == "password"


def test_a_short_name_spoils_no_password() -> None:
    check_password("reliable and calm", names=("li", "Li", "局"))


def sign_in(office: Office, login: str, password: str = PASSWORD) -> str:
    with office.database.writing() as uow:
        user = signing_in.verify_password(uow, login=login, password=password, address=HERE)
        return signing_in.open_session(uow, user, address=HERE, agent="a browser")


def signed_in(office: Office, secret: str) -> bool:
    with office.database.reading() as uow:
        try:
            return load_actor(uow, signing_in.session_user_id(uow, secret)) is not None
        except NotSignedIn:
            return False


def test_a_session_dies_at_sign_out(any_office: Office) -> None:
    add_person(any_office, "person")
    one, two = sign_in(any_office, "person"), sign_in(any_office, " PERSON ")
    with any_office.database.writing() as uow:
        signing_in.close_session(uow, one)
        signing_in.close_session(uow, "unknown")
    assert (signed_in(any_office, one), signed_in(any_office, two)) == (False, True)


def test_a_session_dies_of_age(office: Office, clock: HeldClock) -> None:
    add_person(office, "person")
    secret = sign_in(office, "person")
    for _ in range(12):
        clock.advance(minutes=59.9)
        assert signed_in(office, secret)
        with office.database.writing() as uow:
            signing_in.mark_seen(uow, secret)
    clock.advance(minutes=2)
    assert not signed_in(office, secret)


def test_a_session_that_is_not_used_ends(office: Office, clock: HeldClock) -> None:
    add_person(office, "person")
    secret = sign_in(office, "person")
    clock.advance(minutes=59)
    assert signed_in(office, secret)
    clock.advance(minutes=1)
    assert not signed_in(office, secret)


def test_a_thousand_guesses_elsewhere_do_not_keep_the_owner_out(office: Office) -> None:
    add_person(office, "person")
    with office.database.writing() as uow:
        for number in range(1000):
            signing_in.count_failure(
                uow, login="person", address=f"198.51.{number // 200}.{number % 200}"
            )

    def tries(address: str, device: str | None) -> bool:
        with office.database.reading() as uow:
            try:
                signing_in.verify_password(
                    uow, login="person", password=PASSWORD, address=address, device=device
                )
            except TooMany:
                return False
            return True

    assert tries("198.51.0.1", "a device of the owner")
    assert not tries("203.0.113.9", None)


def test_a_thousand_guesses_from_one_address_wait_and_the_owner_does_not(office: Office) -> None:
    add_person(office, "person")
    with office.database.writing() as uow:
        for _ in range(1000):
            signing_in.count_failure(uow, login="person", address="198.51.100.7")
    with office.database.reading() as uow:
        wanted = {"login": "person", "password": PASSWORD}
        with pytest.raises(TooMany):
            signing_in.verify_password(uow, **wanted, address="198.51.100.7")
        at_home = signing_in.verify_password(uow, **wanted, address=HERE, device="known")
        assert at_home.login == "person"


@pytest.mark.parametrize(
    "password",
    ["football2024", "passwordpassword", "ＰＡＳＳＷＯＲＤ1234"],
)
def test_a_password_that_everybody_tries_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        check_password(password, names=("wang",))


def test_the_file_of_an_office_is_searched_without_loading_it(tmp_path: Path) -> None:
    words = [f"a long enough password {number}" for number in range(500)]
    hashes = sorted(
        hashlib.sha1(each.encode(), usedforsecurity=False).hexdigest().upper() for each in words
    )
    file = tmp_path / "breached.txt"
    file.write_text("".join(f"{each}:7\r\n" for each in hashes))
    for each in words:
        with pytest.raises(Invalid):
            check_not_breached(each, file)
    check_not_breached("another password of my own", file)
    check_not_breached(words[0], None)


def test_closing_an_account_ends_sessions_and_tokens_at_once(office: Office, admin: Actor) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    secret = sign_in(office, "person")
    with office.database.writing() as uow:
        token = signing_in.add_token(
            uow, person, user_id=person.user_id, label="import", expires_at=None
        )
    with office.database.writing() as uow:
        disable_user(uow, admin, user_id=person.user_id)
    with pytest.raises(NotSignedIn):
        again(office, person)
    with pytest.raises(NotSignedIn):
        sign_in(office, "person")
    with office.database.writing() as uow:
        enable_user(uow, admin, user_id=person.user_id)
    assert not signed_in(office, secret)
    with office.database.reading() as uow, pytest.raises(NotSignedIn):
        signing_in.token_owner(uow, token)
    assert signed_in(office, sign_in(office, "person"))


def test_nobody_closes_their_own_account(office: Office, admin: Actor) -> None:
    assert admin.user_id is not None
    with office.database.writing() as uow, pytest.raises(Conflict):
        disable_user(uow, admin, user_id=admin.user_id)


def test_a_new_password_ends_all_sessions(office: Office, admin: Actor) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    secret = sign_in(office, "person")
    with office.database.writing() as uow:
        temporary = reset_password(uow, admin, user_id=person.user_id)
    assert not signed_in(office, secret)
    with pytest.raises(NotSignedIn):
        sign_in(office, "person")
    secret = sign_in(office, "person", temporary)
    with office.database.writing() as uow:
        assert uow.session.get_one(User, person.user_id).password_is_temporary
        with pytest.raises(Invalid):
            set_own_password(uow, person, password="short")
        set_own_password(uow, person, password="a quiet evening")
        assert not uow.session.get_one(User, person.user_id).password_is_temporary
    assert not signed_in(office, secret)
    assert signed_in(office, sign_in(office, "person", "a quiet evening"))


def test_an_unknown_name_costs_as_many_hashes_as_a_wrong_password(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(office, "person")
    counted: list[str] = []
    hasher = PasswordHasher()

    class Counting:
        def verify(self, known: str, password: str) -> bool:
            counted.append(known)
            return hasher.verify(known, password)

    monkeypatch.setattr(signing_in, "_hasher", Counting())
    for login in ("person", "nobody"):
        with office.database.reading() as uow, pytest.raises(NotSignedIn):
            signing_in.verify_password(uow, login=login, password="wrong", address=HERE)
    assert len(counted) == 2
    # The same parameters cost the same.
    assert len({each.rsplit("$", 2)[0] for each in counted}) == 1


def test_a_wrong_name_and_a_wrong_password_answer_alike(office: Office) -> None:
    add_person(office, "person")
    answers = []
    for login, password in (("person", "wrong"), ("nobody", PASSWORD), ("person", "")):
        with pytest.raises(NotSignedIn) as caught:
            sign_in(office, login, password)
        answers.append((caught.value.code, str(caught.value)))
    assert len(set(answers)) == 1


def test_guessing_is_slowed_per_name_and_per_address(any_office: Office, clock: HeldClock) -> None:
    add_person(any_office, "person")
    add_person(any_office, "other")

    def fail(login: str, address: str) -> None:
        with any_office.database.writing() as uow:
            signing_in.count_failure(uow, login=login, address=address)

    def wait(login: str, address: str) -> int:
        with any_office.database.reading() as uow:
            try:
                signing_in.verify_password(uow, login=login, password=PASSWORD, address=address)
            except TooMany as refusal:
                return int(str(refusal.details["seconds"]))
            return 0

    for _ in range(4):
        fail("Person ", HERE)
    assert wait("person", HERE) == 0
    waits = []
    for _ in range(12):
        fail("person", HERE)
        waits.append(wait("person", HERE))
    assert waits[:4] == [2, 3, 5, 9]
    assert waits[-1] == 901
    assert wait("other", HERE) == 0
    assert wait("person", "198.51.100.7") == 0
    clock.advance(minutes=15)
    assert wait("person", HERE) == 0
    clock.advance(minutes=46)
    fail("person", HERE)
    assert wait("person", HERE) == 0


def test_signing_in_lets_the_brake_go(office: Office) -> None:
    add_person(office, "person")
    for _ in range(4):
        with office.database.writing() as uow:
            signing_in.count_failure(uow, login="person", address=HERE)
    sign_in(office, "person")
    for _ in range(4):
        with office.database.writing() as uow:
            signing_in.count_failure(uow, login="person", address=HERE)
    sign_in(office, "person")


def test_tokens_expire_and_are_revoked(office: Office, admin: Actor, clock: HeldClock) -> None:
    person, other = add_person(office, "person"), add_person(office, "other")
    assert person.user_id is not None
    with office.database.writing() as uow:
        asked = {"user_id": person.user_id, "label": "import"}
        later = uow.now + timedelta(days=1)
        short = signing_in.add_token(uow, person, expires_at=later, **asked)  # type: ignore[arg-type]
        long = signing_in.add_token(uow, person, expires_at=None, **asked)  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            signing_in.add_token(uow, person, expires_at=uow.now, **asked)  # type: ignore[arg-type]
        for somebody in (other, admin):
            with pytest.raises(NotAllowed):
                signing_in.add_token(uow, somebody, expires_at=None, **asked)  # type: ignore[arg-type]
        uow.session.flush()
        assert signing_in.token_owner(uow, short)[1].id == person.user_id
    clock.advance(days=1)
    with office.database.writing() as uow:
        for secret in (short, "chy_unknown"):
            with pytest.raises(NotSignedIn):
                signing_in.token_owner(uow, secret)
        newest, oldest = signing_in.tokens_of(uow, person.user_id)
        with pytest.raises(NotFound):
            signing_in.revoke_token(uow, other, token_id=newest.id)
        signing_in.revoke_token(uow, person, token_id=newest.id)
        signing_in.revoke_token(uow, admin, token_id=oldest.id)
        uow.session.flush()
        with pytest.raises(NotSignedIn):
            signing_in.token_owner(uow, long)
    with office.database.reading() as uow:
        kinds = list(uow.session.scalars(select(LogEntry.kind)))
        assert (kinds.count("person.token_added"), kinds.count("person.token_revoked")) == (2, 2)


def test_a_token_ends_with_the_one_that_made_it(office: Office) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    with office.database.writing() as uow:

        def made(made_by: UUID | None, expires_at: datetime | None = None) -> tuple[str, UUID]:
            secret = signing_in.add_token(
                uow,
                person,
                user_id=person.user_id,  # type: ignore[arg-type]
                label="import",
                expires_at=expires_at,
                made_by=made_by,
            )
            uow.session.flush()
            return secret, signing_in.token_owner(uow, secret)[0]

        last = uow.now + timedelta(days=2)
        _, first_id = made(None, last)
        child, child_id = made(first_id)
        sooner, _ = made(child_id, last - timedelta(days=1))
        other, _ = made(None)
        with pytest.raises(Invalid):
            made(child_id, last + timedelta(seconds=1))
        ends = {each.id: each.expires_at for each in signing_in.tokens_of(uow, person.user_id)}
        assert ends[child_id] == last
        signing_in.revoke_token(uow, person, token_id=first_id)
        uow.session.flush()
        for secret in (child, sooner):
            with pytest.raises(NotSignedIn):
                signing_in.token_owner(uow, secret)
        assert signing_in.token_owner(uow, other)[1].id == person.user_id


def test_only_hashes_of_secrets_are_kept(office: Office) -> None:
    person = add_person(office, "person")
    assert person.user_id is not None
    secret = sign_in(office, "person")
    with office.database.writing() as uow:
        token = signing_in.add_token(
            uow, person, user_id=person.user_id, label="x", expires_at=None
        )
    office.close()
    for path in office.config.home.glob("chancery.sqlite3*"):
        content = path.read_bytes()
        for each in (secret, token, PASSWORD):
            assert each.encode() not in content


# The first administrator -------------------------------------------------------------------------


def test_the_first_administrator_comes_by_a_link_that_works_once(
    tmp_path_factory: pytest.TempPathFactory, clock: HeldClock
) -> None:
    config = office_config(tmp_path_factory.mktemp("new") / "home")
    office = open_office(config, clock=clock)
    assert office.founding is not None
    secret = office.founding.invitation
    assert secret is not None
    asked = {"login": "first", "name": "First", "password": PASSWORD}
    with pytest.raises(Invalid), office.database.writing() as uow:
        accept_invitation(uow, secret=secret, login="x", name="x", password="short")
    with office.database.writing() as uow, pytest.raises(NotFound):
        accept_invitation(uow, secret="wrong", **asked)
    with office.database.writing() as uow:
        user = accept_invitation(uow, secret=secret, **asked)
    with office.database.writing() as uow:
        assert load_actor(uow, user.id).roles == {Role.SYSTEM_ADMIN}
        assert signing_in.invite_first_administrator(uow) is None
        with pytest.raises(NotFound):
            accept_invitation(uow, secret=secret, **{**asked, "login": "second"})
    assert open_office(config, clock=clock).founding is None


def test_an_invitation_expires_and_a_newer_one_replaces_it(
    office: Office, clock: HeldClock
) -> None:
    with office.database.writing() as uow:
        old = signing_in.invite_first_administrator(uow)
        new = signing_in.invite_first_administrator(uow)
        assert old is not None
        assert new is not None
        with pytest.raises(NotFound):
            signing_in.open_invitation(uow, old)
        signing_in.open_invitation(uow, new)
    clock.advance(days=7)
    with office.database.writing() as uow:
        for use in (signing_in.open_invitation, signing_in.use_invitation):
            with pytest.raises(NotFound):
                use(uow, new)
