"""Learning in a child process of its own: started for one lesson, handed numbers only."""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 300
Arrays = dict[str, NDArray[Any]]


class LearningFailed(Exception):
    """The child did not come back with what was learned."""


def learn_apart(given: Arrays) -> Arrays:
    """Return what `records.filing.learner.learn` makes of examples, learned in a child.

    Raises:
        LearningFailed: It ended badly, or took too long.
    """
    asked = io.BytesIO()
    np.savez(asked, **given)  # type: ignore[arg-type] # the stubs take the names for options
    command = [sys.executable, "-P", "-s", "-m", "records.filing.learner"]
    try:
        done = subprocess.run(
            command,
            input=asked.getvalue(),
            capture_output=True,
            check=True,
            cwd="/",
            env=_environment(),
            timeout=MOST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise LearningFailed("it took too long") from error
    except subprocess.CalledProcessError as error:
        raise LearningFailed(error.stderr.decode(errors="replace")[-500:]) from error
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as learned:
        return {name: learned[name] for name in learned.files}


def _environment() -> dict[str, str]:
    """Return an environment without any setting or secret of the service, and with one thread."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(_PACKAGE_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
