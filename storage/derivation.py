"""Keys made from keys: HKDF-SHA256 (RFC 5869) with the purpose as info."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return the 32-byte key of `secret` (32 random bytes) for one purpose.

    Keys of different purposes tell nothing about each other or about the secret. The info is
    `chancery: ` and the purpose in UTF-8; there is no salt, for the secret is already uniform.
    """
    info = b"chancery: " + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)
