import io
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from records.core.errors import Conflict, NotFound
from records.documents import previews as previews_module
from records.documents.components import components_of, get_component
from records.documents.models import Component, Preview, StoredObject
from records.documents.previews import Previews, trim_previews
from records.office import Office
from records.people.rules import Actor, Role
from records.worker import Worker
from search.reading import Cage
from storage import StorageError
from tests.builders import add_person, register
from tests.letters import letter
from tests.offices import HeldClock

Held = tuple[Component, StoredObject]
needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="apt install libreoffice-writer-nogui"
)


@pytest.fixture
def clerk(office: Office) -> Actor:
    return add_person(office, "chen", Role.CLERK)


@pytest.fixture
def previews(office: Office) -> Iterator[Previews]:
    with Cage() as cage:
        yield Previews(office.database, office.vault, cage)


def held(office: Office, clerk: Actor, name: str, content: bytes) -> Held:
    """Register a file, read it, and return its component and object."""
    document = register(office, clerk, files=[(name, content)])
    with Worker(office) as worker:
        worker.run_until_idle()
    with office.database.reading() as uow:
        (component,) = components_of(uow, document.id)
        return get_component(uow, clerk, component.id)


def rows(office: Office) -> int:
    with office.database.reading() as uow:
        return uow.session.scalar(select(func.count()).select_from(Preview)) or 0


@pytest.fixture
def two_pages(office: Office, clerk: Actor) -> Held:
    return held(office, clerk, "letter.pdf", letter([["The heron"], ["stands still"]]))


def test_pages_have_sizes_pictures_and_words(previews: Previews, two_pages: Held) -> None:
    assert previews.page_sizes(*two_pages) == [(595, 842), (595, 842)]
    image = previews.page_image(*two_pages, page=1, width_px=700)
    assert (image.width_px, image.media_type) == (720, "image/webp")
    (line,) = image.lines
    assert line.text == "stands still"
    assert len(line.stops) == len(line.text) + 1


def test_a_picture_is_drawn_once(office: Office, two_pages: Held, previews: Previews) -> None:
    first = previews.page_image(*two_pages, page=0, width_px=720)
    component, stored = two_pages
    office.vault.store.delete(stored.name)
    assert previews.page_image(component, stored, page=0, width_px=720) == first
    with pytest.raises(StorageError):
        previews.page_image(component, stored, page=1, width_px=720)


def test_what_is_cached_tells_nothing_without_the_key(
    office: Office, two_pages: Held, previews: Previews
) -> None:
    previews.page_image(*two_pages, page=0, width_px=720)
    with office.database.reading() as uow:
        kept = uow.session.scalars(select(Preview.sealed)).all()
    assert kept
    assert not any(b"WEBP" in each or b"heron" in each for each in kept)


@pytest.mark.parametrize("page", [-1, 2])
def test_a_page_that_is_not_there_is_not_found(
    previews: Previews, two_pages: Held, page: int
) -> None:
    with pytest.raises(NotFound):
        previews.page_image(*two_pages, page=page, width_px=720)


def test_a_damaged_file_has_no_pages(office: Office, clerk: Actor, previews: Previews) -> None:
    broken = held(office, clerk, "bad.pdf", b"%PDF-1.7\n" + b"\0" * 999)
    assert previews.page_sizes(*broken) == []
    with pytest.raises((NotFound, Conflict)):
        previews.page_image(*broken, page=0, width_px=720)


def test_plain_text_is_shown_as_pages_of_text(
    office: Office, clerk: Actor, previews: Previews
) -> None:
    note = held(office, clerk, "note.txt", "公文处理".encode())
    assert previews.page_sizes(*note) == []
    assert previews.text_pages(*note) == ["公文处理"]
    with pytest.raises(NotFound):
        previews.page_image(*note, page=0, width_px=720)


def test_an_unread_file_has_no_text(office: Office, clerk: Actor, previews: Previews) -> None:
    document = register(office, clerk, files=[("note.txt", b"later")])
    with office.database.reading() as uow:
        (component,) = components_of(uow, document.id)
        stored = uow.session.get_one(StoredObject, component.object_name)
    assert previews.text_pages(component, stored) == []


def test_the_cache_of_a_component_is_bounded(
    office: Office,
    previews: Previews,
    two_pages: Held,
    clock: HeldClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(previews_module, "MOST_PER_COMPONENT", 3)
    for width_px in (240, 480, 720, 960):
        clock.advance(seconds=1)
        previews.page_image(*two_pages, page=0, width_px=width_px)
    with office.database.reading() as uow:
        widths = uow.session.scalars(
            select(Preview.width_px).where(Preview.page == 0).order_by(Preview.width_px)
        ).all()
    assert widths == [480, 720, 960]


def test_the_whole_cache_is_bounded(
    office: Office,
    previews: Previews,
    two_pages: Held,
    clock: HeldClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(previews_module, "MOST_IN_ALL", 2)
    for width_px in (240, 480, 720):
        clock.instant += timedelta(seconds=1)
        previews.page_image(*two_pages, page=0, width_px=width_px)
    with office.database.writing() as uow:
        assert trim_previews(uow) == 2
    assert rows(office) == 2
    with office.database.writing() as uow:
        assert trim_previews(uow) == 0


@needs_office
def test_an_office_file_is_converted_once_and_drawn(
    office: Office, clerk: Actor, previews: Previews
) -> None:
    import docx

    file = io.BytesIO()
    written = docx.Document()
    written.add_paragraph("The minutes of the meeting")
    written.save(file)
    minutes = held(office, clerk, "minutes.docx", file.getvalue())
    assert len(previews.page_sizes(*minutes)) == 1
    office.vault.store.delete(minutes[1].name)
    image = previews.page_image(*minutes, page=0, width_px=720)
    assert [each.text for each in image.lines] == ["The minutes of the meeting"]
