"""From the pages of a document to its face."""

from collections.abc import Mapping, Sequence

from records.classification.face.letters import read_letter
from records.classification.face.mail import is_mail, with_header
from records.classification.face.official import read_official
from records.classification.face.printed import is_chinese, printed_lines
from records.classification.face.values import Face
from search.reading.model import Layout

_SEEN_LINES = 80


def read_face(
    pages: Sequence[str],
    layouts: Sequence[Layout] = (),
    attributes: Mapping[str, str] | None = None,
) -> Face:
    """Read the face of a document.

    Args:
        pages: Its text.
        layouts: The places of its lines, where these are known.
        attributes: What the file says of itself; the header of a mail counts as its face.
    """
    face = _printed_face(pages, layouts)
    said = attributes or {}
    return with_header(face, said) if is_mail(said) else face


def _printed_face(pages: Sequence[str], layouts: Sequence[Layout]) -> Face:
    lines = printed_lines(pages, layouts)
    if not lines:
        return Face()
    if is_chinese("\n".join(line.text for line in lines[:_SEEN_LINES])):
        return read_official(lines)
    return read_letter(lines)
