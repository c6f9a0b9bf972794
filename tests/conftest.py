import asyncio
import os
from collections.abc import Generator, Iterator

import pytest

from tests.compiled import keep_compiled
from tests.offices import (
    any_office,
    clock,
    founded_home,
    office,
    postgres_office,
    postgres_template,
    quick_passwords,
)
from tests.servers import imap_server, opensearch_server, postgres_server, s3_server

__all__ = [
    "any_office",
    "clock",
    "founded_home",
    "imap_server",
    "office",
    "opensearch_server",
    "postgres_office",
    "postgres_server",
    "postgres_template",
    "quick_passwords",
    "s3_server",
]

keep_compiled()

NO_SKIP = os.environ.get("CHANCERY_TEST_NO_SKIP") == "1"
# What no machine can be made to have by installing it, and what runs only when it is asked for.
MAY_SKIP = ("corpus", "pictures")


@pytest.fixture(autouse=True)
def loop_of_the_browser_aside(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the loop that a browser of the whole run keeps in this thread from tests without one.

    What signs and validates runs a loop of its own, and asyncio refuses a second one.
    """
    if "browser" in request.fixturenames:
        yield
        return
    kept = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(kept)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where nothing may be skipped (CI), turn a skip into a failure with the same reason."""
    report = yield
    excused = any(item.get_closest_marker(name) for name in MAY_SKIP)
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail") and not excused:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself while it is collected."""
    report = yield
    if NO_SKIP and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped itself: {report.longrepr}"
    return report
