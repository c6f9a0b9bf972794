"""The drill: a back-up of a whole office, taken to another machine and brought back."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import answer, refused, run

WORDS = ("移交", "letter", "77", "关于", "paper", "number", "档案")


@pytest.fixture(scope="module")
def office_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with thirty papers, made once; the tests work on copies of it."""
    folder = tmp_path_factory.mktemp("office")
    papers, home = folder / "papers", folder / "home"
    papers.mkdir()
    for number in range(60, 90):
        (papers / f"{number}.txt").write_text(f"Letter number {number} 关于档案移交的通知\n")
    run("import", papers, "--register", "incoming", "--home", home, "--wait")
    run("user", "add", "anna", "--role", "clerk", "--home", home)
    return home


@pytest.fixture
def home(office_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(office_home, tmp_path / "home"))


def _found(home: Path) -> list[tuple[int, list[str]]]:
    answers = []
    for word in WORDS:
        found = answer("search", word, "--as", "anna", "--limit", "50", "--home", home)
        answers.append((found["total"], sorted(each["number"] for each in found["hits"])))
    return answers


def test_an_office_comes_back_whole_on_an_empty_machine(home: Path, tmp_path: Path) -> None:
    kept, there = tmp_path / "kept", tmp_path / "there"
    safe = tmp_path / "safe.json"
    shutil.copy(home / "keys" / "master.json", safe)
    made = answer("backup", kept, "--home", home)
    assert (made["originals"], made["missing"]) == (30, [])
    before, checkpoint = _found(home), tmp_path / "checkpoint"
    run("log", "checkpoint", "--out", checkpoint, "--home", home)
    done = answer("restore", kept, "--keys", safe, "--home", there)
    assert (done["originals"], done["missing"], done["log"]) == (30, [], "continued")
    assert done["rows"] == made["rows"]
    run("reindex", "--home", there)
    assert _found(there) == before
    assert answer("verify", "--home", there)["ok"]
    (tmp_path / "more.txt").write_text("the next one")
    more = answer("import", tmp_path / "more.txt", "--register", "incoming", "--home", there)
    assert more["number"].endswith("-0031")


def test_a_log_that_went_on_after_the_back_up_is_told_apart(home: Path, tmp_path: Path) -> None:
    kept, there, checkpoint = tmp_path / "kept", tmp_path / "there", tmp_path / "checkpoint"
    run("backup", kept, "--home", home)
    run("user", "add", "otto", "--role", "staff", "--home", home)
    run("log", "checkpoint", "--out", checkpoint, "--home", home)
    run("restore", kept, "--keys", home / "keys" / "master.json", "--home", there)
    report = answer("verify", "--against", checkpoint, "--home", there, status=1)
    assert not report["ok"]


def test_a_second_run_writes_only_what_is_new(home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    run("backup", kept, "--home", home)
    first = {each.name for each in (kept / "objects").rglob("*") if each.is_file()}
    (tmp_path / "more.txt").write_text("the next one")
    run("import", tmp_path / "more.txt", "--register", "incoming", "--home", home)
    run("backup", kept, "--home", home)
    second = {each.name for each in (kept / "objects").rglob("*") if each.is_file()}
    assert first < second
    # The new original, and one block for each table that changed.
    assert len(second - first) < 20
    run("backup", kept, "--keep", "1", "--home", home)
    left = {each.name for each in (kept / "objects").rglob("*") if each.is_file()}
    assert len(left) < len(second) + 10
    assert len(list((kept / "snapshots").iterdir())) == 1
    run("restore", kept, "--keys", home / "keys/master.json", "--home", tmp_path / "there")


def test_a_back_up_is_audited_without_keys_and_says_nothing_in_clear(
    home: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    run("backup", kept, "--home", home)
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("needs sha256sum: apt-get install coreutils")
    for each in (kept / "objects").rglob("*"):
        if each.is_file():
            done = subprocess.run([program, each], capture_output=True, text=True, check=True)
            assert done.stdout.startswith(each.name)
            content = each.read_bytes()
            assert b"anna" not in content
            assert "移交".encode() not in content
    (snapshot,) = (kept / "snapshots").iterdir()
    assert "anna" not in snapshot.read_text()
    assert json.loads(snapshot.read_text())["format"] == "chancery back-up 1"


def test_a_restore_is_refused_where_it_would_destroy_or_cannot_open(
    home: Path, tmp_path: Path
) -> None:
    kept, there = tmp_path / "kept", tmp_path / "there"
    run("backup", kept, "--home", home)
    assert "an office here already" in refused("restore", kept, "--home", home)
    assert "no key file" in refused("restore", kept, "--home", there)
    other = tmp_path / "other"
    run("init", "--home", other)
    said = refused("restore", kept, "--keys", other / "keys/master.json", "--home", there)
    assert "master key" in said
    assert "no snapshot" in refused("restore", tmp_path, "--home", there)


def test_an_original_that_cannot_be_read_is_named_and_the_rest_kept(
    home: Path, tmp_path: Path
) -> None:
    first, second = sorted(each for each in (home / "objects").rglob("*") if each.is_file())[:2]
    first.unlink()
    second.chmod(0o600)
    second.write_bytes(second.read_bytes()[:-1] + b"\0")
    made = answer("backup", tmp_path / "kept", "--home", home, status=1)
    assert set(made["missing"]) == {first.name, second.name}
    keys = home / "keys" / "master.json"
    there = tmp_path / "there"
    done = answer("restore", tmp_path / "kept", "--keys", keys, "--home", there, status=1)
    assert set(done["missing"]) == {first.name, second.name}


def test_a_rotation_between_two_runs_leaves_nothing_to_the_earlier_key(
    home: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    run("backup", kept, "--home", home)
    run("keys", "rotate", "--home", home)
    run("backup", kept, "--keep", "1", "--home", home)
    keys = json.loads((home / "keys" / "master.json").read_text())
    keys["keys"] = [each for each in keys["keys"] if each["id"] == keys["current"]]
    only = tmp_path / "only.json"
    only.write_text(json.dumps(keys))
    done = answer("restore", kept, "--keys", only, "--home", tmp_path / "there")
    assert done["missing"] == []
