"""An office that files letters: short texts on five matters from senders of their own."""

from records.core.jobs import Job
from records.documents.filing import file_document
from records.documents.models import Document
from records.documents.rules import RegisterKind
from records.filing.learning import FilingLearner
from records.filing.suggestions import FilingSuggestion, suggestion_of
from records.office import Office
from records.people.rules import Actor
from tests.builders import register_in

# Class, sender, and what letters of this matter say.
MATTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "4.1": (
        "The Treasury",
        ("Appropriation for next year", "Revised budget estimates", "Reserve of the budget"),
    ),
    "3.4": (
        "Staff College",
        ("Course on report writing", "Seminar for trainers", "Certificates of the course"),
    ),
    "5.2": (
        "City Estates",
        ("Repair of the roof", "Lease of the second floor", "The roof and the lease"),
    ),
    "5.4": (
        "Data House",
        ("Licence for the mail server", "Backup of the server", "Update of the mail software"),
    ),
    "2.5": (
        "Protocol Office",
        ("Visit of a delegation", "Invitation to a reception", "Visit to the reception"),
    ),
}
CLASSES = tuple(MATTERS)


def received(
    office: Office, clerk: Actor, class_code: str, place: int = 0, **values: str
) -> Document:
    """Register a letter of a matter."""
    sender, titles = MATTERS[class_code]
    values = {"sender": sender, "unit": "office", **values}
    title = f"{titles[place % len(titles)]} no. {place}"
    with office.database.writing() as uow:
        return register_in(
            uow, clerk, title, register="incoming", received=(), source_id=None, **values
        )


def filed(office: Office, clerk: Actor, class_code: str, place: int = 0, **values: str) -> Document:
    """Register a letter and file it where its matter belongs."""
    document = received(office, clerk, class_code, place, **values)
    return file_into(office, clerk, document, class_code)


def file_into(office: Office, clerk: Actor, document: Document, class_code: str) -> Document:
    """File a document into a class."""
    with office.database.writing() as uow:
        return file_document(
            uow,
            clerk,
            document_id=document.id,
            version=None,
            class_code=class_code,
            register_kind=RegisterKind.INCOMING,
        )


def do_jobs(office: Office) -> FilingLearner:
    """Do the jobs of filing that wait, the lesson last, whenever they are due."""
    learner = FilingLearner(office.database, office.vault)
    for kind in ("filing.suggest", "filing.learn", "filing.refresh"):
        with office.database.reading() as uow:
            jobs = uow.session.query(Job).filter(Job.kind == kind).order_by(Job.id).all()
        for job in jobs:
            apply = learner.handlers[kind].work(job)
            with office.database.writing() as uow:
                apply(uow)
                uow.session.delete(uow.session.get_one(Job, job.id))
    return learner


def suggestion(office: Office, reader: Actor, document: Document) -> FilingSuggestion:
    """Return what a person is told."""
    with office.database.reading() as uow:
        return suggestion_of(uow, reader, document.id)
