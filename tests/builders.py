"""People and documents for tests, made by the same services as in real life."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from records.core.database import UnitOfWork
from records.documents.components import components_of
from records.documents.intake import keep_objects
from records.documents.metadata import read_metadata
from records.documents.models import Document
from records.office import Office
from records.people.actors import actor_by_login
from records.people.groups import add_group as add_group_row
from records.people.organization import add_post, assign, unit_by_code
from records.people.organization import add_unit as add_unit_row
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.people.service import add_user
from records.registration.registers import register_by_code
from records.registration.service import register_document
from records.scans.models import Recognition
from records.worker import Worker
from storage import Received

PASSWORD = "correct horse battery"
ROOT = "office"

# A file is its name and its bytes.
File = tuple[str, bytes]


def id_of(person: Actor) -> UUID:
    """Return the id of somebody who is no service."""
    assert person.user_id is not None
    return person.user_id


def work(office: Office) -> None:
    """Be the worker until nothing waits."""
    with Worker(office) as worker:
        worker.run_until_idle()


def add_unit(office: Office, code: str, *, parent: str = ROOT, name: str | None = None) -> UUID:
    """Add a unit under another and return its id."""
    with office.database.writing() as uow:
        above = unit_by_code(uow, parent)
        return add_unit_row(
            uow, SERVICE, code=code, name=name or code.title(), parent_id=above.id
        ).id


def add_person(
    office: Office,
    login: str,
    *roles: Role,
    unit: str = ROOT,
    clearance: Secrecy = Secrecy.TOP_SECRET,
    name: str | None = None,
    password: str = PASSWORD,
) -> Actor:
    """Add a person with one post in a unit and return who that is."""
    with office.database.writing() as uow:
        add_user(
            uow,
            SERVICE,
            login=login,
            name=name,
            roles=frozenset(roles or {Role.STAFF}),
            unit_id=unit_by_code(uow, unit).id,
            clearance=clearance,
            password=password,
        )
    return actor(office, login)


def give_post(office: Office, holder: Actor, *roles: Role, unit: str) -> Actor:
    """Give a person one more post and return who that is now."""
    assert holder.user_id is not None
    with office.database.writing() as uow:
        post = add_post(
            uow,
            SERVICE,
            unit_id=unit_by_code(uow, unit).id,
            title=" and ".join(sorted(roles)),
            roles=frozenset(roles),
        )
        assign(uow, SERVICE, user_id=holder.user_id, post_id=post.id)
    return again(office, holder)


def add_group(office: Office, name: str, members: Iterable[Actor]) -> UUID:
    """Add a group and return its id."""
    with office.database.writing() as uow:
        ids = [each.user_id for each in members if each.user_id is not None]
        return add_group_row(uow, SERVICE, name=name, user_ids=ids).id


def actor(office: Office, login: str) -> Actor:
    """Return a person with the rights of this moment."""
    with office.database.reading() as uow:
        return actor_by_login(uow, login)


def again(office: Office, holder: Actor) -> Actor:
    """Return the same person with the rights of this moment."""
    from records.people.actors import load_actor

    assert holder.user_id is not None
    with office.database.reading() as uow:
        return load_actor(uow, holder.user_id)


def keep(office: Office, files: Sequence[File]) -> list[tuple[Received, str]]:
    """Put files into the store and return what registering needs."""
    received = [
        (
            office.vault.receive(
                [content], limit_bytes=office.config.upload_limit_bytes, file_name=name
            ),
            name,
        )
        for name, content in files
    ]
    if received:
        keep_objects(office.database, office.vault, [each for each, _ in received])
    return received


def register(
    office: Office,
    clerk: Actor,
    title: str = "Annual report",
    *,
    register: str = "incoming",
    files: Sequence[File] = (),
    source_id: str | None = None,
    **values: str,
) -> Document:
    """Register a document in a unit of its own.

    Args:
        files: Name and bytes of each component; none for paper.
        values: Metadata as text, by name; `class_` for `class`.
    """
    kept = keep(office, files)
    with office.database.writing() as uow:
        return register_in(
            uow, clerk, title, register=register, received=kept, source_id=source_id, **values
        )


def register_in(
    uow: UnitOfWork,
    clerk: Actor,
    title: str = "Annual report",
    *,
    register: str = "incoming",
    received: Sequence[tuple[Received, str]] = (),
    source_id: str | None = None,
    **values: str,
) -> Document:
    """Register a document in an open unit; arguments as in `register`."""
    raw: dict[str, Any] = {name.rstrip("_"): value for name, value in values.items()}
    return register_document(
        uow,
        clerk,
        register=register_by_code(uow, register),
        values=read_metadata({"title": title, **raw}),
        received=received,
        source_id=source_id,
    )


def recognising(office: Office, document: Document, *, done: int, total: int | None) -> None:
    """Let the worker have come so far with the pages of a document's only file."""
    with office.database.writing() as uow:
        (component,) = components_of(uow, document.id)
        uow.session.add(
            Recognition(
                component_id=component.id,
                document_id=document.id,
                run=uow.new_id(),
                state="running",
                pages_done=done,
                pages_total=total,
                cpu_seconds=0.0,
                asked_at=uow.now,
            )
        )
