"""What goes round in the demo office: rounds in every state, a deputy, tasks, papers by hand."""

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from records.circulation import managing
from records.circulation.absence import name_deputy
from records.circulation.labels import label_of
from records.circulation.models import ReadingItem
from records.circulation.opinions import InstructionPlan, Opinion
from records.circulation.paper import confirm_paper, hand_paper, pending_of, take_paper
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.reading import PageShown, delegate_item, note_pages, open_item, return_item
from records.circulation.rules import Decision, Purpose
from records.circulation.sending import draft_round, start_round
from records.circulation.signing import sign_item
from records.circulation.urging import urge_items
from records.core.database import UnitOfWork
from records.documents.components import components_of
from records.documents.visibility import visible_ids
from records.office import Office
from records.people.actors import actor_by_login
from records.people.rules import Secrecy
from records.tasks.models import Task
from records.tasks.service import finish_task

Do = Callable[[UnitOfWork], None]
Moment = tuple[datetime, Do]


@dataclass(frozen=True)
class Candidate:
    """A letter that can go round: its place in the story, its language, and when it came."""

    place: int
    is_chinese: bool
    came: datetime


class Circulation:
    """The rounds of the story; ids become known as the story is told.

    Args:
        documents: Id of the document by the place of its letter.
    """

    def __init__(self, office: Office, documents: Mapping[int, UUID], until: datetime) -> None:
        self.office = office
        self.documents = documents
        self.until = until
        self.rounds: dict[int, UUID] = {}

    def moments(self, candidates: Sequence[Candidate]) -> Iterator[Moment]:
        """Yield everything that happens, each with its time."""
        left = list(candidates)
        stories = (
            (24, True, self._closed_with_handwriting),
            (21, False, self._closed_early),
            (17, True, self._complete_with_instruction),
            (13, False, self._by_a_deputy),
            (9, False, self._recalled),
            (8, True, self._running_late),
            (6, False, self._with_an_open_task),
            (4, True, self._returned),
            (3, False, self._handed_on),
            (2, True, self._on_its_way),
            (1, False, self._drafted),
        )
        for days, is_chinese, story in stories:
            begins = self._at(days, 9, 20)
            found = next((e for e in left if e.is_chinese == is_chinese and e.came < begins), None)
            if found is not None:
                left.remove(found)
                yield from story(found.place, days)

    # The stories ---------------------------------------------------------------------------------

    def _closed_with_handwriting(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("zhangwei",), ("lina", "chenhao"))
        yield self._send(place, days, "wangfang", Purpose.READ, stages, "请主任阅示。", 5)
        yield self._hand(place, days, 10, "wangfang", "zhangwei", "主任办公室")
        yield self._confirm(place, days, 11, "zhangwei")
        yield self._open(place, days, 14, "zhangwei")
        yield self._sign(place, days, 15, "zhangwei", "已阅。请各处室遵照执行。", drawn=True)
        yield self._open(place, days - 1, 9, "lina")
        yield self._sign(place, days - 1, 10, "lina", "已阅")
        yield self._sign(place, days - 2, 11, "chenhao", "已阅")
        yield self._close(place, days - 3, "wangfang", None)
        yield self._take(place, days - 3, 16, "chenjing")

    def _closed_early(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("maria",), ("thomas", "chenjing", "lina"))
        yield self._send(place, days, "anna", Purpose.READ, stages, "For your information.", 4)
        yield self._open(place, days, 11, "maria")
        yield self._sign(place, days, 12, "maria", "Read. Thomas should see chapter 2.")
        yield self._sign(place, days - 1, 10, "thomas", "Read")
        yield self._close(place, days - 5, "anna", "Overtaken by the second letter.")

    def _complete_with_instruction(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("zhangwei",), ("lina", "liuyang"))
        yield self._send(place, days, "wangfang", Purpose.COMMENT, stages, "请提出意见。", 5)
        yield self._open(place, days, 10, "zhangwei")
        told = ("请核对数据，书面报告办公室。", "lina", 6)
        said = "请财务处牵头办理。"
        yield self._sign(place, days, 11, "zhangwei", said, drawn=True, instruction=told)
        yield self._open(place, days - 1, 9, "lina")
        yield self._sign(place, days - 1, 15, "lina", "已阅，三日内报送。")
        yield self._sign(place, days - 2, 10, "liuyang", "已阅")
        yield self._finish(place, days - 4, "lina", "数据已核对，无误。")

    def _by_a_deputy(self, place: int, days: int) -> Iterator[Moment]:
        yield self._moment(days, 8, self._name_deputy)
        stages = (("zhangwei", "maria"), ("thomas",))
        note = "Please agree by the end of the week."
        yield self._send(place, days, "anna", Purpose.APPROVE, stages, note, 4)
        yield self._open(place, days, 13, "zhangwei", by="chenjing")
        yield self._sign(
            place, days, 14, "zhangwei", "同意", by="chenjing", decision=Decision.AGREED
        )
        yield self._sign(place, days - 1, 9, "maria", "Agreed.", decision=Decision.AGREED)
        yield self._sign(
            place,
            days - 2,
            9,
            "thomas",
            "Clause 4 binds us longer than we can promise.",
            decision=Decision.DECLINED,
        )
        yield self._close(place, days - 3, "anna", None)

    def _recalled(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("thomas", "lina"),)
        yield self._send(place, days, "anna", Purpose.READ, stages, None, 3)
        yield self._open(place, days, 11, "thomas")
        yield self._moment(days, 12, lambda uow: self._recall(uow, place))

    def _running_late(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("zhangwei", "liuyang"), ("chenjing",))
        yield self._send(place, days, "wangfang", Purpose.APPROVE, stages, "请审批。", 3)
        yield self._sign(place, days, 16, "liuyang", "同意", decision=Decision.AGREED)
        yield self._open(place, days - 2, 10, "zhangwei")
        yield self._moment(1, 9, lambda uow: self._urge(uow, place, "zhangwei"))
        yield self._hand(place, days, 10, "wangfang", "liuyang", "印章室")
        yield self._confirm(place, days, 11, "liuyang")
        yield self._hand(place, days - 1, 9, "liuyang", "zhangwei", None)

    def _with_an_open_task(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("maria",), ("thomas", "chenjing"))
        note = "Comments on the figures, please."
        yield self._send(place, days, "anna", Purpose.COMMENT, stages, note, 9)
        yield self._open(place, days, 10, "maria")
        told = ("Draft an answer and show it to me.", "thomas", 10)
        yield self._sign(place, days, 11, "maria", "Thomas drafts the answer.", instruction=told)
        yield self._open(place, days - 1, 9, "thomas")

    def _returned(self, place: int, days: int) -> Iterator[Moment]:
        stages = (("lina", "liuyang"),)
        yield self._send(place, days, "wangfang", Purpose.COMMENT, stages, "请提出意见。", 5)
        yield self._open(place, days, 10, "lina")
        yield self._moment(
            days, 11, lambda uow: self._return(uow, place, "lina", "附件缺第2页，请补充后再送。")
        )
        yield self._sign(place, days - 1, 10, "liuyang", "已阅")

    def _handed_on(self, place: int, days: int) -> Iterator[Moment]:
        yield self._send(place, days, "anna", Purpose.READ, (("maria", "chenjing"),), None, 6)
        yield self._open(place, days, 10, "maria")
        yield self._moment(days, 11, lambda uow: self._hand_on(uow, place))
        yield self._sign(place, days - 1, 9, "chenjing", "已阅")

    def _on_its_way(self, place: int, days: int) -> Iterator[Moment]:
        everybody = ("zhangwei", "maria"), ("lina", "thomas", "liuyang", "chenjing", "chenhao")
        yield self._send(place, days, "wangfang", Purpose.READ, everybody, "请各处室传阅。", 5)
        yield self._sign(place, days - 1, 9, "maria", "Read")

    def _drafted(self, place: int, days: int) -> Iterator[Moment]:
        def draft(uow: UnitOfWork) -> None:
            plan = self._plan(uow, Purpose.COMMENT, (("maria",), ("thomas",)), None, 5)
            anna = actor_by_login(uow, "anna")
            draft_round(uow, anna, document_id=self.documents[place], plan=plan)

        yield self._moment(days, 10, draft)

    # What happens in them ------------------------------------------------------------------------

    def _at(self, days: int, hour: int, minute: int = 0) -> datetime:
        day = self.until.astimezone(self.office.config.time_zone).date() - timedelta(days=days)
        return datetime.combine(day, time(hour, minute), self.office.config.time_zone).astimezone(
            UTC
        )

    def _moment(self, days: int, hour: int, do: Do) -> Moment:
        return self._at(days, hour, 7 * days % 40), do

    def _send(
        self,
        place: int,
        days: int,
        sender: str,
        purpose: Purpose,
        stages: Sequence[Sequence[str]],
        note: str | None,
        due_days: int,
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            plan = self._plan(uow, purpose, stages, note, due_days)
            clerk = actor_by_login(uow, sender)
            made = start_round(uow, clerk, document_id=self.documents[place], plan=plan)
            self.rounds[place] = made.id

        return self._at(days, 9, 30), do

    def _plan(
        self,
        uow: UnitOfWork,
        purpose: Purpose,
        stages: Sequence[Sequence[str]],
        note: str | None,
        due_days: int,
    ) -> RoundPlan:
        return RoundPlan(
            purpose,
            tuple(StagePlan(tuple(_id(uow, each) for each in readers)) for readers in stages),
            note,
            due_at=uow.now + timedelta(days=due_days),
        )

    def _open(
        self, place: int, days: int, hour: int, login: str, *, by: str | None = None
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            reader, item = actor_by_login(uow, by or login), self._item(uow, place, login)
            open_item(uow, reader, item_id=item.id)
            pages = [
                PageShown(each.id, 1, 24) for each in components_of(uow, self.documents[place])
            ]
            note_pages(uow, reader, item_id=item.id, pages=pages)

        return self._moment(days, hour, do)

    def _sign(
        self,
        place: int,
        days: int,
        hour: int,
        login: str,
        said: str,
        *,
        by: str | None = None,
        decision: Decision = Decision.READ,
        drawn: bool = False,
        instruction: tuple[str, str, int] | None = None,
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            plan = None
            if instruction is not None:
                text, assignee, due_in = instruction
                due_on = uow.today + timedelta(days=due_in)
                plan = InstructionPlan(text, _id(uow, assignee), due_on)
            opinion = Opinion(decision, said, handwriting(len(said)) if drawn else None, plan)
            sign_item(
                uow,
                self.office.vault,
                actor_by_login(uow, by or login),
                item_id=self._item(uow, place, login).id,
                opinion=opinion,
            )

        return self._moment(days, hour, do)

    def _close(self, place: int, days: int, login: str, reason: str | None) -> Moment:
        def do(uow: UnitOfWork) -> None:
            clerk = actor_by_login(uow, login)
            managing.close_round(uow, clerk, round_id=self.rounds[place], reason=reason)

        return self._moment(days, 14, do)

    def _recall(self, uow: UnitOfWork, place: int) -> None:
        managing.recall_round(
            uow,
            actor_by_login(uow, "anna"),
            round_id=self.rounds[place],
            reason="Sent to the wrong unit.",
        )

    def _urge(self, uow: UnitOfWork, place: int, login: str) -> None:
        item = self._item(uow, place, login)
        urge_items(uow, actor_by_login(uow, "wangfang"), item_ids=[item.id])

    def _return(self, uow: UnitOfWork, place: int, login: str, reason: str) -> None:
        item = self._item(uow, place, login)
        return_item(uow, actor_by_login(uow, login), item_id=item.id, reason=reason)

    def _hand_on(self, uow: UnitOfWork, place: int) -> None:
        delegate_item(
            uow,
            actor_by_login(uow, "maria"),
            item_id=self._item(uow, place, "maria").id,
            to_id=_id(uow, "thomas"),
            reason="This is your field.",
        )

    def _name_deputy(self, uow: UnitOfWork) -> None:
        name_deputy(
            uow,
            actor_by_login(uow, "zhangwei"),
            deputy_id=_id(uow, "chenjing"),
            from_at=uow.now,
            until_at=uow.now + timedelta(days=3),
            purposes=list(Purpose),
            ceiling=Secrecy.CONFIDENTIAL,
        )

    def _finish(self, place: int, days: int, login: str, result: str) -> Moment:
        def do(uow: UnitOfWork) -> None:
            query = select(Task).where(Task.document_id == self.documents[place])
            task = uow.session.scalars(query).one()
            finish_task(
                uow, actor_by_login(uow, login), task_id=task.id, version=None, result=result
            )

        return self._moment(days, 15, do)

    # Papers --------------------------------------------------------------------------------------

    def _hand(
        self, place: int, days: int, hour: int, giver: str, taker: str, kept: str | None
    ) -> Moment:
        def do(uow: UnitOfWork) -> None:
            hand_paper(
                uow,
                actor_by_login(uow, giver),
                document_id=self.documents[place],
                to_id=_id(uow, taker),
                place=kept,
            )

        return self._moment(days, hour, do)

    def _confirm(self, place: int, days: int, hour: int, taker: str) -> Moment:
        def do(uow: UnitOfWork) -> None:
            holding = pending_of(uow, self.documents[place])
            assert holding is not None
            confirm_paper(uow, actor_by_login(uow, taker), holding_id=holding.id)

        return self._moment(days, hour, do)

    def _take(self, place: int, days: int, hour: int, taker: str) -> Moment:
        def do(uow: UnitOfWork) -> None:
            code = label_of(uow, actor_by_login(uow, "wangfang"), self.documents[place])
            person = actor_by_login(uow, taker)
            if visible_ids(uow, person, [self.documents[place]]):
                take_paper(uow, person, code=code)

        return self._moment(days, hour, do)

    def _item(self, uow: UnitOfWork, place: int, login: str) -> ReadingItem:
        query = (
            select(ReadingItem)
            .where(
                ReadingItem.round_id == self.rounds[place],
                ReadingItem.reader_id == _id(uow, login),
            )
            .order_by(ReadingItem.id.desc())
            .limit(1)
        )
        return uow.session.scalars(query).one()


def _id(uow: UnitOfWork, login: str) -> UUID:
    user_id = actor_by_login(uow, login).user_id
    assert user_id is not None
    return user_id


def handwriting(strokes: int) -> bytes:
    """Return a PNG of a few lines drawn as by a finger."""
    from PIL import Image, ImageDraw

    drawn = Image.new("RGBA", (520, 160), (0, 0, 0, 0))
    pen = ImageDraw.Draw(drawn)
    for word in range(3):
        left = 30 + word * 165
        points = [
            (
                left + step * 4,
                80 + 45 * math.sin(step / (2.3 + word / 3)) * math.cos(step / strokes),
            )
            for step in range(34)
        ]
        pen.line(points, fill=(20, 30, 70, 255), width=6, joint="curve")
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()
