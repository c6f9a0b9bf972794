import io
import re
import shutil
import struct
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image, ImageChops
from pyhanko.pdf_utils.generic import pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign import fields, signers
from pyhanko.sign.validation.dss import DocumentSecurityStore

from records.seals.caged import Refused, in_cage, seal_cage
from records.seals.pages.placing import CrossPage, Placement, QrPlace, StampingPlan
from search.reading import Cage
from tests.reading import samples
from tests.records.seals import stamps
from tests.records.seals.stamps import SIZE_MM, page_file, stamp, verdicts

A4 = "/MediaBox[0 0 595.276 841.89]"
TEXT = "BT /F 12 Tf 72 700 Td (text) Tj ET"
HAIR_MM = 0.6


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def _plan(
    *places: Placement, cross: CrossPage | None = None, qr: QrPlace | None = None
) -> StampingPlan:
    return StampingPlan(places, cross, qr)


def _sizes(cage: Cage, pdf: bytes) -> list[tuple[float, float]]:
    answer, _ = in_cage(cage, "facts", {}, [pdf])
    return [(width / 100, height / 100) for width, height in answer["pages"]]


def _stands_at(cage: Cage, pdf: bytes, x: float, y: float, page: int = 0) -> bool:
    seen = stamps.ink_seen(stamps.picture(pdf, page), _sizes(cage, pdf)[page])
    assert seen is not None
    wanted = (x, y, x + SIZE_MM, y + SIZE_MM)
    found = (seen.left, seen.top, seen.right, seen.bottom)
    near = [abs(one - other) < HAIR_MM for one, other in zip(found, wanted, strict=True)]
    assert all(near), (found, wanted)
    return True


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("crop", ["", "/CropBox[50 60 500 700]"])
@pytest.mark.parametrize("signed", [False, True])
def test_an_imprint_stands_where_it_was_put_in_its_real_size(
    shop: Cage, rotation: int, crop: str, signed: bool
) -> None:
    pdf = page_file(f"{A4}{crop}/Rotate {rotation}", contents=[TEXT])
    if signed:
        pdf = _signed(pdf)
    stamped = stamp(shop, pdf, _plan(Placement(0, 30, 55)))
    assert _stands_at(shop, stamped, 30, 55)
    assert all(verdicts(stamped)["Seal-2" if signed else "Seal-1"])
    # The notch is on top as people see it.
    width, height = _sizes(shop, stamped)[0]
    drawn = stamps.picture(stamped)
    notch = round(51 / width * drawn.width), round(60 / height * drawn.height)
    assert drawn.getpixel(notch) == (255, 255, 255)


def test_boxes_rotation_and_resources_may_come_from_above(shop: Cage) -> None:
    above = f"{A4}/CropBox[100 100 500 600]/Rotate 90/Resources<<>>"
    stamped = stamp(shop, page_file("", contents=[TEXT], pages=above), _plan(Placement(0, 20, 30)))
    assert _stands_at(shop, stamped, 20, 30)


def test_a_user_unit_is_counted_in(shop: Cage) -> None:
    pdf = page_file("/MediaBox[0 0 300 400]/UserUnit 2", contents=[TEXT])
    assert _sizes(shop, pdf) == [pytest.approx((211.67, 282.22))]
    assert _stands_at(shop, stamp(shop, pdf, _plan(Placement(0, 100, 100))), 100, 100)


@pytest.mark.parametrize(
    "contents",
    [
        [],
        ["0.5 0 0 0.5 100 100 cm q q"],
        ["q 3 0 0 3 0 0 cm", "q q 2 0 0 2 9 9 cm"],
        ["Q Q 2 0 0 2 50 50 cm"],
        ["q 10 10 20 20 re W n", "(Q ) pop Q Q 0.1 0 0 0.1 0 0 cm q"],
        ["% Q Q q\n2 0 0 2 5 5 cm"],
        ["BI /W 1 /H 1 /BPC 8 /CS /G ID q EI q 5 0 0 5 0 0 cm"],
        ["1 0 0 rg /Missing gs 3 Tr 0 0 5 5 re W n"],
    ],
)
def test_an_imprint_does_not_care_how_a_page_leaves_its_graphics_state(
    shop: Cage, contents: list[str]
) -> None:
    pdf = page_file(A4, contents=contents)
    assert _stands_at(shop, stamp(shop, pdf, _plan(Placement(0, 60, 70))), 60, 70)


def test_pages_that_share_content_and_resources_are_stamped_one_by_one(shop: Cage) -> None:
    page = f"<</Type/Page/Parent 2 0 R{A4}/Contents 5 0 R/Resources 6 0 R>>"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R 7 0 R]/Count 2>>",
        page,
        "<<>>",
        "[8 0 R]",
        "<</XObject 9 0 R>>",
        page,
        "<</Length 1>>\nstream\nq\nendstream",
        "<<>>",
    ]
    stamped = stamp(shop, samples.pdf_file(objects), _plan(Placement(1, 60, 70)))
    assert _stands_at(shop, stamped, 60, 70, page=1)
    assert stamps.ink_seen(stamps.picture(stamped, 0), (210, 297)) is None


def test_the_strips_of_a_cross_page_seal_join_to_one_imprint(shop: Cage) -> None:
    pdf = samples.pdf(*[f"page {number}" for number in range(23)])
    stamped = stamp(shop, pdf, _plan(cross=CrossPage(100)))
    sizes = _sizes(shop, stamped)
    begin = 0
    for parts in (11, 12):
        joined = Image.new("RGB", (parts * 20, 240))
        for number in range(parts):
            drawn = stamps.picture(stamped, begin + number, scale=4)
            per_mm = drawn.width / sizes[0][0]
            strip = drawn.crop(
                (
                    round(drawn.width - SIZE_MM / parts * per_mm),
                    round(100 * per_mm),
                    drawn.width,
                    round((100 + SIZE_MM) * per_mm),
                )
            )
            joined.paste(strip.resize((20, 240)), (number * 20, 0))
        whole = Image.open(io.BytesIO(stamps.imprint())).resize(joined.size)
        paper = Image.new("RGBA", joined.size, "white")
        paper.alpha_composite(whole)
        difference = ImageChops.difference(joined, paper.convert("RGB")).convert("L")
        histogram = difference.histogram()
        assert sum(histogram[100:]) < 0.02 * joined.width * joined.height
        begin += parts


@pytest.mark.parametrize("edge", ["left", "right"])
def test_strips_lie_at_the_edge_as_shown_and_on_fronts_only(shop: Cage, edge: str) -> None:
    pages = [f"{A4}/Rotate {each}" for each in (90, 0, 270, 180, 0)]
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "", "<<>>"]
    objects += [f"<</Type/Page/Parent 2 0 R{page}>>" for page in pages]
    kids = " ".join(f"{5 + number} 0 R" for number in range(len(pages)))
    objects[1] = f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"
    pdf = samples.pdf_file(objects)
    stamped = stamp(shop, pdf, _plan(cross=CrossPage(60, duplex=True, edge=edge)))
    for number, size in enumerate(_sizes(shop, stamped)):
        seen = stamps.ink_seen(stamps.picture(stamped, number), size)
        if number % 2:
            assert seen is None
            continue
        assert seen is not None
        assert seen.right - seen.left == pytest.approx(SIZE_MM / 3, abs=HAIR_MM)
        outer = size[0] - seen.right if edge == "right" else seen.left
        assert outer == pytest.approx(0, abs=HAIR_MM)
        assert 60 - HAIR_MM < seen.top < seen.bottom < 102 + HAIR_MM


def test_a_file_that_counts_its_objects_wrong_loses_none(shop: Cage) -> None:
    good = page_file(A4, contents=[TEXT])
    pdf = good.replace(b"/Size 6", b"/Size 2")
    assert pdf != good
    stamped = stamp(shop, pdf, _plan(Placement(0, 60, 70)))
    assert _stands_at(shop, stamped, 60, 70)


def test_cross_reference_streams_and_object_streams_are_followed(shop: Cage) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(samples.pdf("page", "page"))))
    writer.stream_xrefs = True
    held = writer.prepare_object_stream()
    writer.root["/Pages"]["/Note"] = writer.add_object(pdf_string("held"), obj_stream=held)
    out = io.BytesIO()
    writer.write(out)
    pdf = out.getvalue()
    assert b"/ObjStm" in pdf
    stamped = stamp(shop, pdf, _plan(Placement(1, 60, 70)))
    assert _stands_at(shop, stamped, 60, 70, page=1)
    assert verdicts(stamped) == {"Seal-1": (True, True)}
    assert PdfFileReader(io.BytesIO(stamped)).root["/Pages"]["/Note"] == "held"


def test_a_file_with_both_kinds_of_cross_references_is_followed(shop: Cage) -> None:
    """Its resources are in an object stream that only readers of such streams find."""
    whole = page_file(f"{A4}/Resources 6 0 R", contents=[TEXT])
    body = whole[: whole.index(b"xref\n")]
    held = b"6 0 <</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    at = len(body)
    body += b"7 0 obj\n<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n" % len(held)
    body += held + b"\nendstream\nendobj\n"
    streams = len(body)
    rows = struct.pack(">BHBBHB", 2, 7, 0, 1, at, 0)
    body += b"8 0 obj\n<</Type/XRef/Size 9/W[1 2 1]/Index[6 2]/Length %d>>\nstream\n" % len(rows)
    body += rows + b"\nendstream\nendobj\n"
    offsets = [whole.index(b"%d 0 obj" % number) for number in range(1, 6)]
    table = b"xref\n0 6\n0000000000 65535 f \n"
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<</Size 9/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n"
    pdf = body + table + trailer % (streams, len(body))
    stamped = stamp(shop, pdf, _plan(Placement(0, 60, 70)))
    assert _stands_at(shop, stamped, 60, 70)
    assert verdicts(stamp(shop, stamped, _plan(Placement(0, 110, 70)))) == {
        "Seal-1": (True, True),
        "Seal-2": (True, True),
    }


def test_revocation_data_lies_in_the_same_revision(shop: Cage) -> None:
    own = stamps.signer().signing_cert
    assert own is not None
    certificate = own.dump()
    found = {"certificates": [b64encode(certificate).decode()], "ocsps": [], "crls": []}
    plan = _plan(Placement(0, 60, 70))
    stamped = stamp(shop, samples.pdf("page"), plan, revocation=found)
    reader = PdfFileReader(io.BytesIO(stamped))
    assert [each.dump() for each in DocumentSecurityStore.read_dss(reader).load_certs()] == [
        certificate
    ]
    assert reader.total_revisions == 2
    assert verdicts(stamped) == {"Seal-1": (True, True)}
    # A second seal adds its own to the store, and the first stays good.
    again = stamp(shop, stamped, _plan(Placement(0, 110, 70)), revocation=found)
    assert all(all(each) for each in verdicts(again).values())


def test_one_page_that_stands_there_twice_is_refused(shop: Cage) -> None:
    pdf = page_file(A4).replace(b"/Kids[3 0 R]/Count 1", b"/Kids[3 0 R 3 0 R]/Count 2")
    plan = _plan(Placement(0, 60, 70), cross=CrossPage(100))
    assert _refusal(shop, _mended(pdf), plan) == "damaged"


def test_rights_that_were_given_to_the_file_as_it_was_are_dropped(shop: Cage) -> None:
    pdf = samples.pdf("page", extra="/Perms<</UR3<</Type/Sig>>>>")
    root = PdfFileReader(io.BytesIO(stamp(shop, pdf, _plan(Placement(0, 60, 70))))).root
    assert dict(root["/Perms"]) == {}


def _mended(pdf: bytes) -> bytes:
    """Write the offsets of a file anew whose objects were changed by hand."""
    body = pdf[: pdf.index(b"xref\n")]
    found = [int(number) for number in re.findall(rb"^(\d+) 0 obj", body, re.MULTILINE)]
    offsets = [body.index(b"%d 0 obj" % number) for number in found]
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    table += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return body + table + trailer % (len(offsets) + 1, len(body))


def test_everything_is_one_revision_and_the_original_stands_in_front(shop: Cage) -> None:
    pdf = samples.pdf(*["page"] * 3)
    plan = _plan(Placement(2, 100, 200), Placement(0, 10, 10), cross=CrossPage(100))
    stamped = stamp(shop, pdf, plan)
    assert stamped.startswith(pdf)
    assert PdfFileReader(io.BytesIO(stamped)).total_revisions == 2
    assert verdicts(stamped) == {"Seal-1": (True, True)}


def test_the_text_under_an_imprint_stays_readable(shop: Cage) -> None:
    pdf = page_file(A4, contents=["0 0 595 842 re f"])
    stamped = stamp(shop, pdf, _plan(Placement(0, 60, 70)))
    assert stamps.picture(stamped).getextrema() == ((0, 0), (0, 0), (0, 0))


def test_the_qr_code_says_the_address(shop: Cage) -> None:
    stamped = stamp(shop, samples.pdf("page"), _plan(Placement(0, 60, 70), qr=QrPlace(0, 15, 255)))
    drawn = stamps.picture(stamped, scale=6).convert("L")
    per_mm = drawn.width / 209.9
    wanted = [list(row) for row in segno.make(stamps.ADDRESS, error="m", micro=False).matrix]
    place = 15 * per_mm, 255 * per_mm, 35 * per_mm, 275 * per_mm
    assert _modules(drawn, place, len(wanted)) == wanted


def _modules(
    drawn: Image.Image, place: tuple[float, float, float, float], count: int
) -> list[list[int]]:
    """Read the modules of a QR code, which has four blank ones at each side."""
    code = drawn.resize((count + 8, count + 8), Image.Resampling.BOX, place)
    inner = code.crop((4, 4, count + 4, count + 4)).tobytes()
    dark = [int(value < 128) for value in inner]
    return [dark[row * count : (row + 1) * count] for row in range(count)]


def _signed(pdf: bytes, field: fields.SigFieldSpec | None = None, **metadata: object) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    facts = signers.PdfSignatureMetadata(field_name="First", **metadata)  # type: ignore[arg-type]
    out = signers.sign_pdf(writer, facts, signer=stamps.signer(), new_field_spec=field)
    return bytes(out.getvalue())


def test_a_signed_pdf_gets_a_visible_field_and_its_signature_stays_good(shop: Cage) -> None:
    first = _signed(samples.pdf("page", "page"))
    second = stamp(shop, first, _plan(Placement(1, 30, 40)))
    third = stamp(shop, second, _plan(Placement(1, 90, 40)))
    assert verdicts(third) == dict.fromkeys(("First", "Seal-2", "Seal-3"), (True, True))
    assert _stands_at(shop, second, 30, 40, page=1)


@pytest.mark.parametrize(
    "plan",
    [
        _plan(Placement(0, 10, 10), cross=CrossPage(100)),
        _plan(Placement(0, 10, 10), qr=QrPlace(0, 100, 100)),
        _plan(Placement(0, 10, 10), Placement(1, 10, 10)),
    ],
)
def test_what_would_break_a_signature_is_refused(shop: Cage, plan: StampingPlan) -> None:
    assert _refusal(shop, _signed(samples.pdf("page", "page")), plan) == "signed"


@pytest.mark.parametrize("permitted", list(fields.MDPPerm))
def test_a_certified_pdf_takes_no_imprint(shop: Cage, permitted: fields.MDPPerm) -> None:
    pdf = _signed(samples.pdf("page"), certify=True, docmdp_permissions=permitted)
    answer, _ = in_cage(shop, "facts", {}, [pdf])
    assert (answer["certified"], answer["signatures"]) == (permitted.value, 1)
    assert _refusal(shop, pdf, _plan(Placement(0, 10, 10))) == "certified"


def test_a_signature_that_locks_every_field_takes_none_more(shop: Cage) -> None:
    lock = fields.FieldMDPSpec(fields.FieldMDPAction.ALL)
    spec = fields.SigFieldSpec("First", field_mdp_spec=lock)
    pdf = _signed(samples.pdf("page"), spec)
    assert _refusal(shop, pdf, _plan(Placement(0, 10, 10))) == "locked"


def test_a_pdf_whose_signature_is_broken_is_refused(shop: Cage) -> None:
    pdf = _signed(samples.pdf("page"))
    broken = pdf.replace(b"(page)", b"(Page)")
    assert _refusal(shop, broken, _plan(Placement(0, 10, 10))) == "broken_signature"


def _refusal(cage: Cage, pdf: bytes, plan: StampingPlan) -> str:
    with pytest.raises(Refused) as refused:
        stamp(cage, pdf, plan)
    return refused.value.code


def test_files_that_cannot_be_stamped_are_refused_with_a_code(shop: Cage) -> None:
    plan = _plan(Placement(0, 10, 10))
    good = samples.pdf("page")
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(good)))
    writer.encrypt("owner", "user")
    locked = io.BytesIO()
    writer.write(locked)
    assert _refusal(shop, locked.getvalue(), plan) == "encrypted"
    assert _refusal(shop, samples.pdf("page", extra="/AcroForm<</XFA(x)>>"), plan) == "form"
    assert _refusal(shop, good, _plan(Placement(1, 10, 10))) == "page"
    assert _refusal(shop, good, _plan(cross=CrossPage(10))) == "page"
    for nonsense in (b"", b"no PDF", b"%PDF-1.7\n", good[: len(good) // 2]):
        assert _refusal(shop, nonsense, plan) == "damaged"


def test_a_certificate_reader_of_another_house_agrees(shop: Cage, tmp_path: Path) -> None:
    pdfsig = shutil.which("pdfsig")
    if pdfsig is None:
        pytest.skip("needs pdfsig: apt install poppler-utils")
    file = tmp_path / "stamped.pdf"
    file.write_bytes(stamp(shop, samples.pdf("page", "page"), _plan(cross=CrossPage(100))))
    said = subprocess.run([pdfsig, file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
