"""The drills of the documentation, word for word: restore, lost keys, a stranger's check."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.shell import ROOT, commands_and_output, expect, in_a_shell
from tests.integration.service import Service, serving
from tests.servers import PostgresServer, free_ports

BACK_UP = ROOT / "docs" / "how-to" / "back-up.md"
KEYS = ROOT / "docs" / "how-to" / "keys.md"
EXPORT = ROOT / "docs" / "how-to" / "export.md"
DRILL = "## The drill"
LOST = "## When the file is lost: the drill"
CHECK = "## Check it with sha256sum and openssl alone"
PAPERS = 24
THINGS = ("heating", "bridge", "school", "档案移交", "供暖设备", "harbour", "budget", "水利工程")


def questions() -> list[str]:
    """Two hundred searches of every kind that people type."""
    words = [f"{thing} {number}" for thing in THINGS for number in range(10, 30)]
    odd = [*THINGS, "移交", "paper NOT heating", "heat*", "bridge OR school", "关于"]
    return [*words, *odd, *(f"paper {each}" for each in range(200 - len(words) - len(odd)))]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files in two languages, made once."""
    folder = tmp_path_factory.mktemp("papers")
    for each in range(PAPERS):
        thing = THINGS[each % len(THINGS)]
        text = f"Paper number {each}\nOn the town {thing} {each}\n关于{thing}的通知\n"
        (folder / f"{each:02}.txt").write_text(text, encoding="utf-8")
    return folder


@contextmanager
def registering(service: Service) -> Iterator[None]:
    """Register what no question finds, one after the other, until the block ends."""
    enough = threading.Event()
    refused: list[bytes] = []

    def work() -> None:
        while not enough.wait(0.1):
            answer = service.register("later.txt", b"zzz", title="Zzz")
            if answer.status != 201:
                refused.append(answer.body)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
    assert refused == []


def drill(papers: Path, folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Perform the drill between two databases; return the settings of the restored office."""
    (folder / "medium").mkdir()
    asked = questions()
    assert len(set(asked)) == 200
    (folder / "questions").write_text("\n".join(asked) + "\n", encoding="utf-8")
    named = {
        "MEDIUM": str(folder / "medium"),
        "SAFE": str(folder / "safe.json"),
        "PERSON": "anna",
        "QUESTIONS": str(folder / "questions"),
        "CHANCERY_TIME_ZONE": "Asia/Shanghai",
    }
    office = {**named, "CHANCERY_HOME": str(folder / "home"), **_database(urls, "office")}
    there = {**named, "CHANCERY_HOME": str(folder / "there"), **_database(urls, "there")}
    said = in_a_shell(
        f"chancery import {papers} --register incoming --wait >/dev/null\n"
        "chancery user add anna --role clerk\nchancery token add anna --json",
        folder,
        office,
    )
    token = next(json.loads(line)["token"] for line in said if line.startswith("{"))
    leave, arrive = (f"set -eu\n{each}" for each in _parts())
    service = Service(folder / "home", token, office, free_ports(1)[0])
    with serving(service), registering(service):
        printed = in_a_shell(leave, folder, office)
    printed += in_a_shell(arrive, folder, there)
    expect(commands_and_output(BACK_UP, DRILL)[1], printed)
    before = (folder / "medium" / "before").read_text(encoding="utf-8")
    assert before.count("found.") == 200
    assert before.count("\n0 found.") < 150
    return there


def _parts() -> list[str]:
    from tests.docs.shell import blocks

    commands, _ = blocks(BACK_UP, DRILL)
    assert len(commands) == 2
    return commands


def _database(urls: dict[str, str], name: str) -> dict[str, str]:
    return {"CHANCERY_DATABASE_URL": urls[name]} if name in urls else {}


@pytest.mark.slow
def test_the_drill_works_word_for_word_on_sqlite_and_a_lost_key_comes_back(
    papers: Path, tmp_path: Path
) -> None:
    there = drill(papers, tmp_path, {})
    script, expected = commands_and_output(KEYS, LOST)
    expect(expected, in_a_shell(script, tmp_path, there))


@pytest.mark.slow
@pytest.mark.postgresql
def test_the_drill_works_word_for_word_on_postgresql(
    papers: Path, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    urls = {name: postgres_server.new_database() for name in ("office", "there")}
    drill(papers, tmp_path, urls)
    for url in urls.values():
        postgres_server.run(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


@pytest.fixture(scope="module")
def exported(papers: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An export, and the settings with which a stranger looks at it."""
    folder = tmp_path_factory.mktemp("office")
    settings = {"CHANCERY_HOME": str(folder / "home"), "EXPORT": str(folder / "export")}
    first = f"chancery import {papers}/1*.txt --register incoming >/dev/null\n"
    commands, _ = commands_and_output(EXPORT)
    leave = commands.splitlines()[1]
    printed = in_a_shell(f"set -e\n{first}{leave}\nchancery log key", folder, settings)
    key = next(line for line in printed if "+" in line)
    return {"EXPORT": settings["EXPORT"], "LOG_KEY": key}


@pytest.fixture
def checkable(exported: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """A copy of the export, to be tampered with."""
    folder = shutil.copytree(exported["EXPORT"], tmp_path / "export")
    return {**exported, "EXPORT": str(folder)}


def test_a_stranger_checks_an_export_with_sha256sum_and_openssl_alone(
    checkable: dict[str, str], tmp_path: Path
) -> None:
    script, expected = commands_and_output(EXPORT, CHECK)
    assert "chancery" not in script
    expect(expected, in_a_shell(script, tmp_path, checkable))


def test_what_was_changed_in_an_export_is_found_by_the_same_commands(
    checkable: dict[str, str], tmp_path: Path
) -> None:
    script, _ = commands_and_output(EXPORT, CHECK)
    folder = Path(checkable["EXPORT"])
    other_key = checkable["LOG_KEY"][:-5] + "AAAA="
    with pytest.raises(AssertionError, match="Failure"):
        in_a_shell(script, tmp_path, {**checkable, "LOG_KEY": other_key})
    sums = (folder / "SHA256SUMS").read_bytes()
    (folder / "SHA256SUMS").write_bytes(b"".join(sums.splitlines(keepends=True)[1:]))
    with pytest.raises(AssertionError, match="Verified Successfully"):
        in_a_shell(script, tmp_path, checkable)
    (folder / "SHA256SUMS").write_bytes(sums)
    paper = next(each for each in (folder / "files").rglob("*") if each.is_file())
    paper.write_bytes(paper.read_bytes() + b" ")
    with pytest.raises(AssertionError, match="FAILED"):
        in_a_shell(script, tmp_path, checkable)
