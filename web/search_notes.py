"""What a search says beside its hits: which synonyms were put in, and what else could be asked."""

from dataclasses import dataclass

from flask import request
from flask_babel import gettext

from records.finding.service import SYNONYMS, Found
from web.addresses import address


@dataclass(frozen=True)
class Note:
    """One sentence, and the link that follows it, if any."""

    text: str
    href: str | None = None
    link: str | None = None


def notes_of(found: Found) -> list[Note]:
    """Return the notes to an answer, in the reader's language."""
    meant = Note(gettext("Did you mean:"), address(q=found.meant), found.meant)
    return ([meant] if found.meant else []) + [
        Note(
            gettext("Also searched for: %(text)s.", text=each.text),
            address(q=found.exact) if found.exact and found.exact != _asked() else None,
            gettext("Search exactly as typed"),
        )
        for each in found.warnings
        if each.code == SYNONYMS
    ]


def _asked() -> str:
    return request.args.get("q", "").strip()
