"""One-time codes after RFC 6238, taken once; recovery codes, taken once by one of two at once."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from records.audit.verification import verify
from records.core.errors import Conflict, Invalid, NotAllowed, TooMany
from records.office import Office
from records.people import second_factor as factors
from records.people.actors import load_actor
from records.people.models import SecondFactor
from records.people.rules import SERVICE, Actor, Role
from records.people.service import get_user
from tests.builders import add_person

HERE = "192.0.2.1"


def enrol(office: Office, person: Actor) -> tuple[bytes, list[str]]:
    """Set up a factor; return its secret and the recovery codes."""
    with office.database.writing() as uow:
        secret = base64.b32decode(factors.begin_factor(uow, office.vault, person))
    with office.database.writing() as uow:
        code = factors.code_at(secret, factors.step_of(uow.now))
        return secret, factors.confirm_factor(uow, office.vault, person, code=code)


def gets_in(office: Office, person: Actor, code: str) -> bool:
    assert person.user_id is not None
    try:
        with office.database.writing() as uow:
            user = get_user(uow, person.user_id)
            factors.prove(uow, office.vault, user, code=code, address=HERE, device=None)
    except Invalid:
        return False
    return True


# RFC 6238, appendix B, the last six of eight digits.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert factors.code_at(b"12345678901234567890", seconds // 30) == code


def test_no_code_is_taken_twice_and_none_that_is_older(office: Office) -> None:
    person = add_person(office, "wang", Role.CLERK)
    secret, _ = enrol(office, person)
    with office.database.reading() as uow:
        step = factors.step_of(uow.now)
    following = factors.code_at(secret, step + 1)
    assert gets_in(office, person, following)
    assert not gets_in(office, person, following)
    assert not gets_in(office, person, factors.code_at(secret, step))
    assert not gets_in(office, person, factors.code_at(secret, step + 50))


def test_of_two_who_show_a_recovery_code_at_once_one_gets_in(office: Office) -> None:
    person = add_person(office, "wang", Role.CLERK)
    _, codes = enrol(office, person)
    assert len(set(codes)) == factors.RECOVERY_CODES
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: gets_in(office, person, codes[0].lower()), range(2)))
    assert sorted(answers) == [False, True]
    assert gets_in(office, person, codes[1])


def test_a_code_of_somebody_else_is_worth_nothing(office: Office) -> None:
    wang, zhao = add_person(office, "wang", Role.CLERK), add_person(office, "zhao", Role.LEADER)
    _, codes = enrol(office, wang)
    enrol(office, zhao)
    assert not gets_in(office, zhao, codes[0])


def test_guessing_codes_is_slowed_down(office: Office) -> None:
    person = add_person(office, "wang", Role.CLERK)
    enrol(office, person)
    assert person.user_id is not None
    with office.database.writing() as uow:
        user = get_user(uow, person.user_id)
        for _ in range(20):
            factors.count_wrong_code(uow, user, address=HERE, device=None)
    with pytest.raises(TooMany):
        gets_in(office, person, "000000")


def test_the_security_administration_resets_a_factor_with_a_reason(office: Office) -> None:
    wang = add_person(office, "wang", Role.CLERK)
    keeper = add_person(office, "kong", Role.SECURITY_ADMIN)
    assert wang.user_id is not None
    enrol(office, wang)
    with office.database.writing() as uow:
        with pytest.raises(Invalid):
            factors.reset_factor(uow, keeper, user_id=wang.user_id, reason=" ")
        with pytest.raises(NotAllowed):
            factors.reset_factor(uow, wang, user_id=wang.user_id, reason="mine")
        factors.reset_factor(uow, keeper, user_id=wang.user_id, reason="lost the phone")
    with office.database.writing() as uow:
        assert factors.factor_in_use(uow, wang.user_id) is None
        with pytest.raises(Conflict):
            factors.reset_factor(uow, SERVICE, user_id=wang.user_id, reason="again")
        assert load_actor(uow, wang.user_id)


def test_verify_names_a_secret_that_was_changed(office: Office) -> None:
    person = add_person(office, "wang", Role.CLERK)
    enrol(office, person)
    with office.database.writing() as uow:
        factor = uow.session.get_one(SecondFactor, person.user_id)
        factor.sealed = factor.sealed[:-1] + bytes([factor.sealed[-1] ^ 1])
    (found,) = (each for each in verify(office).changed if each.kind == "second_factor")
    assert found.id == str(person.user_id)
