"""The title of an official document, and the issuer whom it names."""

import re
from collections.abc import Sequence

from records.classification.face.agencies import agencies_of
from records.classification.face.kinds import bare, ends_a_title
from records.classification.face.printed import PrintedLine, without_gaps
from records.classification.face.values import Found, joined

_ISSUER_ENDS = re.compile("关于|转发|批转|印发|公布|发布|颁布|令$|公告$|通告$")
_PROMULGATED = re.compile(
    "^(?:现将|现)?(?:公布|发布|颁布)?(?:修订|修改|修正)?后?的?《(?P<title>[^《》]{2,60}(?:《[^《》]{2,40}》[^《》]{0,30})?)》"
    "(?:已|，?于|业经|经|，? ?自|，? ?现|，? ?请)"
)
_MOST_CHARS = 400


def title_of(lines: Sequence[PrintedLine]) -> Found | None:
    """Return the title that these lines print."""
    if not lines:
        return None
    value = _spaced(" ".join(line.text for line in lines))
    if not 2 <= len(value) <= _MOST_CHARS:
        return None
    return Found(value, _confidence(value, lines), joined(line.evidence() for line in lines))


def _spaced(text: str) -> str:
    """Close the gaps in a title, except between the names of joint issuers."""
    closed = without_gaps(text)
    found = _ISSUER_ENDS.search(text)
    if found is None:
        return closed
    parts = text[: found.start()].split()
    if (
        len(parts) > 1
        and agencies_of(" ".join(parts)) == parts
        and not re.search("[、，]", text[: found.start()])
    ):
        return f"{' '.join(parts)}{without_gaps(text[found.start() :])}"
    return closed


def _confidence(value: str, lines: Sequence[PrintedLine]) -> float:
    if ends_a_title(value):
        return 0.97 if "关于" in value or issuers_in(value) else 0.92
    large = lines[0].size >= 18
    return 0.85 if large else 0.6


def issuers_in(title: str) -> list[str] | None:
    """Return the issuers whom a title names: 国务院办公厅关于…, 国务院办公厅转发…."""
    for found in _ISSUER_ENDS.finditer(bare(title)):
        named = agencies_of(title[: found.start()])
        if named:
            return named
        if found[0] == "关于":
            break
    return None


def promulgated(line: PrintedLine) -> Found | None:
    """Return what an order puts into force: 《征信业管理条例》已经…通过，现予公布."""
    found = _PROMULGATED.match(line.text)
    if found is None:
        return None
    return Found(without_gaps(found["title"]), 0.82, line.evidence(*found.span("title")))
