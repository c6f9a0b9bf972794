"""What is indexed of a document, and the one table of the fields it can be asked by."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


class Kind(enum.Enum):
    """How the values of a field are indexed and compared."""

    TEXT = "text"  # words, found by word, phrase and beginning
    REFERENCE = "reference"  # a number such as 国办发〔2024〕12号: words, and one key for the whole
    KEYWORD = "keyword"  # a code, compared as a whole
    DATE = "date"  # ISO 8601 calendar date, compared as a day
    YEAR = "year"  # a whole number that can be a range, and counted as a facet


@dataclass(frozen=True)
class Field:
    """One row of the table of fields.

    Attributes:
        name: the name in `IndexDocument.fields`, in queries, filters and facets.
        kind: how it is indexed.
        label: message key of its name on the screen.
        names: further names, English and Chinese, by which a query may call it; lower case.
        boost: what a word found anywhere gains when it stands in this field, times its rank.
        faceted: its values can be counted and filtered by.
        values: names of values as people type them, lower case, and the code they stand for.
    """

    name: str
    kind: Kind
    label: str
    names: tuple[str, ...] = ()
    boost: float = 0.0
    faceted: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


_SECRECY = {
    "public": "0",
    "公开": "0",
    "internal": "1",
    "内部": "1",
    "confidential": "2",
    "秘密": "2",
    "secret": "3",
    "机密": "3",
    "top_secret": "4",
    "绝密": "4",
}
_URGENCY = {"平件": "routine", "普通": "routine", "加急": "urgent", "特急": "flash"}
_MEDIUM = {"纸质": "paper", "电子": "electronic", "双套": "both"}
_REGISTER = {"收文": "incoming", "发文": "outgoing", "内部": "internal"}

FIELDS: Mapping[str, Field] = {
    item.name: item
    for item in (
        Field("title", Kind.TEXT, "Title", ("标题", "题名"), boost=1.0),
        Field("number", Kind.REFERENCE, "Number", ("编号", "登记号")),
        Field(
            "document_number",
            Kind.REFERENCE,
            "Document number",
            ("文号", "发文字号", "来文字号", "reference"),
        ),
        Field(
            "sender",
            Kind.TEXT,
            "Sender",
            ("来文单位", "发文机关", "发文单位", "from"),
            faceted=True,
        ),
        Field("addressee", Kind.TEXT, "Addressee", ("主送机关", "主送", "收文单位", "to")),
        Field("keywords", Kind.TEXT, "Keywords", ("主题词", "关键词", "keyword")),
        Field("remarks", Kind.TEXT, "Remarks", ("备注", "remark")),
        Field("body", Kind.TEXT, "Text", ("正文", "全文", "text")),
        Field("file_name", Kind.TEXT, "File name", ("文件名", "file", "filename")),
        Field("kind", Kind.KEYWORD, "Kind", ("文种", "类型"), faceted=True),
        Field("register", Kind.KEYWORD, "Register", ("登记簿",), faceted=True, values=_REGISTER),
        Field("class", Kind.KEYWORD, "Class", ("类目", "分类"), faceted=True),
        Field("unit", Kind.KEYWORD, "Unit", ("承办单位", "部门"), faceted=True),
        Field(
            "urgency", Kind.KEYWORD, "Urgency", ("紧急程度", "缓急"), faceted=True, values=_URGENCY
        ),
        Field("secrecy", Kind.KEYWORD, "Secrecy", ("密级",), faceted=True, values=_SECRECY),
        Field("medium", Kind.KEYWORD, "Medium", ("载体",), faceted=True, values=_MEDIUM),
        Field("state", Kind.KEYWORD, "State", ("状态",), faceted=True),
        Field("year", Kind.YEAR, "Year", ("年度", "年份"), faceted=True),
        Field("registered", Kind.DATE, "Registered", ("登记日期", "登记时间")),
        Field("received", Kind.DATE, "Received", ("收文日期", "收到日期", "date", "日期")),
        Field("written", Kind.DATE, "Written", ("成文日期",)),
        Field("printed", Kind.DATE, "Printed", ("印发日期",)),
    )
}


@dataclass(frozen=True)
class IndexDocument:
    """One document as the index takes it.

    Attributes:
        id: its public id, at most 64 characters without white space.
        fields: values by the names of `FIELDS`; an unknown name raises KeyError when indexed.
            Dates are `YYYY-MM-DD`. `class` holds the code and the codes of all ancestors;
            `secrecy` is not given here. A value that is empty is left out.
        principals: who may see it (users, units, groups, "everyone"), as opaque words.
        secrecy: its level; only a clearance of at least this sees it.
        revision: what `entries` tells about it, so that a stale entry can be noticed.
    """

    id: str
    fields: Mapping[str, str | Sequence[str]]
    principals: Sequence[str] = ()
    secrecy: int = 0
    revision: int = 0

    def values(self, name: str) -> list[str]:
        """The values of one field that are not empty, in order."""
        value = self.fields.get(name, ())
        return [item for item in ([value] if isinstance(value, str) else value) if item]
