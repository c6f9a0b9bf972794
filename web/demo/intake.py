"""What comes in at the demo office besides plain letters, and what the worker makes of it.

Letters that answer and hand on, a conversation by mail, a letter that comes twice, scans, a post
bag in one file, and what failed on its way. Links, threads, twins and texts of scans are found by
the worker after the office has opened.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID

from records.channels.keeping import Unregistered, larger_than, note_arrival
from records.channels.rules import ChannelKind
from records.channels.service import give_up, note_failure
from records.core.clock import business_day
from records.core.database import UnitOfWork
from records.core.errors import Invalid, Refusal
from records.documents.filing import file_document
from records.documents.metadata import read_metadata
from records.documents.rules import RegisterKind, Step
from records.documents.service import change_document
from records.office import Office
from records.people.actors import actor_by_login
from records.registration.registers import register_by_code
from records.registration.service import register_document
from records.scans.sheets import Sheet, sheet_key, write_sheet
from storage import Received
from web.demo.circulation import Moment
from web.demo.files import make_file, make_mail, make_sheet
from web.demo.letters import Letter, page
from web.demo.papers import (
    CONVERSATION,
    chinese_answer,
    chinese_circular,
    chinese_forward,
    chinese_request,
    english_answer,
    english_request,
    repeated,
    scanned,
    stacked,
)
from web.demo.pdf import Line, write_pdf
from web.demo.scans import draws_chinese, scan_page, scan_pdf

_SHEET_WORDS = {
    True: ("分隔页", "此页之后为另一份文件"),
    False: ("Separator sheet", "Next document"),
}
_FOLDER, _MAILBOX = "scanner", "registry"


class Intake:
    """The stories; `files` are to be kept before anything of them is told."""

    def __init__(self, office: Office, until: datetime) -> None:
        self.office = office
        self.until = until
        self.today = business_day(until, office.config.time_zone)
        self.files: list[tuple[str, Received]] = []
        self.arrivals: dict[str, UUID] = {}

    def moments(self) -> Iterator[Moment]:
        """Yield everything that happens, each with its time."""
        yield from self.exchanges()
        yield from self.conversation()
        for is_chinese in (True, False):
            yield from self.twice(is_chinese=is_chinese)
            if draws_chinese() or not is_chinese:
                yield from self.scans(is_chinese=is_chinese)
        yield from self.failures()

    # The stories ---------------------------------------------------------------------------------

    def exchanges(self) -> Iterator[Moment]:
        """Letters that are answered (来文与复文), and one that is handed on."""
        today = self.today
        yield from self._letter(chinese_request(today), days=19, files_it=True)
        yield from self._letter(chinese_answer(today), days=15, files_it=True)
        yield from self._letter(chinese_circular(today), days=12, files_it=True)
        yield from self._letter(chinese_forward(today), days=10, files_it=False)
        yield from self._letter(english_request(), days=14, files_it=True)
        yield from self._letter(english_answer(), days=11, files_it=False)

    def conversation(self) -> Iterator[Moment]:
        """Mails that follow each other, with files attached."""
        sent: list[datetime] = []
        for place, mail in enumerate(CONVERSATION):
            at = self._at(7 - 2 * place, 10, 12 * place)
            before = sent[: mail.follows + 1] if mail.follows is not None else []
            attached = [(name, self._attachment(name, at)) for name in mail.attached]
            data = make_mail(
                mail.sender, mail.subject, mail.text, at, attached, to=mail.to, follows=before
            )
            sent.append(at)
            files = [self._receive(f"{mail.subject.replace(':', '')}.eml", data)]
            values = {"title": mail.subject, "urgency": "routine", "secrecy": "internal"}
            if mail.register == "incoming":
                values["sender"] = mail.sender.partition(" <")[0]
            yield self._register(at, "anna", mail.register, values, files)

    def twice(self, *, is_chinese: bool) -> Iterator[Moment]:
        """A letter that came as a file, and now on paper."""
        letter = repeated(self.today, is_chinese=is_chinese)
        yield from self._letter(letter, days=4, files_it=False)
        at = self._at(1, 11, 20)
        clerk = _clerk(letter)
        if draws_chinese() or not is_chinese:
            name, data = "Scan 0041.pdf", scan_pdf([scan_page(page(letter, at.date()))])
        else:
            name, data = f"{letter.title}.pdf", write_pdf(page(letter, at.date()), title="")
        values = {"title": name.partition(".")[0], "medium": "both"}
        yield self._register(at, clerk, letter.register, values, [self._receive(name, data)])

    def scans(self, *, is_chinese: bool) -> Iterator[Moment]:
        """A letter on paper, and a post bag with separator sheets in one file."""
        letter = scanned(self.today, is_chinese=is_chinese)
        at = self._at(1, 9, 50)
        pages = scan_pdf([scan_page(page(letter, at.date()))])
        files = [self._receive("Scan 0042.pdf", pages)]
        values = {"title": letter.title, "medium": "both"}
        yield self._register(at, _clerk(letter), letter.register, values, files)
        yield self._stack(is_chinese=is_chinese)

    def _stack(self, *, is_chinese: bool) -> Moment:
        """Return how a post bag comes in; the worker finds its sheets, and it waits to be split."""
        letters = stacked(self.today, is_chinese=is_chinese)
        at = self._at(0, 8, 15)
        code = write_sheet(
            sheet_key(self.office.vault.keyring),
            Sheet(register=letters[0].register, urgency="routine"),
        )
        heading, explanation = _SHEET_WORDS[is_chinese]
        sheet = scan_page([Line(""), Line(heading, 24), Line(explanation)], code=code)
        pages = []
        for letter in letters:
            pages += [sheet, scan_page(page(letter, at.date()))]
        name = "邮袋扫描件.pdf" if is_chinese else "Post bag of this morning.pdf"
        received = [self._receive(name, scan_pdf(pages))]
        values = {"title": name.removesuffix(".pdf"), "medium": "both"}
        return self._register(at, _clerk(letters[0]), letters[0].register, values, received)

    def failures(self) -> Iterator[Moment]:
        """What came in and became no document: one will do at another try, one was junk."""
        empty = Invalid("The file is empty. Save or scan it again.")
        scan = [self._receive("Scan 0040.pdf", write_pdf([Line("Delivery note 4471")], title=""))]
        fault = _refusal({"received_on": "31.02."})
        yield self._fails(2, ChannelKind.FOLDER, "incoming", "Scan 0039.pdf", empty)
        yield self._fails(2, ChannelKind.FOLDER, "incoming", "Scan 0040.pdf", fault, scan)
        yield self._fails_again(1, "Scan 0040.pdf", fault)
        large = larger_than(self.office.config.upload_limit_bytes)
        yield self._fails(1, ChannelKind.MAILBOX, "incoming", "Photographs of the flood", large)
        cells = {"title": "移交清单", "secrecy": "内部资料"}
        table = make_sheet([("序号", "份数"), (1, 4)], self.until)
        files = [self._receive("移交清单.xlsx", table)]
        unknown = _refusal(cells)
        yield self._fails(
            1, ChannelKind.IMPORT, "shouwen", "移交清单.xlsx", unknown, files, cells=cells
        )
        junk = Invalid("The file is empty. Save or scan it again.")
        yield self._fails(5, ChannelKind.FOLDER, "shouwen", "Thumbs.db", junk)
        yield self._given_up(4, "Thumbs.db", "系统临时文件，不是公文")

    # What they are made of -----------------------------------------------------------------------

    def _letter(self, letter: Letter, *, days: int, files_it: bool) -> Iterator[Moment]:
        at = self._at(days, 9, 35)
        name, data = make_file(letter, at.date(), at)
        clerk = _clerk(letter)
        values = {
            "title": letter.title,
            "unit": letter.unit or "",
            "written_on": at.date().isoformat(),
            "sender": letter.sender or "",
            "document_number": letter.number or "",
            "kind": letter.kind or "",
        }
        made: list[UUID] = []
        begin = self._registering(clerk, letter.register, values, [self._receive(name, data)])
        yield at, lambda uow: made.append(begin(uow))
        if files_it:
            yield at + timedelta(hours=2), lambda uow: _check(uow, clerk, made[0])
            yield at + timedelta(hours=5), lambda uow: _file(uow, clerk, made[0], letter)

    def _register(
        self,
        at: datetime,
        clerk: str,
        register: str,
        values: Mapping[str, str],
        files: Sequence[tuple[Received, str]],
    ) -> Moment:
        begin = self._registering(clerk, register, values, files)

        def do(uow: UnitOfWork) -> None:
            begin(uow)

        return at, do

    def _registering(
        self,
        clerk: str,
        register: str,
        values: Mapping[str, str],
        files: Sequence[tuple[Received, str]],
    ) -> Callable[[UnitOfWork], UUID]:
        def begin(uow: UnitOfWork) -> UUID:
            given = {**values, "received_on": uow.today.isoformat()}
            return register_document(
                uow,
                actor_by_login(uow, clerk),
                register=register_by_code(uow, register),
                values=read_metadata({name: text for name, text in given.items() if text}),
                received=files,
            ).id

        return begin

    def _fails(
        self,
        days: int,
        kind: ChannelKind,
        register: str,
        name: str,
        refusal: Refusal,
        files: Sequence[tuple[Received, str]] = (),
        *,
        cells: Mapping[str, str] = MappingProxyType({}),
    ) -> Moment:
        channel = {ChannelKind.FOLDER: _FOLDER, ChannelKind.MAILBOX: _MAILBOX}.get(kind, kind.value)

        def do(uow: UnitOfWork) -> None:
            told = Unregistered(
                kind=kind,
                channel=channel,
                register_id=register_by_code(uow, register).id,
                source_id=f"{kind.value}:{name}",
                name=name,
                refusal=refusal,
                size_bytes=files[0][0].size_bytes if files else None,
                cells=cells,
            )
            self.arrivals[name] = note_arrival(uow, told, files)

        return self._at(days, 8, 40), do

    def _fails_again(self, days: int, name: str, refusal: Refusal) -> Moment:
        return self._at(days, 9, 5), lambda uow: note_failure(uow, self.arrivals[name], refusal)

    def _given_up(self, days: int, name: str, reason: str) -> Moment:
        def do(uow: UnitOfWork) -> None:
            clerk = actor_by_login(uow, "wangfang")
            give_up(uow, clerk, self.office.vault, arrival_id=self.arrivals[name], reason=reason)

        return self._at(days, 9, 10), do

    def _receive(self, name: str, data: bytes) -> tuple[Received, str]:
        received = self.office.vault.receive([data], limit_bytes=len(data), file_name=name)
        self.files.append((name, received))
        return received, name

    def _attachment(self, name: str, at: datetime) -> bytes:
        if name.endswith(".xlsx"):
            rows = (("Topic", "Students"), ("Ferries", 14), ("Emigrants", 17), ("Floods", 9))
            return make_sheet(rows, at)
        title = name.removesuffix(".pdf")
        return write_pdf([Line(title, 16, rule=True), Line(f"As of {at:%d %B %Y}.")], title=title)

    def _at(self, days: int, hour: int, minute: int) -> datetime:
        day: date = self.today - timedelta(days=days)
        local = datetime.combine(day, time(hour, minute), self.office.config.time_zone)
        # Early in the morning today's post has come all the same.
        return min(local.astimezone(UTC), self.until - timedelta(minutes=5))


def _clerk(letter: Letter) -> str:
    return "wangfang" if letter.is_chinese else "anna"


def _check(uow: UnitOfWork, clerk: str, document_id: UUID) -> None:
    change_document(
        uow,
        actor_by_login(uow, clerk),
        document_id=document_id,
        version=None,
        values=read_metadata({"pages": "1"}),
        step=Step.CHECK,
    )


def _file(uow: UnitOfWork, clerk: str, document_id: UUID, letter: Letter) -> None:
    file_document(
        uow,
        actor_by_login(uow, clerk),
        document_id=document_id,
        version=None,
        class_code=letter.klass,
        register_kind=RegisterKind(register_by_code(uow, letter.register).kind),
    )


def _refusal(values: Mapping[str, str]) -> Refusal:
    """Return what stands against values that make no sense."""
    try:
        read_metadata(values)
    except Refusal as refusal:
        return refusal
    raise AssertionError(values)
