"""Document numbers of senders (发文字号): the raw string is kept, the normalised one is matched.

The grammar lies with the page face (`records.classification.face.numbers`), so that what is typed
and what is read come to the same. Numbers of other kinds are only tidied.
"""

import re
import unicodedata

from records.classification.face import parse_number

_YEAR_IN_BRACKETS = re.compile(r"[\[(【〔〖{<《「]\s*((?:19|20)\d{2})\s*[\])】〕〗}>》」]")
_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff]")


def normalise_document_number(raw: str) -> str:
    """Return a document number as it is matched: half-width, 〔〕 round the year, no spaces.

    A number without Chinese characters keeps single spaces between its words. Nothing is guessed:
    what a person typed is no misreading.
    """
    number = parse_number(raw)
    if number is not None and not number.repaired:
        return number.value
    text = unicodedata.normalize("NFKC", raw).strip()
    text = _YEAR_IN_BRACKETS.sub(r"〔\1〕", text)
    return _SPACES.sub("" if _HAN.search(text) else " ", text)
