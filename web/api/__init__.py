"""The interface for programs: everything a person can do, with that person's rights, by REST."""

from flask import Flask

from web.api import bearer, components, documents, once, openapi, people, registers, sharing
from web.api.declaring import api

__all__ = [
    "api",
    "components",
    "documents",
    "init_app",
    "openapi",
    "people",
    "registers",
    "sharing",
]


def init_app(app: Flask) -> None:
    """Add the interface under `/api/v1`."""
    bearer.init_app(app)
    once.init_app(app)
    app.register_blueprint(api)
