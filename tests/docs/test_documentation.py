"""The documentation is true: the tutorial works, links lead somewhere, reference pages are new."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from docs.generate import licences, pages
from tests.docs.shell import commands_and_output, expect, in_a_shell
from tests.integration.service import Service

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-day.md"
PROGRAMS = ROOT / "docs" / "how-to" / "api.md"
ROUNDS = ROOT / "docs" / "how-to" / "circulate.md"
LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")


def try_out(
    page: Path, folder: Path, settings: Mapping[str, str] | None = None, *, first: str = ""
) -> None:
    """Run all commands of a page and look for what it says they print."""
    script, expected = commands_and_output(page)
    script = script.replace("localhost:8080", "localhost:${PORT:-8080}")
    expect(expected, in_a_shell(first + script, folder, settings))


@pytest.mark.parametrize("path", sorted(pages()), ids=lambda path: path.stem)
def test_a_reference_page_is_what_the_code_says(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == pages()[path], "run make reference"


def test_the_tutorial_works_word_for_word(tmp_path: Path) -> None:
    try_out(TUTORIAL, tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="apt-get install curl")
@pytest.mark.parametrize("page", [PROGRAMS, ROUNDS], ids=lambda page: page.stem)
def test_the_page_for_programs_works_word_for_word(tmp_path: Path, page: Path) -> None:
    service = Service(tmp_path / "home", token="")
    service.home.mkdir()
    service.start()
    settings = {"CHANCERY_HOME": str(service.home), "PORT": str(service.port)}
    try:
        people = "chancery user add wang --role clerk\nchancery user add li --role leader\n"
        try_out(page, tmp_path, settings, first=people)
    finally:
        service.stop()


def test_nothing_that_runs_is_under_a_licence_that_spreads() -> None:
    spreading = re.compile(r"\bA?GPL|\?|(?<!Lesser )General Public")
    assert [line for line in licences() if spreading.search(line)] == [
        line for line in licences() if "the GPL or AGPL" in line
    ]


def test_every_link_leads_to_a_file() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    dead = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert dead == []
