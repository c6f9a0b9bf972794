"""The search index as this process reads it: one reader, shared by all requests."""

from typing import cast

from flask import Flask, current_app

from records.finding.reader import IndexReader
from web.boundary import office

_EXTENSION = "chancery_index"


def index() -> IndexReader:
    """Return the reader of this application."""
    return cast("IndexReader", current_app.extensions[_EXTENSION])


def init_app(app: Flask) -> None:
    """Open the index when it is first needed."""
    with app.app_context():
        config = office().config
    app.extensions[_EXTENSION] = IndexReader(config)
