"""A person at a browser without script: pages are fetched, forms are sent with their token."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from records.documents.models import Document
from records.office import Office
from tests.builders import PASSWORD
from tests.web.conftest import forgery_token, sign_in

File = tuple[str, bytes]


@dataclass
class Visitor:
    """One signed-in person."""

    app: Flask
    login: str

    def __post_init__(self) -> None:
        self.client = self.app.test_client()
        assert sign_in(self.client, self.login, PASSWORD).status_code == 303
        self.token = forgery_token(self.client.get("/nowhere"))

    def get(self, path: str, **more: Any) -> TestResponse:
        """Fetch a page."""
        return self.client.get(path, **more)

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send a form; `class_` and `with_` stand for `class` and `with`."""
        data = {name.rstrip("_"): value for name, value in fields.items()}
        return self.client.post(path, data={"csrf_token": self.token, **data})

    def drop(
        self, *files: File, path: str = "/registration/files", script: bool = True, **fields: str
    ) -> TestResponse:
        """Send files, as the script does or as a plain form."""
        headers = {"X-Requested-With": "fetch", "X-CSRFToken": self.token} if script else {}
        data: dict[str, Any] = {"register": "incoming", **fields}
        if not script:
            data = {"csrf_token": self.token, **data}
        data["file"] = stored(files)
        return self.client.post(
            path, data=data, headers=headers, content_type="multipart/form-data"
        )


def stored(files: Sequence[File]) -> list[FileStorage]:
    """Return files as the client sends them."""
    return [FileStorage(BytesIO(content), name) for name, content in files]


def document(office: Office, document_id: str | UUID) -> Document:
    """Return a row as it is now."""
    with office.database.reading() as uow:
        found = uow.session.get(Document, UUID(str(document_id)))
        assert found is not None
        return found


def components_of(office: Office, made: Document) -> list[UUID]:
    """Return the ids of the files of a document."""
    from records.documents.components import components_of as components

    with office.database.reading() as uow:
        return [each.id for each in components(uow, made.id)]


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements of this thread; another one may be writing views meanwhile."""
    statements: list[str] = []
    mine = threading.get_ident()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        silent = statement.startswith(("BEGIN", "PRAGMA", "ROLLBACK", "COMMIT"))
        if threading.get_ident() == mine and not silent:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
