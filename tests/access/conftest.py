from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.access.world import World, build, rehearse
from web.boundary import office
from web.index import index
from web.pictures import pictures_of
from web.views import views_of
from web.workshop import workshop_of


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, founded_home: Path) -> Iterator[World]:
    """The office of all tests in this folder; nothing that they do to it stays."""
    made = build(tmp_path_factory.mktemp("access") / "home", founded_home)
    rehearse(made)
    yield made
    pictures_of(made.app).close()
    workshop_of(made.app).close()
    views_of(made.app).end()
    with made.app.app_context():
        index().close()
        office().close()
