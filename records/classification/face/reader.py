"""From the pages of a document to its face."""

from collections.abc import Sequence

from records.classification.face.letters import read_letter
from records.classification.face.official import read_official
from records.classification.face.printed import is_chinese, printed_lines
from records.classification.face.values import Face
from search.reading.model import Layout

_SEEN_LINES = 80


def read_face(pages: Sequence[str], layouts: Sequence[Layout] = ()) -> Face:
    """Read the face of a document from its text and, where known, the places of its lines."""
    lines = printed_lines(pages, layouts)
    if not lines:
        return Face()
    if is_chinese("\n".join(line.text for line in lines[:_SEEN_LINES])):
        return read_official(lines)
    return read_letter(lines)
