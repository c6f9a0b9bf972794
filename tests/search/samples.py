"""A small mixed collection and the ways the tests ask it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from search.document import IndexDocument
from search.engine import Engine, SearchRequest, SearchResult, Sort, VisibilityFilter
from search.parser import parse

ALL = VisibilityFilter(frozenset({"everyone", "u1", "u2", "u3"}), 4)
SENTENCES = (
    "国务院办公厅关于做好国家\n通用语言文字工作的通知，请认真贯彻执行。",
    "财政部印发《会计档案管理办法》的通知",
    "關於臺灣地區農業發展的報告",
    "曲艺、戏曲传承工作。人民医院的报告",
    "The annual report on registered mail was filed.",
    "Registration of companies, a café and C++ programs",
    "Request 请示 about budget 2024年度预算",
    "ＦＵＬＬ　ｗｉｄｔｈ letters and 全角 text",
)
WORDS = ("通知", "工作", "报告", "国", "report", "registered", "台湾", "2024", "预算", "filed")


def documents(count: int = 60) -> list[IndexDocument]:
    """Made-up documents, the same at every call."""
    chance = random.Random(7)  # noqa: S311 - the same at every run
    return [document(serial, chance) for serial in range(count)]


def document(serial: int, chance: random.Random) -> IndexDocument:
    year = 2022 + serial % 4
    return IndexDocument(
        f"doc{serial:05}",
        {
            "title": chance.choice(SENTENCES),
            "number": f"收〔{year}〕{serial:04}号",
            "document_number": f"国办发〔{year}〕{serial}号",
            "body": "\n".join(chance.sample(SENTENCES, 3)) + f" item{serial}",
            "sender": chance.choice(("国务院办公厅", "财政部", "Ministry of Works")),
            "kind": chance.choice(("通知", "函", "报告")),
            "register": chance.choice(("incoming", "outgoing")),
            "class": ["A", f"A.{serial % 3}"],
            "year": str(year),
            "received": f"{year}-{1 + serial % 12:02}-{1 + serial % 5:02}",
            "keywords": chance.sample(["budget", "农业", "mail"], 2),
        },
        chance.sample(["everyone", "u1", "u2", "u3"], 2),
        serial % 5,
        serial * 10,
    )


def ask(
    engine: Engine,
    text: str,
    visibility: VisibilityFilter = ALL,
    *,
    sort: Sort = Sort.DATE,
    limit: int = 1000,
    facets: Sequence[str] = (),
    filters: dict[str, list[str]] | None = None,
    after: str | None = None,
    within: frozenset[str] | None = None,
) -> SearchResult:
    request = SearchRequest(parse(text), visibility, filters or {}, sort, limit, after, facets)
    return engine.search(replace(request, within=within))


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]
