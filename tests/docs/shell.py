"""The commands of a page, run as they stand, and what the page says that they print."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(sh|text)\n(.*?)```", re.DOTALL)
# What stays open until somebody ends it, or installs for minutes, is tried elsewhere.
STAYS_OPEN = "chancery serve"


def commands_and_output(page: Path, heading: str = "") -> tuple[str, str]:
    """Return the commands of a page, or of the section under a heading, and what they print."""
    commands, output = blocks(page, heading)
    kept = [each for each in commands if each.strip() != STAYS_OPEN]
    return "set -eu\n" + "".join(kept), output


def blocks(page: Path, heading: str = "") -> tuple[list[str], str]:
    """Return each block of commands, and all output together."""
    text = page.read_text(encoding="utf-8")
    if heading:
        text = text.partition(f"\n{heading}\n")[2]
        assert text, f"{page.name} has no heading {heading}"
        text = re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]
    found = BLOCK.findall(text)
    output = "".join(block for kind, block in found if kind == "text")
    return [block for kind, block in found if kind == "sh"], output


def in_a_shell(script: str, folder: Path, settings: Mapping[str, str] | None = None) -> list[str]:
    """Run commands, `chancery` being the one of these sources; return the lines printed."""
    command = folder / "bin" / "chancery"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m web.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if "CHANCERY" not in name}
    environment |= {
        "PATH": f"{command.parent}:{environment['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        **(settings or {}),
    }
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return (done.stdout + done.stderr).splitlines()


def as_pattern(line: str) -> re.Pattern[str]:
    """Return what matches a line of a page, where … stands for what differs each time."""
    return re.compile(".+".join(re.escape(part) for part in line.split("…")))


def expect(output: str, printed: list[str]) -> None:
    """Demand every line that a page shows among what was printed."""
    for line in output.splitlines():
        assert any(as_pattern(line).fullmatch(each) for each in printed), f"not printed: {line}"
