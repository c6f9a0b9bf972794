"""Electronic stamping: what comes of it, every refusal, and every way in which it can fail."""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from records.core.errors import Conflict, Invalid, Refusal
from records.core.jobs import Job
from records.core.log import LogEntry
from records.core.news import TELL_JOB
from records.core.runner import Runner
from records.documents.models import StoredObject
from records.documents.service import add_components
from records.office import Office
from records.seals.caged import seal_cage
from records.seals.keys.certificates import end_certificate
from records.seals.models import Seal, SealCertificate, SealCounter, SealUsage
from records.seals.pages.boxes import Box
from records.seals.pages.placing import CrossPage, Placement, QrPlace, StampingPlan
from records.seals.requests import refuse_request
from records.seals.stamping import CODE_LENGTH, STAMP_JOB, failure_of, told_reason
from records.seals.stamping_press import StampingPress
from records.seals.states import report_lost
from records.seals.use import use_on_paper, withdraw_usage
from search.reading import Cage
from tests.builders import id_of, keep
from tests.letters import letter
from tests.offices import HeldClock
from tests.records.seals.approved import approved, contract
from tests.records.seals.electronic import (
    PLAN,
    ask,
    equip,
    files_of,
    jobs,
    latest,
    pdf_contract,
    press_all,
    request_now,
    stamped,
    to_stamp,
)
from tests.records.seals.offices import SealOffice
from tests.records.seals.signing import verdict


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with seal_cage() as opened:
        yield opened


@pytest.fixture
def equipped(seals: SealOffice) -> SealOffice:
    equip(seals)
    return seals


@pytest.fixture
def any_equipped(any_seals: SealOffice) -> SealOffice:
    equip(any_seals)
    return any_seals


def test_a_stamping_makes_a_signed_copy_and_a_line_and_leaves_the_original(
    any_equipped: SealOffice, cage: Cage
) -> None:
    office = any_equipped.office
    document_id = pdf_contract(any_equipped)
    before = files_of(office, document_id)
    request_id = to_stamp(any_equipped, document_id)
    plan = replace(
        PLAN, witness_id=id_of(any_equipped.witness), place="Seal room", qr=QrPlace(0, 10, 10)
    )
    code = ask(any_equipped, request_id, plan).code
    assert request_now(office, request_id).state == "approved"
    press_all(office, cage)

    found = stamped(office, request_id)
    assert request_now(office, request_id).state == "used"
    assert latest(office, request_id).state == "done"
    assert jobs(office) == []
    assert found.component.name == "contract.stamped.pdf"
    assert found.component.role == "stamped"
    assert found.component.sha256 == found.line.result_sha256
    assert [each.id for each in files_of(office, document_id)] == [before[0].id, found.component.id]
    assert (found.line.text, found.line.place) == ("S-2026-0001", "Seal room")
    assert found.line.sha256 == before[0].sha256
    assert found.line.code == code
    assert len(code) == CODE_LENGTH
    assert found.line.witness_id == any_equipped.witness.user_id
    covered = [Box.from_json(each) for each in found.line.placements]
    assert [(each.x_mm, each.y_mm, each.width_mm) for each in covered] == [
        (120.0, 200.0, 42.0),
        (10.0, 10.0, 20.0),
    ]
    with office.database.reading() as uow:
        entry = uow.session.scalars(select(LogEntry).where(LogEntry.kind == "seal.used")).one()
        assert entry.actor_id == any_equipped.keeper.user_id
        news = uow.session.scalars(select(Job).where(Job.kind == TELL_JOB)).all()
        assert "seal_request.used" in [each.payload["kind"] for each in news]
        root = uow.session.scalars(select(SealCertificate)).one().chain[0]
    status = verdict(found.pdf, b64decode(root))
    assert status.intact
    assert status.valid


def test_the_original_lies_byte_for_byte_in_front_of_the_stamped_copy(
    equipped: SealOffice, cage: Cage
) -> None:
    request_id = to_stamp(equipped)
    ask(equipped, request_id)
    press_all(equipped.office, cage)
    found = stamped(equipped.office, request_id)
    original = files_of(equipped.office, found.line.document_id)[0]
    with equipped.office.database.reading() as uow:
        held = uow.session.get_one(StoredObject, original.object_name)
    content = b"".join(equipped.office.vault.read(held.name, held.wrapped_key))
    assert found.pdf.startswith(content)


def test_joint_seals_follow_each_other_on_one_copy(equipped: SealOffice, cage: Cage) -> None:
    second = equipped.add_seal("T")
    equip(equipped, second)
    document_id = pdf_contract(equipped)
    requests = [
        to_stamp(equipped, document_id),
        to_stamp(equipped, document_id, seal_id=second),
    ]
    ask(equipped, requests[0])
    press_all(equipped.office, cage)
    with pytest.raises(Invalid, match="touch"):
        ask(equipped, requests[1], StampingPlan((Placement(0, 140.0, 200.0),)))
    with pytest.raises(Conflict, match="signed already") as refusal:
        ask(equipped, requests[1], replace(PLAN, qr=QrPlace(0, 10, 10)))
    assert refusal.value.field == "qr"
    ask(equipped, requests[1], StampingPlan((Placement(0, 60.0, 200.0),)))
    press_all(equipped.office, cage)
    first, both = (stamped(equipped.office, each) for each in requests)
    assert both.pdf.startswith(first.pdf)
    assert both.component.name == "contract.stamped-2.pdf"
    assert both.line.text == "T-2026-0001"


def test_two_seals_at_once_on_one_file_end_on_one_copy(
    any_equipped: SealOffice, cage: Cage
) -> None:
    seals = any_equipped
    second = seals.add_seal("T")
    equip(seals, second)
    document_id = pdf_contract(seals)
    requests = [to_stamp(seals, document_id), to_stamp(seals, document_id, seal_id=second)]
    ask(seals, requests[0])
    ask(seals, requests[1], StampingPlan((Placement(0, 60.0, 200.0),)))
    press_all(seals.office, cage)
    copies = sorted((stamped(seals.office, each).pdf for each in requests), key=len)
    assert copies[1].startswith(copies[0])


def test_a_copy_that_was_withdrawn_is_not_built_upon(equipped: SealOffice, cage: Cage) -> None:
    document_id = pdf_contract(equipped)
    request_id = to_stamp(equipped, document_id)
    ask(equipped, request_id)
    press_all(equipped.office, cage)
    line = stamped(equipped.office, request_id).line
    with equipped.office.database.writing() as uow:
        withdraw_usage(uow, equipped.keeper, usage_id=line.id, reason="In the wrong place")
    again = to_stamp(equipped, document_id)
    ask(equipped, again)
    press_all(equipped.office, cage)
    assert stamped(equipped.office, again).component.name == "contract.stamped.pdf"
    assert stamped(equipped.office, again).line.text == "S-2026-0002"


def test_a_cross_page_seal_is_laid_only_where_it_was_asked_for(
    equipped: SealOffice, cage: Cage
) -> None:
    plan = replace(PLAN, cross_page=CrossPage(100.0))
    document_id = pdf_contract(equipped, pages=3)
    with pytest.raises(Invalid, match="No cross-page") as refusal:
        ask(equipped, to_stamp(equipped, document_id), plan, pages=3)
    assert refusal.value.field == "cross_page"
    request_id = to_stamp(equipped, document_id, cross_page=True)
    ask(equipped, request_id, plan, pages=3)
    press_all(equipped.office, cage)
    line = stamped(equipped.office, request_id).line
    assert [each["page"] for each in line.placements] == [0, 0, 1, 2]


# Refused when it is asked for -----------------------------------------------------------------


def test_one_approval_is_stamped_once_at_a_time(equipped: SealOffice) -> None:
    request_id = to_stamp(equipped)
    ask(equipped, request_id)
    with pytest.raises(Conflict, match="being stamped"):
        ask(equipped, request_id)
    with pytest.raises(Conflict, match="being stamped"), equipped.office.database.writing() as uow:
        refuse_request(uow, equipped.keeper, request_id=request_id, reason="Too late")


def test_an_approval_for_paper_is_not_stamped_electronically(equipped: SealOffice) -> None:
    with pytest.raises(Conflict, match="another medium"):
        ask(equipped, approved(equipped, pdf_contract(equipped)))
    request_id = to_stamp(equipped)
    with pytest.raises(Conflict, match="another medium"), equipped.office.database.writing() as uow:
        use_on_paper(uow, equipped.keeper, request_id=request_id, copies_stamped=1, place="Here")


def test_a_seal_without_imprint_or_certificate_stamps_no_file(seals: SealOffice) -> None:
    request_id = to_stamp(seals)
    with pytest.raises(Conflict, match="no imprint"):
        ask(seals, request_id)
    equip(seals)
    with seals.office.database.writing() as uow:
        certificate = uow.session.scalars(select(SealCertificate)).one()
        end_certificate(uow, seals.security, certificate_id=certificate.id, reason="Stolen")
    with pytest.raises(Conflict, match="no certificate"):
        ask(seals, request_id)


def test_only_a_pdf_gets_an_electronic_seal(equipped: SealOffice) -> None:
    document_id = contract(equipped, files=(("contract.txt", b"words"),))
    with pytest.raises(Conflict, match="Only a PDF"):
        ask(equipped, to_stamp(equipped, document_id))


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (StampingPlan(), "placements"),
        (StampingPlan((Placement(1, 10, 10),)), "placements"),
        (StampingPlan((Placement(0, 180, 10),)), "placements"),
        (StampingPlan((Placement(0, 10, 10), Placement(0, 40, 40))), "placements"),
        (replace(PLAN, qr=QrPlace(0, 130, 210)), "qr"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(
    equipped: SealOffice, plan: StampingPlan, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(equipped, to_stamp(equipped), plan)
    assert refusal.value.field == field


# Failed while the worker stamps ------------------------------------------------------------------


def _nothing_was_stamped(office: Office, request_id: UUID, document_id: UUID) -> None:
    with office.database.reading() as uow:
        assert uow.session.scalars(select(SealUsage)).all() == []
        assert uow.session.scalars(select(SealCounter)).all() == []
    assert len(files_of(office, document_id)) == 1
    assert latest(office, request_id).state == "failed"


def _lose(seals: SealOffice, _: UUID) -> None:
    with seals.office.database.writing() as uow:
        report_lost(uow, seals.keeper, seal_id=seals.seal_id, reason="Gone")


def _end_certificate(seals: SealOffice, _: UUID) -> None:
    with seals.office.database.writing() as uow:
        certificate = uow.session.scalars(select(SealCertificate)).one()
        end_certificate(uow, seals.security, certificate_id=certificate.id, reason="Stolen")


def _other_keeper(seals: SealOffice, _: UUID) -> None:
    _write(seals, Seal, seals.seal_id, keeper_id=id_of(seals.second_keeper))


def _change_file(seals: SealOffice, document_id: UUID) -> None:
    received = keep(seals.office, [("more.txt", b"more")])
    with seals.office.database.writing() as uow:
        add_components(uow, seals.clerk, document_id=document_id, received=received)


def _damage_object(seals: SealOffice, document_id: UUID) -> None:
    path = _path(seals, document_id)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def _lose_object(seals: SealOffice, document_id: UUID) -> None:
    _path(seals, document_id).unlink()


def _swap_object(seals: SealOffice, document_id: UUID) -> None:
    """Put another whole object of the office in its place, key and all."""
    other_id = contract(seals, files=(("other.pdf", letter([["Another one"]])),))
    mine, other = files_of(seals.office, document_id)[0], files_of(seals.office, other_id)[0]
    with seals.office.database.writing() as uow:
        held = uow.session.get_one(StoredObject, mine.object_name)
        held.wrapped_key = uow.session.get_one(StoredObject, other.object_name).wrapped_key
    path = _path(seals, document_id)
    path.chmod(0o600)
    path.write_bytes(_path(seals, other_id).read_bytes())


def _path(seals: SealOffice, document_id: UUID) -> Path:
    name = files_of(seals.office, document_id)[0].object_name
    return next(each for each in seals.office.config.home.rglob(f"*{name}*") if each.is_file())


def _write(seals: SealOffice, model: Any, key: UUID, **values: Any) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(model).where(model.id == key).values(**values))


FAILURES: dict[str, tuple[Any, str]] = {
    "seal lost": (_lose, "conflict"),
    "certificate ended": (_end_certificate, "conflict"),
    "another keeper": (_other_keeper, "not_allowed"),
    "file added": (_change_file, "conflict"),
    "object damaged": (_damage_object, "object_damaged"),
    "object missing": (_lose_object, "object_missing"),
    "object swapped": (_swap_object, "object_damaged"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_stamping_fails_with_its_reason_and_without_a_trace_when(
    equipped: SealOffice, cage: Cage, name: str
) -> None:
    change, code = FAILURES[name]
    document_id = pdf_contract(equipped)
    request_id = to_stamp(equipped, document_id)
    ask(equipped, request_id)
    change(equipped, document_id)
    press_all(equipped.office, cage)
    with equipped.office.database.reading() as uow:
        assert uow.session.scalars(select(SealUsage)).all() == []
        assert uow.session.scalars(select(SealCounter)).all() == []
        kinds = uow.session.scalars(select(LogEntry.kind)).all()
        assert "seal.stamping_failed" in kinds
        assert "seal.used" not in kinds
    failed = latest(equipped.office, request_id)
    assert failed.state == "failed"
    assert failed.reason_code == code, told_reason(failed)
    assert isinstance(failure_of(failed), Refusal)
    assert all(each.role != "stamped" for each in files_of(equipped.office, document_id))
    assert jobs(equipped.office) == []


def test_after_a_failure_the_keeper_tries_again_on_the_same_approval(
    equipped: SealOffice, cage: Cage
) -> None:
    document_id = contract(equipped, files=(("contract.pdf", b"%PDF-1.4 no pages at all"),))
    request_id = to_stamp(equipped, document_id)
    for _ in range(2):
        ask(equipped, request_id)
        press_all(equipped.office, cage)
        _nothing_was_stamped(equipped.office, request_id, document_id)
        assert latest(equipped.office, request_id).reason_code == "damaged"
    assert request_now(equipped.office, request_id).state == "approved"


def test_a_timestamp_server_that_is_down_is_tried_again_and_then_told(
    equipped: SealOffice, cage: Cage, clock: HeldClock
) -> None:
    office = replace(
        equipped.office,
        config=replace(equipped.office.config, timestamp_url="http://127.0.0.1:9/tsa"),
    )
    document_id = pdf_contract(equipped)
    request_id = to_stamp(equipped, document_id)
    ask(equipped, request_id)
    for attempt in (1, 2):
        press_all(office, cage)
        assert latest(office, request_id).state == "waiting"
        assert [each.attempts for each in jobs(office)] == [attempt]
        clock.advance(minutes=1)
    press_all(office, cage)
    _nothing_was_stamped(office, request_id, document_id)
    failed = latest(office, request_id)
    assert failed.reason_code == "unavailable"
    assert "127.0.0.1" in str(failure_of(failed))
    # Once the server is back (here: none is asked) the same approval is stamped.
    ask(equipped, request_id)
    press_all(equipped.office, cage)
    assert stamped(equipped.office, request_id).line.number == 1


def test_a_stamping_that_nobody_comes_back_from_is_given_up_and_told(
    equipped: SealOffice, cage: Cage, clock: HeldClock
) -> None:
    request_id = to_stamp(equipped)
    ask(equipped, request_id)
    with equipped.office.database.writing() as uow:
        uow.session.execute(update(Job).where(Job.kind == STAMP_JOB).values(attempts=6))
    clock.advance(minutes=1)
    press = StampingPress(
        equipped.office.config, equipped.office.database, equipped.office.vault, cage
    )
    runner = Runner(equipped.office.database, {STAMP_JOB: press.handler}, parallel=1)
    runner.turn(0.1)
    runner.close()
    assert latest(equipped.office, request_id).reason_code == "crashed"
