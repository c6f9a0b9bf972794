"""Every screen with sample data: drawn by tests, looked at in a browser, not in the product.

Screens of the product that exist keep their own handlers; the others are drawn here under the
endpoint names that templates and navigation use.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, render_template

from records.documents.offers import Standing
from records.documents.telling import NamedGrant
from records.office import Office
from records.people.rules import PrincipalKind, Secrecy
from records.registration.lookup import EarlierNumber
from tests.web import reading_samples, samples
from web.app import create_app
from web.contents import Content
from web.facets import Chip, YearBar
from web.permissions import PUBLIC
from web.prefill import Suggestion, Take
from web.routes import permissions
from web.session import Identity, identifiers
from web.words import choices

Data = Callable[[], dict[str, Any]]
KINDS = [(code, code) for code in ("通知", "请示", "批复", "函", "报告")]
REGISTERS = [("incoming", "收文登记簿"), ("outgoing", "发文登记簿"), ("internal", "内部文件登记簿")]


def _desk() -> dict[str, Any]:
    lines = samples.lines()

    def item(line: Any) -> dict[str, Any]:
        return {
            "href": f"/documents/{line.id}",
            "title": line.title,
            "number": line.number,
            "at": line.received_on,
            "chips": line,
        }

    return {
        "name": "王晓敏",
        "today": samples.TODAY,
        "may_register": True,
        "shows_recent": True,
        "notices": [
            (
                "warn",
                "2 files could not be read. They are found by their metadata.",
            )
        ],
        "cards": [
            {
                "title": "To be checked",
                "icon": "file-check",
                "count": 12,
                "href": "/documents?state=registered",
                "items": [item(each) for each in lines[:3]],
                "text": "",
                "tone": None,
            },
            {
                "title": "Urgent",
                "icon": "clock",
                "count": 3,
                "href": "/documents?urgency=urgent",
                "items": [item(lines[0]), item(lines[1]), item(lines[5])],
                "text": "",
                "tone": "seal",
            },
            {
                "title": "To be filed",
                "icon": "archive",
                "count": 0,
                "href": None,
                "items": [],
                "text": "Everything that was checked is filed.",
                "tone": None,
            },
        ],
        "recent": lines,
        "recognising": {lines[1].id: samples.PROGRESS},
    }


def _documents() -> dict[str, Any]:
    return {
        "lines": samples.lines() * 3,
        "sort": "-registered",
        "previous": None,
        "next": "abc",
        "total": 1001,
        "unit_names": {samples.UNIT: "水利科"},
        "recognising": {samples.lines()[1].id: samples.PROGRESS},
        "registers": REGISTERS,
        "kinds": KINDS,
        "problems": ["“x” was left out."],
        "unit": None,
        "file_class": None,
        "filters": {"register": "incoming", "state": ""},
    }


def _document() -> dict[str, Any]:
    until = samples.NOW + timedelta(days=30)
    return {
        "document": samples.document(),
        "number": "收〔2026〕0411号",
        "secrecy_code": "confidential",
        "unit": SimpleNamespace(id=samples.UNIT, code="water", name="水利科"),
        "file_class": SimpleNamespace(id=samples.identifier(8), code="03", title="业务工作"),
        "class_option": ("03", "03 业务工作"),
        "register": SimpleNamespace(code="incoming", name="收文登记簿"),
        "moved": [EarlierNumber("收〔2026〕0398号", "收文登记簿", samples.NOW)],
        "components": samples.components(),
        "content": Content(samples.components()[0], pages=samples.pages()),
        "corrections": {
            "sender": [
                {"before": "清河县水利局", "reason": "错别字", "at": samples.NOW, "who": "王晓敏"}
            ]
        },
        "timeline": samples.timeline(),
        "sharing": [
            NamedGrant(samples.identifier(60), PrincipalKind.USER, "李建国", "阅处", None, until)
        ],
        "glasses": [],
        "circulation": {"rounds": [], "may": True, "holders": {}},
        "scan": SimpleNamespace(
            lines=[], split=None, may_split=False, made=[], source=None, document=None
        ),
        "sealing": {"requests": [], "may": True},
        "values": samples.values(),
        "typed": {},
        "missing": ["sender", "unit"],
        "may": dict.fromkeys(
            ("check", "edit", "file", "correct", "change_secrecy", "void", "add", "share"), True
        ),
        "reopen": None,
        "errors": {},
    }


def _new() -> dict[str, Any]:
    return {
        "registers": REGISTERS,
        "register": "incoming",
        "limit_bytes": 4 * 1024**3,
        "waiting": 12,
        "lines": samples.lines(),
        "first_page": True,
        "next_href": "?before=x",
        "today": samples.TODAY,
        "values": {},
        "errors": {},
        "paper_open": False,
    }


def _check() -> dict[str, Any]:
    row = samples.document()
    values = samples.values()
    return {
        "document": row,
        "number": row.number,
        "register": SimpleNamespace(code="incoming", name="收文登记簿"),
        "position": 4,
        "total": 12,
        "skip_href": "?skip",
        "content": Content(samples.components()[0], pages=samples.pages()),
        "components": samples.components(),
        "values": values,
        "theirs": {"copies": "2"},
        "suggestions": {
            "title": Suggestion(
                Standing.FILLED,
                (
                    Take(
                        "关于申请追加水利工程维修养护经费的请示",
                        "关于申请追加水利工程维修养护经费的请示",
                    ),
                ),
                text="关于申请追加水利工程维修养护经费的请示",
                show="1,110,236,485,260",
                page=1,
            ),
            "document_number": Suggestion(
                Standing.OFFERED,
                (Take("青水字〔2026〕17号", "青水字〔2026〕17号"),),
                text="青水字[2026]17号",
                page=1,
                says="青水字[2026]17号",
            ),
            "sender": Suggestion(
                Standing.OTHER, (Take("青川县水利局", "青川县水利局"),), text="青川县水利局", page=1
            ),
            "class": Suggestion(
                Standing.OFFERED,
                (
                    Take("02.01", "02.01 水利", "12 documents from this sender went there."),
                    Take("02.02", "02.02 防汛", "Learned from earlier filings."),
                ),
            ),
            "unit": Suggestion(
                Standing.FILLED,
                (Take("water", "水利科", "By the rule “水利”."),),
                reason="By the rule “水利”.",
            ),
        },
        "looks": {"document_number", "class"},
        "twins": [
            {
                "number": f"收〔2026〕031{number}号",
                "title": "请示",
                "reason": "A text that is very much alike.",
                "same_bytes": not number,
                "stops": True,
                "href": "#",
            }
            for number in range(2)
        ],
        "done": 3,
        "earlier_href": "?earlier",
        "ahead_href": "?ahead",
        "route": SimpleNamespace(title="水利局领导传阅"),
        "route_reason": "Learned from earlier filings.",
        "errors": {"copies": "This must be a whole number.", "": "Somebody else has changed this."},
        "kinds": KINDS,
        "unit": ("water", "水利科"),
        "file_class": None,
    }


def _book() -> dict[str, Any]:
    rows: list[dict[str, Any]] = [
        {
            "text": line.number,
            "registered_at": line.registered_at,
            "state": "voided" if line.state == "voided" else "current",
            "reason": "重复登记" if line.state == "voided" else None,
            "registrar": "王晓敏",
            "line": line,
            "copies": 1,
        }
        for line in samples.lines()
    ]
    moved = {
        "text": "收〔2026〕0402号",
        "registered_at": samples.NOW,
        "state": "moved",
        "line": None,
    }
    return {
        "registers": REGISTERS,
        "register": SimpleNamespace(code="incoming", name="收文登记簿"),
        "year": 2026,
        "years": [2026, 2025, 2024],
        "lines": [*rows, moved, {"gap": ("收〔2026〕0101号", "收〔2026〕0120号")}],
        "rising": False,
        "previous": {"above": 412},
        "next": {"below": 101},
        "shown": 100,
        "total": 412,
        "problems": ["“1850” was left out."],
        "brings_in": True,
    }


def _search() -> dict[str, Any]:
    lines = samples.lines()
    words = samples.snippet(
        ("…拟对全县 42 处", False),
        ("水利工程", True),
        ("进行维修养护，现申请追加", False),
        ("经费", True),
        (" 186 万元，用于渠道清淤、闸门检修和大坝观测设施更新……", False),
    )
    english = samples.snippet(
        ("… the inspectors found that the ", False),
        ("bridge", True),
        (" bearings on the north abutment have reached the end of their life …", False),
    )
    return {
        "query": "水利工程 经费",
        "total": 103,
        "sort": "relevance",
        "hits": [
            {
                "line": line,
                "title": [(line.title, False)],
                "snippets": [(english if line.kind is None else words).parts],
                "class_label": "03 业务工作",
            }
            for line in lines[1:8]
        ],
        "facets": samples.facets(),
        "chips": [Chip("Kind", "请示", "?q=x"), Chip("Year", "2025", "?q=x")],
        "years": [
            YearBar(str(2014 + place), count, place == 11, "?q=x", 40 * count // 31)
            for place, count in enumerate((0, 2, 5, 4, 9, 12, 3, 0, 17, 31, 12, 8, 6))
        ],
        "asked": "?q=x",
        "clear_href": "?q=x",
        "warnings": ["“C++” was searched as the word “C”."],
        "rebuilding": {"done": 412, "total": 1000},
        "missing": False,
        "first_href": "?q=x",
        "next": "abc",
    }


def _users() -> dict[str, Any]:
    people = [
        ("王晓敏", "wangxm", Secrecy.SECRET, None, [("办公室", "收发员"), ("办公室", "档案员")]),
        ("李建国", "lijg", Secrecy.CONFIDENTIAL, None, [("水利科", "科长")]),
        ("Anna Berger", "aberger", Secrecy.INTERNAL, None, [("Registry", "Registry clerk")]),
        ("赵国栋", "zhaogd", Secrecy.TOP_SECRET, samples.NOW, [("市水利局", "局长")]),
    ]
    return {
        "users": [
            {
                "id": samples.identifier(n),
                "name": name,
                "login": login,
                "clearance": level,
                "disabled_at": gone,
                "posts": posts,
                "href": "/users/1",
            }
            for n, (name, login, level, gone, posts) in enumerate(people)
        ],
        "typed": "",
        "state": "",
        "role": "",
        "unit": None,
        "problems": [],
        "password": ("wangxm", "kT7-mm2Q-xv0_Z"),
        "values": {},
        "errors": {},
        "previous": None,
        "next": None,
        "may_add": True,
        "roles": choices("role"),
    }


def _user() -> dict[str, Any]:
    return {
        "user": SimpleNamespace(
            id=samples.identifier(1),
            name="李建国",
            login="lijg",
            email=None,
            version=1,
            disabled_at=None,
        ),
        "clearance": Secrecy.CONFIDENTIAL,
        "posts": [
            {
                "assignment_id": samples.identifier(9),
                "title": "科长",
                "unit": "水利科",
                "is_over": False,
                "roles": ["leader", "staff"],
                "from_on": samples.TODAY,
                "until_on": None,
            }
        ],
        "timeline": samples.timeline(),
        "password": "kT7-mm2Q-xv0_Z",
        "may": {"keep": True, "give_clearance": True},
        "posts_href": "/pick/posts",
        "values": {},
        "errors": {},
    }


def _log() -> dict[str, Any]:
    texts = [
        ("document.registered", "登记了 收〔2026〕0412号", False),
        ("request.refused", "Tried to open the log", True),
        ("person.signed_in", "登录", False),
        ("document.filed", "将 收〔2026〕0409号 归入 02.01 会议", False),
    ]
    return {
        "entries": [
            {
                "sequence": 18_204 - n,
                "at": samples.NOW,
                "who": "王晓敏",
                "post": "办公室 · 收发员",
                "kind": kind,
                "text": text,
                "note": None,
                "hidden": kind == "document.filed",
                "objects": [("收〔2026〕0412号", "#")],
                "refused": refused,
                "hash": "5ac3e91b77d0" * 4,
            }
            for n, (kind, text, refused) in enumerate(texts * 3)
        ],
        "kinds": [(kind, kind) for kind, _, _ in texts],
        "filters": {},
        "export_query": {},
        "problems": [],
        "only_refused": False,
        "newer": None,
        "older": 18_190,
        "size": 18_205,
    }


def _filing_rule() -> dict[str, Any]:
    rules = samples.filing_rules()
    return {
        "line": rules[0],
        "values": {"name": rules[0].name, "sender": "审计局", "active": "1", "version": "1"},
        "errors": {"words": "At most 20 words."},
        "registers": [("incoming", "收文登记簿")],
        "units": [("office", "办公室")],
        "routes": [("1", "办公室 · 领导传阅")],
        "kinds": choices("kind"),
        "picked": ("1.5", "1.5 审计与检查"),
        "trial": samples.filing_trial(),
    }


# endpoint: (rule, template, data); a rule without a template only gives a form its address.
SCREENS: dict[str, tuple[str, str, Data]] = {
    "desk.show": ("/", "desk/show.html", _desk),
    "documents.index": ("/documents", "documents/index.html", _documents),
    "documents.show": ("/documents/<document_id>", "documents/show.html", _document),
    "registration.new": ("/registration", "registration/new.html", _new),
    "registration.check": ("/registration/check/<document_id>", "registration/check.html", _check),
    "registers.book": ("/registers/<register>", "registers/book.html", _book),
    "search.results": ("/search", "search/results.html", _search),
    "file_plan.show": (
        "/file-plan",
        "file_plan/show.html",
        lambda: {
            "roots": samples.file_plan(),
            "may_edit": True,
            "values": {},
            "errors": {},
            "parents": [("01", "01 综合")],
            "units": [("office", "办公室")],
        },
    ),
    "filing_rules.index": (
        "/file-plan/rules",
        "filing/rules.html",
        lambda: {"lines": samples.filing_rules(), "asked": None, "reopen": None},
    ),
    "filing_rules.show": ("/file-plan/rules/<rule_id>", "filing/rule.html", _filing_rule),
    "people.users": ("/users", "people/users.html", _users),
    "people.user": ("/users/<user_id>", "people/user.html", _user),
    "units.index": (
        "/units",
        "people/units.html",
        lambda: {
            "roots": samples.units(),
            "may_edit": True,
            "roles": choices("role"),
            "parents": [("office", "办公室")],
            "values": {},
            "errors": {},
        },
    ),
    "log.index": ("/log", "log/index.html", _log),
    **reading_samples.SCREENS,
}

ADDRESSES: dict[str, str] = {
    "documents.file": "/documents/<document_id>/filing",
    "documents.share": "/documents/<document_id>/grants",
    "documents.correct": "/documents/<document_id>/corrections",
    "documents.change_secrecy": "/documents/<document_id>/secrecy",
    "documents.void": "/documents/<document_id>/voiding",
    "registration.receive": "/registration/files",
    "registration.open_upload": "/registration/uploads",
    "pick.classes": "/pick/classes",
    "pick.units": "/pick/units",
    "sample.page": "/sample-page.svg",
    "sample.text": "/sample-text.json",
}

PATHS = [
    "/",
    "/documents",
    "/documents/1",
    "/registration",
    "/registration/check/1",
    "/registers/incoming",
    "/search?q=%E7%BB%8F%E8%B4%B9",
    "/file-plan",
    "/file-plan/rules",
    "/file-plan/rules/1",
    "/users",
    "/users/1",
    "/units",
    "/log",
    *reading_samples.PATHS,
]


def build(office: Office) -> Flask:
    """Build the product with the gallery's screens and a person who holds every role."""
    app = create_app(office)
    identifiers(app).insert(0, lambda: Identity(samples.ACTOR))
    for endpoint, (rule, template, data) in SCREENS.items():
        _draw(app, endpoint, rule, template, data)
    app.view_functions["receipts.handwriting"] = lambda **_values: _page()
    app.view_functions["documents.similar"] = lambda **_values: render_template(
        "related/similar.html", lines=samples.lines()[:3]
    )
    app.jinja_env.globals |= {
        "tasks_section": lambda _document: reading_samples.tasks_section(),
        "whereabouts_section": lambda _document: samples.whereabouts(),
        "related_section": lambda _document: SimpleNamespace(
            groups=[], thread=None, may_link=False
        ),
        "twins_section": lambda _document: [],
    }
    for endpoint, rule in ADDRESSES.items():
        if endpoint not in app.view_functions:
            app.add_url_rule(
                rule, endpoint, _answers.get(endpoint, _nothing), methods=["GET", "POST"]
            )
            permissions(app)[endpoint] = PUBLIC
    return app


def _draw(app: Flask, endpoint: str, rule: str, template: str, data: Data) -> None:
    def show(**_values: str) -> str:
        return render_template(template, **data())

    app.view_functions.pop(endpoint, None)
    app.add_url_rule(rule, endpoint, show, methods=["GET", "POST"])
    permissions(app)[endpoint] = PUBLIC


def _nothing(**_values: str) -> Response:
    return Response(status=204)


_PAGE_TEXT: list[tuple[float, float, int, str, str]] = [
    (297, 130, 40, "#c22", "青河县水利局文件"),
    (297, 194, 15, "#111", "青水字〔2026〕17号"),
    (297, 258, 20, "#111", "关于申请追加水利工程维修养护经费的请示"),
    (120, 308, 15, "#111", "市水利局："),
    (150, 336, 15, "#111", "今年入汛以来，我县先后遭遇五轮强降雨过程，部分渠道、"),
    (120, 364, 15, "#111", "闸门受损严重。经逐处核查，拟对全县42处水利工程进行维修"),
    (120, 392, 15, "#111", "养护，现申请追加经费186万元，用于渠道清淤、闸门检修和"),
    (120, 420, 15, "#111", "大坝观测设施更新。妥否，请批示。"),
    (410, 520, 15, "#111", "青河县水利局"),
    (410, 548, 15, "#111", "2026年11月12日"),
]


def _page() -> Response:
    def write(x: float, y: float, size: int, ink: str, text: str) -> str:
        anchor = "middle" if x == 297 else "start"
        stretched = 'font-weight="700" textLength="440"' if size == 40 else ""
        return (
            f'<text x="{x}" y="{y}" font-size="{size}" fill="{ink}" text-anchor="{anchor}"'
            f' font-family="Noto Serif CJK SC" {stretched}>{text}</text>'
        )

    words = "".join(write(*line) for line in _PAGE_TEXT)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 595.3 841.9"'
        ' width="1190" height="1684">'
        f'<rect width="100%" height="100%" fill="#fff"/>{words}'
        '<line x1="72" x2="523" y1="208" y2="208" stroke="#c22" stroke-width="2"/></svg>'
    )
    return Response(svg, mimetype="image/svg+xml")


def _text() -> Response:
    return Response(
        json.dumps(
            [
                {
                    "text": "关于申请追加水利工程维修养护经费的请示",
                    "box": [107, 239, 487, 263],
                    "hit": False,
                },
                {"text": "水利工程", "box": [390, 352, 450, 368], "hit": True},
            ]
        ),
        mimetype="application/json",
    )


_answers: dict[str, Callable[..., Response]] = {"sample.page": _page, "sample.text": _text}
