"""Sample data for the screens of a reader: what waits, one item, receipt, keys, deputies, tasks."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from records.circulation.absence import DelegationLine, DelegationState
from records.circulation.rules import DECISIONS, Decision, ItemState, Purpose
from records.circulation.views import ItemView, ReadingLine
from records.people.rules import Secrecy
from records.tasks.rules import TaskState
from records.tasks.telling import TaskLine
from tests.web import samples
from web.contents import Content
from web.receipts import qr_code

NOW = datetime.now(UTC).replace(microsecond=0)
PHRASES = ["已阅", "同意", "请办公室阅处", "请水利科研究提出意见，三日内报我"]
_LINES: list[tuple[str, str, str | None, float | None, Purpose, str, Secrecy, str | None, bool]] = [
    (
        "收〔2026〕0412号",
        "关于做好2026年冬季森林草原防灭火工作的通知",
        "请重点看第三部分，下周一的会上要用。",
        -3,
        Purpose.READ,
        "flash",
        Secrecy.INTERNAL,
        None,
        False,
    ),
    (
        "收〔2026〕0411号",
        "关于申请追加水利工程维修养护经费的请示",
        "经费科已核，拟同意，请批示。",
        -0.2,
        Purpose.APPROVE,
        "urgent",
        Secrecy.CONFIDENTIAL,
        None,
        True,
    ),
    (
        "IN-2026-0410",
        "Annual audit of the harbour bridge: findings and proposed remedies",
        "Please comment on chapter 4 before it goes to the Ministry.",
        1,
        Purpose.COMMENT,
        "routine",
        Secrecy.INTERNAL,
        "赵国栋",
        False,
    ),
    (
        "收〔2026〕0409号",
        "全省统计工作会议纪要",
        None,
        4,
        Purpose.READ,
        "routine",
        Secrecy.INTERNAL,
        None,
        False,
    ),
    (
        "收〔2026〕0408号",
        "关于转发《档案法实施条例》有关问题解答的函",
        None,
        None,
        Purpose.READ,
        "routine",
        Secrecy.PUBLIC,
        None,
        False,
    ),
]


def lines() -> list[ReadingLine]:
    """Return what waits, as the list takes it."""
    found = []
    for place, (number, title, note, days, purpose, urgency, secrecy, away, again) in enumerate(
        _LINES
    ):
        due = None if days is None else NOW + timedelta(days=days)
        found.append(
            ReadingLine(
                item_id=samples.identifier(500 + place),
                round_id=samples.identifier(600 + place),
                document_id=samples.identifier(101),
                number=number,
                title=title,
                secrecy=secrecy,
                urgency=urgency,
                purpose=purpose,
                note=note,
                sender_name="王晓敏" if place % 2 == 0 else "Anna Berger",
                due_at=due,
                overdue=days is not None and days < 0,
                state=ItemState.OPENED if place == 3 else ItemState.DELIVERED,
                reader_id=samples.ACTOR.user_id or samples.identifier(1),
                on_behalf_of_name=away,
                is_deputy=away is not None,
                delivered_at=NOW - timedelta(days=4),
                page_count=3 + place,
                asked_again=again,
            )
        )
    return found


def items() -> list[ItemView]:
    """Return what others have said."""
    said = [
        (
            "赵国栋",
            None,
            ItemState.SIGNED,
            Decision.AGREED,
            "同意。请财务科按程序办理，年底前拨付到位。",
        ),
        ("李建国", "陈静", ItemState.SIGNED, Decision.READ, None),
        ("Thomas Müller", None, ItemState.RETURNED, None, None),
    ]
    return [
        ItemView(
            id=samples.identifier(700 + place),
            reader_id=samples.identifier(710 + place),
            reader_name=reader,
            on_behalf_of_name=None,
            signed_by_name=deputy,
            state=state,
            due_at=NOW,
            delivered_at=NOW - timedelta(days=3),
            opened_at=NOW - timedelta(days=2),
            ended_at=NOW - timedelta(days=1, hours=place),
            reason="Page 4 of the annex is missing." if state is ItemState.RETURNED else None,
            decision=decision,
            opinion=opinion,
            has_handwriting=False,
            receipt_id=samples.identifier(720 + place) if decision else None,
            urged_at=None,
            urge_count=0,
            overdue=False,
            stage_position=1,
            settled=False,
            revision=1,
            previous_id=None,
        )
        for place, (reader, deputy, state, decision, opinion) in enumerate(said)
    ]


def index() -> dict[str, Any]:
    """Return what the list shows."""
    found = lines()
    return {
        "overdue": [each for each in found if each.overdue],
        "coming": [each for each in found if not each.overdue],
        "routine": frozenset({Purpose.READ, Purpose.COMMENT}),
        "total": 5,
        "next": "abc",
        "purpose": None,
        "overdue_only": False,
        "phrases": PHRASES,
        "by_passkey": False,
        "problems": ["“x” was left out."],
        "again": None,
    }


def item() -> dict[str, Any]:
    """Return what the page of an item shows: an approval, whose answer was refused once."""
    line, said = lines()[1], items()
    first, second = samples.components()
    return {
        "line": line,
        "item": said[0],
        "round": None,
        "opinions": [(1, said[:2]), (2, said[2:])],
        "is_held": True,
        "decisions": DECISIONS[line.purpose],
        "is_approval": True,
        "document": samples.document(),
        "secrecy_code": "confidential",
        "components": [
            {**vars(first), "current": True},
            {**vars(second), "current": False},
        ],
        "following": second,
        "content": Content(first, pages=samples.pages()),
        "next": samples.identifier(502),
        "previous": samples.identifier(500),
        "shown": "pages 1–2 shown, 1 min 20 s — kept for the receipt",
        "phrases": PHRASES,
        "by_passkey": True,
        "refused": SimpleNamespace(
            form="sign",
            errors={"instruction": "Write what is to be done.", "": "Look at it again first."},
            values={"opinion": "同意", "due_on": "2026-12-01"},
        ),
    }


def receipt() -> dict[str, Any]:
    """Return what a receipt shows."""
    component = {"id": str(samples.identifier(200)), "sha256": "9f2c" * 16}
    link = "http://localhost:8080/receipts/0"
    return {
        "receipt": SimpleNamespace(id=samples.identifier(720)),
        "body": {
            "reader": {"id": "1", "name": "陈静", "posts": ["办公室 · 主任"]},
            "on_behalf_of": {"id": "2", "name": "李建国"},
            "document": {"id": "3", "number": "收〔2026〕0411号"},
            "round": {"id": "4", "purpose": "approve", "revision": 2, "sender": "王晓敏"},
            "decision": "agreed",
            "opinion": "同意。请财务科按程序办理，年底前拨付到位。",
            "handwriting": "ab" * 32,
            "instruction": {"assignee": "5", "text": "核算后报我", "due_on": "2026-12-01"},
            "components": [component],
            "pages": [],
            "key": {"id": str(samples.identifier(730)), "kind": "passkey"},
        },
        "signed_at": NOW,
        "sent_at": NOW - timedelta(days=3),
        "times": {"delivered_at": NOW - timedelta(days=3), "opened_at": NOW},
        "seconds": 80,
        "document": samples.document(),
        "names": {component["id"]: "青水字〔2026〕17号 请示.pdf"},
        "shown": {component["id"]: [{"page": 1, "seconds": 50}, {"page": 2, "seconds": 30}]},
        "assignee": "李建国",
        "instruction_due": samples.TODAY,
        "sequence": 18_204,
        "link": link,
        "qr": qr_code(link),
        "file_href": "/receipts/1/file",
        "file_name": f"receipt-{samples.identifier(720)}.json",
    }


def keys() -> dict[str, Any]:
    """Return what the page of keys shows."""

    def key(number: int, kind: str, label: str, revoked: datetime | None) -> SimpleNamespace:
        return SimpleNamespace(
            id=samples.identifier(number),
            kind=kind,
            label=label,
            enrolled_at=NOW,
            revoked_at=revoked,
        )

    return {
        "keys": [
            key(801, "passkey", "Phone", None),
            key(802, "passkey", "Old phone", NOW),
            key(803, "server", "Chancery", None),
        ],
        "passkeys_in_use": 1,
        "is_usable": True,
        "public_url": "https://chancery.example",
    }


def deputies() -> dict[str, Any]:
    """Return what the page of deputies shows."""
    states = (DelegationState.COMING, DelegationState.IN_FORCE, DelegationState.OVER)
    return {
        "mine": [
            DelegationLine(
                id=samples.identifier(820 + place),
                deputy_id=samples.identifier(830),
                deputy_name="陈静",
                purposes=tuple(Purpose),
                ceiling=Secrecy.SECRET,
                from_at=NOW,
                until_at=NOW + timedelta(days=7),
                ended_at=None,
                state=state,
                falls_short=True,
            )
            for place, state in enumerate(states)
        ],
        "others": [(SimpleNamespace(until_at=NOW), "赵国栋", Secrecy.INTERNAL)],
        "clearance": Secrecy.SECRET,
        "levels": ["public", "internal", "confidential", "secret"],
        "purposes": [each.value for each in Purpose],
        "chosen": ["read"],
        "today": samples.TODAY,
        "values": {"deputy": "", "deputy_text": "chen"},
        "errors": {"deputy": "Choose a person from the list.", "purposes": "Choose at least one."},
    }


def phrases() -> dict[str, Any]:
    """Return what the page of phrases shows."""
    return {"texts": PHRASES, "empty_lines": range(4, 6), "error": "Keep at most 20 phrases."}


def tasks() -> dict[str, Any]:
    """Return what the list of tasks shows."""
    return {
        "lines": [
            _task(0, TaskState.OPEN, -2),
            _task(1, TaskState.OPEN, 1),
            _task(2, TaskState.DONE),
        ],
        "next": "abc",
        "whose": "mine",
        "state": "all",
        "problems": [],
        "refused": SimpleNamespace(
            task_id=samples.identifier(850), error="This has at most 4000 characters.", result="x"
        ),
    }


def _task(place: int, state: TaskState, days: int | None = None) -> TaskLine:
    is_open = state is TaskState.OPEN
    return TaskLine(
        id=samples.identifier(850 + place),
        document_id=samples.identifier(101),
        number="收〔2026〕0411号",
        title="关于申请追加水利工程维修养护经费的请示",
        source_id=None,
        author_id=samples.identifier(1),
        author_name="赵国栋",
        assignee_id=samples.identifier(2),
        assignee_name="李建国",
        text="请水利科会同财务科核算经费，三日内报我。",
        due_on=None if days is None else samples.TODAY + timedelta(days=days),
        overdue=days is not None and days < 0,
        state=state,
        created_at=NOW,
        done_at=None if is_open else NOW,
        result=None if is_open else "已核算，报告见附件。",
        may_finish=is_open,
        may_manage=True,
        version=1,
    )


def tasks_section() -> dict[str, Any]:
    """Return what the page of a document shows of tasks."""
    return {"lines": [_task(3, TaskState.OPEN, 1), _task(4, TaskState.DONE)], "may_give": True}


def new_task() -> dict[str, Any]:
    """Return what the form of a new task shows."""
    return {
        "document": samples.document(),
        "today": samples.TODAY,
        "values": {"instruction": "请核算"},
        "errors": {"assignee": "Choose a person from the list."},
    }


SCREENS = {
    "reading.index": ("/reading", "reading/index.html", index),
    "reading.show": ("/reading/<item_id>", "reading/show.html", item),
    "receipts.show": ("/receipts/<receipt_id>", "receipts/show.html", receipt),
    "own_account.keys": ("/account/keys", "people/keys.html", keys),
    "own_account.deputies": ("/account/deputies", "people/deputies.html", deputies),
    "own_account.phrases": ("/account/phrases", "people/phrases.html", phrases),
    "tasks.index": ("/tasks", "tasks/index.html", tasks),
    "tasks.new": ("/tasks/about/<document_id>", "tasks/new.html", new_task),
}
PATHS = [
    "/reading",
    "/reading/1",
    "/receipts/1",
    "/account/keys",
    "/account/deputies",
    "/account/phrases",
    "/tasks",
    "/tasks/about/1",
]
