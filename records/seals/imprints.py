"""LOCAL STUB until the press helper delivers it."""
from dataclasses import dataclass
from uuid import UUID
import hashlib, struct
from sqlalchemy import select
from records.core.database import UnitOfWork
from records.people.rules import Actor
from records.seals.models import SealImprint
from storage import Vault

@dataclass(frozen=True)
class Imprint:
    png: bytes
    width_px: int
    height_px: int
    sha256: str

def draw_imprint(name: str, kind: str, diameter_mm: float) -> bytes:
    import resvg_py
    svg = '''<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="500" height="500"><circle cx="50" cy="50" r="47" fill="none" stroke="#c8102e" stroke-width="4"/><path fill="#c8102e" d="M50 30l4.7 14.5h15.2l-12.3 8.9 4.7 14.5L50 59l-12.3 8.9 4.7-14.5-12.3-8.9h15.2z"/></svg>'''
    return bytes(resvg_py.svg_to_bytes(svg_string=svg))

def set_imprint(uow: UnitOfWork, vault: Vault, actor: Actor, *, seal_id: UUID, png: bytes) -> SealImprint:
    width, height = struct.unpack(">II", png[16:24])
    _, wrapped = vault.keyring.new_data_key()
    row = SealImprint(id=uow.new_id(), seal_id=seal_id, width_px=width, height_px=height, sha256=hashlib.sha256(png).hexdigest(), wrapped_key=wrapped, sealed=vault.seal(wrapped, "imprint", png), set_at=uow.now, set_by=actor.user_id)
    uow.session.add(row)
    return row

def imprint_of(uow: UnitOfWork, vault: Vault, seal_id: UUID) -> Imprint | None:
    row = uow.session.scalar(select(SealImprint).where(SealImprint.seal_id == seal_id).order_by(SealImprint.set_at.desc(), SealImprint.id.desc()).limit(1))
    if row is None:
        return None
    return Imprint(vault.unseal(row.wrapped_key, "imprint", row.sealed), row.width_px, row.height_px, row.sha256)
