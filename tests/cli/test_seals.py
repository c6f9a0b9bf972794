"""Seals and their certificates from a shell."""

import json
from pathlib import Path

from cryptography import x509

from tests.authorities import PASSWORD, Authority, authority, authority_server
from tests.cli.shell import answer, refused, run

__all__ = ["authority", "authority_server"]

SEAL = ("--kind", "unit", "--width", "42", "--issuer", "City police")


def test_a_seal_signs_after_three_commands_and_no_more_after_a_fourth(tmp_path: Path) -> None:
    home, pem = tmp_path / "home", tmp_path / "authority.pem"
    made = answer("seal", "authority", "--home", home, "--out", pem)
    root = x509.load_pem_x509_certificate(pem.read_bytes())
    assert made["fingerprint"].count(":") == 31
    assert answer("seal", "authority", "--home", home) == made
    assert answer("seal", "register", "GZ", "示例单位", *SEAL, "--home", home)["code"] == "GZ"
    done = run("seal", "issue", "GZ", "--years", "2", "--home", home)
    assert "no qualified seal" in done.stderr
    (line,) = answer("seal", "list", "--home", home)
    (certificate,) = line["certificates"]
    assert (certificate["state"], certificate["source"]) == ("in_use", "self_issued")
    assert certificate["subject"] == "示例单位"
    assert root.subject.rfc4514_string().startswith("CN=Chancery Seal Authority")
    ended = answer("seal", "end", "示例单位", "--reason", "Key lost", "--home", home)
    assert (ended["state"], ended["end_reason"]) == ("ended", "Key lost")
    assert "ended before" in refused("seal", "end", "GZ", "--reason", "Again", "--home", home)
    assert "no seal XX" in refused("seal", "issue", "XX", "--home", home)


def test_a_bought_certificate_is_imported_with_its_password_in_a_file(
    tmp_path: Path, authority: Authority
) -> None:
    home, file, password = tmp_path / "home", tmp_path / "seal.p12", tmp_path / "password"
    file.write_bytes(authority.key_file(chain=False))
    password.write_text(f"{PASSWORD}\n")
    run("seal", "register", "HT", "Contracts", *SEAL, "--home", home)
    words = ("seal", "import", "HT", file, "--password-file", password, "--home", home)
    assert "Test interm is missing" in refused(*words)
    chain = tmp_path / "chain.pem"
    from cryptography.hazmat.primitives.serialization import Encoding

    chain.write_bytes(
        b"".join(
            authority.certificate(each).public_bytes(Encoding.PEM) for each in ("interm", "root")
        )
    )
    added = answer(*words, "--chain", chain)
    assert (added["source"], added["issuer"]) == ("pkcs12", "Test interm")
    password.write_text("another")
    assert "does not open with this password" in refused(*words)


def test_doctor_looks_at_what_seals_need(tmp_path: Path, authority: Authority) -> None:
    home = tmp_path / "home"
    run("init", "--home", home)

    def lines(*words: str, **settings: str) -> dict[str, dict[str, str]]:
        done = run("doctor", "--home", home, "--json", *words, **settings)  # type: ignore[arg-type]
        return {each["name"]: each for each in json.loads(done.stdout)}

    plain = lines()
    assert plain["Seals"]["state"] == "ok"
    assert not {"Timestamps", "Token library", "Trusted"} & set(plain)
    silent = "http://127.0.0.1:1/tsa"
    assert lines(timestamp_url=silent)["Timestamps"]["state"] == "ok"
    wrong = lines(
        "--ask", timestamp_url=silent, pkcs11_module="/none.so", trusted_certificates="/none.pem"
    )
    assert wrong["Timestamps"]["state"] == "warn"
    assert "127.0.0.1 does not answer" in wrong["Timestamps"]["text"]
    assert wrong["Token library"]["state"] == "missing"
    assert wrong["Trusted"]["state"] == "missing"
    right = lines(
        "--ask",
        timestamp_url=authority.timestamp_url,
        trusted_certificates=str(authority.roots),
    )
    assert right["Timestamps"]["text"] == "127.0.0.1 answers"
    assert right["Trusted"]["state"] == "ok"
