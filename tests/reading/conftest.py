from collections.abc import Callable, Iterator

import pytest

from search.reading import Cage, Reading

Read = Callable[..., Reading]


@pytest.fixture(scope="session")
def cage() -> Iterator[Cage]:
    with Cage() as cage:
        yield cage


@pytest.fixture
def read(cage: Cage) -> Read:
    def read(data: bytes, name: str, media_type: str = "application/octet-stream") -> Reading:
        return cage.read([data], file_name=name, media_type=media_type)

    return read
