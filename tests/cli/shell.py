"""Running the real command in a process of its own, on a home of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "web.cli")


def environment(**settings: str) -> dict[str, str]:
    """The environment of a command: nobody's settings but ours."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CHANCERY_")}
    given = {f"CHANCERY_{name.upper()}": text for name, text in settings.items()}
    return {**kept, **given, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


def run(
    *arguments: str | Path, status: int = 0, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command and demand its exit status; whatever happens, no traceback is shown."""
    done = subprocess.run(
        [*COMMAND, *(str(each) for each in arguments)],
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def refused(*arguments: str | Path, **settings: str) -> str:
    """Run a command that is refused, and return its one sentence."""
    done = run(*arguments, status=2, **settings)
    assert done.stdout == ""
    return done.stderr


def answer(*arguments: str | Path, status: int = 0, **settings: str) -> Any:
    """Run a command with `--json` and return its one document."""
    return json.loads(run(*arguments, "--json", status=status, **settings).stdout)


def answers(*arguments: str | Path, status: int = 0, **settings: str) -> list[Any]:
    """Run a command with `--json` and return a document per line."""
    done = run(*arguments, "--json", status=status, **settings)
    return [json.loads(line) for line in done.stdout.splitlines()]
