"""The public check: what strangers learn of a code or a file, and what they do not."""

import io
import re
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from records.documents.models import Document
from records.office import Office
from records.people.rules import Secrecy
from records.seals.checking import stamped_by_code
from records.seals.models import SealUsage
from records.seals.visits import VISITS_A_MINUTE
from tests.records.seals import signed
from tests.records.seals.offices import SealOffice, seal_office
from tests.records.seals.stamped import Stamped, stamp, trust_our_authority
from web import check


@pytest.fixture
def seals(office: Office) -> SealOffice:
    made = seal_office(office)
    trust_our_authority(made)
    return made


@pytest.fixture
def stamped(seals: SealOffice) -> Stamped:
    return stamp(seals)


def drop(client: FlaskClient, content: bytes, name: str = "file.pdf", **more: Any) -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return client.post("/check", data=data, content_type="multipart/form-data", **more)


def heading(answer: Any) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found is not None, answer.text
    return found.group(1)


def test_a_code_tells_number_seal_and_digest_but_no_title(
    client: FlaskClient, seals: SealOffice, stamped: Stamped
) -> None:
    answer = client.get(f"/c/{stamped.code}")
    assert answer.status_code == 200
    with seals.office.database.reading() as uow:
        document = uow.session.get_one(Document, stamped.document_id)
        usage = uow.session.get_one(SealUsage, stamped.usage_id)
    for shown in (document.number, "Example Organization", usage.text, usage.result_sha256):
        assert str(shown) in answer.text
    for hidden in ("Contract", "contract.stamped.pdf", "Applicant", str(document.id)):
        assert hidden not in answer.text
    assert "valid" in answer.text


def test_the_title_is_shown_only_of_a_public_document(
    client: FlaskClient, seals: SealOffice
) -> None:
    public = stamp(seals, signed.sign(signed.plain(2)), secrecy=Secrecy.PUBLIC)
    assert "Contract" in client.get(f"/c/{public.code}").text


@pytest.mark.parametrize("path", ["/check", "/c/{code}", "/c/no-such-code"])
def test_no_page_sets_a_cookie_and_all_are_guarded(
    client: FlaskClient, stamped: Stamped, path: str
) -> None:
    answer = client.get(path.format(code=stamped.code))
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_codes_are_one_answer(client: FlaskClient, stamped: Stamped) -> None:
    for code in (stamped.code[:-1], stamped.code + "0", "short", "a" * 64, "x%00y"):
        answer = client.get(f"/c/{code}")
        assert answer.status_code == 404
        assert heading(answer) == "Nothing was sealed here under this code"


def test_a_withdrawn_line_and_a_voided_document_are_said_to_be(
    client: FlaskClient, seals: SealOffice, stamped: Stamped
) -> None:
    with seals.office.database.writing() as uow:
        uow.session.execute(update(Document).values(state="voided"))
    assert heading(client.get(f"/c/{stamped.code}")) == (
        "The registration of this document was voided"
    )
    with seals.office.database.writing() as uow:
        uow.session.execute(
            update(SealUsage).values(
                state="withdrawn", withdrawn_at=uow.now, withdrawn_reason="secret reason"
            )
        )
    answer = client.get(f"/c/{stamped.code}")
    assert heading(answer) == "The sealing of this document was withdrawn"
    assert "secret reason" not in answer.text
    assert heading(drop(client, stamped.pdf)) == "Sealed here, but not in force any more"


def test_the_stamped_file_is_genuine_byte_for_byte(client: FlaskClient, stamped: Stamped) -> None:
    answer = drop(client, stamped.pdf)
    assert answer.status_code == 200
    assert heading(answer) == "Genuine: this is the file that was sealed"
    assert "Valid electronic seal" in answer.text


def test_a_flipped_byte_is_not_genuine(client: FlaskClient, stamped: Stamped) -> None:
    answer = drop(client, stamped.pdf.replace(b"(Page 1)", b"(Page 7)"))
    assert heading(answer) == "Not genuine: this file was altered after it was sealed"
    assert "Broken: not what was signed" in answer.text
    assert "Genuine:" not in answer.text


def test_what_was_added_after_sealing_is_told(client: FlaskClient, stamped: Stamped) -> None:
    other = signed.party("Another Office", signed.authority())
    answer = drop(client, signed.sign(stamped.pdf, other, field="Theirs"))
    assert heading(answer) == "It begins with a file that was sealed, and goes on"
    assert "Added since: the signature “Theirs”" in answer.text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (signed.plain(), "plain.pdf", "Not sealed here, and without an electronic signature"),
        (b"some text", "a.txt", "Not sealed here, and without an electronic signature"),
        (b"%PDF-1.7 rubbish", "a.pdf", "This file could not be examined"),
    ],
)
@pytest.mark.usefixtures("seals")
def test_other_files_have_their_own_answers(
    client: FlaskClient, content: bytes, name: str, said: str
) -> None:
    assert heading(drop(client, content, name)) == said


@pytest.mark.usefixtures("seals")
def test_a_strangers_signature_is_explained(client: FlaskClient) -> None:
    stranger = signed.party("Somebody", signed.party("Their own authority"))
    answer = drop(client, signed.sign(signed.plain(), stranger))
    assert heading(answer) == "Not sealed here"
    assert "Unchanged; signer unknown" in answer.text


def test_nothing_of_a_file_is_kept(
    client: FlaskClient, seals: SealOffice, stamped: Stamped
) -> None:
    drop(client, stamped.pdf)
    assert list(seals.office.vault.spool_dir.iterdir()) == []


def test_forms_without_a_file_or_with_too_large_a_one_are_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.post("/check", data={}, content_type="multipart/form-data").status_code in (
        400,
        422,
    )
    assert drop(client, b"").status_code == 422
    assert client.post("/check", data="x", content_type="text/plain").status_code == 400
    monkeypatch.setattr(check, "MOST_BYTES", 100)
    lines = (b"--b", b'Content-Disposition: form-data; name="file"; filename="a.pdf"', b"")
    body = b"\r\n".join((*lines, b"x" * 3_000_000, b"--b--", b""))
    answer = client.post("/check", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_typed_code_or_a_pasted_address_leads_to_its_page(client: FlaskClient) -> None:
    for typed in ("abcdefgh", " abcd efgh ", "https://office.example/c/abcdefgh?lang=en"):
        answer = client.get("/check", query_string={"code": typed})
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/c/abcdefgh"
    answer = client.get("/check?code=abcdefgh&lang=zh_CN")
    assert answer.headers["Location"] == "/c/abcdefgh?lang=zh_CN"


def test_a_code_is_known_in_small_letters_and_with_letters_for_digits(
    client: FlaskClient, stamped: Stamped
) -> None:
    typed = stamped.code.lower().replace("0", "o").replace("1", "l")
    assert heading(client.get(f"/c/{typed}")) == heading(client.get(f"/c/{stamped.code}"))


def test_the_language_is_of_the_browser_or_of_the_address(client: FlaskClient) -> None:
    chinese = client.get("/check", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-CN"' in chinese.text
    assert '<html lang="en"' in client.get("/check").text
    chosen = client.get("/check?lang=zh_CN", headers={"Accept-Language": "en"})
    assert '<html lang="zh-CN"' in chosen.text
    assert 'href="/check?lang=en"' in chosen.text
    assert '<html lang="en"' in client.get("/check?lang=xx").text


def test_too_many_questions_have_to_wait(app: Flask, stamped: Stamped) -> None:
    client = app.test_client()
    for _ in range(VISITS_A_MINUTE):
        client.get("/c/no-such-code")
    answers = [
        client.get(f"/c/{stamped.code}"),
        drop(client, stamped.pdf),
        client.get(f"/api/v1/checks/{stamped.code}"),
    ]
    for answer in answers:
        # A minute may have begun meanwhile; then the count did as well.
        assert answer.status_code in (200, 429)
        if answer.status_code == 429:
            assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert [each.status_code for each in answers].count(429) >= 2
    other = client.get(f"/c/{stamped.code}", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert other.status_code == 200


def test_a_full_queue_asks_to_wait(app: Flask, client: FlaskClient, stamped: Stamped) -> None:
    with ExitStack() as taken:
        for _ in range(check.MOST_WAITING):
            assert taken.enter_context(check.examiner_of(app).place())
        assert drop(client, stamped.pdf).status_code == 429
    assert drop(client, stamped.pdf).status_code == 200


def test_programs_ask_for_codes_too(client: FlaskClient, seals: SealOffice) -> None:
    public = stamp(seals, secrecy=Secrecy.PUBLIC)
    answer = client.get(f"/api/v1/checks/{public.code}")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["state"], answer.json["title"]) == ("valid", "Contract")
    with seals.office.database.reading() as uow:
        assert answer.json["sha256"] == stamped_by_code(uow, public.code).sha256
    assert client.get(f"/api/v1/checks/{uuid4()}").status_code == 404
