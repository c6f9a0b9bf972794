"""The fifteen kinds of official documents (文种) of the regulation of 2012, found in titles."""

import re

from records.classification.face.values import Found

_BY_ENDING = {
    "决议": "决议",
    "决定": "决定",
    "命令": "命令(令)",
    "令": "命令(令)",
    "公报": "公报",
    "公告": "公告",
    "通告": "通告",
    "意见": "意见",
    "通知": "通知",
    "通报": "通报",
    "报告": "报告",
    "请示": "请示",
    "批复": "批复",
    "议案": "议案",
    "复函": "函",
    "函": "函",
    "纪要": "纪要",
}
KINDS = tuple(dict.fromkeys(_BY_ENDING.values()))
_ASIDE = re.compile(r"(?:[（(][^（）()]{1,30}[）)]|[。.])$")
# What titles of rules and plans end with; no kind of official document, but the end of a title.
_OTHER_ENDINGS = (
    "条例|规定|办法|细则|规则|规程|方案|规划|计划|纲要|要点|章程|准则|标准|法|法典|守则|制度|预案|指南|"
    "目录|清单|名单|总结|讲话|简报|建议|提案|答复|声明|宣言|倡议书|通讯|解释|批示|介绍信|合同|协议|"
    "备忘录|说明|公约|须知|措施|批准书|任免|通则|总则|行动|年鉴|便函|函件|电报|贺电|慰问电|政策"
)
_TITLE_END = re.compile(rf"(?:{'|'.join(_BY_ENDING)}|{_OTHER_ENDINGS})$")


def kind_of(title: Found | None) -> Found | None:
    """Return the kind that a title ends with."""
    if title is None or not isinstance(title.value, str):
        return None
    text = bare(title.value)
    # 命令 is tried before 令, 复函 before 函: the longer ending stands first in the table.
    for ending, kind in _BY_ENDING.items():
        if text.endswith(ending):
            return Found(kind, min(0.99, title.confidence), title.evidence, raw=ending)
    return None


def bare(title: str) -> str:
    """Return a title without what stands in brackets behind it: （试行）, （2024年修订）."""
    text = title.strip()
    for _ in range(3):
        shorter = _ASIDE.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


def ends_a_title(text: str) -> bool:
    """Tell whether a text ends as titles do."""
    title = bare(text)
    if title.endswith("》") and re.search("印发|公布|转发|发布", title):
        return True
    return _TITLE_END.search(title) is not None


def is_closed_title(text: str) -> bool:
    """Tell whether a text that ends as a title does is a whole one: 关于…的通知, …条例."""
    return ends_a_title(text) and text.count("《") == text.count("》") and "关于" in text
