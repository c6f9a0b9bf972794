"""Why a class, unit or route is suggested, in words."""

from flask_babel import gettext, ngettext

from records.filing.suggestions import Reason, ReasonKind


def reason_words(reason: Reason) -> str:
    """Return the sentence that stands beside a suggestion."""
    match reason.kind:
        case ReasonKind.RULE:
            words = gettext("By the rule “%(name)s”.", name=reason.name or "")
        case ReasonKind.SENDER:
            words = ngettext(
                "%(num)s document from this sender went there.",
                "%(num)s documents from this sender went there.",
                reason.count,
            )
        case ReasonKind.SERIES:
            words = ngettext(
                "%(num)s document numbered %(name)s went there.",
                "%(num)s documents numbered %(name)s went there.",
                reason.count,
                name=reason.name or "",
            )
        case ReasonKind.CLASS:
            words = gettext("The file plan says so for this class.")
        case ReasonKind.LEARNED:
            words = gettext("Learned from earlier filings.")
    return str(words)
