"""Scans in plain words: how far recognition is, which pages, and what the book says of a stack."""

from collections.abc import Sequence

from flask_babel import gettext, ngettext

from records.scans.service import RecognitionView
from web.reasons import reason_text


def book_reason() -> str:
    """Return what stands in the book behind the number of a stack that was split."""
    return str(gettext("A stack of scans, split into documents of their own."))


def state_in_words(view: RecognitionView) -> str:
    """Return how far a recognition is, as a sentence."""
    if view.state == "waiting" and not view.pages_done:
        return str(gettext("Waits to be recognised"))
    if view.at_work and view.pages_total is None:
        return str(gettext("Is being recognised"))
    if view.at_work:
        return str(
            ngettext(
                "%(done)s of %(num)s page recognised",
                "%(done)s of %(num)s pages recognised",
                view.pages_total or 0,
                done=view.pages_done,
            )
        )
    if view.state == "done" and view.reason_code is None:
        return str(gettext("Recognised, %(percent)s sure", percent=percent(view.confidence)))
    return str(reason_text(view.reason_code) or gettext("Not recognised"))


def language_in_words(model: str) -> str:
    """Return the language that a model of the engine reads; its own name where we know none."""
    known = {
        "chi_sim": gettext("Simplified Chinese"),
        "chi_tra": gettext("Traditional Chinese"),
        "eng": gettext("English"),
    }
    return str(known.get(model, model))


def percent(share: float | None) -> str:
    """Return a share from 0 to 1 as people read it; never 100 % of what is not certain."""
    return "–" if share is None else f"{min(99, int(share * 100))} %"


def page_ranges(numbers: Sequence[int]) -> str:
    """Return numbers of pages as people write them: 3, 5–7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    comma = str(gettext(", "))
    return comma.join(f"{first}" if first == last else f"{first}–{last}" for first, last in runs)
