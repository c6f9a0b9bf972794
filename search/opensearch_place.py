"""Where an index lives in an OpenSearch cluster, and who may write it.

`opensearch+https://user:password@one:9200,two:9200/prefix?shards=1&replicas=1&ca=/path.pem`

A generation is an index of its own, and the prefix an alias for the current one, so that the next
is built beside and takes its place in one step. One follower writes for the whole cluster: it holds
a lease, a small document that it renews, and that lapses when it dies.
"""
# ruff: noqa: D102 - the contract says what its verbs do

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import secrets
import socket
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from opensearchpy import OpenSearch, exceptions
from opensearchpy.exceptions import ConflictError, OpenSearchException

from search.engine import (
    SCHEMA_VERSION,
    IndexAway,
    IndexBusy,
    IndexDamaged,
    IndexFailure,
    IndexMissing,
)
from search.opensearch_plan import mapping
from search.place import Note

if TYPE_CHECKING:
    from search.opensearch_engine import OpenSearchEngine

# Every answer that is no success would be a warning; what matters of it is told by a failure.
logging.getLogger("opensearch").setLevel(logging.ERROR)

_TIMEOUT_SECONDS = 20
_LEASE_SECONDS = 30.0
_WINDOW = 20_000  # hits that can be paged through by rank


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Turn what the client raises into failures of an index."""
    try:
        yield
    except exceptions.NotFoundError as error:
        raise IndexMissing(f"the cluster has no such index: {error.error}") from error
    except exceptions.RequestError as error:
        raise IndexDamaged(f"the cluster refuses it: {error.error}") from error
    except OpenSearchException as error:
        raise IndexAway(f"the cluster does not answer: {type(error).__name__}") from error


class ClusterPlace:
    """See `search.place.IndexPlace`.

    Notes and leases are small documents of an index of their own, which can be read at once.

    Args:
        url: see the top of this file; the cluster is reached for when it is first asked something.

    Raises:
        ValueError: the address has no host or no prefix.
    """

    def __init__(self, url: str) -> None:
        self.client, self.prefix, self._settings = _read(url)
        self.state_index = f"{self.prefix}-state"

    def current(self) -> str | None:
        with told():
            found = self.client.indices.get_alias(name=self.prefix, ignore=[404])
        return None if "error" in found else str(next(iter(found)))

    def generations(self) -> Sequence[str]:
        with told():
            found = self.client.indices.get(index=f"{self.prefix}-*", allow_no_indices=True)
        return sorted(str(name) for name in found if name != self.state_index)

    def begin(self, note: Note) -> str:
        name = f"{self.prefix}-{secrets.token_hex(6)}"
        body = {"settings": {"index": self._settings}, "mappings": mapping(SCHEMA_VERSION)}
        with told():
            self.client.indices.create(index=name, body=body)
        self.write_note(name, note)
        return name

    def open(self, generation: str, *, writer: bool) -> OpenSearchEngine:
        from search.opensearch_engine import OpenSearchEngine

        with told():
            found = self.client.indices.get_mapping(index=generation)[generation]["mappings"]
        version = found.get("_meta", {}).get("chancery")
        if version != SCHEMA_VERSION:
            raise IndexDamaged(f"the index {generation} is of another version: {version}")
        return OpenSearchEngine(self, generation, writer=writer)

    def adopt(self, generation: str) -> None:
        before = self.current()
        actions = [{"add": {"index": generation, "alias": self.prefix}}]
        if before is not None and before != generation:
            actions.append({"remove": {"index": before, "alias": self.prefix}})
        with told():
            self.client.indices.update_aliases(body={"actions": actions})

    def drop(self, generation: str) -> None:
        with told():
            self.client.indices.delete(index=generation, ignore=[404])
            for kind in ("note", "writer"):
                self.client.delete(index=self.state_index, id=f"{generation}.{kind}", ignore=[404])

    def read_note(self, generation: str) -> Note | None:
        with told():
            found = self.client.get(index=self.state_index, id=f"{generation}.note", ignore=[404])
        note = json.loads(found["_source"]["note"]) if found.get("found") else None
        return note if isinstance(note, dict) else None

    def write_note(self, generation: str, note: Note) -> None:
        body = {"note": json.dumps(dict(note))}
        with told():
            self.client.index(index=self.state_index, id=f"{generation}.note", body=body)

    def problem(self) -> str | None:
        try:
            with told():
                health = self.client.cluster.health(index=f"{self.prefix}-*")
        except IndexFailure as failure:
            return str(failure)
        return "the cluster has lost parts of the index" if health["status"] == "red" else None


def _read(url: str) -> tuple[OpenSearch, str, dict[str, Any]]:
    """Return a client, the prefix, and the settings of the indexes that are made."""
    parts = urlsplit(url)
    people, _, hosts = parts.netloc.rpartition("@")
    prefix = parts.path.strip("/")
    if not hosts or not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", prefix):
        raise ValueError(f"{url!r} is no opensearch+http://host:9200/prefix in lower case")
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    login, _, password = people.partition(":")
    client = OpenSearch(
        hosts=[f"{parts.scheme.partition('+')[2]}://{host}" for host in hosts.split(",")],
        http_auth=(unquote(login), unquote(password)) if people else None,
        ca_certs=given.get("ca"),
        http_compress=True,
        timeout=_TIMEOUT_SECONDS,
    )
    settings = {
        "number_of_shards": int(given.get("shards", "1")),
        "number_of_replicas": int(given.get("replicas", "1")),
        "refresh_interval": "-1",  # what is not committed is not shown
        "max_result_window": _WINDOW,
    }
    return client, prefix, settings


class Lease:
    """The right to write, for as long as it is renewed.

    Raises:
        IndexBusy: somebody else holds it.
    """

    def __init__(self, place: ClusterPlace, generation: str) -> None:
        self._client = place.client
        self._index = place.state_index
        self._id = f"{generation}.writer"
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex}"
        self._mark: dict[str, Any] = {"op_type": "create"}
        self._until = 0.0
        with told():
            held = self._client.get(index=self._index, id=self._id, ignore=[404])
        if held.get("found"):
            if not _lapsed(held["_source"]):
                raise IndexBusy(f"{held['_source']['owner']} writes the index")
            self._mark = _mark(held)
        self.renew()

    def renew(self) -> None:
        """Hold it for longer, if a third of its time has passed."""
        now = time.time()
        if self._until - now > _LEASE_SECONDS * 2 / 3:
            return
        body = {"owner": self._owner, "until": int(now + _LEASE_SECONDS)}
        try:
            with told_but(ConflictError):
                answer = self._client.index(index=self._index, id=self._id, body=body, **self._mark)
        except ConflictError as error:
            raise IndexBusy("another process has begun to write the index") from error
        self._mark, self._until = _mark(answer), now + _LEASE_SECONDS

    def end(self) -> None:
        """Let somebody else write."""
        with contextlib.suppress(OpenSearchException):
            self._client.delete(index=self._index, id=self._id, **self._mark)


@contextlib.contextmanager
def told_but(error: type[Exception]) -> Iterator[None]:
    """As `told`, but one error goes through."""
    try:
        with told():
            yield
    except IndexAway as failure:
        if isinstance(failure.__cause__, error):
            raise failure.__cause__ from None
        raise


def _mark(held: dict[str, Any]) -> dict[str, Any]:
    return {"if_seq_no": held["_seq_no"], "if_primary_term": held["_primary_term"]}


def _lapsed(held: dict[str, Any]) -> bool:
    """Whether nobody writes any more: the time is over, or the process on this machine is gone."""
    host, pid, _ = held["owner"].split("/")
    if time.time() > held["until"]:
        return True
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
