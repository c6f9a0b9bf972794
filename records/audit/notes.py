"""Signed notes (C2SP signed-note) of one Ed25519 key, checkpoints and proofs in them, as text.

Sources: https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-proof.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from records.audit.verify_log import PROOF

ED25519 = b"\x01"


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
