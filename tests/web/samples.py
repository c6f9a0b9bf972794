"""Rich sample data for every template, in the shapes that the templates document."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from records.circulation.whereabouts import Keeper, Kept, Leg, SentRound, Whereabouts
from records.documents.listing import DocumentLine
from records.filing.keeping import RuleLine
from records.filing.rules import Conditions
from records.filing.trying import Met, Trial
from records.people.rules import Actor, HeldPost, Role, Secrecy
from records.scans.service import Progress

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
TODAY = date(2026, 11, 22)
UNIT = UUID(int=7)


def identifier(number: int) -> UUID:
    return UUID(int=0x1000 + number)


ACTOR = Actor(
    identifier(1),
    "王晓敏",
    Secrecy.SECRET,
    (HeldPost(identifier(2), "收发员", UNIT, "办公室", frozenset(Role)),),
)

_LINES: list[tuple[str, str, str | None, str | None, str | None, str, Secrecy, str, str]] = [
    (
        "收〔2026〕0412号",
        "关于做好2026年冬季森林草原防灭火工作的通知",
        "国务院办公厅",
        "国办发〔2026〕38号",
        "通知",
        "flash",
        Secrecy.INTERNAL,
        "registered",
        "done",
    ),
    (
        "收〔2026〕0411号",
        "关于申请追加水利工程维修养护经费的请示",
        "青河县水利局",
        "青水字〔2026〕17号",
        "请示",
        "urgent",
        Secrecy.INTERNAL,
        "checked",
        "done",
    ),
    (
        "IN-2026-0410",
        "Annual audit of the harbour bridge: findings and proposed remedies",
        "Ministry of Transport, Inspectorate of Works",
        "MT/IW/2026/1187",
        None,
        "routine",
        Secrecy.CONFIDENTIAL,
        "checked",
        "done",
    ),
    (
        "收〔2026〕0409号",
        "全省统计工作会议纪要",
        "省统计局",
        "统纪要〔2026〕3号",
        "纪要",
        "routine",
        Secrecy.INTERNAL,
        "filed",
        "done",
    ),
    (
        "收〔2026〕0408号",
        "关于转发《档案法实施条例》有关问题解答的函",
        "省档案局",
        "档函〔2026〕56号",
        "函",
        "routine",
        Secrecy.PUBLIC,
        "filed",
        "done",
    ),
    (
        "收〔2026〕0407号",
        "关于开展年度保密检查的通知",
        "市保密局",
        "密发〔2026〕9号",
        "通知",
        "urgent",
        Secrecy.SECRET,
        "checked",
        "done",
    ),
    (
        "IN-2026-0406",
        "Request for comments on the draft regulation on electronic seals",
        "European Data Office",
        "EDO(2026)4471",
        None,
        "routine",
        Secrecy.INTERNAL,
        "registered",
        "failed",
    ),
    (
        "收〔2026〕0405号",
        "关于青河大桥加固工程初步设计的批复",
        "省发展和改革委员会",
        "发改批〔2026〕204号",
        "批复",
        "routine",
        Secrecy.INTERNAL,
        "filed",
        "done",
    ),
    (
        "收〔2026〕0404号",
        "关于召开安全生产电视电话会议的通知",
        "市应急管理局",
        "应急〔2026〕88号",
        "通知",
        "routine",
        Secrecy.INTERNAL,
        "voided",
        "none",
    ),
    (
        "收〔2026〕0403号",
        "2026年第三季度财政运行情况报告",
        "市财政局",
        "财报〔2026〕31号",
        "报告",
        "routine",
        Secrecy.INTERNAL,
        "filed",
        "done",
    ),
]


# How far the scans of one line of a list are recognised.
PROGRESS = Progress(pages_done=4, pages_total=7)


def lines() -> list[DocumentLine]:
    return [
        DocumentLine(
            id=identifier(100 + place),
            number=number,
            title=title,
            sender=sender,
            document_number=own,
            kind=kind,
            received_on=TODAY - timedelta(days=place // 2),
            registered_at=NOW - timedelta(hours=place * 5),
            state=state,
            urgency=urgency,
            secrecy=secrecy,
            register_id=identifier(50),
            unit_id=UNIT,
            class_id=None,
            text_state=text,
        )
        for place, (number, title, sender, own, kind, urgency, secrecy, state, text) in enumerate(
            _LINES
        )
    ]


def timeline() -> list[dict[str, Any]]:
    return [
        {
            "at": NOW - timedelta(days=3),
            "who": "王晓敏",
            "post": "办公室 · 收发员",
            "text": "登记为 收〔2026〕0411号",
            "tone": "primary",
        },
        {
            "at": NOW - timedelta(days=3, minutes=-2),
            "who": "Chancery",
            "text": "The text was read: 3 pages.",
        },
        {
            "at": NOW - timedelta(days=2),
            "who": "王晓敏",
            "post": "办公室 · 收发员",
            "text": "更正了标题",
            "note": "“追加”误录为“增加”。",
        },
        {
            "at": NOW - timedelta(days=1),
            "who": "李建国",
            "post": "水利科 · 科长",
            "text": "查看了文件",
        },
        {
            "at": NOW - timedelta(hours=2),
            "who": "王晓敏",
            "post": "办公室 · 收发员",
            "text": "密级由 内部 改为 秘密",
            "tone": "seal",
        },
    ]


def pages() -> list[dict[str, Any]]:
    return [
        {
            "number": n,
            "width": 595.3,
            "height": 841.9,
            "image": "/sample-page.svg",
            "text": "/sample-text.json",
        }
        for n in (1, 2)
    ]


def document() -> SimpleNamespace:
    return SimpleNamespace(
        id=identifier(101),
        number="收〔2026〕0411号",
        state="checked",
        clerk_unit_id=UNIT,
        title="关于申请追加水利工程维修养护经费的请示",
        kind="请示",
        sender="青河县水利局",
        addressee="市水利局",
        document_number_raw="青水字〔2026〕17号",
        document_number="青水字〔2026〕17号",
        written_on=date(2026, 11, 12),
        printed_on=date(2026, 11, 13),
        received_on=date(2026, 11, 19),
        urgency="urgent",
        secrecy=Secrecy.CONFIDENTIAL,
        secrecy_term="5年",
        page_count=3,
        copies=2,
        medium="both",
        keywords=["水利工程", "维修养护", "经费"],
        remarks="原件存档案室",
        text_state="done",
        version=3,
    )


def values() -> dict[str, str]:
    return {
        "title": "关于申请追加水利工程维修养护经费的请示",
        "sender": "青河县水利局",
        "addressee": "市水利局",
        "document_number": "青水字〔2026〕17号",
        "written_on": "2026-11-12",
        "printed_on": "",
        "received_on": "2026-11-19",
        "kind": "请示",
        "urgency": "urgent",
        "medium": "both",
        "secrecy": "internal",
        "secrecy_term": "",
        "copies": "1",
        "keywords": "水利工程, 经费",
        "remarks": "",
    }


def components() -> list[Any]:
    return [
        SimpleNamespace(
            id=identifier(200),
            position=1,
            role="original",
            name="青水字〔2026〕17号 请示.pdf",
            media_type="application/pdf",
            size_bytes=384_211,
            sha256="9f2c" * 16,
            text_state="done",
            reason=None,
            page_count=3,
            mismatch=False,
            signatures=1,
            attachments=[],
            content_href="/c/1",
            current=True,
            href="?component=1",
        ),
        SimpleNamespace(
            id=identifier(201),
            position=2,
            role="attachment",
            name="附件1 经费测算表.xlsx",
            media_type="application/vnd.ms-excel",
            size_bytes=51_733,
            sha256="77ab" * 16,
            text_state="failed",
            reason="The file is protected by a password.",
            page_count=None,
            mismatch=True,
            signatures=0,
            attachments=[{"name": "a.txt", "size_bytes": 12}],
            content_href="/c/2",
            current=False,
            href="?component=2",
        ),
    ]


@dataclass
class Node:
    id: UUID
    code: str
    title: str
    retention: str | None
    default_secrecy: str | None
    unit: str | None
    count: int
    children: list["Node"]
    closed: bool = False
    href: str = "#"


def file_plan() -> list[Node]:
    def leaf(
        n: int, code: str, title: str, kept: str, unit: str, secrecy: str = "internal"
    ) -> Node:
        return Node(identifier(300 + n), code, title, kept, secrecy, unit, 37 * n, [])

    return [
        Node(
            identifier(301),
            "01",
            "党群工作 Party and mass work",
            None,
            None,
            None,
            214,
            [
                leaf(2, "01.01", "组织人事 Personnel", "permanent", "人事科", "confidential"),
                leaf(3, "01.02", "宣传 Publicity", "10", "办公室"),
            ],
        ),
        Node(
            identifier(304),
            "02",
            "行政管理 Administration",
            None,
            None,
            None,
            1290,
            [
                leaf(5, "02.01", "会议 Meetings", "30", "办公室"),
                leaf(6, "02.02", "保密 Secrecy", "30", "保密办", "secret"),
                leaf(7, "02.03", "信访 Petitions", "10", "信访科"),
            ],
        ),
        leaf(8, "03", "业务工作 Line work", "30", "水利科"),
    ]


def whereabouts() -> dict[str, Any]:
    kept = Leg(Kept.PAPER, Keeper.PERSON, "王晓敏", NOW, user_id=identifier(1), place="312 室")
    read = Leg(Kept.ELECTRONIC, Keeper.PERSON, "赵国栋", NOW, purpose="read")
    found = Whereabouts(
        document_id=identifier(101),
        electronic=(read,),
        paper=kept,
        pending=None,
        way=(kept, read),
        label=None,
        may_hand=True,
        rounds=(SentRound(identifier(600), "read", NOW),),
    )
    return {"found": found, "now": NOW, "lacks_font": False}


def units() -> list[SimpleNamespace]:
    def post(title: str, *roles: str, holders: tuple[str, ...] = ()) -> SimpleNamespace:
        return SimpleNamespace(
            id=identifier(900), title=title, roles=roles, until_on=None, holders=list(holders)
        )

    return [
        SimpleNamespace(
            id=identifier(910),
            code="office",
            name="市水利局",
            until_on=None,
            posts=[post("局长", "leader", holders=("赵国栋",))],
            children=[
                SimpleNamespace(
                    id=identifier(911),
                    code="OFF",
                    name="办公室",
                    until_on=None,
                    children=[],
                    posts=[
                        post("收发员", "clerk", holders=("王晓敏", "陈静")),
                        post("档案员", "archivist", holders=("周敏",)),
                        post("印章保管人", "seal_keeper"),
                    ],
                ),
                SimpleNamespace(
                    id=identifier(912),
                    code="WAT",
                    name="水利科",
                    until_on=date(2027, 1, 1),
                    children=[],
                    posts=[post("科长", "leader", "staff", holders=("李建国",))],
                ),
            ],
        ),
    ]


def facets() -> list[dict[str, Any]]:
    def facet(name: str, label: str, *values: tuple[str, int]) -> dict[str, Any]:
        return {
            "name": name,
            "label": label,
            "values": [
                {
                    "value": text,
                    "label": text,
                    "count": count,
                    "active": place == 0 and name == "kind",
                    "href": f"?{name}={place}",
                }
                for place, (text, count) in enumerate(values)
            ],
        }

    return [
        facet("register", "登记簿", ("收文", 86), ("发文", 14), ("内部", 3)),
        facet("kind", "文种", ("请示", 41), ("批复", 22), ("通知", 19), ("函", 12)),
        facet("sender", "来文单位", ("青河县水利局", 23), ("省水利厅", 17), ("市财政局", 9)),
        facet("year", "年度", ("2026", 58), ("2025", 45)),
    ]


def snippet(*parts: tuple[str, bool]) -> SimpleNamespace:
    return SimpleNamespace(field="text", parts=list(parts))


def filing_rules() -> list[RuleLine]:
    """Rules of filing: one with everything, one that is switched off."""
    full = RuleLine(
        id=identifier(700),
        position=1,
        name="市审计局来文归审计类",
        active=True,
        conditions=Conditions("审计局", ("专项资金", "审计"), "审发", "通知"),
        register_code="incoming",
        register_name="收文登记簿",
        class_code="1.5",
        class_title="审计与检查",
        class_takes=False,
        unit_code="finance",
        unit_name="财务处",
        route_id=identifier(701),
        route_name="领导传阅",
        version=1,
    )
    off = replace(
        full, id=identifier(702), name="Letters about old maps", active=False, class_takes=True
    )
    return [full, off]


def filing_trial() -> Trial:
    """What a rule would have done: agreed, disagreed, and met what has no class yet."""
    met = [
        Met(
            identifier(710),
            "收〔2026〕12号",
            "关于开展专项资金审计调查的通知",
            "市审计局",
            code,
            agrees,
        )
        for code, agrees in (("1.5", True), ("4.3", False), (None, None))
    ]
    return Trial(500, tuple(met))
