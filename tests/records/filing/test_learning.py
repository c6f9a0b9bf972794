from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from records.classification.models import FileClass
from records.classification.plan import class_by_code
from records.core.jobs import Job
from records.documents.rules import Step
from records.documents.service import change_document, correct_document
from records.filing import knowledge
from records.filing.asking import LEARN_JOB
from records.filing.evidence import ReasonKind
from records.filing.knowledge import Knowledge, examples_of
from records.filing.learner import learn
from records.filing.model import Model
from records.filing.models import FilingModel, FilingTrait
from records.office import Office
from records.people.rules import Actor, Role
from records.registration.service import void_registration
from tests.builders import add_person, register
from tests.letters import letter
from tests.records.filing.files import (
    CLASSES,
    MATTERS,
    do_jobs,
    file_into,
    filed,
    received,
    suggestion,
)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "wang", Role.CLERK)


@pytest.fixture
def taught(office: Office, clerk: Actor) -> Office:
    """An office that has filed twenty letters, four of each matter."""
    for place in range(4):
        for code in CLASSES:
            filed(office, clerk, code, place)
    do_jobs(office)
    return office


def test_nothing_is_suggested_before_anything_was_filed(office: Office, clerk: Actor) -> None:
    document = received(office, clerk, "4.1")
    do_jobs(office)
    found = suggestion(office, clerk, document)
    assert found.classes == ()
    assert found.unit is found.route is None


def test_after_twenty_filings_the_right_class_comes_first(taught: Office, clerk: Actor) -> None:
    documents = {code: received(taught, clerk, code, 7) for code in CLASSES}
    do_jobs(taught)
    for code, document in documents.items():
        found = suggestion(taught, clerk, document)
        assert found.classes[0].code == code
        assert len(found.classes) == 3
        assert 0.95 > found.classes[0].confidence > found.classes[1].confidence > 0
        assert found.retention == found.classes[0].retention
        assert found.unit is not None
        assert found.unit.code == "office"


def test_the_reason_counts_the_documents_of_the_sender(taught: Office, clerk: Actor) -> None:
    document = received(taught, clerk, "4.1", 9)
    do_jobs(taught)
    reason = suggestion(taught, clerk, document).classes[0].reason
    assert (reason.kind, reason.count, reason.of) == (ReasonKind.SENDER, 4, 4)


def test_what_waited_before_the_lesson_is_judged_again_after_it(
    office: Office, clerk: Actor
) -> None:
    waiting = received(office, clerk, "5.4", 8)
    do_jobs(office)
    assert suggestion(office, clerk, waiting).classes == ()
    for place in range(4):
        for code in CLASSES:
            filed(office, clerk, code, place)
    do_jobs(office)
    assert suggestion(office, clerk, waiting).classes[0].code == "5.4"


def test_a_class_that_is_seldom_used_is_not_crowded_out_of_a_lesson(
    office: Office, clerk: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "MOST_EXAMPLES", 6)
    monkeypatch.setattr(knowledge, "MOST_CONSIDERED", 11)
    filed(office, clerk, "3.4", 0)  # one too old to be considered
    for place in range(3):
        filed(office, clerk, "4.1", place)
    for place in range(8):
        filed(office, clerk, "5.2", place)
    do_jobs(office)
    with office.database.reading() as uow:
        classes = [each.class_id for each in examples_of(uow, office.vault)]
        codes = sorted(uow.session.get_one(FileClass, each).code for each in classes)
    assert codes == ["4.1"] * 3 + ["5.2"] * 3


def test_a_correction_teaches_again(taught: Office, clerk: Actor) -> None:
    moved = [filed(taught, clerk, "5.2", place) for place in range(10, 14)]
    with taught.database.writing() as uow:
        from records.documents.models import Document

        for each in uow.session.scalars(select(Document).where(Document.sender == "City Estates")):
            correct_document(
                uow,
                clerk,
                document_id=each.id,
                version=None,
                values={"class": "5.3"},
                reason="Wrong class",
            )
    do_jobs(taught)
    document = received(taught, clerk, "5.2", 20)
    do_jobs(taught)
    found = suggestion(taught, clerk, document)
    assert found.classes[0].code == "5.3"
    assert found.classes[0].reason.count == 4 + len(moved)


def test_a_voided_document_does_not_teach_any_more(taught: Office, clerk: Actor) -> None:
    checked = register(taught, clerk, "Odd matter", sender="Odd Sender", class_="6.1")
    do_jobs(taught)
    with taught.database.reading() as uow:
        before = uow.session.scalar(select(FilingModel.examples))
    with taught.database.writing() as uow:
        void_registration(uow, clerk, document_id=checked.id, version=None, reason="By mistake")
    do_jobs(taught)
    with taught.database.reading() as uow:
        assert uow.session.scalar(select(FilingModel.examples)) == (before or 0) - 1


def test_a_class_given_while_checking_teaches(taught: Office, clerk: Actor) -> None:
    document = received(taught, clerk, "2.5", 30)
    with taught.database.writing() as uow:
        change_document(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            values={"class": "2.5"},
            step=Step.CHECK,
        )
    do_jobs(taught)
    with taught.database.reading() as uow:
        assert uow.session.scalar(select(FilingModel.examples)) == 21


def test_a_closed_class_is_never_suggested(taught: Office, clerk: Actor) -> None:
    document = received(taught, clerk, "4.1", 9)
    do_jobs(taught)
    assert suggestion(taught, clerk, document).classes[0].code == "4.1"
    with taught.database.writing() as uow:
        class_by_code(uow, "4.1").closed = True
    found = suggestion(taught, clerk, document)
    assert found.classes
    assert "4.1" not in {each.code for each in found.classes}


def test_a_filed_document_has_no_suggestion(taught: Office, clerk: Actor) -> None:
    document = received(taught, clerk, "4.1", 9)
    do_jobs(taught)
    file_into(taught, clerk, document, "4.1")
    assert suggestion(taught, clerk, document).classes == ()
    do_jobs(taught)
    assert suggestion(taught, clerk, document).classes == ()


def test_a_hundred_filings_in_a_row_ask_for_one_lesson(office: Office, clerk: Actor) -> None:
    learner = do_jobs(office)
    documents = [filed(office, clerk, CLASSES[place % 5], place) for place in range(10)]
    for document in documents:
        with office.database.reading() as uow:
            job = uow.session.scalars(
                select(Job).where(Job.subject_id == document.id, Job.kind == "filing.suggest")
            ).first()
        assert job is not None
        apply = learner.look(job)
        with office.database.writing() as uow:
            apply(uow)
    with office.database.reading() as uow:
        lessons = uow.session.scalars(select(Job).where(Job.kind == LEARN_JOB)).all()
    assert len(lessons) == 1
    assert lessons[0].run_after > office.database.clock.now() + timedelta(seconds=2)


def test_rebuilding_comes_to_the_same_as_learning_by_and_by(taught: Office, clerk: Actor) -> None:
    document = received(taught, clerk, "3.4", 9)
    learner = do_jobs(taught)
    before = suggestion(taught, clerk, document)
    with taught.database.writing() as uow:
        for table in (FilingTrait, FilingModel):
            for row in uow.session.scalars(select(table)):
                uow.session.delete(row)
    assert learner.rebuild() == 20
    assert suggestion(taught, clerk, document) == before


def test_what_was_learned_holds_no_word_and_no_pickle(taught: Office) -> None:
    with taught.database.reading() as uow:
        row = uow.session.scalars(select(FilingModel)).one()
        packed = taught.vault.unseal(row.wrapped_key, "filing model", row.sealed)
        for said in (row.sealed, packed):
            for sender, _ in MATTERS.values():
                assert sender.encode() not in said
        assert set(Model.unpacked(packed).arrays) == {
            "idf",
            "columns",
            "weights",
            "intercept",
            "scale",
            "examples",
        }


def test_traits_of_text_open_only_with_the_key_of_their_file(office: Office, clerk: Actor) -> None:
    from records.worker import Worker

    pdf = letter([["The Treasury", "Appropriation for the library", "Budget of next year"]])
    document = register(office, clerk, "scan", files=[("scan.pdf", pdf)])
    with Worker(office) as worker:
        worker.run_until_idle()
    with office.database.reading() as uow:
        trait = uow.session.get_one(FilingTrait, document.id)
        assert trait.sealed is not None
        assert trait.component_id is not None
        assert b"Treasury" not in trait.sealed


def test_two_lessons_from_the_same_filings_are_the_same(taught: Office) -> None:
    with taught.database.reading() as uow:
        first = Knowledge(taught.vault).current(uow)
    do_jobs(taught)
    taught_again = do_jobs(taught)
    with taught.database.writing() as uow:
        taught_again.learn()(uow)
    with taught.database.reading() as uow:
        second = Knowledge(taught.vault).current(uow)
    assert first is not None
    assert second is not None
    for name, array in first.arrays.items():
        assert np.array_equal(array, second.arrays[name])


def test_few_and_lopsided_filings_can_be_learned_from() -> None:
    for labels in ([0, 1], [0, 0, 0, 1], [0, 1, 2]):
        learned = learn(
            {
                "rows": np.arange(len(labels) + 1, dtype=np.int64),
                "indices": np.arange(len(labels), dtype=np.uint32),
                "counts": np.ones(len(labels), dtype=np.uint8),
                "labels": np.array(labels, dtype=np.int32),
            }
        )
        assert learned["weights"].shape == (len(labels), max(labels) + 1)
        assert np.isfinite(learned["weights"]).all()


def test_one_class_alone_is_suggested_without_being_sure(office: Office, clerk: Actor) -> None:
    for place in range(6):
        filed(office, clerk, "4.1", place)
    document = received(office, clerk, "5.2", 1)
    do_jobs(office)
    found = suggestion(office, clerk, document).classes
    assert [each.code for each in found] == ["4.1"]
    assert found[0].confidence == 0.5


def test_a_class_that_only_groups_is_never_learned_as_an_answer(taught: Office) -> None:
    with taught.database.reading() as uow:
        grouping = uow.session.scalars(
            select(FileClass.id).where(FileClass.retention.is_(None))
        ).all()
        model = Knowledge(taught.vault).current(uow)
    assert model is not None
    assert not set(model.classes) & set(grouping)
