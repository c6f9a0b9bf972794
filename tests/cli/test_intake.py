import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import COMMAND, answer, answers, environment, refused, run

COUNT = 90
MORE = 600


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number:03}.txt").write_text(f"Paper number {number} 关于档案移交的通知\n")
    return folder


def test_one_command_on_an_empty_home_makes_files_findable(papers: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    outcomes = answers("import", papers, "--register", "incoming", "--home", home, "--wait")
    assert [each["number"] for each in outcomes][-1].endswith(f"-{COUNT:04}")
    assert {each["status"] for each in outcomes} == {"registered"}
    answer("user", "add", "anna", "--role", "clerk", "--home", home)
    found = answer("search", "移交 77", "--as", "anna", "--limit", "5", "--home", home)
    assert found["total"] == 1
    assert found["hits"][0]["file_name"] == "077.txt"
    assert answer("verify", "--home", home)["ok"] is True
    run("reindex", "--home", home)
    assert answer("search", "移交", "--as", "anna", "--home", home)["total"] == COUNT


def add_more(papers: Path) -> int:
    """Add so many that a machine at its limit is not done before it is told to stop."""
    for number in range(MORE):
        (papers / f"more-{number:04}.txt").write_text(f"Another paper, number {number}\n")
    return MORE


def test_an_import_killed_in_the_middle_goes_on_without_doubles_or_gaps(
    papers: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    count = COUNT + add_more(papers)
    run("init", "--home", home)
    arguments = ["import", str(papers), "--register", "incoming", "--home", str(home), "--json"]
    running = subprocess.Popen([*COMMAND, *arguments], env=environment(), stdout=subprocess.PIPE)
    assert running.stdout is not None
    for _ in range(25):
        running.stdout.readline()
    running.send_signal(signal.SIGKILL)
    running.wait()
    running.stdout.close()
    outcomes = answers(*arguments[:-1])
    assert len({each["id"] for each in outcomes}) == count
    statuses = [each["status"] for each in outcomes]
    assert statuses.count("existing") >= 25
    assert statuses.count("existing") + statuses.count("registered") == count
    assert sorted(int(each["number"][-4:]) for each in outcomes) == list(range(1, count + 1))
    checked = answer("verify", "--home", home, status=0)
    assert checked["numbers"] == {"gaps": [], "duplicates": []}
    assert (checked["missing"], checked["changed"]) == ([], [])


def test_what_cannot_be_imported_is_refused_in_one_sentence(papers: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    manifest = tmp_path / "list.csv"
    manifest.write_text("path,titel\n000.txt,A\n")
    into = ("--home", home, "--register")
    assert "no register incomming" in refused("import", papers, *into, "incomming")
    said = refused("import", papers, *into, "incoming", "--manifest", manifest)
    assert "nearest known one is title" in said
    answer("user", "add", "otto", "--role", "staff", "--home", home)
    assert "None of your posts" in refused("import", papers, *into, "incoming", "--as", "otto")
    assert "no user" in refused("import", papers, *into, "incoming", "--as", "nobody")
    refused("import", tmp_path / "nowhere", *into, "incoming")
    manifest.write_text("path,title\n000.txt,A\ngone.txt,B\n")
    rows = answers("import", papers, *into, "incoming", "--manifest", manifest, status=1)
    assert [each["status"] for each in rows] == ["registered", "failed"]


def test_a_refused_attempt_of_a_known_person_is_in_the_log(papers: Path, tmp_path: Path) -> None:
    import sqlite3

    home = tmp_path / "home"
    answer("user", "add", "otto", "--role", "staff", "--home", home)
    refused("import", papers, "--register", "incoming", "--as", "otto", "--home", home)
    with sqlite3.connect(home / "chancery.sqlite3") as database:
        kinds = [row[0] for row in database.execute("SELECT kind FROM log_entry ORDER BY sequence")]
    assert kinds[-1] == "access.refused"


def test_an_old_book_is_tried_refused_by_line_and_brought_in(tmp_path: Path) -> None:
    home, book = tmp_path / "home", tmp_path / "book.csv"
    book.write_bytes("编号;标题;年度\n3;甲;2019\n3;乙;2019\n;丙;2019\n".encode("gb18030"))
    into = ("import-book", book, "--register", "incoming", "--home", home)
    tried = answer(*into, "--dry-run", status=1)
    assert [(each["line"], each["field"]) for each in tried["errors"]] == [
        (3, "number"),
        (4, "number"),
    ]
    assert answer(*into, status=2)["registered"] == 0
    book.write_bytes("编号,标题,年度\n3,甲,2019\n5,乙,2019\n".encode("gb18030"))
    assert answer(*into, "--dry-run")["years"] == [
        {"year": 2019, "first": 3, "last": 5, "count": 2, "missing": 1}
    ]
    assert answer(*into)["registered"] == 2
    assert "given already" in run(*into, status=2).stderr
    assert answer("verify", "--home", home)["numbers"] == {"gaps": [], "duplicates": []}


def test_ctrl_c_ends_an_import_in_order(papers: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    add_more(papers)
    run("init", "--home", home)
    arguments = ["import", str(papers), "--register", "incoming", "--home", str(home), "--json"]
    running = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell lets what it starts in the background ignore the signal, and so do we inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    assert running.stdout is not None
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert "Traceback" not in said
    assert running.returncode == 1
    assert not list((home / "spool").iterdir())
