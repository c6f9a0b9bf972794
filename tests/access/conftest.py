from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.world import World, build, rehearse
from tests.applications import put_down
from web.boundary import office


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, founded_home: Path) -> Iterator[World]:
    """The office of all tests in this folder; nothing that they do to it stays."""
    made = build(tmp_path_factory.mktemp("access") / "home", founded_home)
    rehearse(made)
    yield made
    put_down(made.app)
    with made.app.app_context():
        office().close()
