"""Containers are taken apart: their files become components, once, and name what stays inside."""

import hashlib
import io
import zipfile
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import select

from records.core.jobs import enqueue
from records.core.log import LogEntry
from records.documents.components import as_tree, components_of
from records.documents.models import Component, StoredObject
from records.documents.rules import ComponentRole
from records.documents.texts import UNPACK_JOB
from records.office import Office
from records.people.rules import Role
from records.worker import Worker
from tests.builders import add_person, register


def _zip(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return packed.getvalue()


def _mail(*attachments: tuple[str, bytes]) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.org", "With files"
    mail.set_content("See the files.")
    for name, data in attachments:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def _worked(office: Office, name: str, content: bytes) -> tuple[UUID, list[Component]]:
    clerk = add_person(office, "chen", Role.CLERK)
    document_id = register(office, clerk, files=[(name, content)]).id
    with Worker(office) as worker:
        worker.run_until_idle()
    return document_id, _components(office, document_id)


def _components(office: Office, document_id: UUID) -> list[Component]:
    with office.database.reading() as uow:
        return components_of(uow, document_id)


def _content(office: Office, component: Component) -> bytes:
    with office.database.reading() as uow:
        stored = uow.session.get_one(StoredObject, component.object_name)
        return b"".join(office.vault.read(stored.name, stored.wrapped_key))


def test_the_files_of_a_mail_and_of_the_archive_in_it_become_parts(office: Office) -> None:
    inner = _zip(a__list_txt=b"apples", b__list_txt=b"pears")
    _, components = _worked(office, "in.eml", _mail(("plan.txt", b"the plan"), ("all.zip", inner)))
    found = [(each.name, depth) for each, depth in as_tree(components)]
    assert found == [
        ("in.eml", 0),
        ("plan.txt", 1),
        ("all.zip", 1),
        ("list.txt", 2),
        ("list (2).txt", 2),
    ]
    assert {each.role for each in components[1:]} == {ComponentRole.PART}
    assert {each.text_state for each in components} == {"done"}
    archive = next(each for each in components if each.name == "all.zip")
    assert _content(office, archive) == inner
    assert archive.sha256 == hashlib.sha256(inner).hexdigest()


def test_an_archive_in_an_archive_in_an_archive_stays_whole(office: Office) -> None:
    content = _zip(one_zip=_zip(two_zip=_zip(three_txt=b"deep")))
    _, components = _worked(office, "zero.zip", content)
    assert [each.name for each in components] == ["zero.zip", "one.zip", "two.zip"]
    assert components[2].left_out == [{"name": "two.zip", "reason": "too_deep"}]


def test_what_cannot_be_taken_out_is_named_with_the_reason(office: Office) -> None:
    locked = bytearray(_zip(x_txt=b"secret"))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(magic) + at] |= 1
    _, components = _worked(office, "locked.zip", bytes(locked))
    assert len(components) == 1
    assert components[0].reason_code == "encrypted"


def test_a_mail_with_nothing_to_take_out_is_done_with(office: Office) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@example.org", "With a picture"
    mail.set_content("<p>Look: <img src=cid:1></p>", subtype="html")
    mail.add_related(
        b"GIF89a", "image", "gif", cid="<1>", disposition="inline", filename="logo.gif"
    )
    _, (component,) = _worked(office, "picture.eml", mail.as_bytes())
    assert component.left_out == [{"name": "logo.gif", "reason": "inline"}]


def test_unpacking_again_adds_nothing(office: Office) -> None:
    document_id, before = _worked(office, "two.zip", _zip(a_txt=b"a", b_txt=b"b"))
    with office.database.writing() as uow:
        for _ in range(3):
            enqueue(uow, UNPACK_JOB, subject_id=before[0].id)
    with Worker(office) as worker:
        worker.run_until_idle()
    assert [each.id for each in _components(office, document_id)] == [each.id for each in before]


def test_taking_out_is_logged(office: Office) -> None:
    document_id, components = _worked(office, "two.zip", _zip(a_txt=b"a"))
    with office.database.reading() as uow:
        kinds = uow.session.scalars(select(LogEntry.kind)).all()
    assert kinds.count("component.derived") == 1
    assert components[1].derived_from == components[0].id
    assert document_id == components[1].document_id
