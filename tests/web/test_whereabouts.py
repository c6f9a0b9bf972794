"""The whereabouts of a document on its page, the acts on its paper, and the page of a label."""

import io
import re
from dataclasses import dataclass
from uuid import UUID

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from records.circulation.models import DocumentLabel, PaperHolding, ReadingItem
from records.circulation.opinions import Opinion
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Decision, Purpose
from records.circulation.sending import start_round
from records.circulation.signing import sign_item
from records.documents.models import Document
from records.office import Office
from records.people.rules import Actor, Role, Secrecy
from search.reading.watermark import writes_chinese
from tests import builders
from tests.builders import id_of
from tests.web.offices import MARK, client_of, counted, post


@dataclass
class Place:
    app: Flask
    office: Office
    clerk: Actor
    wang: Actor
    paper: Document

    def holding(self) -> PaperHolding:
        with self.office.database.reading() as uow:
            return uow.session.scalars(
                select(PaperHolding).order_by(PaperHolding.id.desc())
            ).first()  # type: ignore[return-value]

    def code(self) -> str:
        with self.office.database.reading() as uow:
            return uow.session.scalars(select(DocumentLabel.code)).one()

    @property
    def path(self) -> str:
        return f"/documents/{self.paper.id}"


@pytest.fixture
def place(app: Flask, office: Office) -> Place:
    builders.add_unit(office, "finance")
    builders.add_unit(office, "elsewhere")
    clerk = builders.add_person(office, "clerk", Role.CLERK, name="Zhao Min")
    wang = builders.add_person(office, "wang", unit="finance", name="Wang Fang")
    builders.add_person(office, "stranger", unit="elsewhere")
    paper = builders.register(office, clerk, f"{MARK} paper", unit="finance", secrecy="secret")
    return Place(app, office, clerk, wang, paper)


def section(client: FlaskClient, path: str) -> str:
    page = client.get(path).text
    found = re.search(r'<section class="sheet" id="whereabouts">.*?</section>', page, re.DOTALL)
    assert found is not None
    return found.group(0)


def send(place: Place, *stages: list[Actor], purpose: Purpose = Purpose.COMMENT) -> UUID:
    plan = RoundPlan(
        purpose, tuple(StagePlan(tuple(id_of(each) for each in readers)) for readers in stages)
    )
    with place.office.database.writing() as uow:
        return start_round(uow, place.clerk, document_id=place.paper.id, plan=plan).id


def sign(place: Place, round_id: UUID, who: Actor, opinion: Opinion) -> None:
    with place.office.database.writing() as uow:
        item_id = uow.session.scalars(
            select(ReadingItem.id).where(
                ReadingItem.round_id == round_id, ReadingItem.reader_id == who.user_id
            )
        ).one()
        sign_item(uow, place.office.vault, who, item_id=item_id, opinion=opinion)


def stroke() -> bytes:
    drawn = Image.new("RGBA", (300, 100), (0, 0, 0, 0))
    drawn.paste((10, 20, 90, 255), (20, 40, 280, 60))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)


def test_a_clerk_hands_the_paper_over_and_the_taker_confirms_it_from_the_desk(
    place: Place,
) -> None:
    clerk, wang = client_of(place.app, "clerk"), client_of(place.app, "wang")
    assert "Registry (Office)" in section(clerk, place.path)
    answer = post(
        clerk, f"{place.path}/paper", to=str(place.wang.user_id), place="Room 12", note="Copy 3"
    )
    assert answer.status_code == 303
    assert answer.location.endswith("#whereabouts")
    assert "to Wang Fang, since" in section(clerk, place.path)
    desk = wang.get("/").text
    assert "Paper to confirm" in desk
    assert f"{place.path}#whereabouts" in desk
    assert "Withdraw the hand-over" in section(clerk, place.path)
    assert "I do not have it" in section(wang, place.path)
    confirm = f"/paper/{place.holding().id}/confirm"
    assert post(clerk, confirm).status_code == 403
    assert post(wang, confirm).status_code == 303
    found = section(wang, place.path)
    assert "Wang Fang" in found
    assert "Room 12" in found
    assert "Copy 3" in found
    assert "Paper to confirm" not in wang.get("/").text
    assert "Handed the paper original to Wang Fang." in wang.get(place.path).text


def test_the_section_speaks_chinese(place: Place) -> None:
    page = client_of(place.app, "clerk", "zh_CN").get(place.path).text
    assert 'id="whereabouts"' in page


def test_a_refused_hand_over_brings_its_dialog_back_with_what_was_typed(place: Place) -> None:
    clerk = client_of(place.app, "clerk")
    stranger = builders.actor(place.office, "stranger")
    answer = post(
        clerk,
        f"{place.path}/paper",
        to=str(stranger.user_id),
        to_text="stranger",
        place="Room 99",
    )
    assert answer.status_code == 422
    assert 'id="paper" aria-labelledby="paper-title" data-reopen' in answer.text
    assert "may not see this document" in answer.text
    assert "Room 99" in answer.text
    assert post(clerk, f"{place.path}/paper", to="").status_code == 422
    assert post(clerk, f"{place.path}/paper", to=str(place.wang.user_id)).status_code == 303
    again = post(clerk, f"{place.path}/paper", to=str(place.wang.user_id))
    assert again.status_code == 409


def test_a_hand_over_is_withdrawn_once_and_not_after_it_was_confirmed(place: Place) -> None:
    clerk, wang = client_of(place.app, "clerk"), client_of(place.app, "wang")
    post(clerk, f"{place.path}/paper", to=str(place.wang.user_id))
    withdraw = f"/paper/{place.holding().id}/withdraw"
    confirm = f"/paper/{place.holding().id}/confirm"
    assert post(clerk, withdraw).status_code == 303
    post(wang, confirm)
    assert place.holding().confirmed_at is None
    assert "Registry (Office)" in section(clerk, place.path)


def test_a_clerk_takes_the_paper_with_one_press(place: Place) -> None:
    clerk = client_of(place.app, "clerk")
    assert post(clerk, f"{place.path}/paper", to="me").status_code == 303
    assert place.holding().confirmed_at is not None
    assert 'name="to" value="me"' not in section(clerk, place.path)


def test_whoever_scans_the_label_presses_once_to_have_the_paper(place: Place) -> None:
    clerk, wang = client_of(place.app, "clerk"), client_of(place.app, "wang")
    label = clerk.get(f"{place.path}/label.pdf")
    assert label.mimetype == "application/pdf"
    printed = text_of(label.data)
    assert place.paper.number in printed
    assert MARK not in printed
    page = wang.get(f"/l/{place.code()}")
    assert "I have it now" in page.text
    assert f"{MARK} paper" in page.text
    assert post(wang, f"/l/{place.code()}").status_code == 303
    assert "You have it." in wang.get(f"/l/{place.code()}").text
    assert place.holding().confirmed_by_way == "label"
    assert clerk.get(f"{place.path}/label.pdf?form=sheet&first=3").status_code == 200
    assert clerk.get(f"{place.path}/label.pdf?form=roll").status_code == 404
    assert clerk.get(f"{place.path}/label.pdf?form=sheet&first=25").status_code == 422


def test_a_label_sends_strangers_to_sign_in_and_tells_them_nothing(place: Place) -> None:
    client_of(place.app, "clerk").get(f"{place.path}/label.pdf")
    known, unknown = place.code(), "a" * 26
    for code in (known, unknown):
        answer = place.app.test_client().get(f"/l/{code}")
        assert answer.status_code == 303
        assert f"next=/l/{code}" in answer.location.replace("%2F", "/")


def test_a_hidden_document_and_an_unknown_one_answer_the_same(place: Place) -> None:
    clerk, stranger = client_of(place.app, "clerk"), client_of(place.app, "stranger")
    clerk.get(f"{place.path}/label.pdf")
    post(clerk, f"{place.path}/paper", to=str(place.wang.user_id))
    hidden, unknown = place.paper.id, UUID(int=7)
    pairs = [
        (f"/l/{place.code()}", f"/l/{'a' * 26}"),
        (f"/documents/{hidden}/label.pdf", f"/documents/{unknown}/label.pdf"),
        (f"/documents/{hidden}/slip.pdf", f"/documents/{unknown}/slip.pdf"),
    ]
    for known, other in pairs:
        first, second = stranger.get(known), stranger.get(other)
        assert first.status_code == second.status_code == 404
        assert bare(first.text, known) == bare(second.text, other)
    for path in (
        f"/l/{place.code()}",
        f"/documents/{hidden}/paper",
        f"/paper/{place.holding().id}/confirm",
        f"/paper/{place.holding().id}/withdraw",
    ):
        assert post(stranger, path, to="me").status_code == 404
    assert place.holding().confirmed_at is None
    assert place.holding().withdrawn_at is None


def bare(page: str, path: str) -> str:
    """Return a page without its forgery token and its own address."""
    return re.sub(r'(csrf-token" content|csrf_token" value)="[^"]+"', "", page).replace(path, "")


def test_an_uncleared_clerk_sees_neither_section_nor_label(place: Place) -> None:
    builders.add_person(place.office, "junior", Role.CLERK, clearance=Secrecy.INTERNAL)
    client_of(place.app, "clerk").get(f"{place.path}/label.pdf")
    junior = client_of(place.app, "junior")
    for path in (place.path, f"{place.path}/label.pdf", f"/l/{place.code()}"):
        answer = junior.get(path)
        assert answer.status_code == 404
        assert MARK not in answer.text


def test_the_section_costs_the_same_however_long_the_way_is(place: Place) -> None:
    clerk = client_of(place.app, "clerk")

    def cost() -> int:
        with counted(place.office) as statements:
            section(clerk, place.path)
        # Who looked at it is written meanwhile; what is read is the page's own.
        return sum(each.startswith("SELECT") for each in statements)

    clerk.get(place.path)
    post(clerk, f"{place.path}/paper", to="me")
    before = cost()
    wang = client_of(place.app, "wang")
    for _ in range(5):
        post(clerk, f"{place.path}/paper", to=str(place.wang.user_id))
        post(wang, f"/paper/{place.holding().id}/confirm")
        post(clerk, f"{place.path}/paper", to="me")
    assert cost() <= before


def test_the_slip_has_stages_opinions_handwriting_and_how_it_was_signed(place: Place) -> None:
    round_id = send(place, [place.wang], [place.clerk])
    said = "Let #finance see to *this*."
    sign(place, round_id, place.wang, Opinion(Decision.READ, said, stroke()))
    answer = client_of(place.app, "clerk").get(f"{place.path}/slip.pdf?round={round_id}")
    assert answer.mimetype == "application/pdf"
    printed = " ".join(text_of(answer.data).split())
    for words in (
        f"{MARK} paper",
        place.paper.number,
        "to comment",
        "Stage 1 · done",
        "Stage 2 · running",
        "Wang Fang",
        said,
        "key held by the server",
        "Receipt",
    ):
        assert words in printed, words
    with pypdfium2.PdfDocument(answer.data) as made:
        (page,) = made
        pictures = [each for each in page.get_objects() if isinstance(each, pypdfium2.PdfImage)]
    assert len(pictures) == 1
    newest = client_of(place.app, "wang").get(f"{place.path}/slip.pdf")
    assert said in " ".join(text_of(newest.data).split())


def test_the_slip_speaks_the_language_of_whoever_prints_it(place: Place) -> None:
    send(place, [place.wang])
    with place.office.database.writing() as uow:
        uow.session.get_one(Document, place.paper.id).number = "收〔2026〕1号"
    clerk = client_of(place.app, "clerk", "zh_CN")
    answer = clerk.get(f"{place.path}/slip.pdf")
    assert answer.status_code == 200
    # Servers send headers in Latin-1.
    name = answer.headers["Content-Disposition"].encode("latin-1")
    assert b"filename*=UTF-8''%E6%94%B6" in name


def test_who_sees_the_document_and_takes_no_part_gets_a_slip_without_opinions(
    place: Place,
) -> None:
    builders.add_person(place.office, "colleague", unit="finance")
    round_id = send(place, [place.wang])
    sign(place, round_id, place.wang, Opinion(Decision.READ, f"{MARK} opinion", stroke()))
    answer = client_of(place.app, "colleague").get(f"{place.path}/slip.pdf?round={round_id}")
    printed = text_of(answer.data)
    assert "Wang Fang" in printed
    assert f"{MARK} opinion" not in printed
    assert "Receipt" not in printed
    page = client_of(place.app, "colleague").get(place.path).text
    assert f"{MARK} opinion" not in page


def test_a_slip_is_of_a_round_of_this_document_that_was_sent(place: Place) -> None:
    clerk = client_of(place.app, "clerk")
    assert clerk.get(f"{place.path}/slip.pdf").status_code == 404
    round_id = send(place, [place.wang])
    other = builders.register(place.office, place.clerk, "Other")
    assert clerk.get(f"/documents/{other.id}/slip.pdf?round={round_id}").status_code == 404
    assert clerk.get(f"{place.path}/slip.pdf?round=nonsense").status_code == 404
    assert f"slip.pdf?round={round_id}" in section(clerk, place.path)


def test_the_section_shows_who_has_to_read_and_the_whole_way(place: Place) -> None:
    round_id = send(place, [place.wang], [place.clerk])
    found = section(client_of(place.app, "clerk"), place.path)
    assert "Wang Fang" in found
    sign(place, round_id, place.wang, Opinion(Decision.READ))
    found = section(client_of(place.app, "clerk"), place.path)
    assert "Zhao Min" in found
    assert "signed" in found
    assert "sent round" in found


def test_a_machine_without_chinese_font_says_so_on_the_page(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = client_of(place.app, "clerk")
    assert ("apt-get install" in section(clerk, place.path)) is not writes_chinese()
    monkeypatch.setattr("web.whereabouts.writes_chinese", lambda: False)
    assert "apt-get install fonts-noto-cjk" in section(clerk, place.path)
