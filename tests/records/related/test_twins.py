from sqlalchemy import select

from records.core.jobs import enqueue
from records.documents.models import Document
from records.documents.service import change_document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from records.related.look import LOOK_JOB
from records.related.models import NearTwin, TextBand, TextTrace
from records.related.rules import TwinReason
from records.related.twins import TwinLine, twins_of
from records.worker import Worker
from tests.builders import add_person, register
from tests.records.related.papers import FILLER, docx, html, mail, misread, page
from tests.typeset import official_pdf

TITLE = "某市人民政府关于做好防汛抗旱准备工作的通知"
NUMBER = "某政发〔2025〕8号"
LINES = [part + "。" for part in FILLER.split("。") if part]


def twins(office: Office, actor: Actor, document: Document) -> list[TwinLine]:
    with office.database.reading() as uow:
        return twins_of(uow, actor, document.id)


def pairs(office: Office) -> int:
    with office.database.reading() as uow:
        return len(uow.session.scalars(select(NearTwin)).all()) // 2


def test_the_same_text_in_another_format_is_noticed_from_both_sides(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    pdf = official_pdf(
        head=None, number=None, title=[TITLE], addressee="各区人民政府：", text=LINES
    )
    scan = misread("\n".join([TITLE, *LINES]), 0.03).encode()
    papers = [
        register(office, clerk, name[0], files=[(name, content)])
        for name, content in (
            ("a.pdf", pdf),
            ("b.docx", docx([TITLE, *LINES])),
            ("c.html", html([TITLE, *LINES])),
            ("d.txt", scan),
        )
    ]
    register(office, clerk, "other", files=[("e.txt", ("别的事情" + TITLE).encode())])
    worker.run_until_idle()
    for paper in papers:
        found = twins(office, clerk, paper)
        assert {each.document.id for each in found} == {each.id for each in papers} - {paper.id}
        assert all(each.reasons == (TwinReason.TEXT,) for each in found)
        assert all(each.score > 0.8 for each in found)
    assert pairs(office) == 6


def test_the_same_number_is_noticed_whatever_the_texts_say(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    read = register(office, clerk, "Read", files=[("a.txt", page(NUMBER, TITLE, "内容甲。"))])
    paper = register(office, clerk, "Paper", document_number=NUMBER, sender="某市人民政府")
    worker.run_until_idle()
    [found] = twins(office, clerk, read)
    assert (found.document.id, found.score, found.reasons) == (paper.id, 1.0, (TwinReason.NUMBER,))


def test_a_number_that_is_typed_later_is_noticed_too_and_taken_back(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    first = register(office, clerk, "First", document_number="17/2025", sender="Harbour Ltd")
    second = register(office, clerk, "Second", sender="Harbour Ltd.")
    other = register(office, clerk, "Other", document_number="17/2025", sender="Quarry Ltd")
    worker.run_until_idle()
    assert not pairs(office)

    def type_number(value: str | None) -> None:
        with office.database.writing() as uow:
            change_document(
                uow,
                clerk,
                document_id=second.id,
                version=None,
                values={"document_number": value},
            )
        worker.run_until_idle()

    type_number("17/2025")
    assert [each.document.id for each in twins(office, clerk, second)] == [first.id]
    assert [each.document.id for each in twins(office, clerk, first)] == [second.id]
    assert twins(office, clerk, other) == []
    type_number(None)
    assert not pairs(office)


def test_two_notices_of_one_form_are_two(office: Office, clerk: Actor, worker: Worker) -> None:
    for number in ("某政发〔2025〕8号", "某政发〔2025〕9号"):
        register(office, clerk, number, files=[("a.txt", page(number, TITLE, *LINES))])
    worker.run_until_idle()
    assert not pairs(office)


def test_laws_of_two_cities_that_differ_by_a_name_are_two(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    for city in ("丽水市", "舟山市"):
        lines = [line.replace("市", city, 1) for line in LINES]
        text = "\n".join([f"{city}防汛条例", f"{city}人民政府", f"{city}防汛办", *lines])
        register(office, clerk, city, files=[("a.txt", text.encode())])
    worker.run_until_idle()
    assert not pairs(office)


def test_a_mail_that_quotes_another_whole_is_no_twin_but_the_same_mail_is(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    first = register(office, clerk, "a", files=[("a.eml", mail("1@x", "防汛", FILLER))])
    reply = mail("2@x", "Re: 防汛", f"好的\n{FILLER}", follows="1@x")
    register(office, clerk, "b", files=[("b.eml", reply)])
    again = register(office, clerk, "c", files=[("c.eml", mail("1@x", "防汛", FILLER))])
    worker.run_until_idle()
    [found] = twins(office, clerk, first)
    assert found.document.id == again.id
    assert TwinReason.MESSAGE in found.reasons
    assert pairs(office) == 1


def test_a_hidden_twin_shows_to_nobody_who_may_not_see_it(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    stranger = add_person(office, "wu", Role.STAFF, clearance=Secrecy.INTERNAL)
    text = page(NUMBER, TITLE, *LINES)
    seen = register(office, clerk, "Seen", secrecy="public", files=[("a.txt", text)])
    register(office, clerk, "Hidden", secrecy="internal", files=[("b.txt", text)])
    worker.run_until_idle()
    assert len(twins(office, clerk, seen)) == 1
    assert twins(office, stranger, seen) == []


def test_reading_again_replaces_what_was_kept(office: Office, clerk: Actor, worker: Worker) -> None:
    text = page(NUMBER, TITLE, *LINES)
    document = register(office, clerk, "a", files=[("a.txt", text)])
    register(office, clerk, "b", files=[("b.txt", text)])

    def counts() -> list[int]:
        with office.database.reading() as uow:
            return [
                len(uow.session.scalars(select(column)).all())
                for column in (TextBand.band, TextTrace.component_id, NearTwin.other_id)
            ]

    worker.run_until_idle()
    before = counts()
    with office.database.writing() as uow:
        enqueue(uow, LOOK_JOB, subject_id=document.id)
    worker.run_until_idle()
    assert counts() == before
    assert before[1:] == [2, 2]


def test_letters_of_one_form_are_told_apart_by_their_titles(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    for title in ("关于组织秋季植树活动的通知", "关于召开安全生产会议的通知"):
        text = "\n".join([title, "", "各科室：", *LINES, "办公室", "2025年3月5日"])
        register(office, clerk, title, files=[("a.txt", text.encode())])
    worker.run_until_idle()
    assert not pairs(office)
