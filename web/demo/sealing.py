"""Seals of the demo office: custody, requests in every state, uses on paper, outside, for real."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.runner import Runner
from records.documents.components import components_of
from records.documents.copies import make_copies, move_copy
from records.documents.intake import keep_objects
from records.documents.metadata import read_metadata
from records.documents.rules import CopyStep
from records.documents.service import add_components
from records.office import Office
from records.people.actors import actor_by_login
from records.people.models import Post
from records.people.organization import unit_by_code
from records.people.rules import Actor
from records.registration.registers import register_by_code
from records.registration.service import register_document
from records.seals.approvals import decide
from records.seals.caged import seal_cage
from records.seals.checks import Finding, record_checks
from records.seals.custody import ask_handover, confirm_handover
from records.seals.imprints.keeping import drawn_for, set_imprint
from records.seals.keys.authority import make_authority
from records.seals.keys.certificates import issue_certificate
from records.seals.models import SealApproval
from records.seals.pages.placing import CrossPage, Placement, QrPlace, StampingPlan
from records.seals.register import RuleStep, SealEntry, get_seal, register_seal, set_rule
from records.seals.requests import ask_for_seal, refuse_request, withdraw_request
from records.seals.rules import ApprovalState
from records.seals.stamping import STAMP_JOB, ask_stamping
from records.seals.stamping_press import StampingPress
from records.seals.states import withdraw_seal
from records.seals.use import take_out, use_on_paper
from storage import Received
from web.demo.circulation import Do, Moment
from web.demo.pdf import RED, Line, paginate, write_pdf

A4_MM = (210.0, 297.0)
ISSUER = "滨江市公安局"
# code → name, kind, shape, width and height in mm, unit, keeper
SEALS: dict[str, tuple[str, str, str, float, float, str, str]] = {
    "GZ": ("滨江市档案馆", "unit", "round", 42, 42, "office", "liuyang"),
    "HT": ("滨江市档案馆合同专用章", "contract", "round", 42, 42, "legal", "liuyang"),
    "CW": ("滨江市档案馆财务专用章", "finance", "round", 38, 38, "finance", "sunli"),
    "FR": ("张伟印", "legal_person", "square", 20, 20, "office", "sunli"),
    "EN": ("Binjiang Municipal Archives", "special", "round", 42, 42, "legal", "liuyang"),
    "JZ": ("滨江市档案馆（旧印）", "unit", "round", 42, 42, "office", "liuyang"),
}
ELECTRONIC = ("GZ", "HT", "EN")


@dataclass(frozen=True)
class Paper:
    """Something that is to be sealed, as a PDF of so many pages."""

    title: str
    login: str
    unit: str
    pages: int = 1

    @property
    def is_chinese(self) -> bool:
        """Whether it is written in Chinese."""
        return any(ord(each) > 0x2E7F for each in self.title)


PAPERS = {
    "digitizing": Paper("馆藏档案数字化加工服务合同", "wangfang", "finance", 12),
    "framework": Paper("Framework agreement on conservation services", "anna", "legal", 3),
    "reply": Paper("关于开放馆藏民国档案的复函", "wangfang", "finance"),
    "tender": Paper("档案库房恒温恒湿改造项目投标文件", "wangfang", "it", 8),
    "visit": Paper("Certificate for visiting archivists", "anna", "legal"),
    "invoice": Paper("2026年度档案装具采购付款申请", "wangfang", "finance", 2),
    "lease": Paper("Lease of the reading room annex", "anna", "legal", 4),
    "notice": Paper("国际档案日活动安排通知", "wangfang", "it"),
    "salary": Paper("人员借调函", "wangfang", "it"),
    "budget": Paper("设备维保补充协议", "wangfang", "it", 2),
    "loan": Paper("Loan of maps for the anniversary exhibition", "anna", "legal", 2),
}


@dataclass
class Sealing:
    """The seals of the story; ids become known as it is told."""

    office: Office
    until: datetime
    seals: dict[str, UUID] = field(default_factory=dict)
    documents: dict[str, UUID] = field(default_factory=dict)
    requests: dict[str, UUID] = field(default_factory=dict)
    lines: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, Received] = field(default_factory=dict)
    _minutes: int = 0

    def moments(self) -> Iterator[Moment]:
        """Yield everything that happens before the worker stamps, each with its time."""
        self._keep_files()
        yield self._at(46, 8, self._found)
        for place, (name, paper) in enumerate(PAPERS.items()):
            yield self._at(13 + place % 3, 9, self._registering(name, paper))
        yield from self._on_paper()
        yield from self._electronic()
        yield from self._that_come_to_nothing()
        yield from self._that_wait()
        yield self._at(2, 16, self._begin_handover)
        yield self._at(3, 11, self._copies)

    # What goes well ------------------------------------------------------------------------------

    def _on_paper(self) -> Iterator[Moment]:
        yield self._ask(9, "reply", "GZ", "lina", "复函用印", "市图书馆", copies=3)
        yield self._decide(9, 14, "reply", "zhangwei", "同意。")
        yield self._at(
            8,
            10,
            self._used("reply", "liuyang", copies_stamped=3, copies_spoilt=1, remarks="一份盖偏"),
        )
        yield self._ask(
            7, "visit", "EN", "thomas", "Certificates of visit", "Three guests", copies=3
        )
        yield self._decide(7, 15, "visit", "maria", "Agreed.")
        yield self._at(6, 10, self._used("visit", "liuyang", copies_stamped=3))
        yield self._ask(
            6,
            "tender",
            "FR",
            "chenhao",
            "投标文件加盖法定代表人名章",
            "市公共资源交易中心",
            copies=2,
            pages=8,
            matter_kind="other",
            outside=True,
            outside_place="市公共资源交易中心三楼",
            escort="陈浩",
            due_back_at=self._time(1, 17),
        )
        yield self._decide(6, 15, "tender", "zhangwei", "同意外带，按时归还。")
        yield self._at(2, 9, self._out("tender", "sunli"))
        yield self._ask(
            12,
            "invoice",
            "CW",
            "lina",
            "付款申请用印",
            "市财政局",
            pages=2,
            matter_kind="finance",
            amount_cents=18_650_000,
        )
        yield self._decide(12, 14, "invoice", "zhangwei", "同意。")
        yield self._at(11, 10, self._used("invoice", "sunli", copies_stamped=1))

    def _electronic(self) -> Iterator[Moment]:
        contract: dict[str, Any] = {
            "pages": 12,
            "matter_kind": "contract",
            "amount_cents": 98_000_000,
            "medium": "electronic",
        }
        yield self._ask(
            5,
            "digitizing",
            "HT",
            "lina",
            "数字化加工合同签订",
            "滨江智档科技有限公司",
            cross_page=True,
            **contract,
        )
        yield self._decide(5, 14, "digitizing", "zhangwei", "同意签订。")
        yield self._decide(4, 9, "digitizing", "maria", "合同条款已审核。")
        yield self._ask(
            5,
            "digitizing",
            "GZ",
            "lina",
            "数字化加工合同签订（公章联合用印）",
            "滨江智档科技有限公司",
            name="joint",
            **contract,
        )
        yield self._decide(5, 15, "joint", "zhangwei", "同意。")

    # What does not, and what is under way --------------------------------------------------------

    def _that_come_to_nothing(self) -> Iterator[Moment]:
        yield self._ask(6, "lease", "EN", "thomas", "Lease of the annex", "City estates", pages=4)
        said = "The rent of clause 5 is not what we agreed. Please ask again."
        yield self._decide(6, 15, "lease", "maria", said, agree=False)
        yield self._ask(5, "notice", "GZ", "chenhao", "活动通知用印", "各区县档案馆", copies=12)
        yield self._decide(5, 16, "notice", "zhangwei", "同意。")
        yield self._at(4, 10, self._refused("notice", "liuyang", "附件二空白，补齐后重新申请。"))
        yield self._ask(4, "salary", "GZ", "chenhao", "借调函用印", "市文旅局", name="loaned")
        yield self._at(4, 15, self._withdrawn("loaned", "chenhao", "借调已取消"))
        yield self._ask(4, "budget", "HT", "chenhao", "维保协议签订", "江南设备公司", pages=2)
        yield self._decide(4, 15, "budget", "zhangwei", "同意。")
        # The worker voids the approval when it starts: the file is not what was approved.
        yield self._at(3, 9, self._added_to("budget", "wangfang"))

    def _that_wait(self) -> Iterator[Moment]:
        yield self._ask(
            1, "loan", "EN", "thomas", "Loan of maps", "City museum", pages=2, medium="electronic"
        )
        yield self._ask(
            1, "notice", "GZ", "chenhao", "活动通知用印", "各区县档案馆", name="again", copies=12
        )
        yield self._ask(
            2,
            "framework",
            "EN",
            "thomas",
            "Framework agreement",
            "Northern Conservation Ltd",
            pages=3,
            medium="electronic",
            urgent=True,
        )
        yield self._decide(1, 15, "framework", "maria", "Agreed. They wait for it.")

    # Stamping ------------------------------------------------------------------------------------

    def press(self) -> None:
        """Stamp for real, as the worker does.

        A contract gets a cross-page seal and a QR code, and a joint seal beside on the same copy.
        """
        cross = StampingPlan(
            (Placement(11, 109.0, 232.0),),
            CrossPage(120.0),
            QrPlace(0, 178.0, 262.0),
            place="办公室用印间",
        )
        self._stamp("digitizing", cross, pages=12)
        beside = StampingPlan((Placement(11, 60.0, 232.0),), place="办公室用印间")
        self._stamp("joint", beside, pages=12)

    def _stamp(self, name: str, plan: StampingPlan, *, pages: int) -> None:
        with self.office.database.writing() as uow:
            ask_stamping(
                uow,
                actor_by_login(uow, "liuyang"),
                request_id=self.requests[name],
                plan=plan,
                page_sizes_mm=[A4_MM] * pages,
            )
        with seal_cage() as cage:
            press = StampingPress(self.office.config, self.office.database, self.office.vault, cage)
            runner = Runner(self.office.database, {STAMP_JOB: press.handler}, parallel=1)
            try:
                while runner.turn(0.05):
                    pass
            finally:
                runner.close()

    # The register of seals -----------------------------------------------------------------------

    def _found(self, uow: UnitOfWork) -> None:
        """Register the seals, hand them over, and give them imprints and certificates."""
        admin, security = _person(uow, "sysadmin"), _person(uow, "secadmin")
        make_authority(uow, self.office.vault, security)
        for code, (name, kind, shape, width, height, unit, keeper) in SEALS.items():
            entry = SealEntry(
                name=name,
                kind=kind,
                shape=shape,
                width_mm=float(width),
                height_mm=float(height),
                issuer=ISSUER,
                unit_id=unit_by_code(uow, unit).id,
                start_on=date(2021, 3, 1),
                material="光敏" if kind == "finance" else "铜质",
                check_every_months=3,
            )
            seal_id = register_seal(uow, admin, code=code, entry=entry).id
            self.seals[code] = seal_id
            set_rule(uow, admin, seal_id=seal_id, steps=self._rule(uow, code))
            self._hand_over(uow, seal_id, keeper)
            png = drawn_for(get_seal(uow, seal_id))
            set_imprint(uow, self.office.vault, admin, seal_id=seal_id, png=png)
            if code in ELECTRONIC:
                issue_certificate(
                    uow, self.office.vault, self.office.config, security, seal_id=seal_id
                )
        withdraw_seal(uow, admin, seal_id=self.seals["JZ"], reason="机构更名，旧印封存")
        checked = [Finding(self.seals[each], "present") for each in ("CW", "FR")]
        record_checks(uow, _person(uow, "sunli"), findings=checked)

    def _rule(self, uow: UnitOfWork, code: str) -> Sequence[RuleStep]:
        steps = [RuleStep("applicant_leader")]
        if code == "HT":
            legal = uow.session.scalars(
                select(Post).where(Post.title == "Head of Legal Affairs")
            ).one()
            steps.append(
                RuleStep("post", legal.id, when_matter="contract", when_amount_cents=10_000_000)
            )
        return steps

    def _hand_over(self, uow: UnitOfWork, seal_id: UUID, keeper: str) -> None:
        people = [_person(uow, login) for login in ("sysadmin", keeper, "chenjing")]
        handover = ask_handover(
            uow,
            people[0],
            seal_id=seal_id,
            taker_id=_id(people[1]),
            witness_id=_id(people[2]),
            reason="启用登记",
        )
        for each in people:
            confirm_handover(uow, each, handover_id=handover.id)

    def _begin_handover(self, uow: UnitOfWork) -> None:
        """Let a hand-over wait for its taker and its witness."""
        giver = _person(uow, "liuyang")
        handover = ask_handover(
            uow,
            giver,
            seal_id=self.seals["EN"],
            taker_id=_id(_person(uow, "sunli")),
            witness_id=_id(_person(uow, "chenjing")),
            reason="年休假期间代管",
        )
        if handover.giver_at is None:
            confirm_handover(uow, giver, handover_id=handover.id)

    # Documents -----------------------------------------------------------------------------------

    def _keep_files(self) -> None:
        for name, paper in PAPERS.items():
            data = write_pdf(_text_of(paper, self.until.date()), title=paper.title)
            self.files[name] = self._received(f"{paper.title}.pdf", data)
        data = write_pdf([Line("补充条款", 16), Line("维保期限由一年改为两年。", 14)], title="补充")
        self.files["supplement"] = self._received("补充条款.pdf", data)
        keep_objects(self.office.database, self.office.vault, list(self.files.values()))

    def _received(self, name: str, data: bytes) -> Received:
        return self.office.vault.receive([data], limit_bytes=len(data), file_name=name)

    def _registering(self, name: str, paper: Paper) -> Do:
        def do(uow: UnitOfWork) -> None:
            values = read_metadata(
                {
                    "title": paper.title,
                    "unit": paper.unit,
                    "received_on": uow.today.isoformat(),
                    "written_on": uow.today.isoformat(),
                    "secrecy": "internal",
                    "pages": str(paper.pages),
                }
            )
            register = "fawen" if paper.is_chinese else "outgoing"
            document = register_document(
                uow,
                actor_by_login(uow, paper.login),
                register=register_by_code(uow, register),
                values=values,
                received=[(self.files[name], f"{paper.title}.pdf")],
            )
            self.documents[name] = document.id

        return do

    def _added_to(self, name: str, login: str) -> Do:
        def do(uow: UnitOfWork) -> None:
            add_components(
                uow,
                actor_by_login(uow, login),
                document_id=self.documents[name],
                received=[(self.files["supplement"], "补充条款.pdf")],
            )

        return do

    def _copies(self, uow: UnitOfWork) -> None:
        """Give out numbered copies, one of which comes back and one is destroyed."""
        clerk, document_id = _person(uow, "wangfang"), self.documents["reply"]
        made = make_copies(
            uow,
            clerk,
            document_id=document_id,
            component_id=components_of(uow, document_id)[0].id,
            for_whom=("市图书馆", "市文旅局", "馆长室", "存档"),
            purpose="会议传阅",
        )
        move_copy(uow, clerk, copy_id=made[1].id, step=CopyStep.RETURN, reason="会后收回")
        move_copy(uow, clerk, copy_id=made[2].id, step=CopyStep.DESTROY, reason="碎纸，陈静监销")

    # Requests ------------------------------------------------------------------------------------

    def _ask(
        self,
        days: int,
        paper: str,
        seal: str,
        login: str,
        matter: str,
        recipient: str,
        *,
        name: str | None = None,
        **facts: Any,
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            document_id = self.documents[paper]
            request = ask_for_seal(
                uow,
                actor_by_login(uow, login),
                seal_id=self.seals[seal],
                document_id=document_id,
                component_id=components_of(uow, document_id)[0].id,
                matter=matter,
                recipient=recipient,
                **{
                    "matter_kind": "letter",
                    "amount_cents": None,
                    "copies": 1,
                    "pages": 1,
                    "medium": "paper",
                    **facts,
                },
            )
            self.requests[name or paper] = request.id

        return self._at(days, 11, do)

    def _decide(
        self, days: int, hour: int, name: str, login: str, opinion: str, *, agree: bool = True
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            query = select(SealApproval.id).where(
                SealApproval.request_id == self.requests[name],
                SealApproval.state == ApprovalState.CURRENT.value,
            )
            approval_id = uow.session.scalars(query).one()
            leader = actor_by_login(uow, login)
            decide(uow, leader, approval_id=approval_id, agree=agree, opinion=opinion)

        return self._at(days, hour, do)

    def _used(self, name: str, login: str, **facts: Any) -> Do:
        def do(uow: UnitOfWork) -> None:
            self.lines[name] = use_on_paper(
                uow,
                actor_by_login(uow, login),
                request_id=self.requests[name],
                witness_id=_id(_person(uow, "chenjing")),
                place="办公室用印间",
                **facts,
            ).id

        return do

    def _out(self, name: str, login: str) -> Do:
        def do(uow: UnitOfWork) -> None:
            keeper = actor_by_login(uow, login)
            self.lines[name] = take_out(uow, keeper, request_id=self.requests[name]).id

        return do

    def _refused(self, name: str, login: str, reason: str) -> Do:
        return lambda uow: _done(
            refuse_request(
                uow, actor_by_login(uow, login), request_id=self.requests[name], reason=reason
            )
        )

    def _withdrawn(self, name: str, login: str, reason: str) -> Do:
        return lambda uow: _done(
            withdraw_request(
                uow, actor_by_login(uow, login), request_id=self.requests[name], reason=reason
            )
        )

    # Time ----------------------------------------------------------------------------------------

    def _time(self, days: int, hour: int) -> datetime:
        zone = self.office.config.time_zone
        day = self.until.astimezone(zone).date() - timedelta(days=days)
        return datetime.combine(day, time(hour), zone).astimezone(UTC)

    def _at(self, days: int, hour: int, do: Callable[[UnitOfWork], None]) -> Moment:
        # What follows of itself on one day is some minutes later each time.
        self._minutes += 1
        return self._time(days, hour) + timedelta(minutes=self._minutes % 50), do


def _text_of(paper: Paper, today: date) -> list[Line]:
    """Return the lines of a paper, with its issuer and date on the last page."""
    lines: list[Line] = []
    if paper.is_chinese:
        lines += [Line("滨江市档案馆", 26, None, RED, rule=True), Line(paper.title, 18, None)]
        clause = "第%d条　双方应当按照约定全面履行各自的义务，并对履行中知悉的信息保密。"
        closing = [Line("滨江市档案馆", 14, 250)]
        closing.append(Line(f"{today.year}年{today.month}月{today.day}日", 14, 250))
        size = 14.0
    else:
        lines += [Line("Binjiang Municipal Archives", 18, rule=True), Line(paper.title, 14)]
        clause = "%d. The parties carry out what they have agreed and keep in confidence what they "
        clause += "learn from each other in doing so."
        closing = [Line("Binjiang Municipal Archives", 11, 250)]
        closing.append(Line(f"{today:%d %B %Y}", 11, 250))
        size = 11.0
    return _filled(lines, clause, closing, size, paper.pages)


def _filled(
    lines: list[Line], clause: str, closing: list[Line], size: float, pages: int
) -> list[Line]:
    """Return a text that fills so many pages."""
    number = 0
    while True:
        number += 1
        more = [*lines, Line(clause % number, size)]
        if len(paginate([*more, Line("", 40), *closing])) > pages:
            return [*lines, Line("", 40), *closing]
        lines = more
        if pages == 1 and number == 6:
            return [*lines, Line("", 40), *closing]


def _person(uow: UnitOfWork, login: str) -> Actor:
    return actor_by_login(uow, login)


def _id(person: Actor) -> UUID:
    assert person.user_id is not None
    return person.user_id


def _done(_result: object) -> None:
    """Forget what a service returns."""
