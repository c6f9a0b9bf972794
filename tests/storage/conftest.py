from collections.abc import Callable
from pathlib import Path

import pytest

from storage import KeyRing, ObjectStore, Vault, open_store
from tests.servers import S3Server

OpenStore = Callable[[], ObjectStore]


@pytest.fixture
def keyring(tmp_path: Path) -> KeyRing:
    return KeyRing.open(tmp_path / "keys" / "master.json", create=True)


@pytest.fixture
def local_store(tmp_path: Path) -> ObjectStore:
    return open_store((tmp_path / "objects").as_uri())


@pytest.fixture
def s3_store(s3_server: S3Server) -> ObjectStore:
    return open_store(s3_server.url(s3_server.new_bucket(), "office/objects"))


@pytest.fixture(params=["local_store", pytest.param("s3_store", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    """Each store in turn: what a test asks of it is the contract."""
    found: ObjectStore = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def vault(local_store: ObjectStore, keyring: KeyRing, tmp_path: Path) -> Vault:
    return Vault(local_store, keyring, tmp_path / "spool")
