"""A certificate authority as offices buy from: with OCSP, revocation lists and timestamps.

Certomancer answers on the loopback interface. Its keys are made for each run.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.servers import free_ports

PASSWORD = "a password of the authority"
SEAL, REVOKED, EXPIRED, TLS, SILENT = "seal", "revoked", "expired", "tls", "silent"


@dataclass
class Authority:
    """A running authority; its certificates are named as in `PURPOSES`.

    Attributes:
        url: Where it answers.
        out_of_order: While this is set, every answer is an error.
    """

    url: str
    arch: Any
    folder: Path
    out_of_order: bool = field(default=False)

    @property
    def timestamp_url(self) -> str:
        """The address of its timestamp server."""
        return f"{self.url}/office/tsa/tsa"

    @property
    def roots(self) -> Path:
        """A PEM file with its topmost certificate."""
        path = self.folder / "roots.pem"
        path.write_bytes(self.certificate("root").public_bytes(Encoding.PEM))
        return path

    def certificate(self, label: str) -> x509.Certificate:
        """Return one of its certificates."""
        from certomancer.registry.common import CertLabel

        return x509.load_der_x509_certificate(self.arch.get_cert(CertLabel(label)).dump())

    def key_file(self, label: str = SEAL, *, password: str = PASSWORD, chain: bool = True) -> bytes:
        """Return a PKCS#12 file with a certificate, its key, and those above it."""
        from certomancer.registry.common import CertLabel

        made: bytes = self.arch.package_pkcs12(
            CertLabel(label), certs_to_embed=None if chain else [], password=password.encode()
        )
        return made

    def key(self, label: str = SEAL) -> bytes:
        """Return a private key, PKCS#8."""
        made: bytes = self.arch.key_set.get_private_key(label).dump()
        return made


@pytest.fixture(scope="session")
def authority_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Start an authority."""
    from certomancer.integrations.animator import Animator, AnimatorArchStore
    from certomancer.registry.common import ArchLabel
    from certomancer.registry.config import CertomancerConfig
    from werkzeug.serving import make_server

    folder = tmp_path_factory.mktemp("authority")
    _make_keys(folder)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    config = CertomancerConfig(_configuration(url), key_search_dir=str(folder))
    arch = config.get_pki_arch(ArchLabel("office"))
    answers = Animator(AnimatorArchStore({ArchLabel("office"): arch}), with_web_ui=False)
    made = Authority(url, arch, folder)

    def application(environ: Any, start_response: Any) -> Any:
        if made.out_of_order:
            start_response("503 Service Unavailable", [])
            return [b""]
        return answers(environ, start_response)

    server = make_server("127.0.0.1", port, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def authority(authority_server: Authority) -> Iterator[Authority]:
    """The authority, in order again after each test."""
    yield authority_server
    authority_server.out_of_order = False


KEYS = ("root", "interm", "tsa", "responder", SEAL, REVOKED, EXPIRED, TLS, SILENT)


def _make_keys(folder: Path) -> None:
    for name in KEYS:
        key: Any = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if name in (SEAL, "tsa")
            else ec.generate_private_key(ec.SECP256R1())
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)


def _configuration(url: str) -> dict[str, Any]:
    return {
        "external-url-prefix": url,
        "keysets": {
            "office": {"path-prefix": ".", "keys": {name: {"path": f"{name}.pem"} for name in KEYS}}
        },
        "pki-architectures": {
            "office": {
                "keyset": "office",
                "entity-defaults": {"country-name": "CN", "organization-name": "Test Authority"},
                "entities": {name: {"common-name": f"Test {name}"} for name in KEYS},
                "certs": _certificates(),
                "services": {
                    "ocsp": {
                        "interm": {
                            "for-issuer": "interm",
                            "responder-cert": "responder",
                            "signing-key": "responder",
                        }
                    },
                    "crl-repo": {
                        name: {
                            "for-issuer": name,
                            "signing-key": name,
                            "simulated-update-schedule": "P30D",
                        }
                        for name in ("root", "interm")
                    },
                    "time-stamping": {"tsa": {"signing-key": "tsa", "signing-cert": "tsa"}},
                },
            }
        },
    }


def _certificates() -> dict[str, Any]:
    above = _usage("digital_signature", "key_cert_sign", "crl_sign")
    signs = _usage("digital_signature", "non_repudiation")
    asked = [
        signs,
        _lists("interm"),
        {
            "id": "authority_information_access",
            "smart-value": {"schema": "aia-urls", "params": {"ocsp-responder-names": ["interm"]}},
        },
    ]
    return {
        "root": _certificate("root", "root", [_constraints(), above]),
        "interm": _certificate("interm", "root", [_constraints(0), above, _lists("root")]),
        "responder": _certificate(
            "responder",
            "interm",
            [_usage("digital_signature"), _purposes("ocsp_signing"), {"id": "ocsp_no_check"}],
        ),
        "tsa": _certificate(
            "tsa", "root", [_usage("digital_signature"), _purposes("time_stamping"), _lists("root")]
        ),
        SEAL: _certificate(SEAL, "interm", asked),
        REVOKED: {
            **_certificate(REVOKED, "interm", asked),
            "revocation": {
                "revoked-since": "2026-01-01T00:00:00+0000",
                "reason": "key_compromise",
            },
        },
        EXPIRED: _certificate(EXPIRED, "interm", asked, until=2025),
        TLS: _certificate(TLS, "interm", [signs, _purposes("server_auth")]),
        SILENT: _certificate(SILENT, "interm", [_usage("key_encipherment")]),
    }


def _certificate(
    name: str, issuer: str, extensions: list[Any], *, until: int = 2100
) -> dict[str, Any]:
    return {
        "subject": name,
        "subject-key": name,
        "issuer": issuer,
        "authority-key": issuer,
        "validity": {
            "valid-from": "2020-01-01T00:00:00+0000",
            "valid-to": f"{until}-01-01T00:00:00+0000",
        },
        "extensions": extensions,
    }


def _constraints(length: int | None = None) -> dict[str, Any]:
    value = {"ca": True} if length is None else {"ca": True, "path-len-constraint": length}
    return {"id": "basic_constraints", "critical": True, "value": value}


def _usage(*names: str) -> dict[str, Any]:
    value = {"schema": "key-usage", "params": list(names)}
    return {"id": "key_usage", "critical": True, "smart-value": value}


def _purposes(*names: str) -> dict[str, Any]:
    return {"id": "extended_key_usage", "critical": True, "value": list(names)}


def _lists(name: str) -> dict[str, Any]:
    value = {"schema": "crl-dist-url", "params": {"crl-repo-names": [name]}}
    return {"id": "crl_distribution_points", "smart-value": value}
