"""Why a seal request became void, in words; mail, notices and screens share them."""

from collections.abc import Callable
from gettext import NullTranslations

from records.seals.rules import VoidReason


def why_void(words: NullTranslations, reason: str) -> str:
    """Return a `VoidReason` in words; a reason that somebody wrote comes back as it is."""
    if reason not in set(VoidReason):
        return reason
    return _REASONS[VoidReason(reason)](words)


_REASONS: dict[VoidReason, Callable[[NullTranslations], str]] = {
    VoidReason.CONTENT_CHANGED: lambda words: words.pgettext(
        "seal_void", "The document has changed since the seal was asked for."
    ),
    VoidReason.DOCUMENT_VOIDED: lambda words: words.pgettext(
        "seal_void", "The registration of the document was voided."
    ),
    VoidReason.DOCUMENT_FILED: lambda words: words.pgettext(
        "seal_void", "The document was filed: its files are frozen."
    ),
    VoidReason.SECRECY_RAISED: lambda words: words.pgettext(
        "seal_void",
        "The secrecy was raised above the clearance of somebody whom the request needs.",
    ),
    VoidReason.SEAL_LOST: lambda words: words.pgettext("seal_void", "The seal was reported lost."),
    VoidReason.SEAL_WITHDRAWN: lambda words: words.pgettext(
        "seal_void", "The seal was taken out of use."
    ),
    VoidReason.SEAL_EXPIRED: lambda words: words.pgettext(
        "seal_void", "The time of the seal is over."
    ),
    VoidReason.KEEPER_CHANGED: lambda words: words.pgettext(
        "seal_void", "The seal came to somebody who had a part in the request."
    ),
}
