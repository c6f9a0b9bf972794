"""Certificates of seals on the screen, and what everybody may fetch."""

import os
import re
from pathlib import Path

import pytest
from cryptography import x509
from flask import Flask
from playwright.sync_api import Browser, expect

from records.office import Office
from records.seals.keys.certificates import certificates_of
from tests.authorities import PASSWORD, SEAL, Authority, authority, authority_server
from tests.browser import DESKTOP, PHONE, fits, new_page, serve
from tests.builders import PASSWORD as OWN_PASSWORD
from tests.records.seals.offices import SealOffice, seal_office
from tests.web.visitor import Visitor, counted, stored

__all__ = ["authority", "authority_server"]

ROUTE = "/seals/certificates"


@pytest.fixture
def seals(office: Office) -> SealOffice:
    return seal_office(office)


@pytest.fixture
def security(app: Flask, seals: SealOffice) -> Visitor:
    assert seals.security.user_id
    return Visitor(app, "seal-security")


def of_seal(seals: SealOffice, act: str = "") -> str:
    return f"/seals/{seals.seal_id}/certificates{'/' + act if act else ''}"


def states(seals: SealOffice) -> list[str]:
    with seals.office.database.reading() as uow:
        return [each.state.value for each in certificates_of(uow, seals.seal_id)]


def test_a_seal_gets_a_certificate_of_our_own_in_two_steps(
    security: Visitor, seals: SealOffice
) -> None:
    page = security.get(of_seal(seals)).text
    assert "This seal cannot sign yet." in page
    assert "There is no seal authority yet." in page
    refused = security.post(of_seal(seals, "issue"), years="3")
    assert refused.status_code == 409
    made = security.post(f"{ROUTE}/authority", back=of_seal(seals))
    assert made.headers["Location"].endswith(of_seal(seals))
    assert security.post(of_seal(seals, "issue"), years="3").status_code == 303
    page = security.get(of_seal(seals)).text
    assert "This is not a qualified seal." in page
    assert states(seals) == ["in_use"]
    assert "Chancery Seal Authority" in security.get(ROUTE).text


def test_making_the_authority_leads_nobody_out_of_the_house(security: Visitor) -> None:
    made = security.post(f"{ROUTE}/authority", back="https://evil.example/")
    assert made.headers["Location"].endswith(ROUTE)


def test_a_wrong_number_of_years_is_told_at_its_field(security: Visitor, seals: SealOffice) -> None:
    security.post(f"{ROUTE}/authority")
    refused = security.post(of_seal(seals, "issue"), years="50")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert "A certificate is good for 1 to 10 years." in refused.text


def test_a_file_is_imported_and_its_faults_stand_at_their_fields(
    security: Visitor, seals: SealOffice, authority: Authority
) -> None:
    path = of_seal(seals, "import")
    nothing = security.post(path, password="")
    assert "Choose a file first." in nothing.text
    wrong = security.drop(
        ("seal.p12", authority.key_file()), path=path, script=False, password="a wrong one"
    )
    assert wrong.status_code == 422
    assert "does not open with this password" in wrong.text
    assert "a wrong one" not in wrong.text
    large = security.drop(("seal.p12", b"0" * 300_000), path=path, script=False, password="")
    assert "too large" in large.text
    done = security.drop(
        ("seal.p12", authority.key_file()), path=path, script=False, password=PASSWORD
    )
    assert done.status_code == 303
    page = security.get(of_seal(seals)).text
    assert "Test interm" in page
    assert "This is not a qualified seal." not in page


def test_missing_certificates_come_in_a_file_of_their_own(
    security: Visitor, seals: SealOffice, authority: Authority
) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    path = of_seal(seals, "import")
    bare = ("seal.p12", authority.key_file(chain=False))
    gap = security.drop(bare, path=path, script=False, password=PASSWORD)
    assert "The certificate of Test interm is missing" in gap.text
    above = b"".join(
        authority.certificate(each).public_bytes(Encoding.PEM) for each in ("interm", "root")
    )
    data = {
        "csrf_token": security.token,
        "password": PASSWORD,
        "file": stored([bare]),
        "chain": stored([("chain.pem", above)]),
    }
    done = security.client.post(path, data=data, content_type="multipart/form-data")
    assert done.status_code == 303
    assert states(seals) == ["in_use"]


def test_a_certificate_is_ended_with_a_reason(security: Visitor, seals: SealOffice) -> None:
    security.post(f"{ROUTE}/authority")
    security.post(of_seal(seals, "issue"), years="1")
    with seals.office.database.reading() as uow:
        (view,) = certificates_of(uow, seals.seal_id)
    path = of_seal(seals, f"{view.id}/end")
    assert security.post(path, reason=" ").status_code == 422
    assert security.post(path, reason="The key leaked").status_code == 303
    assert states(seals) == ["ended"]
    page = security.get(of_seal(seals)).text
    assert "The key leaked" in page
    other = seals.add_seal("B", held=False)
    assert (
        security.post(f"/seals/{other}/certificates/{view.id}/end", reason="x").status_code == 404
    )


def test_a_token_is_offered_only_where_a_library_is_set(
    security: Visitor, seals: SealOffice
) -> None:
    assert "Use a token" not in security.get(of_seal(seals)).text
    refused = security.post(of_seal(seals, "token"), token="a", key="b", pin="771177")
    assert refused.status_code == 409
    assert "771177" not in refused.text


@pytest.mark.parametrize("login", ["seal-admin", "keeper", "leader", "seal-auditor"])
def test_nobody_else_sees_or_does_any_of_it(app: Flask, seals: SealOffice, login: str) -> None:
    visitor = Visitor(app, login)
    assert visitor.get(ROUTE).status_code == 403
    assert visitor.get(of_seal(seals)).status_code == 403
    for act in ("issue", "import", "token"):
        assert visitor.post(of_seal(seals, act)).status_code == 403
    assert visitor.post(f"{ROUTE}/authority").status_code == 403


def test_everybody_may_fetch_the_authority_and_its_list(app: Flask, security: Visitor) -> None:
    stranger = app.test_client()
    assert stranger.get("/seal-authority.crt").status_code == 404
    assert stranger.get("/seal-authority.crl").status_code == 404
    security.post(f"{ROUTE}/authority")
    crt = stranger.get("/seal-authority.crt")
    assert crt.mimetype == "application/pkix-cert"
    assert crt.headers["Cache-Control"] == "public, max-age=86400"
    assert "Set-Cookie" not in crt.headers
    root = x509.load_der_x509_certificate(crt.data)
    crl = stranger.get("/seal-authority.crl")
    assert crl.mimetype == "application/pkix-crl"
    assert crl.headers["Cache-Control"] == "public, max-age=3600"
    listed = x509.load_der_x509_crl(crl.data)
    assert listed.is_signature_valid(root.public_key())  # type: ignore[arg-type]


def test_the_overview_costs_the_same_for_many_seals(security: Visitor, seals: SealOffice) -> None:
    def cost() -> int:
        with counted(seals.office.database.engine) as statements:
            assert security.get(ROUTE).status_code == 200
        return len(statements)

    before = cost()
    for number in range(5):
        seals.add_seal(f"N{number}", held=False)
    assert cost() == before


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_pages_fit_every_screen(
    browser: Browser, app: Flask, security: Visitor, seals: SealOffice, language: str
) -> None:
    """Set CHANCERY_TEST_PICTURES to a folder to look at them."""
    folder = os.environ.get("CHANCERY_TEST_PICTURES")
    security.post(f"{ROUTE}/authority")
    security.post(of_seal(seals, "issue"), years="1")
    security.post(of_seal(seals, "issue"), years="3")
    seals.add_seal("B", held=False, name="Contract Seal of the Example Organization")
    with serve(app) as address:
        for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            with new_page(browser, size=size, language=language) as page:
                page.goto(f"{address}/sign-in")
                page.fill("#login", "seal-security")
                page.fill("#password", OWN_PASSWORD)
                page.click("main button.primary, form button.primary")
                for place, path in (("all", ROUTE), ("one", of_seal(seals))):
                    page.goto(address + path)
                    fits(page)
                    if folder:
                        file = Path(folder) / f"certificates-{place}-{name}-{language}.png"
                        page.screenshot(path=str(file), full_page=True)
                page.click('[data-open="import"]')
                expect(page.locator("dialog#import")).to_be_visible()
                if folder:
                    file = Path(folder) / f"certificates-import-{name}-{language}.png"
                    page.screenshot(path=str(file))
                assert re.search(r"p12", page.locator("dialog#import").inner_html())


def test_keys_never_stand_in_a_page(
    security: Visitor, seals: SealOffice, authority: Authority
) -> None:
    security.drop(
        ("seal.p12", authority.key_file(SEAL)),
        path=of_seal(seals, "import"),
        script=False,
        password=PASSWORD,
    )
    page = security.get(of_seal(seals)).text
    assert "PRIVATE" not in page
    assert PASSWORD not in page
