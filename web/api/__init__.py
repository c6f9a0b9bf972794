"""The interface for programs: everything a person can do, with that person's rights, by REST."""

from flask import Flask

from web.api import (
    arrivals,
    assessments,
    bearer,
    checks,
    components,
    copies,
    document_acts,
    documents,
    faces,
    filing,
    fixity,
    glass,
    log,
    once,
    openapi,
    people,
    reading,
    receipts,
    registers,
    related,
    rounds,
    saved_searches,
    scans,
    seal_books,
    seal_certificates,
    seal_requests,
    sealing,
    seals,
    search,
    sharing,
    suggestions,
    synonyms,
    tasks,
    uploads,
    whereabouts,
)
from web.api.declaring import api

# Importing a module declares its endpoints.
DECLARING = (
    arrivals,
    checks,
    components,
    assessments,
    copies,
    document_acts,
    documents,
    faces,
    fixity,
    glass,
    filing,
    log,
    openapi,
    people,
    reading,
    receipts,
    registers,
    related,
    rounds,
    saved_searches,
    scans,
    seal_requests,
    seals,
    seal_certificates,
    seal_books,
    sealing,
    search,
    sharing,
    suggestions,
    synonyms,
    tasks,
    uploads,
    whereabouts,
)

__all__ = ["DECLARING", "api", "init_app"]


def init_app(app: Flask) -> None:
    """Add the interface under `/api/v1`."""
    bearer.init_app(app)
    once.init_app(app)
    app.register_blueprint(api)
