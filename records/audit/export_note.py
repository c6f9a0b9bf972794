"""The signed note that goes with an export: what `SHA256SUMS` was, and when.

Checked with `openssl` alone, as `docs/how-to/export.md` shows. The key is the log's, under a name
of its own, so that no export can ever be taken for a checkpoint.
"""

from records.audit.checkpoints import ensure_log_key, open_log_key
from records.audit.notes import signed_note
from records.core.database import UnitOfWork
from records.core.log import timestamp
from storage import Vault


def export_note(uow: UnitOfWork, vault: Vault, *, sums_sha256: str, origin: str) -> str:
    """Return the note on an export.

    Args:
        sums_sha256: Of the file of sums, in hexadecimal digits.
        origin: The name of the log, where its key is made first.
    """
    key = ensure_log_key(uow, vault, origin=origin).of_exports()
    text = f"{key.name}\n{timestamp(uow.now)}\nsha256 {sums_sha256}\n"
    return signed_note(text, key, open_log_key(uow, vault))
