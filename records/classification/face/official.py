"""The face of a Chinese official document: its parts read in the order of the page, then weighed.

The face's own values win over those that the text quotes by their place: a number counts when it
stands alone above the text, a day when it stands below an issuer after the text.
"""

from collections.abc import Sequence

from records.classification.face.addressee import addressee_of, labelled_addressee
from records.classification.face.agencies import agencies_of
from records.classification.face.closing import Signature, find_signature
from records.classification.face.dates import chinese_dates
from records.classification.face.foot import read_attachments, read_copies, read_printed
from records.classification.face.heading import Heading, read_heading
from records.classification.face.kinds import kind_of
from records.classification.face.labels import read_labels
from records.classification.face.marks import read_marks
from records.classification.face.opening import find_opening
from records.classification.face.printed import PrintedLine
from records.classification.face.promulgation import Act, acts_of
from records.classification.face.title import issuers_in, promulgated, title_of
from records.classification.face.values import Evidence, Face, Found, joined

_FOOT_LINES = 40
_BELOW_SIGNATURE = 8


def read_official(every_line: Sequence[PrintedLine]) -> Face:
    """Read the face of a Chinese official document."""
    labels, unlabelled = read_labels(every_line)
    marks, lines = read_marks(unlabelled)
    opening = find_opening(lines)
    heading = read_heading(opening)
    acts = acts_of(heading.note) if heading.note else []
    act = _decisive(acts)
    body = lines[opening.body_at : opening.body_at + 1]
    title = labels.get("title") or title_of(heading.title) or _order_title(heading, body)
    named = issuers_in(title.value) if title and isinstance(title.value, str) else None
    signature = None
    if not (act and act.number):
        signature = find_signature(lines, opening.body_at, named or ())
    foot = lines[max(opening.body_at, len(lines) - _FOOT_LINES) :]
    end = signature.at + _BELOW_SIGNATURE if signature else len(lines)
    number = _number(heading, labels, act)
    return Face(
        document_number=number,
        title=title,
        issuer=_issuer(heading, labels, title, named, signature, act),
        addressee=addressee_of(heading.addressee) or labelled_addressee([*lines[:12], *foot]),
        copies_to=read_copies(lines[opening.body_at :] if len(lines) < _FOOT_LINES else foot),
        attachments=read_attachments(lines[opening.body_at : end]),
        written_on=_written_on(heading, labels, signature, act),
        printed_on=read_printed(foot),
        signer=marks.signer or _signer(signature),
        kind=_kind(title, heading, number),
        secrecy=marks.secrecy,
        secrecy_term=marks.secrecy_term,
        urgency=marks.urgency,
        copy_number=marks.copy_number,
    )


def _decisive(acts: Sequence[Act]) -> Act | None:
    """Choose the act that made this text public, else the one that adopted it.

    A text that was revised as a whole is made public anew: the last order is the one it is under.
    """
    public = [act for act in acts if act.makes_public]
    if public:
        return public[-1]
    announced = [act for act in acts if act.announces]
    adopted = [act for act in acts if act.adopts]
    return next(iter(announced or adopted or [act for act in acts if act.is_bare]), None)


def _number(heading: Heading, labels: dict[str, Found], act: Act | None) -> Found | None:
    if heading.number is not None:
        number = heading.number.number
        sure = 0.6 if number.repaired else 0.98
        return Found(number.value, sure, heading.number.evidence, raw=number.raw)
    if "document_number" in labels:
        return labels["document_number"]
    if act is not None and act.number is not None and act.makes_public:
        return Found(act.number, 0.95, act.evidence, raw=act.raw)
    return None


def _order_title(heading: Heading, body: Sequence[PrintedLine]) -> Found | None:
    """Return what an order puts into force, or its head, where it has no title of its own."""
    if body and (found := promulgated(body[0])) is not None:
        return found
    head = heading.order_head or heading.red_head
    found = title_of(head)
    return found if heading.order_head else found and found.less_sure(0.6)


def _kind(title: Found | None, heading: Heading, number: Found | None) -> Found | None:
    kind = kind_of(title)
    if kind is not None or number is None or heading.number is None:
        return kind
    code = heading.number.number.code
    for ending, value in (("令", "命令(令)"), ("公告", "公告"), ("通告", "通告"), ("公报", "公报")):
        if code.endswith(ending):
            return Found(value, 0.9, number.evidence, raw=ending)
    return None


def _issuer(
    heading: Heading,
    labels: dict[str, Found],
    title: Found | None,
    named: list[str] | None,
    signature: Signature | None,
    act: Act | None,
) -> Found | None:
    signed = signature.issuers if signature else []
    if signed and signature and signature.issuer_evidence and signature.agrees:
        return Found(signed, 0.98 if named else 0.92, signature.issuer_evidence)
    if named and title:
        evidence = _prefix(heading.title, named) if heading.title else title.evidence
        return Found(named, 0.85 if signed else 0.93, evidence)
    if "issuer" in labels:
        return labels["issuer"]
    if act is not None and act.number is not None:
        issuers = agencies_of(_order_issuer(act.number))
        if issuers:
            return Found(issuers, 0.93, act.evidence)
    return _from_head(heading)


def _prefix(title: Sequence[PrintedLine], named: Sequence[str]) -> Evidence:
    """Return the part of a title that names the issuers."""
    room = len("".join(named))
    parts: list[Evidence] = []
    for line in title:
        end = 0
        while end < len(line.text) and room > 0:
            room -= line.text[end].isalnum()
            end += 1
        parts.append(line.evidence(0, end))
        if room <= 0:
            break
    return joined(parts)


def _order_issuer(number: str) -> str:
    for word in ("令", "公告", "通告", "公报"):
        head, found, _ = number.rpartition(word)
        if found:
            return head
    return ""


def _from_head(heading: Heading) -> Found | None:
    number = heading.number
    if number is not None:
        issuers = agencies_of(_order_issuer(number.number.value))
        if issuers:
            return Found(issuers, 0.9, number.evidence)
    if heading.issued is not None:
        day = next(chinese_dates(heading.issued.plain))
        issuers = agencies_of(heading.issued.plain[: day.start])
        if issuers:
            return Found(issuers, 0.9, heading.issued.evidence(0, day.start))
    names: list[str] = []
    used: list[PrintedLine] = []
    for line in heading.red_head:
        named = agencies_of(line.squeezed.removesuffix("文件")) or agencies_of(line.text)
        if named:
            names += [name for name in named if name not in names]
            used.append(line)
    if not names:
        return None
    return Found(names, 0.9 if used[0].red else 0.85, joined(line.evidence() for line in used))


def _written_on(
    heading: Heading, labels: dict[str, Found], signature: Signature | None, act: Act | None
) -> Found | None:
    if act is not None:
        sure = 0.95 if act.number or act.announces else 0.88
        return Found(act.day.isoformat(), sure, act.evidence)
    signed = signature is not None and bool(signature.issuers or signature.signer)
    if signature is not None and signed and signature.agrees:
        return _signed_on(signature, 0.97)
    if "written_on" in labels:
        return labels["written_on"]
    if signature is not None and not (signed and heading.day):
        # Somebody else's signature may belong to what is attached.
        return _signed_on(signature, 0.7 if signed else 0.85)
    if heading.day is not None:
        day = next(chinese_dates(heading.day.plain))
        evidence = heading.day.evidence(day.start, day.end)
        sure = 0.9 if heading.issued is heading.day else 0.75
        return Found(day.day.isoformat(), sure, evidence, raw=evidence.text)
    return None


def _signed_on(signature: Signature, sure: float) -> Found:
    confidence = sure if signature.sure else sure - 0.1
    return Found(
        signature.day.isoformat(), confidence, signature.day_evidence, raw=signature.raw_day
    )


def _signer(signature: Signature | None) -> Found | None:
    if signature is None or signature.signer is None or signature.signer_evidence is None:
        return None
    return Found(signature.signer, 0.93, signature.signer_evidence)
