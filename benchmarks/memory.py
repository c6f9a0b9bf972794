"""Memory of the whole service at rest: proportional set size of all processes of `chancery serve`.

    python -m benchmarks.memory [SECONDS AT REST]

The target is at most 300 MiB. Linux only: the figures come from /proc.
"""

import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Serve an empty home, let it rest, and print."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "web.cli", "serve", "--home", folder, "--port", str(port)]
        service = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], stdout=subprocess.DEVNULL
        )
        try:
            _wait(port)
            time.sleep(seconds)
            found = {pid: pss_mib(pid) for pid in family(service.pid)}
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()
    for pid, mib in found.items():
        print(f"process {pid:8} {mib:8.1f} MiB")
    print(f"{len(found)} processes, {sum(found.values()):.1f} MiB, target 300")


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the service does not start")


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "status").read_text()
            except OSError:
                continue  # it has just ended
            parents[int(folder.name)] = int(re.findall(r"PPid:\s+(\d+)", status)[0])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def pss_mib(pid: int) -> float:
    """Return the memory of a process, shared pages divided among all who share them."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)[0]) / 1024


if __name__ == "__main__":
    main()
