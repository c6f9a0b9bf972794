import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import answer, refused, run


def test_an_export_is_checked_by_sha256sum(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "out"
    paper = tmp_path / "通知 1.txt"
    paper.write_text("关于放假的通知")
    run("import", paper, "--register", "incoming", "--home", home)
    assert answer("export", out, "--home", home) == {"documents": 1, "files": 1, "damaged": []}
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("needs sha256sum: apt-get install coreutils")
    subprocess.run([program, "--check", "--quiet", "SHA256SUMS"], cwd=out, check=True)
    assert "not empty" in refused("export", out, "--home", home)


def test_a_damaged_object_is_named_by_verify_and_by_export(tmp_path: Path) -> None:
    home = tmp_path / "home"
    paper = tmp_path / "a.txt"
    paper.write_text("a paper")
    run("import", paper, "--register", "incoming", "--home", home)
    stored = next(each for each in (home / "objects").rglob("*") if each.is_file())
    stored.chmod(0o600)
    stored.write_bytes(stored.read_bytes()[:-1] + b"\0")
    report = answer("verify", "--home", home, status=1)
    assert not report["ok"]
    assert stored.name in str(report["changed"])
    out = answer("export", tmp_path / "out", "--home", home, status=1)
    assert out["damaged"]
    assert not list((tmp_path / "out" / "files").rglob("*.txt"))
