"""Slips and labels in the words of the reader's language, ready to be typeset."""

from flask_babel import gettext

from records.documents.models import Document
from records.exchange.label import Label
from records.people.rules import Secrecy
from web.formats import day
from web.words import word


def label_in_words(document: Document, registry: str, address: str) -> Label:
    """Return the label of a document; it tells no title, for it lies open on every desk."""
    lines = [str(word("secrecy", Secrecy(document.secrecy).code).text)]
    if document.received_on:
        lines.append(gettext("Received %(day)s", day=day(document.received_on)))
    return Label(document.number, registry, "\n".join(lines), address)
