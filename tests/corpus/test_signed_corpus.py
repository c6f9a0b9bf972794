"""The signed PDFs of the collection, held against what pyHanko's own tests expect of them.

The files come from the tests of pyHanko; beside each stands which test says what of it. The same
table is in `docs/explanation/signatures.md`.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from records.seals.caged import seal_cage
from records.seals.signatures.examining import Anchors, examine
from records.seals.signatures.verdicts import Findings, Standing, Trust

_HERE = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("CHANCERY_CORPUS") or _HERE.parent / "shared" / "corpus")
FOLDER = CORPUS / "pdf_signed"
DOCS = _HERE / "docs" / "explanation" / "signatures.md"
# pyHanko's tests hold the clock here, so that the certificates of their people are good.
AT = datetime(2020, 11, 1, tzinfo=UTC)

# By file: the verdicts in the order of signing, or the reason; nothing where nothing is signed.
EXPECTED: dict[str, tuple[str, ...]] = {
    "CompactedPDFSyntaxTest.pdf": (),
    "broken-objstream4.pdf": (),
    "double-newline.pdf": (),
    "extensions-indirect.pdf": ("Sig1 extended", "Sig2 intact"),
    "form-update-ap-indirect-sneaky-trailer.pdf": ("Sig1 changed", "Sig2 intact"),
    "form-update-override-appearance-stream.pdf": ("Sig1 extended", "Sig2 intact"),
    "leaky-graphics-state-stamp-result.pdf": (),
    "minimal-aes256.pdf": ("encrypted",),
    "minimal-illegal-header.pdf": ("damaged",),
    "minimal-rc4.pdf": ("encrypted",),
    "minimal-startxref-obo3.pdf": (),
    "minimal-two-fields-pubkey-rc4.pdf": ("encrypted",),
    "minimal-with-field-pubkey-rc4.pdf": ("encrypted",),
    "minimal-with-textfield-group-var.pdf": (),
    "pades-lta-dss-indirect-arrs-test.pdf": ("Sig1 extended", "Timestamp extended"),
    "pubkey-ecc-test.pdf": ("encrypted",),
    "sig-no-signed-attrs.pdf": ("Sig1 intact",),
    "stamp-from-static-pdf.pdf": (),
}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason=f"no collection at {FOLDER}; set CHANCERY_CORPUS to its folder"
    ),
]


@pytest.fixture(scope="module")
def found() -> dict[str, Findings]:
    with seal_cage() as cage:
        return {
            path.name: examine(cage, Anchors((), ()), AT, [path.read_bytes()])
            for path in sorted(FOLDER.iterdir())
        }


def test_every_file_has_the_verdict_that_pyhanko_expects(found: dict[str, Findings]) -> None:
    told = {name: _told(findings) for name, findings in found.items()}
    assert {name: told[name] for name in EXPECTED if name in told} == EXPECTED


def test_nobody_is_trusted_who_is_not_named(found: dict[str, Findings]) -> None:
    for name, findings in found.items():
        for verdict in findings.verdicts:
            assert verdict.trust is Trust.UNKNOWN, name
            assert verdict.standing is not Standing.GOOD, name


def test_the_table_in_the_documentation_is_this_one() -> None:
    rows = re.findall(r"^\| `([^`]+\.pdf)` \| ([^|]*) \|", DOCS.read_text(), re.MULTILINE)
    assert {name: tuple(filter(None, words.strip().split("; "))) for name, words in rows} == {
        name: words or ("nothing is signed",) for name, words in EXPECTED.items()
    }


def _told(findings: Findings) -> tuple[str, ...]:
    if findings.reason_code is not None:
        return (findings.reason_code,)
    return tuple(f"{each.field.split('-')[0]} {each.integrity.value}" for each in findings.verdicts)
