"""The documentation is true: the tutorial works, links lead somewhere, reference pages are new."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from docs.generate import licences, pages
from tests.integration.service import Service

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-day.md"
PROGRAMS = ROOT / "docs" / "how-to" / "api.md"
ROUNDS = ROOT / "docs" / "how-to" / "circulate.md"
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+?)(?:#[^)]*)?\)")
# What stays open until somebody ends it, or installs for minutes, is tried elsewhere.
STAYS_OPEN = "chancery serve"


def commands_and_output(page: Path) -> tuple[str, str]:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    commands = [text for kind, text in blocks if kind == "sh" and text.strip() != STAYS_OPEN]
    return "set -eu\n" + "".join(commands), "".join(text for kind, text in blocks if kind == "text")


def as_pattern(line: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in line.split("…")))


def try_out(
    page: Path, folder: Path, settings: Mapping[str, str] | None = None, *, first: str = ""
) -> None:
    """Run the commands of a page in a shell and look for what it says they print."""
    command = folder / "bin" / "chancery"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m web.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    script, expected = commands_and_output(page)
    script = script.replace("localhost:8080", "localhost:${PORT:-8080}")
    environment = {name: value for name, value in os.environ.items() if "CHANCERY" not in name}
    environment |= {
        "PATH": f"{command.parent}:{environment['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        **(settings or {}),
    }
    done = subprocess.run(
        ["/bin/bash", "-c", first + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = (done.stdout + done.stderr).splitlines()
    for line in expected.splitlines():
        assert any(as_pattern(line).fullmatch(each) for each in printed), f"not printed: {line}"


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
