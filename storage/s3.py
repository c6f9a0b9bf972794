"""Objects in a bucket of S3 or a server that speaks it."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from storage.errors import DepositTaken, ObjectLocked, ObjectMissing, StoreUnavailable
from storage.stores import ObjectInfo, check_name, is_name

PIECE_BYTES = 256 * 1024
MULTIPART_BYTES = 32 * 1024 * 1024
PART_BYTES = 16 * 1024 * 1024
CONNECT_SECONDS = 5
READ_SECONDS = 60
ATTEMPTS = 4
_MISSING = {"404", "NoSuchKey", "NotFound"}
_EXISTS = {"PreconditionFailed", "412"}


class S3Store:
    """An `ObjectStore` in a bucket, every object under `prefix/`.

    Up to 32 MiB an object goes in one conditional request whose SHA-256 the server checks; above
    in parts of 16 MiB, two at a time, each with a checksum.
    """

    def __init__(
        self, bucket: str, prefix: str = "", *, endpoint_url: str | None, region: str | None
    ) -> None:
        """Describe the bucket; the connection is made at the first request."""
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.endpoint_url = endpoint_url
        self.region = region

    @cached_property
    def _client(self) -> Any:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            signature_version="s3v4",
            # Servers of one's own seldom have a DNS name per bucket.
            s3={"addressing_style": "path" if self.endpoint_url else "auto"},
        )
        with self._reporting():
            return boto3.session.Session().client(
                "s3", endpoint_url=self.endpoint_url, region_name=self.region, config=config
            )

    def put(self, name: str, path: Path) -> None:
        """Keep the bytes at `path` under `name`; see `ObjectStore.put`."""
        check_name(name)
        try:
            large = path.stat().st_size > MULTIPART_BYTES
        except FileNotFoundError:
            self.size(name)  # moved away by an earlier put, or missing
            return
        if not large:
            self._put_whole(name, path)
        elif not self.exists(name):
            self._put_parts(name, path)

    def _put_whole(self, name: str, path: Path) -> None:
        digest = base64.b64encode(bytes.fromhex(name)).decode()
        with path.open("rb") as body, self._reporting(name):
            try:
                self._client.put_object(
                    **self._address(name), Body=body, ChecksumSHA256=digest, IfNoneMatch="*"
                )
            except ClientError as error:
                if _code(error) not in _EXISTS:
                    raise

    def _put_parts(self, name: str, path: Path) -> None:
        transfer = TransferConfig(
            multipart_threshold=MULTIPART_BYTES,
            multipart_chunksize=PART_BYTES,
            max_concurrency=2,
            max_io_queue=4,
        )
        with self._reporting(name):
            self._client.upload_file(str(path), self.bucket, self.prefix + name, Config=transfer)

    def read(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the stored bytes from `start` up to `stop`."""
        address = self._address(name)
        if start or stop is not None:
            if stop is not None and stop <= start:
                return
            address["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        with self._reporting(name):
            try:
                body = self._client.get_object(**address)["Body"]
            except ClientError as error:
                if _code(error) == "InvalidRange":
                    return  # the object ends before
                raise
        with body:
            while True:
                with self._reporting(name):
                    piece: bytes = body.read(PIECE_BYTES)
                if not piece:
                    return
                yield piece

    def size(self, name: str) -> int:
        """Return the stored bytes of an object."""
        with self._reporting(name):
            return int(self._client.head_object(**self._address(name))["ContentLength"])

    def exists(self, name: str) -> bool:
        """Tell whether the store holds the object."""
        try:
            self.size(name)
        except ObjectMissing:
            return False
        return True

    def delete(self, name: str) -> None:
        """Remove an object with all its versions; one that is not there is no error."""
        address = self._address(name)
        with self._reporting(name):
            if not self._versioned:
                self._client.delete_object(**address)
                return
            pages = self._client.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=address["Key"]
            )
            for page in pages:
                for version in page.get("Versions", []) + page.get("DeleteMarkers", []):
                    self._delete_version(name, version["VersionId"])

    def _delete_version(self, name: str, version: str) -> None:
        try:
            self._client.delete_object(**self._address(name), VersionId=version)
        except ClientError as error:
            if _code(error) == "AccessDenied" and self._object_lock is not None:
                raise ObjectLocked(name) from error
            raise

    def names(self) -> Iterator[ObjectInfo]:
        """Yield every object in ascending order of names, a thousand per request."""
        for name, item in self._listed():
            if is_name(name):
                modified_at = item["LastModified"].astimezone(UTC)
                yield ObjectInfo(name, int(item["Size"]), modified_at)

    def strangers(self) -> Iterator[str]:
        """Yield the keys below the prefix that are no names."""
        return (name for name, _ in self._listed() if not is_name(name))

    def _listed(self) -> Iterator[tuple[str, Any]]:
        with self._reporting():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            for page in pages:
                for item in page.get("Contents", []):
                    yield item["Key"][len(self.prefix) :], item

    def describe(self) -> dict[str, str | int | bool | None]:
        """Return the bucket, and whether it keeps versions and locks objects.

        `object_lock` is False, or True; `retention` is the default rule such as
        `COMPLIANCE 3650 days`, or None.
        """
        with self._reporting():
            lock = self._object_lock
            return {
                "kind": "s3",
                "bucket": self.bucket,
                "prefix": self.prefix.rstrip("/"),
                "endpoint_url": self.endpoint_url,
                "region": self.region,
                "versioning": self._versioned,
                "object_lock": lock is not None,
                "retention": lock or None,
            }

    def check(self) -> None:
        """Begin an upload and abort it: that needs the bucket and the right to write."""
        with self._reporting():
            key = f"{self.prefix}check"
            upload = self._client.create_multipart_upload(Bucket=self.bucket, Key=key)
            self._abort(key, upload["UploadId"])

    def clean(self, older_than_seconds: float) -> int:
        """Abort uploads that were begun so long ago and never ended."""
        limit = datetime.now(UTC) - timedelta(seconds=older_than_seconds)
        with self._reporting():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self.bucket, Prefix=self.prefix
            )
            old = [
                (upload["Key"], upload["UploadId"])
                for page in pages
                for upload in page.get("Uploads", [])
                if upload["Initiated"] <= limit
            ]
            for key, upload_id in old:
                self._abort(key, upload_id)
        return len(old)

    def deposit(self) -> "S3Deposit":
        """Return the same place for small files with names of their own."""
        return S3Deposit(self)

    def leave(self, name: str, data: bytes, locked_until: datetime | None) -> str:
        """Leave a small file that is never written over; see `storage.deposits`."""
        address = {"Bucket": self.bucket, "Key": self.prefix + name}
        lock: dict[str, Any] = {}
        if locked_until is not None:
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": locked_until}
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        with self._reporting():
            try:
                self._client.put_object(
                    **address, Body=data, ChecksumSHA256=digest, IfNoneMatch="*", **lock
                )
            except ClientError as error:
                if _code(error) not in _EXISTS:
                    raise
            found = self._client.get_object(**address)
            with found["Body"] as body:
                if body.read() != data:
                    raise DepositTaken(f"{self.prefix}{name} holds something else")
        until = found.get("ObjectLockRetainUntilDate")
        # A lock that was left out without a word is no lock.
        if locked_until is not None and (
            until is None or until < locked_until.replace(microsecond=0)
        ):
            raise StoreUnavailable(f"bucket {self.bucket} does not lock what is left in it")
        told = f"s3://{self.bucket}/{address['Key']}"
        version = f", version {found['VersionId']}" if found.get("VersionId") else ""
        return told + version + (f", locked until {until.isoformat()}" if until else "")

    def after(self, name: str) -> str | None:
        """Return a name with the same ending that sorts after this one, if there is any."""
        ending = name.rpartition(".")[2]
        with self._reporting():
            answer = self._client.list_objects_v2(
                Bucket=self.bucket, Prefix=self.prefix, StartAfter=self.prefix + name, MaxKeys=10
            )
        found = (each["Key"][len(self.prefix) :] for each in answer.get("Contents", []))
        return next((each for each in found if each.endswith(f".{ending}")), None)

    def _abort(self, key: str, upload_id: str) -> None:
        self._client.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    @cached_property
    def _versioned(self) -> bool:
        answer = self._client.get_bucket_versioning(Bucket=self.bucket)
        return answer.get("Status") in {"Enabled", "Suspended"}

    @cached_property
    def _object_lock(self) -> str | None:
        """The default retention, empty when there is none, or None without Object Lock."""
        try:
            answer = self._client.get_object_lock_configuration(Bucket=self.bucket)
        except ClientError as error:
            if _code(error) in {"ObjectLockConfigurationNotFoundError", "NotImplemented"}:
                return None
            raise
        settings = answer["ObjectLockConfiguration"]
        rule = settings.get("Rule", {}).get("DefaultRetention", {})
        term = f"{rule['Days']} days" if "Days" in rule else f"{rule.get('Years')} years"
        if settings.get("ObjectLockEnabled") != "Enabled":
            return None
        return f"{rule['Mode']} {term}" if rule else ""

    def _address(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + check_name(name)}

    @contextmanager
    def _reporting(self, name: str | None = None) -> Iterator[None]:
        """Turn what boto3 raises into errors of this package."""
        try:
            yield
        except ClientError as error:
            if name is not None and _code(error) in _MISSING:
                raise ObjectMissing(name) from error
            raise StoreUnavailable(f"bucket {self.bucket}: {error}") from error
        except (BotoCoreError, Boto3Error, HTTPClientError, OSError) as error:
            raise StoreUnavailable(f"bucket {self.bucket}: {error}") from error


class S3Deposit:
    """A bucket in which small files are left, with a lock where that is asked for."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, name: str, data: bytes, *, locked_until: datetime | None = None) -> str:
        """Leave a file; see `storage.deposits.Deposit.put`."""
        return self._store.leave(name, data, locked_until)

    def later(self, name: str) -> str | None:
        """Return a file that sorts after; see `storage.deposits.Deposit.later`."""
        return self._store.after(name)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
