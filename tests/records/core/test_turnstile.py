import subprocess
import sys
import threading
import time
from pathlib import Path

from records.core.turnstile import Turnstile

HOLD = """
import sys, time
from pathlib import Path
from records.core.turnstile import Turnstile
with Turnstile(Path(sys.argv[1]), patience_seconds=9).passing():
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), str(seconds)],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_threads_pass_one_at_a_time(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path / "turn", patience_seconds=9)
    inside: list[int] = []
    most: list[int] = []

    def pass_often() -> None:
        for _ in range(50):
            with turnstile.passing():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.0001)
                inside.pop()

    threads = [threading.Thread(target=pass_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert max(most) == 1


def test_another_process_is_waited_for(tmp_path: Path) -> None:
    process = holder(tmp_path / "turn", 0.4)
    begun = time.monotonic()
    with Turnstile(tmp_path / "turn", patience_seconds=9).passing():
        assert time.monotonic() - begun > 0.3
    process.communicate()


def test_a_process_that_was_killed_holds_up_nobody(tmp_path: Path) -> None:
    process = holder(tmp_path / "turn", 60)
    process.kill()
    process.communicate()
    begun = time.monotonic()
    with Turnstile(tmp_path / "turn", patience_seconds=60).passing():
        assert time.monotonic() - begun < 30


def test_patience_ends(tmp_path: Path) -> None:
    process = holder(tmp_path / "turn", 60)
    begun = time.monotonic()
    with Turnstile(tmp_path / "turn", patience_seconds=0.2).passing():
        assert 0.2 <= time.monotonic() - begun < 30
    process.kill()
    process.communicate()
