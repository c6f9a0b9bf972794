"""The numbers that a text cites, each with what its sentence says that it does to the other.

The grammar of Chinese official documents says it in few words: a reply says that the other was
received (收悉), a forwarding one hands it on (转发给你们), a repealing one ends it (同时废止).
Whatever stands behind 根据 or 按照 is only cited, whatever else the sentence says.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from records.classification.face import find_numbers
from records.documents.numbers import normalise_document_number
from records.related.rules import STRENGTH, LinkKind

MOST_CITED = 300
_MOST_CHARS = 500_000
_SENTENCE_CHARS = 160
_STOPS = "。；！？\n"
# What only names the ground of something, right before a title or a number.
_GROUND = re.compile(
    "(?:根据|按照|依据|依照|遵照|参照|贯彻|落实|执行|结合|对照)(?:落实|执行|实施)?[^，。；]{0,12}?"
    r"(?:《[^》]{2,80}(?:》[^《，。；]{0,8})?)?[（(]?\s*$"
)
_ANSWERED = re.compile(
    "收悉|悉。|悉，|你[省市区县局部委厅院校司处室单位]{1,2}.{0,60}(?:请示|来函|报告|来文)"
)
_HANDED_ON = re.compile("(?:转发|批转|印发)(?:给|你|至|各|如下)|(?:现|予以|已经?)(?:转发|批转)")
_ENDED = re.compile("废止|停止执行|不再执行|宣布失效|自行失效")
_ALTERED = re.compile(
    "(?:作出?|做|进行)(?:了)?(?:如下|以下|相应|部分)?(?:修改|修订|修正)|予以(?:修改|修订)|修改为"
)
_REPLIES = re.compile("批复|复函|答复|复信|的回复")
_FORWARDS = re.compile("转发|批转")
_ENDS = re.compile("废止|失效")
_ALTERS = re.compile("关于修(?:改|订|正)")
_REPLY_IN_ENGLISH = re.compile(
    r"(?:\b(?:in (?:reply|response|answer) to|thank you for|we refer to|with reference to|"
    r"referring to|re(?:garding)?:?)\s+)?"
    r"\byour\s+(?:letter|memo(?:randum)?|request|inquiry|enquiry|ref(?:erence)?)\b[^\n]{0,60}?"
    r"(?:\bref(?:erence)?\b\.?|\bno\b\.?|\bnumber\b|:)\s*:?\s*"
    r"(?P<number>[A-Z0-9][A-Za-z0-9]*(?:[-/.][A-Za-z0-9]+)+)",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Citation:
    """A number that a text cites, in its normal form, and what the text does to it."""

    number: str
    kind: LinkKind


def citations(
    pages: Sequence[str],
    *,
    title: str | None = None,
    own_number: str | None = None,
    your_reference: str | None = None,
) -> list[Citation]:
    """Return the numbers that a text cites, in their order, each once in its strongest relation.

    Args:
        title: Of the document, which says what it does on the whole.
        own_number: The number that it bears itself, which is no citation.
        your_reference: The reference of a letter that it answers, as its face says.
    """
    found: dict[str, LinkKind] = {}
    if your_reference:
        found[normalise_document_number(your_reference)] = LinkKind.ANSWERS
    text = "\n".join(pages)[:_MOST_CHARS]
    for number, kind in (*_in_chinese(text, title or ""), *_in_english(text)):
        known = found.get(number, LinkKind.CITES)
        found[number] = min(known, kind, key=STRENGTH.index)
        if len(found) > MOST_CITED:
            break
    found.pop(own_number or "", None)
    return [Citation(number, kind) for number, kind in list(found.items())[:MOST_CITED]]


def _in_chinese(text: str, title: str) -> Iterator[tuple[str, LinkKind]]:
    for mention in find_numbers(text):
        yield mention.value, _kind(*_sentence(text, mention.start, mention.end), title)


def _kind(before: str, after: str, title: str) -> LinkKind:
    if _GROUND.search(before):
        return LinkKind.CITES
    sentence = f"{before}#{after}"
    if _ANSWERED.search(sentence) and (_REPLIES.search(title) or "收悉" in after):
        return LinkKind.ANSWERS
    if _HANDED_ON.search(after) or (_FORWARDS.search(title) and _FORWARDS.search(before)):
        return LinkKind.FORWARDS
    if _ENDED.search(after) or (_ENDS.search(title) and not _ALTERS.search(title)):
        return LinkKind.REPEALS
    if _ALTERED.search(after) or (_ALTERS.search(title) and "对" in before):
        return LinkKind.AMENDS
    return LinkKind.CITES


def _in_english(text: str) -> Iterator[tuple[str, LinkKind]]:
    for found in _REPLY_IN_ENGLISH.finditer(text):
        number = found["number"].rstrip(".")
        if _DIGIT.search(number):
            yield normalise_document_number(number), LinkKind.ANSWERS


def _sentence(text: str, start: int, end: int) -> tuple[str, str]:
    """Return what stands before and behind a mention in its sentence, lines joined."""
    before = text[max(0, start - _SENTENCE_CHARS) : start]
    after = text[end : end + _SENTENCE_CHARS]
    begin = max(before.rfind(stop) for stop in _STOPS[:-1])
    stops = [after.find(stop) for stop in _STOPS[:-1]]
    finish = min((each + 1 for each in stops if each >= 0), default=len(after))
    return before[begin + 1 :].replace("\n", ""), after[:finish].replace("\n", "")
