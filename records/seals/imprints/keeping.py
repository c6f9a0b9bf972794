"""The imprints of seals: cleaned in the cage, kept sealed, opened for the act that needs one.

The picture of a seal is what a forger wants: it lies in the database under a key of its own, and
the log keeps its digest, not its pixels. The newest one counts; older ones stay, so that what was
stamped with them can be compared.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid, NotFound
from records.people.rules import Act, Actor, check_may
from records.seals.caged import Refused, in_cage
from records.seals.imprints.drawn import draw_imprint
from records.seals.models import Seal, SealImprint
from records.seals.pages.boxes import hundredths
from records.seals.register import get_seal, record_seal
from records.seals.rules import SealState
from search.reading import Cage
from storage import Vault

LARGEST_BYTES = 10 << 20
_LARGEST_SIDE_PX = 6000
_PNG_HEAD = struct.Struct(">8s4x4sII")
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Imprint:
    """The picture of a seal: PNG with transparency."""

    id: UUID
    png: bytes
    width_px: int
    height_px: int
    sha256: str


def clean_scan(cage: Cage, seal: Seal, content: Iterable[bytes]) -> bytes:
    """Return the imprint that a scan, a PNG or an SVG shows, in the seal's real size.

    It takes up to seconds and no unit of work: the person looks at it before it is set.

    Args:
        cage: One with the workshop, see `caged.seal_cage`.

    Raises:
        Invalid: It shows no imprint of this seal; the field is `imprint`.
    """
    job = {
        "width": hundredths(seal.width_mm),
        "height": hundredths(seal.height_mm),
        "shape": seal.shape,
    }
    try:
        _, png = in_cage(cage, "clean_imprint", job, content)
    except Refused as refused:
        raise _in_words(refused.code) from refused
    return png


def drawn_for(seal: Seal) -> bytes:
    """Return an imprint drawn from what the register says of a seal, to start with."""
    return draw_imprint(seal.name, seal.kind, seal.width_mm, seal.height_mm, shape=seal.shape)


def set_imprint(
    uow: UnitOfWork, vault: Vault, actor: Actor, *, seal_id: UUID, png: bytes
) -> SealImprint:
    """Give a seal its imprint: one that `clean_scan` or `drawn_for` returned.

    Raises:
        Invalid: It is no PNG of a size that makes sense.
        Conflict: The seal is destroyed.
    """
    check_may(actor, Act.KEEP_SEAL_REGISTER)
    seal = get_seal(uow, seal_id, for_update=True)
    if seal.state == SealState.DESTROYED:
        raise Conflict("This seal is %(state)s.", {"state": seal.state})
    width_px, height_px = _size(png)
    imprint_id = uow.new_id()
    _, wrapped_key = vault.keyring.new_data_key()
    imprint = SealImprint(
        id=imprint_id,
        seal_id=seal.id,
        width_px=width_px,
        height_px=height_px,
        sha256=hashlib.sha256(png).hexdigest(),
        wrapped_key=wrapped_key,
        sealed=vault.seal(wrapped_key, _label(imprint_id), png),
        set_at=uow.now,
        set_by=actor.user_id,
    )
    uow.session.add(imprint)
    uow.session.flush()
    facts: dict[str, object] = {"sha256": imprint.sha256, "width": width_px, "height": height_px}
    record_seal(uow, actor, "seal.imprint_set", seal, imprint_id, facts=facts)
    return imprint


def imprint_of(uow: UnitOfWork, vault: Vault, seal_id: UUID) -> Imprint:
    """Return the imprint of a seal; whoever asks has checked who may see it.

    Raises:
        NotFound: It has none yet.
    """
    query = (
        select(SealImprint)
        .where(SealImprint.seal_id == seal_id)
        .order_by(SealImprint.set_at.desc(), SealImprint.id.desc())
        .limit(1)
    )
    kept = uow.session.scalar(query)
    if kept is None:
        raise NotFound
    return Imprint(kept.id, open_imprint(vault, kept), kept.width_px, kept.height_px, kept.sha256)


def open_imprint(vault: Vault, kept: SealImprint) -> bytes:
    """Return the picture of an imprint that is kept, or raise `SealDamaged`."""
    return vault.unseal(kept.wrapped_key, _label(kept.id), kept.sealed)


def _size(png: bytes) -> tuple[int, int]:
    """Return width and height from the head of a PNG; its pixels are not looked at here."""
    if not _PNG_HEAD.size < len(png) <= LARGEST_BYTES:
        raise _in_words("imprint_unreadable")
    signature, kind, width, height = _PNG_HEAD.unpack_from(png)
    sane = 0 < width <= _LARGEST_SIDE_PX and 0 < height <= _LARGEST_SIDE_PX
    if signature != _PNG_SIGNATURE or kind != b"IHDR" or not sane:
        raise _in_words("imprint_unreadable")
    return width, height


def _in_words(code: str) -> Invalid:
    """Return what the cage refuses, as the person who chose the file is told."""
    known = {
        "imprint_pale": Invalid("No red ink is seen on this picture.", field="imprint"),
        "imprint_cut": Invalid(
            "The imprint on this picture has not the proportions of the seal.", field="imprint"
        ),
        "imprint_svg": Invalid(
            "This drawing is damaged, or it loads something from elsewhere.", field="imprint"
        ),
        "too_large": Invalid("This picture is too large.", field="imprint"),
    }
    return known.get(code) or Invalid(
        "This picture cannot be read; give a scan as PNG or JPEG, or a drawing as SVG.",
        field="imprint",
    )


def _label(imprint_id: UUID) -> str:
    # The label names the row, so that no seal can be given another one's picture.
    return f"seal imprint {imprint_id}"
