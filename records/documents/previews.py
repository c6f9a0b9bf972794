"""Page pictures with their text layer: drawn in the cage when first wanted, cached encrypted.

The cache is the table `preview`, sealed under the data key of the component, so that destroying
the key destroys the pictures too. It may be thrown away at any time. Files that have no pages to
draw (mail, plain text, office files where LibreOffice is missing) are shown as pages of text.
"""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import delete, func, select

from records.core.database import Database, UnitOfWork
from records.core.errors import Conflict, NotFound
from records.documents.models import Component, ComponentText, Preview, StoredObject
from records.documents.texts import open_text
from search.reading import Cage, Line, PageImage, UnreadableError, office_available
from storage import Vault

PDF = "application/pdf"
# What LibreOffice turns into a PDF so that its pages can be drawn.
OFFICE_PREFIXES = (
    "application/msword",
    "application/rtf",
    "application/vnd.ms-",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
    "text/rtf",
)
# Widths that pictures are made in; others get the next larger one, so that the cache stays small.
WIDTHS_PX = (240, 480, 720, 960, 1200, 1600, 2400)
MOST_PER_COMPONENT = 60
MOST_IN_ALL = 20_000
# Rows of the cache that are no picture.
CONVERTED_PDF, PAGE_SIZES = -1, -2
# From here down: the text on pages, so many in a row.
_LAYERS = -3
_LAYER_PAGES = 16
_HEAD = struct.Struct(">I")


class Previews:
    """Makes and caches page pictures. Callers have checked that the component may be seen."""

    def __init__(self, database: Database, vault: Vault, cage: Cage) -> None:
        self._database = database
        self._vault = vault
        self._cage = cage

    def page_sizes(self, component: Component, stored: StoredObject) -> list[tuple[float, float]]:
        """Return width and height in points of each page; none where there is only text.

        Raises:
            StorageError: The object cannot be read.
        """
        if not _is_drawn(component.media_type):
            return []
        kept = self._cached(component, stored, PAGE_SIZES, 0)
        if kept is not None:
            return [(width, height) for width, height in json.loads(kept)]
        try:
            content, name, media_type = self._drawable(component, stored)
            sizes = self._cage.page_sizes(content, file_name=name, media_type=media_type)
        except UnreadableError:
            sizes = []
        self._keep(component, stored, PAGE_SIZES, 0, json.dumps(sizes).encode())
        return sizes

    def page_image(
        self, component: Component, stored: StoredObject, *, page: int, width_px: int
    ) -> PageImage:
        """Return the picture of a page, at least as wide as asked where the widths allow it.

        Args:
            page: Counted from 0.

        Raises:
            NotFound: There is no such page, or the file has no pages to draw.
            Conflict: The page cannot be drawn; `details["reason"]` is a code of the cage.
            StorageError: The object cannot be read.
        """
        if not _is_drawn(component.media_type) or page < 0:
            raise NotFound
        width_px = next((each for each in WIDTHS_PX if each >= width_px), WIDTHS_PX[-1])
        kept = self._cached(component, stored, page, width_px)
        if kept is not None:
            return _unpacked(kept)
        if page >= len(self.page_sizes(component, stored)):
            raise NotFound
        try:
            content, name, media_type = self._drawable(component, stored)
            image = self._cage.render(
                content, file_name=name, media_type=media_type, page=page, width_px=width_px
            )
        except UnreadableError as error:
            raise Conflict(
                "This page cannot be drawn (%(reason)s).", {"reason": error.reason.code.value}
            ) from error
        self._keep(component, stored, page, width_px, _packed(image))
        return image

    def text_layers(
        self, component: Component, stored: StoredObject, *, pages: Iterable[int]
    ) -> dict[int, list[Line]]:
        """Return the lines of text that lie on pages, drawing none.

        Args:
            pages: Counted from 0; what is no page is left out of the answer.

        Returns:
            Nothing for a picture, or a file that cannot be read.

        Raises:
            StorageError: The object cannot be read.
        """
        wanted = {page for page in pages if page >= 0}
        if not _is_drawn(component.media_type) or component.media_type.startswith("image/"):
            return {}
        found: dict[int, list[Line]] = {}
        missing: list[int] = []
        for row in sorted({page // _LAYER_PAGES for page in wanted}):
            kept = self._cached(component, stored, _LAYERS - row, 0)
            if kept is None:
                missing.append(row)
            else:
                found |= _layers_of(kept)
        if missing:
            found |= self._read_layers(component, stored, missing)
        return {page: lines for page, lines in found.items() if page in wanted}

    def _read_layers(
        self, component: Component, stored: StoredObject, rows: Sequence[int]
    ) -> dict[int, list[Line]]:
        """Read the text on all pages of some rows, and keep it row by row."""
        numbers = [row * _LAYER_PAGES + place for row in rows for place in range(_LAYER_PAGES)]
        try:
            content, name, media_type = self._drawable(component, stored)
            found = self._cage.text_layers(
                content, file_name=name, media_type=media_type, pages=numbers
            )
        except UnreadableError:
            return {}
        for row in rows:
            mine = {page: lines for page, lines in found.items() if page // _LAYER_PAGES == row}
            self._keep(component, stored, _LAYERS - row, 0, _packed_layers(mine))
        return found

    def text_pages(self, component: Component, stored: StoredObject) -> list[str]:
        """Return what was read of a component, page by page; empty when there is nothing.

        Raises:
            StorageError: The key was destroyed or lost.
        """
        with self._database.reading() as uow:
            kept = uow.session.get(ComponentText, component.id)
        return open_text(self._vault, stored.wrapped_key, kept.sealed) if kept else []

    def _drawable(
        self, component: Component, stored: StoredObject
    ) -> tuple[Iterator[bytes], str, str]:
        """Return content, file name and type of what can be drawn: the file or its conversion."""
        original = self._vault.read(stored.name, stored.wrapped_key)
        if not _is_office(component.media_type):
            return original, component.name, component.media_type
        pdf = self._cached(component, stored, CONVERTED_PDF, 0)
        if pdf is None:
            pdf = self._cage.to_pdf(
                original, file_name=component.name, media_type=component.media_type
            )
            self._keep(component, stored, CONVERTED_PDF, 0, pdf)
        return iter([pdf]), "converted.pdf", PDF

    def _cached(
        self, component: Component, stored: StoredObject, page: int, width_px: int
    ) -> bytes | None:
        with self._database.reading() as uow:
            kept = uow.session.get(Preview, (component.id, page, width_px))
        if kept is None:
            return None
        return self._vault.unseal(stored.wrapped_key, preview_label(page, width_px), kept.sealed)

    def _keep(
        self, component: Component, stored: StoredObject, page: int, width_px: int, clear: bytes
    ) -> None:
        sealed = self._vault.seal(stored.wrapped_key, preview_label(page, width_px), clear)
        with self._database.writing() as uow:
            # Somebody else may have drawn it at the same moment, or destroyed the component.
            if uow.session.get(Component, component.id) is None:
                return
            uow.session.merge(
                Preview(
                    component_id=component.id,
                    page=page,
                    width_px=width_px,
                    sealed=sealed,
                    created_at=uow.now,
                )
            )
            uow.session.flush()
            _trim_component(uow, component.id)


def trim_previews(uow: UnitOfWork) -> int:
    """Throw the oldest pictures away beyond the size of the whole cache; return how many."""
    present = uow.session.scalar(select(func.count()).select_from(Preview)) or 0
    if present <= MOST_IN_ALL:
        return 0
    limit = uow.session.scalar(
        select(Preview.created_at).order_by(Preview.created_at.desc()).offset(MOST_IN_ALL).limit(1)
    )
    result = uow.session.execute(delete(Preview).where(Preview.created_at <= limit))
    return int(result.rowcount)  # type: ignore[attr-defined]


def _trim_component(uow: UnitOfWork, component_id: UUID) -> None:
    old = uow.session.execute(
        select(Preview.page, Preview.width_px)
        .where(Preview.component_id == component_id, Preview.page >= 0)
        .order_by(Preview.created_at.desc(), Preview.page, Preview.width_px)
        .offset(MOST_PER_COMPONENT)
    ).all()
    for page, width_px in old:
        uow.session.execute(
            delete(Preview).where(
                Preview.component_id == component_id,
                Preview.page == page,
                Preview.width_px == width_px,
            )
        )


def _is_office(media_type: str) -> bool:
    return media_type.startswith(OFFICE_PREFIXES)


def _is_drawn(media_type: str) -> bool:
    if _is_office(media_type):
        return office_available()
    return media_type == PDF or media_type.startswith("image/")


def preview_label(page: int, width_px: int) -> str:
    """Return the label under which the picture of a page is sealed."""
    return f"preview {page} {width_px}"


def _packed_layers(layers: Mapping[int, list[Line]]) -> bytes:
    clear = [[page, [asdict(line) for line in lines]] for page, lines in layers.items()]
    return zlib.compress(json.dumps(clear, ensure_ascii=False).encode())


def _layers_of(packed: bytes) -> dict[int, list[Line]]:
    return {
        page: [Line(**line) for line in lines]
        for page, lines in json.loads(zlib.decompress(packed))
    }


def _packed(image: PageImage) -> bytes:
    """Return a picture and its text layer as bytes: length of the head, head, picture."""
    facts = {**asdict(image), "data": None}
    head = zlib.compress(json.dumps(facts, ensure_ascii=False).encode())
    return _HEAD.pack(len(head)) + head + image.data


def _unpacked(packed: bytes) -> PageImage:
    (length,) = _HEAD.unpack_from(packed)
    start = _HEAD.size + length
    facts = json.loads(zlib.decompress(packed[_HEAD.size : start]))
    lines = [Line(**line) for line in facts.pop("lines")]
    return PageImage(**{**facts, "data": packed[start:], "lines": lines})
