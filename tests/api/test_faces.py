"""Page faces: computed by the worker, sealed like the text, and hidden with their document."""

from sqlalchemy import delete, select

from records.classification.face import no_face
from records.documents.models import ComponentText, PageFace
from records.worker import Worker
from tests.api.conftest import Place

NOTICE = """滨海市水务局文件
滨水〔2024〕7号
滨海市水务局关于做好防汛工作的通知
各科室：
现将有关事项通知如下。
滨海市水务局
2024年4月30日
""".encode()


def registered(place: Place, **fields: str) -> str:
    made = place.clerk.register(("通知.txt", NOTICE), **fields)
    assert made.status_code == 201
    found: str = made.json["id"]
    return found


def read_all(place: Place) -> None:
    with Worker(place.office) as worker:
        worker.run_until_idle()


def test_a_face_is_there_when_the_file_has_been_read(place: Place) -> None:
    document_id = registered(place)
    before = place.clerk("GET", f"/documents/{document_id}/face")
    assert (before.status_code, before.json) == (200, no_face())
    read_all(place)
    face = place.clerk("GET", f"/documents/{document_id}/face").json
    assert set(face) == set(no_face())
    assert face["document_number"] == {
        "value": "滨水〔2024〕7号",
        "confidence": 0.98,
        "evidence": {"page": 1, "box": None, "text": "滨水〔2024〕7号"},
        "raw": "滨水〔2024〕7号",
    }
    assert face["issuer"]["value"] == ["滨海市水务局"]
    assert face["written_on"]["value"] == "2024-04-30"
    assert face["signer"] is None


def test_a_hidden_document_has_no_face(place: Place) -> None:
    document_id = registered(place)
    read_all(place)
    hidden = place.stranger("GET", f"/documents/{document_id}/face")
    never = place.stranger("GET", "/documents/01890000-0000-7000-8000-000000000000/face")
    assert (hidden.status_code, never.status_code) == (404, 404)
    assert hidden.data == never.data
    assert place.admin("GET", f"/documents/{document_id}/face").status_code == 404


def test_a_face_lies_sealed_and_is_read_anew_from_the_text_when_it_is_lost(place: Place) -> None:
    document_id = registered(place)
    read_all(place)
    path = f"/documents/{document_id}/face"
    face = place.clerk("GET", path).json
    with place.office.database.writing() as uow:
        (kept,) = uow.session.scalars(select(PageFace))
        assert "水务局".encode() not in kept.sealed
        uow.session.execute(delete(PageFace))
    assert place.clerk("GET", path).json == face
    with place.office.database.writing() as uow:
        uow.session.execute(delete(ComponentText))
    assert place.clerk("GET", path).json == no_face()


def test_paper_and_files_without_text_have_no_face(place: Place) -> None:
    paper = place.clerk.register(title="On paper").json["id"]
    empty = place.clerk.register(("x.bin", b"\0\1\2" * 40)).json["id"]
    read_all(place)
    for document_id in (paper, empty):
        assert place.clerk("GET", f"/documents/{document_id}/face").json == no_face()


def test_a_face_wants_a_token(place: Place) -> None:
    document_id = registered(place)
    answer = place.app.test_client().get(f"/api/v1/documents/{document_id}/face")
    assert answer.status_code == 401
