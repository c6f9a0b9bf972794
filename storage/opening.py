"""The way to a store: its address says which kind it is."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from storage.errors import BadStoreUrl
from storage.stores import ObjectStore


def open_store(url: str) -> ObjectStore:
    """Open the store at `file:///folder` or `s3://bucket/prefix?endpoint_url=…&region=…`.

    Nothing is contacted or made yet; `check` does that. S3 credentials come from the places where
    AWS tools look: environment, shared files, instance role.

    Raises:
        BadStoreUrl: the address cannot be understood.
    """
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.scheme == "file":
        return _open_local(url, parts.netloc, unquote(parts.path), options)
    if parts.scheme == "s3":
        return _open_s3(parts.netloc, unquote(parts.path), options)
    raise BadStoreUrl(f"{url}: a store is file:///folder or s3://bucket/prefix")


def _open_local(url: str, host: str, path: str, options: dict[str, str]) -> ObjectStore:
    from storage.local import LocalStore

    if host or not path.startswith("/") or options:
        raise BadStoreUrl(f"{url}: write file:// and an absolute folder, as in file:///srv/objects")
    return LocalStore(Path(path))


def _open_s3(bucket: str, path: str, options: dict[str, str]) -> ObjectStore:
    from storage.s3 import S3Store

    unknown = options.keys() - {"endpoint_url", "region"}
    if not bucket or "@" in bucket:
        raise BadStoreUrl("write s3://bucket/prefix; credentials come from the environment")
    if unknown:
        raise BadStoreUrl(f"unknown {', '.join(sorted(unknown))}; known: endpoint_url, region")
    return S3Store(
        bucket,
        path.strip("/"),
        endpoint_url=options.get("endpoint_url"),
        region=options.get("region"),
    )
