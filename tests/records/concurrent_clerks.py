"""Many clerks at once: `python -m tests.records.concurrent_clerks` is one process of theirs.

Reads its task as JSON from the command line: home, database address, login of the clerk, number of
threads, registrations of each thread. Prints the numbers that were given, as JSON.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from records.office import Office, open_office
from records.people.rules import Actor
from tests.builders import actor, register
from tests.offices import HeldClock, office_config


def main(task: dict[str, str | int]) -> list[str]:
    """Open the office as a process of its own, and register with all threads at once."""
    config = office_config(Path(str(task["home"])), database_url=str(task["database_url"]))
    office = open_office(config, writing=False, clock=HeldClock())
    clerk = actor(office, str(task["login"]))
    threads, each = int(task["threads"]), int(task["each"])
    with ThreadPoolExecutor(threads) as pool:
        lots = pool.map(lambda _: _register(office, clerk, each), range(threads))
        return [number for lot in lots for number in lot]


def _register(office: Office, clerk: Actor, count: int) -> list[str]:
    return [register(office, clerk, f"Letter {number}").number for number in range(count)]


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 - this is its answer
