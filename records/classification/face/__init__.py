"""The page face: what a document says of itself on its first and last page.

Text and the places of its lines go in, fields with confidence and evidence come out. Nothing here
opens a file or a database, and every pattern is bounded, so that hostile text costs no more than
any other.
"""

from records.classification.face.mentions import Mention, find_numbers
from records.classification.face.numbers import DocumentNumber, parse_number
from records.classification.face.reader import read_face
from records.classification.face.values import FILLED_FROM, Evidence, Face, Found, no_face

__all__ = [
    "FILLED_FROM",
    "DocumentNumber",
    "Evidence",
    "Face",
    "Found",
    "Mention",
    "find_numbers",
    "no_face",
    "parse_number",
    "read_face",
]
