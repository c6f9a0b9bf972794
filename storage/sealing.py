"""Small derived content (extracted text, previews) sealed under the key of its component.

A sealed blob is `version (1) ‖ nonce (12) ‖ AES-256-GCM ciphertext and tag`; the key is derived
from the component's data key and the label, so destroying the data key destroys these as well,
and a blob never opens under another label.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.derivation import derive_key
from storage.errors import SealDamaged

VERSION = b"\x01"
NONCE_BYTES = 12


def _cipher(data_key: bytes, label: str) -> AESGCM:
    return AESGCM(derive_key(data_key, f"sealed content 1: {label}"))


def seal(data_key: bytes, label: str, data: bytes) -> bytes:
    """Encrypt `data` (whole in memory) for one label; the blob is 29 bytes longer."""
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(data_key, label).encrypt(nonce, data, VERSION)


def unseal(data_key: bytes, label: str, blob: bytes) -> bytes:
    """Give back what was sealed.

    Raises:
        SealDamaged: the blob was altered or was sealed under another key or label.
    """
    nonce = blob[1 : 1 + NONCE_BYTES]
    if blob[:1] != VERSION or len(nonce) != NONCE_BYTES:
        raise SealDamaged(f"sealed {label} is not a sealed blob of version 1")
    try:
        return _cipher(data_key, label).decrypt(nonce, blob[1 + NONCE_BYTES :], VERSION)
    except InvalidTag as error:
        raise SealDamaged(f"sealed {label} does not authenticate") from error
