"""A token of software (SoftHSM) with keys and certificates for seals."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

PLACES = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/local/lib/softhsm")
LABEL, PIN = "office", "918273"


@dataclass(frozen=True)
class SoftToken:
    """A token: `module` is its library, `label` and `pin` what opens it."""

    module: Path
    label: str
    pin: str

    def put(self, label: str, key: bytes, *certificates: x509.Certificate) -> None:
        """Put a private key (PKCS#8) and certificates under one label into the token."""
        import pkcs11
        from asn1crypto import keys
        from pkcs11.util.ec import decode_ec_private_key
        from pkcs11.util.rsa import decode_rsa_private_key
        from pkcs11.util.x509 import decode_x509_certificate

        info = keys.PrivateKeyInfo.load(key)
        inner = info["private_key"].parsed
        if info.algorithm == "rsa":
            attributes = decode_rsa_private_key(inner.dump())
        else:
            inner["parameters"] = info["private_key_algorithm"]["parameters"]
            attributes = decode_ec_private_key(inner.dump())
        with self._open() as session:
            shared = {pkcs11.Attribute.LABEL: label, pkcs11.Attribute.TOKEN: True}
            session.create_object({**attributes, **shared, pkcs11.Attribute.SIGN: True})
            for each in certificates:
                read = decode_x509_certificate(each.public_bytes(Encoding.DER))
                session.create_object({**read, **shared})

    def _open(self) -> Any:
        import pkcs11

        token = pkcs11.lib(str(self.module)).get_token(token_label=self.label)
        return token.open(rw=True, user_pin=self.pin)


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftToken]:
    """Make an empty token; the library reads where it lies from the environment."""
    tool = shutil.which("softhsm2-util")
    module = next(
        (path for each in PLACES if (path := Path(each) / "libsofthsm2.so").exists()), None
    )
    if tool is None or module is None:
        pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(config))
        words = ["--init-token", "--free", "--label", LABEL, "--pin", PIN, "--so-pin", "1234"]
        subprocess.run([tool, *words], check=True, capture_output=True)
        yield SoftToken(module, LABEL, PIN)
