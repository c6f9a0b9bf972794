"""What filing keeps apart: libraries from the service, features from whoever has no key."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event, select, update

from records.documents.models import Component, StoredObject
from records.filing.knowledge import examples_of
from records.filing.models import FilingTrait
from records.filing.suggestions import suggestion_of
from records.filing.traits import trim_traits
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from storage import KeyRing, Vault
from tests.builders import add_person, register
from tests.letters import letter
from tests.records.filing.files import CLASSES, do_jobs, filed, received, suggestion

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "wang", Role.CLERK)


def loaded_by(statement: str) -> set[str]:
    """Return the libraries for learning that a fresh process has after a statement."""
    asked = f"import sys; {statement}; print(*{{'numpy', 'scipy', 'sklearn'}} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_web_workers_load_no_library_for_learning() -> None:
    assert loaded_by("import web.app, records.worker, records.filing.suggestions") == set()


def test_the_worker_judges_with_numpy_alone() -> None:
    assert loaded_by("import records.filing.learning") == {"numpy"}


def test_what_was_learned_is_the_same_on_each_database(any_office: Office) -> None:
    clerk = add_person(any_office, "wang", Role.CLERK)
    for place in range(3):
        for code in CLASSES:
            filed(any_office, clerk, code, place)
    document = received(any_office, clerk, "5.4", 8)
    learner = do_jobs(any_office)
    found = suggestion(any_office, clerk, document)
    assert found.classes[0].code == "5.4"
    assert found.classes[0].reason.count == 3
    assert learner.rebuild() == 15
    assert suggestion(any_office, clerk, document) == found


def test_features_are_forgotten_with_the_key_of_their_file(office: Office, clerk: Actor) -> None:
    pdf = letter([["The Treasury", "Appropriation for the library", "Budget of next year"]])
    document = register(office, clerk, "scan", files=[("scan.pdf", pdf)], class_="4.1")
    with Worker(office) as worker:
        worker.run_until_idle()
    with office.database.reading() as uow:
        (known,) = examples_of(uow, office.vault)
    # What destruction leaves: the row of the object with a key that opens nothing.
    with office.database.writing() as uow:
        name = uow.session.scalars(
            select(Component.object_name).where(Component.document_id == document.id)
        ).one()
        other = KeyRing.open(office.config.home / "other.keys", create=True)
        _, useless = other.new_data_key()
        uow.session.execute(
            update(StoredObject).where(StoredObject.name == name).values(wrapped_key=useless)
        )
    vault = Vault(office.vault.store, office.vault.keyring, office.config.spool)
    with office.database.reading() as uow:
        (left,) = examples_of(uow, vault)
    assert len(left.features.indices) < len(known.features.indices)


def test_features_that_nothing_is_learned_from_are_thrown_away(
    office: Office, clerk: Actor
) -> None:
    pdf = letter([["The Treasury", "Appropriation for the library"]])
    old = register(office, clerk, "old", files=[("a.pdf", pdf)], class_="4.1")
    with Worker(office) as worker:
        worker.run_until_idle()
    for place in range(2):
        filed(office, clerk, "4.1", place)
    do_jobs(office)
    with office.database.writing() as uow:
        from records.documents.models import Document

        uow.session.execute(update(Document).where(Document.id == old.id).values(state="voided"))
        trim_traits(uow, learned=2)
    with office.database.reading() as uow:
        trait = uow.session.get_one(FilingTrait, old.id)
        assert trait.sealed is None


def test_reasons_are_counted_through_an_index(office: Office, clerk: Actor) -> None:
    for place in range(3):
        for code in CLASSES:
            filed(office, clerk, code, place, document_number=f"AWE/2024/{place}")
    document = received(office, clerk, "5.4", 8, document_number="AWE/2024/9")
    do_jobs(office)
    plans: list[str] = []

    def explain(
        _: object, cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if "filing_trait" in statement and "count(" in statement:
            rows = cursor.connection.execute(  # type: ignore[attr-defined]
                f"EXPLAIN QUERY PLAN {statement}", parameters
            ).fetchall()
            plans.append("\n".join(str(row[3]) for row in rows))

    event.listen(office.database.engine, "before_cursor_execute", explain)
    try:
        with office.database.reading() as uow:
            suggestion_of(uow, clerk, document.id)
    finally:
        event.remove(office.database.engine, "before_cursor_execute", explain)
    assert len(plans) == 2
    assert "ix_filing_trait_sender_key_document_id" in plans[0]
    assert "ix_filing_trait_series_document_id" in plans[1]
    assert all("SCAN filing_trait" not in each for each in plans)
