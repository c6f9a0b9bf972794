"""Hits inside a file: which pages have them, where on the page, and who may ask."""

from uuid import UUID

import pytest
from flask import Flask

from records.documents.components import component_with_key
from records.documents.models import Document, Preview
from records.office import Office
from records.people.rules import Actor, Role
from records.scans.pages import page_row
from search.reading import Cage, Recognised, RecognisedLine
from tests import builders
from tests.letters import letter
from tests.reading.samples import pdf
from tests.web.visitor import Visitor, components_of
from web.views import views_of

PAGES = [
    ["Repair of the dykes", "before the flood"],
    ["Nothing of interest"],
    ["The dykes were repaired.", "Flood of the repairs"],
]


@pytest.fixture
def holder(office: Office) -> Actor:
    return builders.add_person(office, "chen", Role.CLERK, name="Chen Jing")


@pytest.fixture
def clerk(app: Flask, holder: Actor) -> Visitor:  # noqa: ARG001
    return Visitor(app, "chen")


def read(office: Office, holder: Actor, name: str, content: bytes) -> tuple[Document, UUID]:
    made = builders.register(office, holder, "Dykes", files=[(name, content)])
    builders.work(office)
    return made, components_of(office, made)[0]


def test_hits_of_a_pdf_have_their_pages_and_boxes(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    _, component = read(office, holder, "dykes.pdf", letter(PAGES))
    answer = clerk.get(f"/components/{component}/hits?q=repairing").get_json()
    assert (answer["total"], answer["more"]) == (3, False)
    assert [(page["number"], page["count"]) for page in answer["pages"]] == [(1, 1), (3, 2)]
    boxes = [box for page in answer["pages"] for hit in page["hits"] for box in hit]
    assert all(0 < x0 < x1 < 595 and 0 < y0 < y1 < 842 for x0, y0, x1, y1 in boxes)
    # They are those of the words in the text layer of the page.
    layer = clerk.get(f"/components/{component}/pages/3/text?q=repairing").get_json()
    marked = [each["box"] for each in layer if each["hit"]]
    assert [hit[0] for hit in answer["pages"][1]["hits"]] == marked


def test_a_phrase_over_the_end_of_a_line_is_one_hit_with_two_boxes(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    _, component = read(office, holder, "dykes.pdf", letter(PAGES))
    found = clerk.get(f'/components/{component}/hits?q="dykes before"').get_json()
    (page,) = found["pages"]
    ((first, second),) = page["hits"]
    assert first[3] <= second[3]
    assert first[0] > second[0]


@pytest.mark.parametrize("question", ["國務院", "国办发（2024）12号", "国办发[2024]012号"])
def test_chinese_and_numbers_match_as_in_search(
    office: Office, holder: Actor, clerk: Visitor, question: str
) -> None:
    content = pdf("国务院办公厅\n国办发〔2024〕12号\n关于防汛的通知", font="chinese")
    _, component = read(office, holder, "notice.pdf", content)
    found = clerk.get(f"/components/{component}/hits", query_string={"q": question}).get_json()
    assert found["total"] == 1
    assert len(found["pages"][0]["hits"][0]) == 1


def test_a_file_that_is_shown_as_text_tells_how_often(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    _, component = read(office, holder, "dykes.txt", b"The dyke. Dykes again. None.")
    found = clerk.get(f"/components/{component}/hits?q=dykes").get_json()
    assert found == {
        "total": 2,
        "more": False,
        "pages": [{"number": 1, "count": 2, "hits": [], "more": False}],
    }


def test_a_recognised_page_gives_the_places_on_the_upright_page(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    _, component = read(office, holder, "scan.pdf", letter([[]]))
    text = "Repair of the dykes"
    stops = [100.0 + 10 * at for at in range(len(text) + 1)]
    line = RecognisedLine(text, 100, 200, stops[-1], 212, 11, stops, 0.9)
    page = Recognised(0, 842, 595, 90, 0.0, [line], 0.9)
    with office.database.writing() as uow:
        found = component_with_key(uow, component)
        assert found is not None
        uow.session.merge(page_row(office.vault, (component, found[1]), page))
    (shown,) = clerk.get(f"/components/{component}/hits?q=dykes").get_json()["pages"]
    assert shown["hits"] == [[[240.0, 200.0, 290.0, 212.0]]]


def test_hits_are_bounded_and_say_so(office: Office, holder: Actor, clerk: Visitor) -> None:
    pages = [["dyke " * 12] * 20] * 12
    _, component = read(office, holder, "many.pdf", letter(pages))
    found = clerk.get(f"/components/{component}/hits?q=dykes").get_json()
    assert found["more"] is True
    assert found["total"] == sum(page["count"] for page in found["pages"]) == 1000
    assert max(page["count"] for page in found["pages"]) <= 100


@pytest.mark.parametrize(
    "question", ["", "   ", '"', "title:dykes", "-dykes", "(((", "*", "x" * 9000]
)
def test_any_question_is_answered(
    office: Office, holder: Actor, clerk: Visitor, question: str
) -> None:
    _, component = read(office, holder, "dykes.pdf", letter(PAGES))
    answer = clerk.get(f"/components/{component}/hits", query_string={"q": question})
    assert answer.status_code == 200
    assert answer.get_json()["total"] == 0


def test_a_file_that_cannot_be_read_has_no_hits(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    _, component = read(office, holder, "broken.pdf", b"%PDF-1.4 and nothing more")
    assert clerk.get(f"/components/{component}/hits?q=dykes").get_json()["total"] == 0


def test_hits_of_hidden_and_absent_files_answer_alike(
    office: Office, holder: Actor, app: Flask
) -> None:
    _, component = read(office, holder, "dykes.pdf", letter(PAGES))
    builders.add_unit(office, "branch")
    builders.add_person(office, "far", Role.STAFF, unit="branch")
    far = Visitor(app, "far")
    hidden = far.get(f"/components/{component}/hits?q=dykes")
    absent = far.get("/components/01234567-89ab-7def-8123-456789abcdef/hits?q=dykes")
    assert hidden.status_code == absent.status_code == 404
    answer = app.test_client().get(f"/components/{component}/hits?q=dykes")
    assert answer.status_code == 303


def test_the_text_on_pages_is_read_once_and_kept_sealed(
    office: Office, holder: Actor, clerk: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, component = read(office, holder, "dykes.pdf", letter(PAGES))
    first = clerk.get(f"/components/{component}/hits?q=dykes").get_json()

    def never(*_: object, **__: object) -> None:
        pytest.fail("the cage was asked again")

    monkeypatch.setattr(Cage, "text_layers", never)
    assert clerk.get(f"/components/{component}/hits?q=dykes").get_json() == first
    with office.database.reading() as uow:
        kept = uow.session.get(Preview, (component, -3, 0))
        assert kept is not None
        assert b"dykes" not in kept.sealed


def test_walking_through_hits_adds_nothing_to_the_log(
    office: Office, app: Flask, holder: Actor, clerk: Visitor
) -> None:
    made, component = read(office, holder, "dykes.pdf", letter(PAGES))
    clerk.get(f"/components/{component}/hits?q=dykes")
    views_of(app).flush()
    assert "Looked at the document." not in clerk.get(f"/documents/{made.id}").text


def test_the_page_has_the_words_in_its_box_and_works_without_script(
    office: Office, holder: Actor, clerk: Visitor
) -> None:
    made, component = read(office, holder, "dykes.txt", b"The dyke <b>.")
    page = clerk.get(f"/documents/{made.id}?component={component}&q=dykes").text
    assert f'data-hits="/components/{component}/hits"' in page
    assert 'value="dykes"' in page
    assert "<mark>dyke</mark> &lt;b&gt;." in page
    paper = builders.register(office, holder, "Paper")
    assert "data-find-inside" not in clerk.get(f"/documents/{paper.id}").text
