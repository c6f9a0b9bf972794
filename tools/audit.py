"""Ask the advisory database about every locked package: `python -m tools.audit`.

Exit status 0: asked, and nothing is known. 1: something is known, it is named. 3: the database
could not be asked; that is never taken for a good answer. With `--where-reachable` only the last
becomes 0, for machines without a way out: what was not asked is said all the same.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")
CLEAN, KNOWN, NOT_ASKED = 0, 1, 3


@dataclass(frozen=True)
class Judged:
    """What became of asking about one lock file."""

    status: int
    lines: list[str]


def judge(lock: str, answer: str, said: str) -> Judged:
    """Read the answer about a lock file; none that is whole means that nothing was asked."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = said.strip().splitlines()[-1] if said.strip() else "no answer"
        return Judged(NOT_ASKED, [f"{lock}: NOT AUDITED: {reason}"])
    known = [
        f"{lock}: {each['name']} {each['version']}: {found['id']}"
        f" (mended in {', '.join(found['fix_versions']) or 'no version yet'})"
        for each in packages
        for found in each.get("vulns", ())
    ]
    skipped = [
        f"{lock}: NOT AUDITED: {each['name']}: {each['skip_reason']}"
        for each in packages
        if "skip_reason" in each
    ]
    if known:
        return Judged(KNOWN, known + skipped)
    if skipped or not packages:
        return Judged(NOT_ASKED, skipped or [f"{lock}: NOT AUDITED: it is empty"])
    return Judged(CLEAN, [f"{lock}: nothing is known of {len(packages)} packages"])


def ask(lock: str) -> Judged:
    """Ask about the packages of one lock file; nothing is installed or looked up elsewhere."""
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"]
    command += ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
    command += ["--timeout", "10", "--format", "json", "--requirement", lock]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return judge(lock, done.stdout, done.stderr)


def worst(found: list[Judged]) -> int:
    """Return the status of all together: what is known outweighs what was not asked."""
    statuses = {each.status for each in found}
    return KNOWN if KNOWN in statuses else max(statuses)


def main(arguments: list[str]) -> int:
    """Ask about every lock file."""
    found: list[Judged] = []
    for lock in LOCKS:
        found.append(ask(lock))
        sys.stdout.write("".join(f"{line}\n" for line in found[-1].lines))
        if found[-1].status == NOT_ASKED:
            break
    status = worst(found)
    if status == NOT_ASKED:
        sys.stdout.write("The advisory database could not be asked. Nothing is known either way.\n")
        return CLEAN if "--where-reachable" in arguments else NOT_ASKED
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
