"""Keys: made or enrolled once, in the log from the first moment, and ended for good."""

import json
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotFound, Refusal
from records.core.log import entries_about
from records.office import Office
from records.people.keys import (
    RelyingParty,
    enrol_passkey,
    keys_of,
    passkey_question,
    passkeys_in_use,
    revoke_key,
    server_key,
    sign_with,
)
from records.people.models import SigningKey, SigningRequest
from records.people.passkeys import keep_question
from records.people.rules import Actor, Role
from storage.errors import SealDamaged
from tests.authenticator import Authenticator
from tests.builders import add_person, id_of
from tests.offices import HeldClock

PARTY = RelyingParty.of("https://office.example")


@pytest.fixture
def leader(any_office: Office) -> Actor:
    return add_person(any_office, "leader", Role.LEADER)


def passkey(**asked: object) -> Authenticator:
    return Authenticator(PARTY.origin, PARTY.id, **asked)  # type: ignore[arg-type]


def question(office: Office, actor: Actor) -> str:
    with office.database.writing() as uow:
        return passkey_question(uow, office.vault, actor, PARTY)


def enrol(office: Office, actor: Actor, answer: str, *, label: str = "Phone") -> SigningKey:
    with office.database.writing() as uow:
        return enrol_passkey(uow, office.vault, actor, answer=answer, label=label, party=PARTY)


# Keys that the service holds ----------------------------------------------------------------------


def test_a_server_key_is_made_once_and_signs(any_office: Office, leader: Actor) -> None:
    for _ in range(2):
        with any_office.database.writing() as uow:
            key = server_key(uow, any_office.vault, id_of(leader))
            signature = sign_with(any_office.vault, key, b"read")
    public = load_der_public_key(key.public_key)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(signature, b"read")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"agreed")
    with any_office.database.reading() as uow:
        assert [each.id for each in keys_of(uow, id_of(leader))] == [key.id]
        (told,) = entries_about(uow.session, key.id)
        assert told[0].kind == "key.enrolled"
        assert told[0].objects == [str(leader.user_id), str(key.id)]
        payload = json.loads(told[1] or "")
    assert set(payload) == {"name", "posts", "key", "kind", "public_key", "user"}
    assert b64decode(payload["public_key"], validate=True) == key.public_key
    assert (payload["kind"], payload["user"]) == ("server", str(leader.user_id))


@pytest.mark.postgresql
def test_two_first_signatures_at_once_make_one_key(postgres_office: Office) -> None:
    leader = add_person(postgres_office, "leader", Role.LEADER)

    def make(_: int) -> UUID:
        with postgres_office.database.writing() as uow:
            return server_key(uow, postgres_office.vault, id_of(leader)).id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(8)))) == 1


def test_a_private_half_opens_for_its_own_row_only(office: Office) -> None:
    keys = []
    for login in ("one", "two"):
        actor = add_person(office, login, Role.LEADER)
        with office.database.writing() as uow:
            keys.append(server_key(uow, office.vault, id_of(actor)))
    keys[0].sealed, keys[0].wrapped_key = keys[1].sealed, keys[1].wrapped_key
    with pytest.raises(SealDamaged):
        sign_with(office.vault, keys[0], b"read")


def test_nobody_unknown_gets_a_key(office: Office) -> None:
    with pytest.raises(NotFound), office.database.writing() as uow:
        server_key(uow, office.vault, uow.new_id())


def test_an_ended_server_key_is_followed_by_a_new_one(office: Office) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    with office.database.writing() as uow:
        first = server_key(uow, office.vault, id_of(leader))
        revoke_key(uow, leader, key_id=first.id)
        assert server_key(uow, office.vault, id_of(leader)).id != first.id


# Passkeys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_passkey_is_enrolled_and_told_in_the_log(office: Office, algorithm: str) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    device = passkey(algorithm=algorithm)
    asked = question(office, leader)
    options = json.loads(asked)
    assert options["attestation"] == "none"
    selection = options["authenticatorSelection"]
    assert (selection["userVerification"], selection["residentKey"]) == ("required", "preferred")
    key = enrol(office, leader, device.create(asked), label=" My\u202e phone ")
    assert (key.label, key.credential_id) == ("My phone", device.credential_id)
    load_der_public_key(key.public_key)
    with office.database.reading() as uow:
        assert [each.id for each in passkeys_in_use(uow, id_of(leader))] == [key.id]
        (told,) = entries_about(uow.session, key.id)
        assert (told[0].kind, told[0].actor_id) == ("key.enrolled", leader.user_id)
    # The browser is told which passkeys there are already.
    again = json.loads(question(office, leader))
    assert len(again["excludeCredentials"]) == 1


def test_a_question_is_answered_once_by_whom_it_was_asked_and_in_time(
    any_office: Office, leader: Actor, clock: HeldClock
) -> None:
    asked = question(any_office, leader)
    other = add_person(any_office, "other", Role.LEADER)
    with pytest.raises(Conflict):
        enrol(any_office, other, passkey().create(asked))
    enrol(any_office, leader, passkey().create(asked))
    with pytest.raises(Conflict):
        enrol(any_office, leader, passkey().create(asked))
    late = question(any_office, leader)
    clock.advance(minutes=5)
    with pytest.raises(Conflict):
        enrol(any_office, leader, passkey().create(late))
    # Asking again sweeps away what nobody can answer any more.
    question(any_office, leader)
    with any_office.database.reading() as uow:
        assert len(uow.session.scalars(select(SigningRequest)).all()) == 1


def test_a_question_for_signatures_enrols_nothing(office: Office) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    asked = question(office, leader)
    with office.database.writing() as uow:
        challenge = b"\1" * 32
        receipts = [{"receipt": "r", "item": "i"}]
        keep_question(
            uow, office.vault, user_id=id_of(leader), challenge=challenge, receipts=receipts
        )
    options = json.loads(asked) | {"challenge": "AQEB" * 10 + "AQE"}
    with pytest.raises(Conflict):
        enrol(office, leader, passkey().create(json.dumps(options)))


WRONG: dict[str, Callable[[str], str]] = {
    "another origin": lambda asked: (
        passkey().elsewhere(origin="https://evil.example").create(asked)
    ),
    "another port": lambda asked: passkey().elsewhere(origin=PARTY.origin + ":8443").create(asked),
    "another party": lambda asked: passkey().elsewhere(party="evil.example").create(asked),
    "a person not verified": lambda asked: passkey().elsewhere(verifies=False).create(asked),
    "a page in a page": lambda asked: passkey().elsewhere(cross_origin=True).create(asked),
    "an answer of another kind": lambda asked: passkey().create(asked, type="webauthn.get"),
    "a curve that we do not take": lambda asked: passkey(algorithm="ES384").create(asked),
    "another challenge": lambda asked: passkey().create(asked, challenge="AAAA"),
    "no JSON": lambda _: "{",
    "no object": lambda _: "[]",
    "nothing in it": lambda _: "{}",
    "too much": lambda asked: passkey().create(asked) + " " * 70_000,
    "deep nesting": lambda _: "[" * 60_000,
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_answer_enrols_nothing(office: Office, wrong: str) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    asked = question(office, leader)
    with pytest.raises((Invalid, Conflict)):
        enrol(office, leader, WRONG[wrong](asked))
    with office.database.reading() as uow:
        assert keys_of(uow, id_of(leader)) == []


def test_a_passkey_is_nobody_elses(office: Office) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    other = add_person(office, "other", Role.LEADER)
    device = passkey()
    enrol(office, leader, device.create(question(office, leader)))
    with pytest.raises(Conflict):
        enrol(office, other, device.create(question(office, other)))


def test_a_key_is_ended_by_its_owner_or_who_keeps_the_users(office: Office) -> None:
    leader = add_person(office, "leader", Role.LEADER)
    other = add_person(office, "other", Role.LEADER)
    keeper = add_person(office, "keeper", Role.SYSTEM_ADMIN)
    keys = [
        enrol(office, leader, passkey().create(question(office, leader)), label=str(each))
        for each in range(2)
    ]
    with pytest.raises(NotFound), office.database.writing() as uow:
        revoke_key(uow, other, key_id=keys[0].id)
    for actor, key in ((leader, keys[0]), (keeper, keys[1]), (keeper, keys[1])):
        with office.database.writing() as uow:
            revoke_key(uow, actor, key_id=key.id)
    with office.database.reading() as uow:
        assert passkeys_in_use(uow, id_of(leader)) == []
        assert all(each.revoked_at for each in keys_of(uow, id_of(leader)))
        for key in keys:
            kinds = [entry.kind for entry, _ in entries_about(uow.session, key.id)]
            assert kinds == ["key.enrolled", "key.revoked"]


def test_the_service_itself_has_no_passkeys(office: Office) -> None:
    with pytest.raises(Refusal):
        question(office, Actor(None, "chancery"))


# Where passkeys work ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "party", "usable"),
    [
        ("https://Office.Example", ("office.example", "https://office.example"), True),
        ("https://office.example:443", ("office.example", "https://office.example"), True),
        ("https://office.example:8443", ("office.example", "https://office.example:8443"), True),
        ("https://office.example/chancery", ("office.example", "https://office.example"), True),
        ("https://机关.example", ("xn--d6qt44c.example", "https://xn--d6qt44c.example"), True),
        ("http://localhost:8080", ("localhost", "http://localhost:8080"), True),
        ("http://office.example", ("office.example", "http://office.example"), False),
        ("http://127.0.0.1:8080", ("127.0.0.1", "http://127.0.0.1:8080"), False),
        ("https://192.0.2.7", ("192.0.2.7", "https://192.0.2.7"), False),
    ],
)
def test_the_party_is_spelt_as_browsers_spell_it(
    url: str, party: tuple[str, str], usable: bool
) -> None:
    found = RelyingParty.of(url)
    assert (found.id, found.origin) == party
    assert found.is_usable == usable
