from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.world import World, build, rehearse
from tests.web.conftest import end_cages
from web.boundary import office
from web.index import index
from web.views import views_of


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, founded_home: Path) -> Iterator[World]:
    """The office of all tests in this folder; nothing that they do to it stays."""
    made = build(tmp_path_factory.mktemp("access") / "home", founded_home)
    rehearse(made)
    yield made
    end_cages(made.app)
    views_of(made.app).end()
    with made.app.app_context():
        index().close()
        office().close()
