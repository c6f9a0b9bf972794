"""Signatures that are good, and all the ways in which one may try to make them look so."""

import base64
import io
import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    NumberObject,
    StreamObject,
    pdf_name,
    pdf_string,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from records.seals.caged import seal_cage
from records.seals.signatures.examining import Anchors, examine
from records.seals.signatures.inspection import inspect
from records.seals.signatures.verdicts import (
    Integrity,
    Note,
    SignatureKind,
    Standing,
    Trust,
    Verdict,
)
from search.reading import Cage, Limits
from tests.records.seals import signed

_SOUND = (Integrity.INTACT, Integrity.EXTENDED)
_BREAK = b"%PDF-1.7\n%%EOF\n"


def look(pdf: bytes, *, trust: str | None = "own", at: Any = signed.NOW) -> list[Verdict]:
    """Return the verdicts on a file."""
    answer = answered(pdf, trust=trust, at=at)
    assert answer["reason_code"] is None, answer
    return [Verdict.from_json(each) for each in answer["verdicts"]]


def answered(pdf: bytes, *, trust: str | None = "own", at: Any = signed.NOW) -> dict[str, Any]:
    job: dict[str, Any] = {"at": at.isoformat()}
    if trust:
        job[trust] = [base64.b64encode(signed.authority().der).decode()]
    return inspect(job, pdf, Limits())[0]


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Return a PDF with an incremental update."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def new_page_content(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    line = StreamObject(stream_data=b"BT /F1 24 Tf 72 700 Td (Pay 9000) Tj ET")
    page["/Contents"] = writer.add_object(line)
    writer.update_container(page)


def hole(pdf: bytes) -> tuple[int, int]:
    """Return where the signature stands, brackets included."""
    found = max(re.finditer(rb"<[0-9a-fA-F]*>", pdf), key=lambda each: len(each.group()))
    return found.span()


@cache
def _two_pages() -> bytes:
    return signed.sign(signed.plain(2))


# Not of the module: what that needs is made before the loop of a browser is put aside.
@pytest.fixture
def stamped() -> bytes:
    return _two_pages()


def test_a_seal_of_our_own_is_intact_and_known(stamped: bytes) -> None:
    (verdict,) = look(stamped)
    assert verdict.integrity is Integrity.INTACT
    assert verdict.trust is Trust.OWN
    assert verdict.whole
    assert verdict.standing is Standing.GOOD
    assert (verdict.signer, verdict.issuer) == ("示例单位公章", "示例单位印章认证")
    assert (verdict.level, verdict.digest, verdict.field) == ("B-B", "sha256", "Seal-1")
    assert verdict.reason == "用印 办公室〔2026〕1号"
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_who_signed_is_told_from_whether_it_is_intact(stamped: bytes) -> None:
    assert look(stamped, trust="trusted")[0].trust is Trust.TRUSTED
    stranger = look(stamped, trust=None)[0]
    assert (stranger.integrity, stranger.trust) == (Integrity.INTACT, Trust.UNKNOWN)
    assert stranger.standing is Standing.OPEN


def test_a_pdf_without_signatures_has_no_verdict() -> None:
    assert look(signed.plain()) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "damaged"), (b"no pdf at all", "damaged"), (_BREAK, "damaged")],
)
def test_what_is_no_pdf_has_a_reason(content: bytes, code: str) -> None:
    assert answered(content)["reason_code"] == code


def test_inspecting_silences_nobody_else(stamped: bytes, caplog: pytest.LogCaptureFixture) -> None:
    answered(stamped[:-1000] + bytes(1000))
    logging.getLogger("records").warning("still heard")
    assert "still heard" in caplog.text


def test_several_seals_follow_each_other_and_stay_good(stamped: bytes) -> None:
    second = signed.party("示例单位财务章", signed.authority())
    first, other = look(signed.sign(stamped, second, field="Seal-2"))
    assert (first.integrity, other.integrity) == (Integrity.EXTENDED, Integrity.INTACT)
    assert [(each.kind, each.name) for each in first.changes] == [("signature", "Seal-2")]
    assert first.standing is other.standing is Standing.GOOD
    assert not first.whole


def test_a_timestamp_proves_the_time_and_outlives_the_certificate() -> None:
    short = signed.party("短期印章", signed.authority(), days=(-10, 10))
    later = signed.NOW.replace(month=9)
    plain = look(signed.sign(signed.plain(), short), at=later)[0]
    assert (plain.trust, plain.standing) == (Trust.EXPIRED, Standing.OPEN)
    stamped = look(signed.sign(signed.plain(), short, stamped=True), at=later)[0]
    assert (stamped.trust, stamped.note) == (Trust.OWN, Note.PROVEN)
    assert (stamped.level, stamped.timestamped_at) == ("B-T", signed.NOW)
    behind, stamp = look(signed.timestamp(signed.sign(signed.plain(), short)), at=later)
    assert stamp.kind is SignatureKind.TIMESTAMP
    assert (stamp.integrity, stamp.trust) == (Integrity.INTACT, Trust.OWN)
    assert (behind.integrity, behind.trust, behind.note) == (
        Integrity.EXTENDED,
        Trust.OWN,
        Note.PROVEN,
    )


def test_a_certificate_of_another_purpose_is_not_trusted() -> None:
    wrong = signed.party("加密证书", signed.authority(), usage="encrypt")
    verdict = look(signed.sign(signed.plain(), wrong, pades=False))[0]
    assert (verdict.trust, verdict.note) == (Trust.UNKNOWN, Note.USAGE)


@pytest.mark.parametrize("trust", ["own", "trusted", "none"])
def test_a_weak_digest_is_never_good(trust: str) -> None:
    verdict = look(signed.sign(signed.plain(), digest="sha1", pades=False), trust=trust)[0]
    assert verdict.note is Note.WEAK
    assert verdict.standing is Standing.OPEN


@pytest.mark.parametrize("trust", ["own", "trusted"])
def test_a_page_changed_in_an_update_is_shown_as_changed(stamped: bytes, trust: str) -> None:
    verdict = look(updated(stamped, new_page_content), trust=trust)[0]
    assert (verdict.integrity, verdict.note) == (Integrity.CHANGED, Note.CONTENT)
    assert verdict.standing is Standing.BAD


def test_a_change_between_two_signatures_is_not_hidden_by_the_second(stamped: bytes) -> None:
    first, second = look(signed.sign(updated(stamped, new_page_content), field="Seal-2"))
    assert first.integrity is Integrity.CHANGED
    assert second.integrity is Integrity.INTACT


def test_a_shadow_page_that_is_switched_on_later_is_a_change() -> None:
    """Shadow attack, replace: the other content lies in the file before it is signed."""

    def prepare(writer: IncrementalPdfFileWriter) -> None:
        line = StreamObject(stream_data=b"BT /F1 24 Tf 72 700 Td (Pay 9000) Tj ET")
        writer.root["/Shadow"] = writer.add_object(line)
        writer.update_root()

    def switch(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Contents"] = writer.root.raw_get("/Shadow")
        writer.update_container(page)

    dark = updated(signed.sign(updated(signed.plain(), prepare)), switch)
    assert look(dark)[0].integrity is Integrity.CHANGED


def test_a_shadow_overlay_that_is_taken_away_is_a_change(stamped: bytes) -> None:
    """Shadow attack, hide: an annotation over the content vanishes after signing."""

    def cover(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        over = DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/Annot"),
                pdf_name("/Subtype"): pdf_name("/FreeText"),
                pdf_name("/Contents"): pdf_string("harmless"),
                pdf_name("/Rect"): ArrayObject([NumberObject(each) for each in (0, 0, 595, 842)]),
            }
        )
        page["/Annots"] = ArrayObject([writer.add_object(over)])
        writer.update_container(page)

    def uncover(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0].get_object()
        page["/Annots"].pop(0)
        writer.update_container(page)

    covered = signed.sign(updated(signed.plain(), cover))
    assert look(covered)[0].integrity is Integrity.INTACT
    assert look(updated(covered, uncover))[0].integrity is Integrity.CHANGED
    assert look(updated(stamped, cover))[0].integrity is Integrity.CHANGED


def test_a_field_filled_in_after_signing_is_named_and_asks_for_a_look() -> None:
    def fill(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0].get_object()
        field["/V"] = pdf_string("9000")
        writer.update_container(field)

    verdict = look(updated(signed.sign(signed.plain(field=True)), fill))[0]
    assert verdict.integrity is Integrity.EXTENDED
    assert [(each.kind, each.name) for each in verdict.changes] == [("field", "Amount")]
    assert verdict.standing is Standing.OPEN
    locked = signed.sign(signed.plain(field=True), certify=MDPPerm.NO_CHANGES)
    forbidden = look(updated(locked, fill))[0]
    assert (forbidden.integrity, forbidden.note) == (Integrity.CHANGED, Note.FORBIDDEN)
    allowed = signed.sign(signed.plain(field=True), certify=MDPPerm.FILL_FORMS)
    filled = look(updated(allowed, fill))[0]
    assert (filled.kind, filled.integrity) == (SignatureKind.CERTIFICATION, Integrity.EXTENDED)


def test_bytes_behind_the_end_are_not_overlooked(stamped: bytes) -> None:
    """Incremental saving attack: objects without a table, for readers that repair."""
    smuggled = b"4 0 obj <</Length 0>> stream\nendstream endobj\n"
    for added in (smuggled, smuggled + b"%%EOF\n", b"trailing"):
        assert all(each.integrity not in _SOUND for each in look_at_all(stamped + added)), added
    verdict = look(stamped + b"\n")[0]
    assert verdict.integrity is not Integrity.INTACT


def look_at_all(pdf: bytes) -> list[Verdict]:
    return [Verdict.from_json(each) for each in answered(pdf)["verdicts"]]


def test_a_wrapped_signature_with_an_inflated_hole_is_not_intact(stamped: bytes) -> None:
    """Signature wrapping: the second stretch is moved, the gap filled by the forger.

    The forger's own signature dictionary pads the signature with zeros to the size of the gap and
    lies compressed, so that whoever only compares lengths finds the file covered.
    """
    start, end = hole(stamped)
    tail = stamped[end:]
    envelope = bytes.fromhex(stamped[start + 1 : end - 1].decode())

    def forge(gap: int) -> bytes:
        def override(writer: IncrementalPdfFileWriter) -> None:
            field = writer.root["/AcroForm"]["/Fields"][0].get_object()
            value = field["/V"]
            value["/ByteRange"] = ArrayObject(
                [NumberObject(each) for each in (0, start, start + gap, len(tail))]
            )
            value["/Contents"] = ByteStringObject(envelope.ljust((gap - 2) // 2, b"\0"))
            writer.update_container(value)
            new_page_content(writer)

        return updated(stamped, override)

    for gap in (end - start, 60_000, 120_000):
        made = forge(gap)
        padded = made + b"\n" * max(0, start + gap - len(made)) + tail
        for each in look_at_all(made) + look_at_all(padded):
            assert each.integrity not in _SOUND, (gap, each)


@pytest.mark.parametrize(
    "byte_range",
    [
        "[0 {a} {b} {c1}]",  # shorter than the file
        "[0 {a1} {b} {c}]",  # a hole wider than the signature
        "[1 {a1} {b} {c}]",
        "[0 {a} {b}]",
        "[0 {a} {b} {c} 0 0]",
        "[0 {a} {b} 99999999]",
        "[0 -1 {b} {c}]",
    ],
)
def test_a_crooked_byte_range_is_never_covered(stamped: bytes, byte_range: str) -> None:
    start, end = hole(stamped)
    rest = len(stamped) - end
    numbers = {"a": start, "a1": start - 1, "b": end, "c": rest, "c1": rest - 1}
    written = re.search(rb"/ByteRange \[[^\]]*\]\s*", stamped)
    assert written is not None
    text = f"/ByteRange {byte_range.format(**numbers)}".encode()
    crooked = stamped.replace(written.group(), text.ljust(len(written.group())))
    assert all(each.integrity not in _SOUND for each in look_at_all(crooked))


def test_a_signature_of_somebody_else_does_not_fit(stamped: bytes) -> None:
    """The envelope of one file put into the hole of another."""
    start, end = hole(stamped)
    other = signed.sign(signed.plain(3))
    theirs = other[slice(*hole(other))][1:-1].rstrip(b"0")
    swapped = stamped[: start + 1] + theirs.ljust(end - start - 2, b"0") + stamped[end - 1 :]
    verdict = look(swapped)[0]
    assert (verdict.integrity, verdict.note) == (Integrity.BROKEN, Note.DIGEST)
    assert verdict.standing is Standing.BAD


def test_an_empty_or_absurd_signature_is_not_readable(stamped: bytes) -> None:
    start, end = hole(stamped)
    for filling in (b"0", b"f", b"30800000"):
        body = (filling * (end - start))[: end - start - 2]
        for each in look_at_all(stamped[: start + 1] + body + stamped[end - 1 :]):
            assert each.integrity not in _SOUND, filling


def test_a_kind_of_signature_that_is_not_supported_is_listed(stamped: bytes) -> None:
    verdict = look(stamped.replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 "))[0]
    assert (verdict.integrity, verdict.note) == (Integrity.UNREADABLE, Note.UNSUPPORTED)


def test_a_sloppy_pdf_is_intact_only_as_a_whole() -> None:
    sloppy = signed.plain().replace(b"startxref\n", b"startxref\n0")
    whole = signed.sign(sloppy, strict=False)
    assert look(whole)[0].integrity in (Integrity.INTACT, Integrity.UNREADABLE)
    assert look(updated(whole, new_page_content))[0].integrity not in _SOUND


_MADE: dict[bool, bytes] = {}


def _sample(with_time: bool) -> bytes:
    if with_time not in _MADE:
        _MADE[with_time] = signed.sign(signed.plain(), stamped=with_time)
    return _MADE[with_time]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), with_time=st.booleans())
def test_no_flipped_bit_is_ever_called_intact(data: st.DataObject, with_time: bool) -> None:
    pdf = _sample(with_time)
    start, end = hole(pdf)
    # Most of the danger is in the hole, which the signature itself does not cover.
    anywhere = st.integers(0, len(pdf) - 1)
    inside = st.integers(start, end - 1)
    position = data.draw(st.one_of(anywhere, inside, inside))
    flipped = bytearray(pdf)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    assert all(each.integrity not in _SOUND for each in look_at_all(bytes(flipped)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), st.integers(0, 6000))
def test_rubbish_in_the_middle_never_raises(rubbish: bytes, at: int) -> None:
    pdf = _sample(False)
    answer = answered(pdf[:at] + rubbish + pdf[at + len(rubbish) // 2 :])
    assert answer["reason_code"] is None or isinstance(answer["reason_code"], str)


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def test_the_cage_examines_the_same(cage: Cage, stamped: bytes) -> None:
    known = Anchors((signed.authority().der,), ())
    findings = examine(cage, known, signed.NOW, [stamped])
    assert list(findings.verdicts) == look(stamped)
    assert findings.revisions[-1][0] == len(stamped)
    assert examine(cage, known, signed.NOW, [b"rubbish"]).reason_code == "damaged"
