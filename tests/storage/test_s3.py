"""What only a bucket has: versions, locks, unfinished uploads, a network that fails."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import ObjectLocked, ObjectStore, StoreUnavailable, open_store
from tests.servers import S3Server, free_ports

pytestmark = pytest.mark.s3


def put(store: ObjectStore, tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "spool"
    path.write_bytes(data)
    name = hashlib.sha256(data).hexdigest()
    store.put(name, path)
    return name


def test_a_plain_bucket_is_described(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket()
    assert open_store(s3_server.url(bucket, "office/objects/")).describe() == {
        "kind": "s3",
        "bucket": bucket,
        "prefix": "office/objects",
        "endpoint_url": s3_server.endpoint_url,
        "region": "us-east-1",
        "versioning": False,
        "object_lock": False,
        "retention": None,
    }


def test_an_object_lock_is_detected_with_its_default_term(s3_server: S3Server) -> None:
    bucket = s3_server.new_bucket(object_lock=True)
    told = open_store(s3_server.url(bucket)).describe()
    assert (told["versioning"], told["object_lock"], told["retention"]) == (True, True, None)
    s3_server.client.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}},
        },
    )
    assert open_store(s3_server.url(bucket)).describe()["retention"] == "COMPLIANCE 3650 days"


def test_a_locked_object_is_told_as_locked_and_stays(s3_server: S3Server, tmp_path: Path) -> None:
    bucket = s3_server.new_bucket(object_lock=True)
    store = open_store(s3_server.url(bucket))
    name = put(store, tmp_path, b"kept by law")
    s3_server.client.put_object_retention(
        Bucket=bucket,
        Key=name,
        Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)},
    )
    with pytest.raises(ObjectLocked) as caught:
        store.delete(name)
    assert not caught.value.retryable
    assert b"".join(store.read(name)) == b"kept by law"


def test_deleting_in_a_versioned_bucket_leaves_no_version(
    s3_server: S3Server, tmp_path: Path
) -> None:
    bucket = s3_server.new_bucket()
    s3_server.client.put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    store = open_store(s3_server.url(bucket, "objects"))
    name = put(store, tmp_path, b"to be destroyed")
    s3_server.client.put_object(Bucket=bucket, Key=f"objects/{name}", Body=b"another version")
    s3_server.client.delete_object(Bucket=bucket, Key=f"objects/{name}")
    store.delete(name)
    left = s3_server.client.list_object_versions(Bucket=bucket)
    assert left.get("Versions", []) == []
    assert left.get("DeleteMarkers", []) == []


def test_bytes_that_do_not_match_their_name_are_refused_by_the_server(
    s3_store: ObjectStore, tmp_path: Path
) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"other bytes")
    name = hashlib.sha256(b"these bytes").hexdigest()
    with pytest.raises(StoreUnavailable):
        s3_store.put(name, path)
    assert not s3_store.exists(name)


def test_stores_under_two_prefixes_of_a_bucket_do_not_see_each_other(
    s3_server: S3Server, tmp_path: Path
) -> None:
    bucket = s3_server.new_bucket()
    one, other = (open_store(s3_server.url(bucket, prefix)) for prefix in ("one", "other"))
    name = put(one, tmp_path, b"letter")
    s3_server.client.put_object(Bucket=bucket, Key="one/README", Body=b"notes")
    s3_server.client.put_object(Bucket=bucket, Key=f"one/sub/{name}", Body=b"elsewhere")
    assert [info.name for info in one.names()] == [name]
    assert list(other.names()) == []
    assert not other.exists(name)


def test_uploads_that_a_crash_left_unfinished_are_cleaned(
    s3_server: S3Server, s3_store: ObjectStore
) -> None:
    told = s3_store.describe()
    key = f"{told['prefix']}/{'0' * 64}"
    s3_server.client.create_multipart_upload(Bucket=told["bucket"], Key=key)
    assert s3_store.clean(3600) == 0
    assert s3_store.clean(0) == 1
    assert s3_store.clean(0) == 0


def test_a_bucket_that_is_not_there_is_told_as_unavailable(
    s3_server: S3Server, tmp_path: Path
) -> None:
    store = open_store(s3_server.url("no-such-bucket"))
    with pytest.raises(StoreUnavailable):
        store.check()
    with pytest.raises(StoreUnavailable):
        put(store, tmp_path, b"letter")
    with pytest.raises(StoreUnavailable):
        list(store.names())


def test_wrong_credentials_are_told_and_not_shown(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = s3_server.url(s3_server.new_bucket())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-private")
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url).check()
    assert "wrong-and-private" not in str(caught.value)


def test_without_credentials_the_store_is_unavailable(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = s3_server.url(s3_server.new_bucket())
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for setting in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(setting, str(tmp_path / "none"))
    with pytest.raises(StoreUnavailable):
        open_store(url).check()


def test_a_server_that_is_down_is_a_retryable_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    (port,) = free_ports(1)
    store = open_store(f"s3://bucket/?endpoint_url=http://127.0.0.1:{port}&region=us-east-1")
    with pytest.raises(StoreUnavailable) as caught:
        store.exists("0" * 64)
    assert caught.value.retryable
