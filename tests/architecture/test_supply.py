"""What the program is made of: locked with hashes, listed, and audited or said not to be."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.audit import CLEAN, KNOWN, LOCKS, NOT_ASKED, Judged, judge, worst

ROOT = Path(__file__).parents[2]
PACKAGE = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


def locked(lock: str) -> dict[str, str]:
    return dict(PACKAGE.findall((ROOT / lock).read_text(encoding="ascii")))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text(encoding="ascii"))
    bare = [each.splitlines()[0] for each in entries if "--hash=sha256:" not in each]
    assert bare == []
    assert locked(lock)


def test_nothing_is_installed_without_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [line.strip() for line in makefile.splitlines() if "/pip install" in line]
    own = "--no-deps --editable ."
    assert [each for each in installs if "--require-hashes" not in each and own not in each] == []
    assert len(installs) == 4
    assert "npm ci" in makefile
    assert "pip install" not in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_package_of_the_front_end_has_a_digest() -> None:
    lock = json.loads((ROOT / "web" / "frontend" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert [name for name, each in packages.items() if not each.get("integrity")] == []


def test_the_list_of_what_runs_names_exactly_what_is_locked(tmp_path: Path) -> None:
    out = tmp_path / "sbom.json"
    command = re.search(
        r"\$\(BIN\)/(cyclonedx-py .*) -o \S+$", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    assert command is not None
    program = [sys.executable, "-m", "cyclonedx_py", *command[1].split()[1:], "-o", str(out)]
    subprocess.run(program, cwd=ROOT, check=True, capture_output=True)
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["bomFormat"] == "CycloneDX"
    assert told["metadata"]["component"]["name"] == "chancery"
    listed = {each["name"]: each["version"] for each in told["components"]}
    assert listed == locked("requirements.lock")
    hashed = [each["externalReferences"][0].get("hashes") for each in told["components"]]
    assert all(hashed)


def answer(**more: object) -> str:
    return json.dumps({"dependencies": [{"name": "a", "version": "1", "vulns": [], **more}]})


def test_an_audit_that_could_not_ask_is_never_a_clean_one() -> None:
    known = {"id": "PYSEC-1", "fix_versions": ["2"]}
    assert judge("x", answer(), "").status == CLEAN
    found = judge("x", answer(vulns=[known]), "")
    assert (found.status, found.lines) == (KNOWN, ["x: a 1: PYSEC-1 (mended in 2)"])
    assert judge("x", "", "Traceback\nConnectionError: no way out").status == NOT_ASKED
    assert judge("x", answer(skip_reason="not found"), "").status == NOT_ASKED
    assert judge("x", '{"dependencies": []}', "").status == NOT_ASKED
    assert worst([Judged(NOT_ASKED, []), Judged(KNOWN, [])]) == KNOWN
    assert worst([Judged(CLEAN, []), Judged(NOT_ASKED, [])]) == NOT_ASKED
