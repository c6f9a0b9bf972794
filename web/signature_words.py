"""What a verdict on a signature means, in sentences: is it whole, who signed, what came later.

The first word is careful: «valid» is said only of what is unchanged and by a known signer.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import LazyString, gettext, lazy_gettext

from records.seals.signatures.checks import CheckView
from records.seals.signatures.verdicts import (
    Change,
    Integrity,
    Note,
    SignatureKind,
    Standing,
    Trust,
    Verdict,
)
from web.formats import instant, joined
from web.reasons import reason_text

_SOUND = (Integrity.INTACT, Integrity.EXTENDED)
_LOOKS = {
    Standing.GOOD: ("ok", "shield-check"),
    Standing.OPEN: ("warn", "circle-help"),
    Standing.BAD: ("seal", "circle-alert"),
}
_BROKEN: dict[Note | None, LazyString] = {
    Note.NOT_COVERED: lazy_gettext(
        "Part of the file lies outside of what was signed, so the signature says nothing about "
        "what you see."
    ),
    Note.APPENDED: lazy_gettext("Something was written behind the end of what was signed."),
    Note.FORBIDDEN: lazy_gettext(
        "The file was changed afterwards in a way that its signer does not permit."
    ),
    Note.CONTENT: lazy_gettext("The content was changed after signing: you see something else."),
    Note.DIGEST: lazy_gettext("The content of the file is not what was signed."),
    Note.SIGNATURE: lazy_gettext("The signature does not belong to the certificate it names."),
    Note.ENVELOPE: lazy_gettext("The data of the signature itself was altered."),
    Note.TIMESTAMP_BROKEN: lazy_gettext("The timestamp of the signature does not belong to it."),
    Note.AMBIGUOUS: lazy_gettext(
        "The file breaks the rules of PDF, so that programs may show different things. Nobody can "
        "rely on this signature."
    ),
    Note.ABSENT: lazy_gettext(
        "It belongs to a file that is not among the components, so it cannot be checked."
    ),
    Note.UNSUPPORTED: lazy_gettext("This kind of signature cannot be checked here."),
    Note.MALFORMED: lazy_gettext("The signature is damaged and cannot be read."),
}
_DOUBTS: dict[Note | None, LazyString] = {
    Note.WEAK: lazy_gettext(
        "It was made with an algorithm that can be forged today, so it proves little."
    ),
    Note.USAGE: lazy_gettext("Its certificate is not meant for signing documents."),
    Note.CHAIN: lazy_gettext("A certificate above the signer's is not good."),
    Note.TIMESTAMP_UNKNOWN: lazy_gettext(
        "Its timestamp comes from an authority that is not known here."
    ),
    Note.CONSTRAINTS: lazy_gettext("It was made against the rules laid down for its field."),
    Note.PROVEN: lazy_gettext(
        "The certificate has ended since; a timestamp or our seal book proves that this was "
        "signed before."
    ),
}
_LEVELS = {
    "B-B": lazy_gettext("PAdES B-B, without timestamp"),
    "B-T": lazy_gettext("PAdES B-T, with timestamp"),
    "B-LT": lazy_gettext("PAdES B-LT, with proof data"),
    "B-LTA": lazy_gettext("PAdES B-LTA, for long-term keeping"),
    "CMS": lazy_gettext("CMS (PKCS#7)"),
    "S/MIME": lazy_gettext("S/MIME: text and attachments, not sender, date and subject"),
    "timestamp": lazy_gettext("Document timestamp (RFC 3161)"),
}


@dataclass(frozen=True)
class Explained:
    """One signature as a reader is told of it.

    Attributes:
        tone: Colour family, as of a chip.
        headline: The verdict in a few words.
        sentences: What that means, the most important first.
        facts: Names and values for those who want the details.
    """

    tone: str
    icon: str
    headline: str
    signer: str
    sentences: list[str]
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class ExplainedCheck:
    """All signatures of a file, or why nothing is known of them."""

    signatures: list[Explained]
    checked_at: datetime | None = None
    reason: str | None = None


def explain_check(check: CheckView) -> ExplainedCheck:
    """Return what is kept of a component's signatures, in words."""
    return ExplainedCheck(
        [explain(each) for each in check.verdicts],
        check.checked_at,
        reason_text(check.reason_code),
    )


def explain(verdict: Verdict) -> Explained:
    """Return one verdict in words."""
    tone, icon = _LOOKS[verdict.standing]
    return Explained(
        tone,
        "clock" if verdict.kind is SignatureKind.TIMESTAMP and tone == "ok" else icon,
        _headline(verdict),
        verdict.signer or str(gettext("Unreadable signer")),
        [each for each in (_integrity(verdict), *_trust(verdict)) if each],
        _facts(verdict),
    )


def _headline(verdict: Verdict) -> str:
    if verdict.integrity is Integrity.BROKEN:
        return str(gettext("Broken: not what was signed"))
    if verdict.integrity is Integrity.CHANGED:
        return str(gettext("Changed after signing"))
    if verdict.integrity is Integrity.UNREADABLE:
        return str(gettext("Cannot be checked"))
    if verdict.trust is Trust.REVOKED:
        return str(gettext("Certificate was revoked"))
    if verdict.standing is Standing.GOOD:
        return _good(verdict)
    if verdict.trust is Trust.EXPIRED:
        return str(gettext("Unchanged; certificate expired"))
    if verdict.trust is Trust.UNKNOWN:
        return str(gettext("Unchanged; signer unknown"))
    return str(gettext("Genuine; look at what came later"))


def _good(verdict: Verdict) -> str:
    if verdict.kind is SignatureKind.TIMESTAMP:
        return str(gettext("Valid timestamp"))
    return (
        str(gettext("Valid electronic seal"))
        if verdict.is_seal
        else str(gettext("Valid signature"))
    )


def _integrity(verdict: Verdict) -> str:
    if verdict.integrity is Integrity.INTACT:
        return str(gettext("The file is exactly what was signed."))
    if verdict.integrity is Integrity.EXTENDED:
        added = joined(list(dict.fromkeys(_change(each) for each in verdict.changes)))
        if not added:
            return str(gettext("What was signed is unchanged; what came later touches no content."))
        return str(gettext("What was signed is unchanged. Added since: %(added)s.", added=added))
    return str(_BROKEN.get(verdict.note) or _BROKEN[Note.MALFORMED])


def _change(change: Change) -> str:
    if change.kind == "signature":
        return str(gettext("the signature “%(name)s”", name=change.name))
    if change.kind == "timestamp":
        return str(gettext("a timestamp"))
    if change.kind == "proof":
        return str(gettext("proof data for long-term keeping"))
    return str(gettext("the field “%(name)s” was filled in", name=change.name))


def _trust(verdict: Verdict) -> list[str]:
    """Say who signed, only where there is something left that can be relied on."""
    if verdict.integrity not in _SOUND:
        return []
    said = []
    if verdict.trust is Trust.OWN and not verdict.is_seal:
        said.append(str(gettext("Its certificate was issued by this organization.")))
    elif verdict.trust is Trust.OWN:
        said.append(str(gettext("It was made with a seal of this organization.")))
    elif verdict.trust is Trust.TRUSTED:
        said.append(
            str(gettext("Its certificate comes from “%(name)s”, known here.", name=verdict.issuer))
        )
    elif verdict.trust is Trust.REVOKED:
        said.append(
            str(gettext("Its certificate was revoked; nothing proves that it signed before."))
        )
    elif verdict.trust is Trust.EXPIRED:
        said.append(
            str(gettext("Its certificate has expired; no timestamp proves that it signed before."))
        )
    elif verdict.note not in (Note.WEAK, Note.USAGE, Note.CHAIN):
        said.append(
            str(
                gettext(
                    "Who signed is the signer's own claim: “%(name)s”, which issued the "
                    "certificate, is not known here.",
                    name=verdict.issuer or "–",
                )
            )
        )
    if verdict.note in _DOUBTS:
        said.append(str(_DOUBTS[verdict.note]))
    return said


def _facts(verdict: Verdict) -> list[tuple[str, str]]:
    level = _LEVELS.get(verdict.level or "")
    facts = [
        (str(gettext("Signer")), verdict.signer),
        (str(gettext("Organization")), verdict.organization),
        (str(gettext("Certificate issuer")), verdict.issuer),
        (str(gettext("Signed (by the signer's clock)")), instant(verdict.signed_at)),
        (str(gettext("Proven by timestamp")), instant(verdict.timestamped_at)),
        (str(gettext("Reason for signing")), verdict.reason),
        (str(gettext("Signature field")), verdict.field),
        (str(gettext("Type of signature")), str(level) if level else None),
        (str(gettext("Digest algorithm")), verdict.digest and verdict.digest.upper()),
        (str(gettext("Serial number")), verdict.serial),
    ]
    return [(name, value) for name, value in facts if value]
