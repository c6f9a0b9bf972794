"""The press: an imprint, its strips and its QR code laid into a PDF, with room for one signature.

Runs in the cage (task `prepare`). All of it is one incremental revision (ISO 32000-2, 7.5.6): the
original stays as it is, byte for byte, in front. On a PDF without signatures the imprints are page
content, and an invisible field over the first of them holds the signature, so that a reader who
clicks on the seal sees it. On a signed PDF the imprint is the appearance of the field itself, and
nothing else changes: that is what the signatures before it allow.
"""

import io
import mmap
from base64 import b64decode
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from records.core.errors import Refusal
from records.seals.caged import Refused
from records.seals.pages.boxes import HUNDREDTHS
from records.seals.pages.drawing import Die, Overlays, qr_content
from records.seals.pages.facts import PdfFacts, facts_of, open_pdf
from records.seals.pages.placing import CrossPage, StampingPlan, check_signed, strip_boxes
from records.seals.pages.pressing import ALGORITHM
from records.seals.pages.sheets import Sheet, value_of
from records.seals.pages.signature_field import add_field
from records.seals.signatures.kept import check_kept, check_whole
from search.reading import Limits

_MOST_ROOM = 1 << 20
_USAGE_RIGHTS = ("/UR", "/UR3")


class _Revision(IncrementalPdfFileWriter):
    """A revision that claims no newer version of PDF and leaves the properties alone."""

    output_version = (1, 0)

    @classmethod
    def of(cls, reader: PdfFileReader) -> "_Revision":
        """Begin a revision whose objects take no number that is taken, whatever `/Size` says."""
        known = reader.xrefs
        highest = max(
            reference.idnum
            for revision in range(known.total_revisions)
            for reference in known.explicit_refs_in_revision(revision)
        )
        if reader.trailer["/Size"] <= highest:
            reader.trailer["/Size"] = NumberObject(highest + 1)
        return cls(reader.stream, prev=reader)

    def _update_meta(self) -> None:
        """What the properties say is its author's."""


def prepare(
    job: dict[str, Any], content: bytes | mmap.mmap, _: Limits
) -> tuple[dict[str, Any], bytes]:
    """Lay a stamping out and return where its signature goes, and the file with room for it.

    Raises:
        Refused: `encrypted`, `form` (XFA), `damaged`, `page` (one that is not there), `signed` and
            `certified` (what existing signatures forbid), `broken_signature`, `imprint`.
    """
    plan = _plan(job)
    reader = open_pdf(content)
    facts = facts_of(reader)
    _check(plan, facts)
    check_whole(reader)
    writer = _Revision.of(reader)
    _lay_out(writer, facts, plan, job)
    if job["revocation"]:
        _add_revocation(writer, job["revocation"])
    answer, pdf = _with_room(writer, facts.next_field, job)
    if facts.signatures:
        check_kept(reader, pdf)
    return answer, pdf


def _plan(job: dict[str, Any]) -> StampingPlan:
    try:
        return StampingPlan.from_json(job["plan"])
    except Refusal as refusal:
        raise Refused("plan", str(refusal)) from refusal


def _check(plan: StampingPlan, facts: PdfFacts) -> None:
    if facts.refused is not None:
        raise Refused(facts.refused, "this PDF cannot be stamped")
    try:
        check_signed(plan, signed=facts.signatures > 0, certified=facts.certified)
    except Refusal as refusal:
        code = "signed" if facts.certified is None else "certified"
        raise Refused(code, str(refusal)) from refusal
    if len({sheet.ref.idnum for sheet in facts.sheets}) < len(facts.sheets):
        raise Refused("damaged", "one page stands in the file more than once")
    pages = [each.page for each in plan.placements] + ([plan.qr.page] if plan.qr else [])
    if any(not 0 <= page < len(facts.sheets) for page in pages):
        raise Refused("page", f"the file has {len(facts.sheets)} pages")


def _lay_out(
    writer: IncrementalPdfFileWriter, facts: PdfFacts, plan: StampingPlan, job: dict[str, Any]
) -> None:
    sheets = facts.sheets
    die = Die(writer, b64decode(job["imprint"]))
    if not facts.signatures:
        _drop_usage_rights(writer)
    size = job["width"] / HUNDREDTHS, job["height"] / HUNDREDTHS
    if not facts.signatures:
        overlays = Overlays(writer, die.resources())
        drawn: dict[int, list[bytes]] = {}
        for page, content in _contents(die, sheets, plan, size, job["check_address"]):
            drawn.setdefault(page, []).append(content)
        for page, contents in drawn.items():
            overlays.add(sheets[page], b"".join(contents))
    place = plan.placements[0] if plan.placements else None
    sheet = sheets[place.page if place else 0]
    matrix = sheet.box.imprint(place.x_mm, place.y_mm, *size, place.angle) if place else None
    add_field(writer, sheet, facts.next_field, matrix, die if facts.signatures else None)


def _drop_usage_rights(writer: IncrementalPdfFileWriter) -> None:
    """Drop what some program was allowed to do with the file as it was (ISO 32000-1, 12.8.4)."""
    rights = value_of(writer.root, "/Perms")
    if not isinstance(rights, DictionaryObject):
        return
    for name in _USAGE_RIGHTS:
        if name in rights:
            del rights[name]
            writer.update_container(rights)


def _contents(
    die: Die,
    sheets: list[Sheet],
    plan: StampingPlan,
    size: tuple[float, float],
    check_address: str | None,
) -> Iterator[tuple[int, bytes]]:
    """Yield page and content of everything that is drawn."""
    for place in plan.placements:
        box = sheets[place.page].box
        yield place.page, die.content(box.imprint(place.x_mm, place.y_mm, *size, place.angle))
    if plan.cross_page is not None:
        yield from _strips(die, sheets, plan.cross_page, size)
    if plan.qr is not None and check_address:
        side = plan.qr.size_mm
        matrix = sheets[plan.qr.page].box.imprint(plan.qr.x_mm, plan.qr.y_mm, side, side)
        yield plan.qr.page, qr_content(matrix, check_address)


def _strips(
    die: Die, sheets: list[Sheet], cross: CrossPage, size: tuple[float, float]
) -> Iterator[tuple[int, bytes]]:
    """Yield the strips: the whole imprint each time, cut to the part that the page gets."""
    sizes = [sheet.box.size_mm for sheet in sheets]
    try:
        planned = strip_boxes(cross, page_sizes_mm=sizes, width_mm=size[0], height_mm=size[1])
    except Refusal as refusal:
        raise Refused("page", str(refusal)) from refusal
    for strip, box in planned:
        whole = box.x_mm - strip.part * box.width_mm
        matrix = sheets[strip.page].box.imprint(whole, box.y_mm, *size)
        part = strip.part / strip.parts, (strip.part + 1) / strip.parts
        yield strip.page, die.content(matrix, part)


def _add_revocation(writer: IncrementalPdfFileWriter, revocation: dict[str, list[str]]) -> None:
    """Lay certificates and revocation data into the document security store (PAdES B-LT)."""
    certificates, ocsps, crls = (
        [b64decode(each) for each in revocation[name]] for name in ("certificates", "ocsps", "crls")
    )
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1.Certificate.load(each) for each in certificates],
        ocsps=[asn1_ocsp.OCSPResponse.load(each) for each in ocsps],
        crls=[asn1_crl.CertificateList.load(each) for each in crls],
    )


def _with_room(
    writer: IncrementalPdfFileWriter, field: str, job: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Write the file with room for a signature; return what the signer must know."""
    room = int(job["room"])
    if not 0 < room <= _MOST_ROOM:
        raise Refused("plan", f"room of {room} bytes")
    signature = SignatureObject(
        timestamp=datetime.fromisoformat(job["signed_at"]),
        subfilter=SigSeedSubFilter.PADES,
        name=job["name"],
        reason=job["reason"],
        location=job["location"],
        bytes_reserved=2 * room,
    )
    steps = PdfCMSEmbedder().write_cms(field, writer, existing_fields_only=True)
    next(steps)
    steps.send(SigObjSetup(sig_placeholder=signature))
    prepared, output = steps.send(SigIOSetup(md_algorithm=ALGORITHM, output=io.BytesIO()))
    answer = {
        "digest": prepared.document_digest.hex(),
        "algorithm": ALGORITHM,
        "signature_at": prepared.reserved_region_start,
        "signature_bytes": room,
        "field": field,
    }
    return answer, output.getvalue()
