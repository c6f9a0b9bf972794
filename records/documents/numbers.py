"""Document numbers of senders (发文字号): the raw string is kept, the normalised one is matched.

Form after GB/T 9704-2012 (check): agency code, year in 〔〕, number, 号, as in 国办发〔2024〕12号.
Real pages also bring ［］ [] () （） 【】, full-width digits and spaces.
"""

import re
import unicodedata

_YEAR_IN_BRACKETS = re.compile(r"[\[(【〔〖{<《「]\s*((?:19|20)\d{2})\s*[\])】〕〗}>》」]")
_SPACES = re.compile(r"\s+")
_HAN = re.compile(r"[\u3400-\u9fff]")


def normalise_document_number(raw: str) -> str:
    """Return a document number as it is matched: half-width, 〔〕 round the year, no spaces.

    A number without Chinese characters keeps single spaces between its words.
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    text = _YEAR_IN_BRACKETS.sub(r"〔\1〕", text)
    return _SPACES.sub("" if _HAN.search(text) else " ", text)
