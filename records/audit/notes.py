"""Signed notes (C2SP signed-note) of one Ed25519 key, checkpoints and proofs in them, as text.

Sources: https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-proof,
https://c2sp.org/tlog-cosignature (the signed time), https://c2sp.org/tlog-witness (the form of a
proof of consistency).
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from records.audit.verify_log import PROOF, demand

ED25519 = b"\x01"
COSIGNATURE = b"\x04"


@dataclass(frozen=True)
class NoteKey:
    """The public half of a key that signs notes, with the name under which it does.

    Attributes:
        key: 32 bytes, as in RFC 8032.
    """

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of the hash of name and key, by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    @property
    def dating_id(self) -> bytes:
        """The same for signatures over a note and a time."""
        return hashlib.sha256(self.name.encode() + b"\n" + COSIGNATURE + self.key).digest()[:4]

    def of_periods(self) -> "NoteKey":
        """Return the key under the name by which it signs periods that are handed out."""
        return replace(self, name=f"{self.name}/period")

    def of_exports(self) -> "NoteKey":
        """Return the key under the name by which it signs exports."""
        return replace(self, name=f"{self.name}/export")

    def text(self) -> str:
        """Return the verifier key as people hand it on: `name+hash+base64`."""
        return f"{self.name}+{self.id.hex()}+{encoded(ED25519 + self.key)}"


def encoded(data: bytes) -> str:
    """Return bytes as standard Base64 with padding."""
    return base64.b64encode(data).decode()


def signed_note(text: str, key: NoteKey, private: Ed25519PrivateKey) -> str:
    """Return a text, which ends in a newline, with the one line of its signature."""
    return f"{text}\n— {key.name} {encoded(key.id + private.sign(text.encode()))}\n"


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return what a checkpoint says, before it is signed."""
    return f"{origin}\n{size}\n{encoded(root)}\n"


def proof_text(leaf: bytes, sequence: int, path: Sequence[bytes], checkpoint: str) -> str:
    """Return the proof that a leaf stands in the log; the leaf travels along as extra data."""
    lines = [PROOF, f"extra {encoded(leaf)}", f"index {sequence}", *map(encoded, path)]
    return "\n".join(lines) + f"\n\n{checkpoint}"


def consistency_text(old_size: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """Return the proof that a checkpoint continues an older one; witnesses take it as it is."""
    return "\n".join([f"old {old_size}", *map(encoded, proof)]) + f"\n\n{checkpoint}"


def dated_line(checkpoint: str, key: NoteKey, private: Ed25519PrivateKey, at: datetime) -> str:
    """Return the line that signs a checkpoint together with a time, to the second."""
    moment = int(at.timestamp()).to_bytes(8, "big")
    signed = private.sign(_dated(checkpoint, moment))
    return f"— {key.name} {encoded(key.dating_id + moment + signed)}\n"


def open_dated(checkpoint: str, line: str, key: NoteKey) -> datetime:
    """Return the time that a line signs together with a checkpoint.

    Raises:
        Untrue: The key has not signed that.
    """
    try:
        signed = base64.b64decode(line.removeprefix(f"— {key.name} ").encode(), validate=False)
        demand(signed[:4] == key.dating_id, "its time is signed with another key")
        moment, signature = signed[4:12], signed[12:]
        demand(line == f"— {key.name} {encoded(signed)}\n", "its signed time has another form")
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature, _dated(checkpoint, moment))
    except InvalidSignature:
        demand(False, "the signature of its time is false")
    return datetime.fromtimestamp(int.from_bytes(moment, "big"), UTC)


def _dated(checkpoint: str, moment: bytes) -> bytes:
    text = checkpoint.partition("\n\n")[0]
    return f"cosignature/v1\ntime {int.from_bytes(moment, 'big')}\n{text}\n".encode()
