"""Document numbers in running text, by which documents are linked to each other.

The end of a number is found first, since it cannot be mistaken; where it begins is a question of
what stands before it, and is asked only of a few characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from records.classification.face.agencies import ends_as_agency
from records.classification.face.numbers import CLOSING, OPENING, parse_number
from records.classification.face.printed import plain

_HAN = "\u3400-\u9fff"
_NUMERAL = r"(?:\d{1,5}|[一二三四五六七八九十百零〇○]{1,8})"
_END = re.compile(
    rf"[{re.escape(OPENING)}] ?(?:19|20)\d\d ?[{re.escape(CLOSING)}] ?第? ?\d{{1,5}} ?号"
    r"(?![楼院线桥井机馆门店厅房])"
    rf"|(?P<word>令|公告) ?(?:(?:19|20)\d\d ?年 ?)?[（(]?第 ?{_NUMERAL} ?号"
)
_CODE = re.compile(rf"[{_HAN}]{{1,18}}(?:[（(][{_HAN}]{{1,4}}[)）])? ?\Z")
_ISSUER = re.compile(rf"[{_HAN}、]{{2,40}} ?\Z")
# What may stand before a number in a sentence and is no part of it.
_LEADS = re.compile(
    "按照|根据|依据|依照|遵照|参照|贯彻|落实|执行|转发|印发|下发|批转|颁布|颁发|发布|公布|制定|出台|"
    "修订|修改|废止|收到|收悉|关于|文件|通知|意见|决定|办法(?!规)|规定|简称|替代|引用|违反|实施|适用|符合|"
    "以及|属于|对于|详见|参见|号|与|及|或|将(?![政乐军])|由|是|的|了|如|见|附|在|(?<!共)和|、"
)
_SENTENCE_GOES_ON = "》〉）)”号"
_LOOK_BACK = 48
_MOST_CHARS = 5_000_000


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in a text: which characters, as printed, and its normal form."""

    start: int
    end: int
    raw: str
    value: str


def find_numbers(text: str) -> Iterator[Mention]:
    """Yield the document numbers in a text, in order; those on a line of their own too."""
    line = plain(text[:_MOST_CHARS])
    taken = 0
    for found in _END.finditer(line):
        start = _beginning(line, found, taken)
        if start is None:
            continue
        raw = text[start : found.end()]
        number = parse_number(raw)
        if number is not None:
            taken = found.end()
            yield Mention(start, taken, raw, number.value)


def _beginning(line: str, found: re.Match[str], taken: int) -> int | None:
    is_order = found["word"] is not None
    before = line[max(taken, found.start() - _LOOK_BACK) : found.start()]
    run = (_ISSUER if is_order else _CODE).search(before)
    if run is None:
        return None
    code = run[0].rstrip()
    start = 0
    for lead in _LEADS.finditer(code):
        if not _is_lead(lead, code[start : lead.start()], before[: run.start()]):
            continue
        start = lead.end()
    body = code[start:]
    if not body or (is_order and not ends_as_agency(body)):
        return None
    return found.start() - len(before) + run.start() + start


def _is_lead(lead: re.Match[str], since: str, before: str) -> bool:
    if lead[0] == "、":
        # Joint orders name their agencies with 、 between them.
        return not ends_as_agency(since)
    if lead[0] == "和" and lead.start() == 0:
        # 和政发 is a code, but after a title or a number 和 means "and".
        return before.endswith(tuple(_SENTENCE_GOES_ON))
    return True
