"""What a reader says with a signature, checked before anything is done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from uuid import UUID

from records.circulation.rules import DECISIONS, Decision, Purpose
from records.core.errors import Invalid
from records.core.rows import clean, filled

OPINION_MAX = 4_000
HANDWRITING_MAX_BYTES = 64 * 1024
HANDWRITING_MAX_PX = 2_000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class InstructionPlan:
    """What somebody is to do about the document, by when; it becomes a task."""

    text: str
    assignee_id: UUID
    due_on: date | None = None


@dataclass(frozen=True)
class Opinion:
    """A decision, and what goes with it.

    Attributes:
        handwriting: A PNG of at most 64 KiB and 2,000 pixels in each direction.
    """

    decision: Decision
    text: str | None = None
    handwriting: bytes | None = None
    instruction: InstructionPlan | None = None


def checked(opinion: Opinion) -> Opinion:
    """Return an opinion as it can be kept and signed.

    Raises:
        Invalid: A text is too long, an instruction is empty, or the handwriting is no small PNG.
    """
    instruction = opinion.instruction
    if instruction is not None:
        text = _bounded(filled(instruction.text, "instruction"), "instruction")
        instruction = replace(instruction, text=text)
    if opinion.handwriting is not None:
        check_handwriting(opinion.handwriting)
    return replace(
        opinion,
        text=_bounded(clean(opinion.text or "").strip(), "opinion") or None,
        handwriting=opinion.handwriting,
        instruction=instruction,
    )


def check_decision(decision: Decision, purpose: Purpose) -> None:
    """Refuse a decision that was not asked for.

    Raises:
        Invalid: The purpose does not take it.
    """
    if decision not in DECISIONS[purpose]:
        raise Invalid(
            "This document is circulated for another purpose: sign with one of %(known)s.",
            {"known": ", ".join(sorted(DECISIONS[purpose]))},
            field="decision",
        )


def check_handwriting(content: bytes) -> None:
    """Refuse what is not a small PNG of one picture.

    Raises:
        Invalid: Too large, or no PNG that can be read to its end.
    """
    if len(content) > HANDWRITING_MAX_BYTES:
        raise _no_handwriting()
    from PIL import Image

    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            too_large = max(image.size) > HANDWRITING_MAX_PX
            if too_large or not content.startswith(_PNG) or getattr(image, "n_frames", 1) > 1:
                raise _no_handwriting()
            image.load()
    except Invalid:
        raise
    except Exception as error:  # whatever the library makes of bytes from outside
        raise _no_handwriting() from error


def _no_handwriting() -> Invalid:
    facts: Mapping[str, object] = {
        "kib": HANDWRITING_MAX_BYTES // 1024,
        "pixels": HANDWRITING_MAX_PX,
    }
    return Invalid(
        "Handwriting is one PNG picture of at most %(kib)d KiB and %(pixels)d pixels a side.",
        facts,
        field="handwriting",
    )


def _bounded(text: str, field: str) -> str:
    if len(text) > OPINION_MAX:
        raise Invalid("This has at most %(count)d characters.", {"count": OPINION_MAX}, field=field)
    return text
