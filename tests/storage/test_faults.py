"""What is left when the machine, the disk or the network fails in the middle."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import KeyRing, ObjectStore, Received, StoreUnavailable, Vault, open_store
from storage.local import LocalStore

DATA = bytes(300_000)


def receive(vault: Vault) -> Received:
    return vault.receive([DATA], limit_bytes=1 << 30, file_name=None)


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def disk_that_holds(file_bytes: int) -> Iterator[None]:
    """Let no file grow above so many bytes, as a full disk would not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


DYING = """
import os, sys
from pathlib import Path
from storage import KeyRing, Vault, open_store

home, moment = Path(sys.argv[1]), sys.argv[2]
keyring = KeyRing.open(home / "keys" / "master.json")
vault = Vault(open_store((home / "objects").as_uri()), keyring, home / "spool")

def die(*_):
    os._exit(9)

def chunks():
    yield bytes(200_000)
    if moment == "while receiving":
        die()
    yield bytes(100_000)

received = vault.receive(chunks(), limit_bytes=1 << 30, file_name=None)
if moment == "before the rename":
    Path.rename = die
if moment == "after the rename":
    rename = Path.rename
    Path.rename = lambda *paths: (rename(*paths), die())
vault.keep(received)
"""


def die(home: Path, moment: str) -> None:
    command = [sys.executable, "-c", DYING, str(home), moment]
    done = subprocess.run(command, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 9


@pytest.mark.parametrize("moment", ["while receiving", "before the rename"])
def test_a_crash_before_the_rename_leaves_a_spool_file_and_no_object(
    vault: Vault, tmp_path: Path, moment: str
) -> None:
    die(tmp_path, moment)
    assert list(vault.store.names()) == []
    assert files_below(tmp_path / "objects") == []
    assert len(files_below(vault.spool_dir)) == 1
    assert vault.clean_spool(0) == 1
    assert files_below(vault.spool_dir) == []


def test_a_crash_after_the_rename_leaves_a_whole_object_and_no_spool_file(
    vault: Vault, tmp_path: Path
) -> None:
    die(tmp_path, "after the rename")
    (found,) = vault.store.names()
    vault.check_stored(found.name)
    assert files_below(vault.spool_dir) == []


def test_a_disk_that_fills_while_receiving_leaves_nothing_and_can_be_retried(
    vault: Vault,
) -> None:
    with disk_that_holds(100_000), pytest.raises(StoreUnavailable) as caught:
        receive(vault)
    assert caught.value.retryable
    assert files_below(vault.spool_dir) == []
    vault.keep(receive(vault))


def test_a_disk_that_fills_with_the_last_bytes_leaves_nothing(vault: Vault) -> None:
    with disk_that_holds(50), pytest.raises(StoreUnavailable):
        vault.receive([b"small enough to wait in a buffer"], limit_bytes=100, file_name=None)
    assert files_below(vault.spool_dir) == []


def test_a_spool_folder_that_refuses_is_told(keyring: KeyRing, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("no folder")
    vault = Vault(LocalStore(tmp_path / "objects"), keyring, tmp_path / "spool")
    with pytest.raises(StoreUnavailable):
        receive(vault)


def test_a_store_folder_that_refuses_leaves_the_spool_file_for_the_retry(
    vault: Vault, tmp_path: Path
) -> None:
    received = receive(vault)
    (tmp_path / "objects").write_text("no folder")
    with pytest.raises(StoreUnavailable) as caught:
        vault.keep(received)
    assert caught.value.retryable
    with pytest.raises(StoreUnavailable):
        vault.store.check()
    (tmp_path / "objects").unlink()
    vault.keep(received)
    vault.check(received.name, received.wrapped_key, received.sha256)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system than the other folders of a test."""
    folder = Path("/dev/shm") / f"chancery-{os.getpid()}"  # noqa: S108 - it is a memory disk
    folder.mkdir()
    yield folder
    for path in files_below(folder):
        path.unlink()
    folder.rmdir()


def test_a_spool_on_another_disk_is_copied_and_leaves_no_copy_behind(
    keyring: KeyRing, tmp_path: Path, elsewhere: Path
) -> None:
    store = LocalStore(tmp_path / "objects")
    vault = Vault(store, keyring, elsewhere)
    assert elsewhere.stat().st_dev != tmp_path.stat().st_dev
    received = receive(vault)
    with disk_that_holds(100_000), pytest.raises(StoreUnavailable):
        vault.keep(received)
    assert files_below(store.root) == []
    vault.keep(received)
    vault.check(received.name, received.wrapped_key, received.sha256)
    assert len(files_below(store.root)) == 1
    assert files_below(elsewhere) == []


def test_copies_that_a_crash_left_in_the_store_are_cleaned(vault: Vault, tmp_path: Path) -> None:
    incoming = tmp_path / "objects" / ".incoming"
    incoming.mkdir(parents=True)
    (incoming / "half").write_bytes(b"half an object")
    assert list(vault.store.names()) == []
    assert vault.clean_spool(3600) == 0
    assert vault.clean_spool(0) == 1
    assert files_below(tmp_path / "objects") == []


MEASURED = """
import hashlib, sys
from pathlib import Path
from storage import KeyRing, Vault, open_store

url, home, mebibytes = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
vault = Vault(open_store(url), KeyRing.open(home / "k.json", create=True), home / "spool")
chunks = (bytes([number % 256]) * (1 << 20) for number in range(mebibytes))
received = vault.receive(chunks, limit_bytes=1 << 40, file_name="large.bin")
vault.keep(received)
digest = hashlib.sha256()
for piece in vault.read(received.name, received.wrapped_key):
    digest.update(piece)
assert digest.hexdigest() == received.sha256
# Not ru_maxrss: it starts at what the process that forked this one had in memory.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


@pytest.mark.parametrize(
    ("kind", "mebibytes"), [("local", 256), pytest.param("s3", 96, marks=pytest.mark.s3)]
)
def test_a_large_file_passes_in_little_memory(
    kind: str, mebibytes: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = (tmp_path / "objects").as_uri()
    if kind == "s3":
        server = request.getfixturevalue("s3_server")
        url = server.url(server.new_bucket())
    command = [sys.executable, "-c", MEASURED, url, str(tmp_path), str(mebibytes)]
    done = subprocess.run(
        command, check=True, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
    )
    assert int(done.stdout) < 150


def test_a_local_store_loads_neither_boto3_nor_libmagic() -> None:
    program = (
        "import sys, storage; storage.open_store('file:///srv/objects').exists('0' * 64);"
        "print(sorted({'boto3', 'botocore', 'magic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    assert done.stdout == b"[]\n"


def test_files_in_the_folder_that_are_no_objects_are_passed_over(
    local_store: ObjectStore, vault: Vault, tmp_path: Path
) -> None:
    received = receive(vault)
    vault.keep(received)
    root = tmp_path / "objects"
    name = received.name
    folder = root / name[:2]
    wrong_shard = "0" * 64 if not name.startswith("00") else "1" * 64
    (folder / wrong_shard).write_bytes(b"in the wrong folder")
    (folder / f"{name}.bak").write_bytes(b"a copy")
    (folder / (name[:2] + "f" * 62)).mkdir()
    (folder / (name[:2] + "0" * 62)).symlink_to(folder / name)
    (root / "lost+found").mkdir()
    (root / "README").write_text("notes")
    assert [info.name for info in local_store.names()] == [name]


@pytest.mark.parametrize(
    "url",
    [
        "objects",
        "/srv/objects",
        "file://objects",
        "file:objects",
        "file:///srv?x=1",
        "s3:///prefix",
        "s3://key:secret@bucket/prefix",
        "s3://bucket/?endpoint=http://localhost",
        "http://localhost/bucket",
    ],
)
def test_an_address_that_is_no_store_is_refused_without_showing_secrets(url: str) -> None:
    from storage import BadStoreUrl

    with pytest.raises(BadStoreUrl) as caught:
        open_store(url)
    assert "secret" not in str(caught.value)


def test_an_object_is_synced_before_its_rename_and_its_folder_after(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.keep(receive(vault))
    steps: list[tuple[str, str]] = []
    fsync, rename = os.fsync, Path.rename

    def watched_fsync(descriptor: int) -> None:
        steps.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        fsync(descriptor)

    def watched_rename(path: Path, target: Path) -> Path:
        steps.append(("rename", str(target)))
        return rename(path, target)

    received = receive(vault)
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "rename", watched_rename)
    vault.keep(received)
    target = Path(str(vault.store.describe()["path"])) / received.name[:2] / received.name
    assert steps == [
        ("sync", str(received.spool_path)),
        ("rename", str(target)),
        ("sync", str(target.parent)),
    ]
