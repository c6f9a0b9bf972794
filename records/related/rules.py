"""Pure rules of what is related: in which way, and why two documents are taken for the same."""

from enum import StrEnum


class LinkKind(StrEnum):
    """What one document is to another, said of the one that links."""

    ANSWERS = "answers"  # 复文 of a 来文, 批复 of a 请示
    FORWARDS = "forwards"  # 转发, 印发, 批转
    AMENDS = "amends"  # 修改, 修订
    REPEALS = "repeals"  # 废止
    CITES = "cites"  # 根据, 按照: any other mention
    BELONGS = "belongs"  # two that belong together; by hand alone


class Direction(StrEnum):
    """From which of the two a link is looked at."""

    OUTGOING = "outgoing"  # this document answers, cites, … the other
    INCOMING = "incoming"  # the other one does it


class TwinReason(StrEnum):
    """Why two documents are taken for the same."""

    NUMBER = "number"  # the same number of the same sender
    TEXT = "text"  # their texts are alike
    MESSAGE = "message"  # the same mail


# How strong a mention is: a document that repeals another also cites it, and only the first is
# shown.
STRENGTH: tuple[LinkKind, ...] = (
    LinkKind.ANSWERS,
    LinkKind.FORWARDS,
    LinkKind.REPEALS,
    LinkKind.AMENDS,
    LinkKind.CITES,
)
# Links without a direction: either document may have made them.
MUTUAL = frozenset({LinkKind.BELONGS})
