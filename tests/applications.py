"""The web service as an object, and the end of all that it keeps beside its requests."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from records.office import Office
from web.app import create_app
from web.check import examiner_of
from web.index import index
from web.pictures import pictures_of
from web.views import views_of
from web.workshop import workshop_of


@contextmanager
def application(office: Office) -> Iterator[Flask]:
    """Make the web service of an opened office, and put it down at the end."""
    made = create_app(office)
    try:
        yield made
    finally:
        put_down(made)


def put_down(app: Flask) -> None:
    """End the children that draw, prepare and examine files, the views, and the index."""
    pictures_of(app).close()
    workshop_of(app).close()
    examiner_of(app).close()
    views_of(app).end()
    with app.app_context():
        index().close()
