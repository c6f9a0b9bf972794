"""What is only compared is kept as a token: a digest under a key that the keys folder holds.

So a copy of the database alone tells neither words nor addresses.
"""

import hashlib
from collections.abc import Iterable

from storage import Vault

TOKEN_BYTES = 12
_PURPOSE = "related 1"


def related_key(vault: Vault) -> bytes:
    """Return the key of tokens and signatures, which outlives every rotation."""
    return vault.keyring.derive(_PURPOSE)


def token(key: bytes, kind: str, value: str) -> bytes:
    """Return the token of a value; those of another kind never equal it."""
    told = f"{kind}\0{value}".encode("utf-8", "replace")
    return hashlib.blake2b(told, key=key, digest_size=TOKEN_BYTES).digest()


def joined(tokens: Iterable[bytes]) -> bytes:
    """Return tokens one after the other, in order, each once."""
    return b"".join(sorted(set(tokens)))


def parted(tokens: bytes) -> frozenset[bytes]:
    """Return the tokens that `joined` put together."""
    return frozenset(
        tokens[start : start + TOKEN_BYTES] for start in range(0, len(tokens), TOKEN_BYTES)
    )
