"""For whoever runs the service: is it alive, can it work, and how is it doing.

`/healthz`, `/readyz` and `/metrics` (Prometheus) answer strangers with a bare yes or no; what is
wrong, and all counts, are shown to a token or session of the administration. Behind a proxy on the
same machine everybody comes from the loopback address, so that address proves nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from records.core.jobs import Job
from records.core.log import log_size
from records.registration.models import RegisterCounter
from records.worker import worker_seen
from storage import StorageError
from web.boundary import office, reading
from web.index import index
from web.measures import BUCKETS_SECONDS, measures
from web.permissions import OPERATORS, PUBLIC
from web.routes import route
from web.session import current_identity

operations = Blueprint("operations", __name__)

# So many log entries may the index be behind before the service calls itself not ready.
MOST_LAG = 1_000
NO_OBJECT = "0" * 64
_ENDPOINT = ("endpoint", "method", "status")


@route(operations, "/healthz", permission=PUBLIC)
def healthz() -> Response:
    """Answer as long as this process answers at all."""
    return jsonify(alive=True)


@route(operations, "/readyz", permission=PUBLIC)
def readyz() -> tuple[Response, int]:
    """Tell whether everything that the service stands on works; 503 if not."""
    wrong = {name: reason for name, check in CHECKS.items() if (reason := check()) is not None}
    answer: dict[str, Any] = {"ready": not wrong}
    # Who asks is known from the database: without it everybody is a stranger.
    if "database" not in wrong and _asked_by_operator():
        answer["wrong"] = wrong
    return jsonify(answer), 503 if wrong else 200


def _database() -> str | None:
    try:
        with reading() as uow:
            log_size(uow.session)
    except SQLAlchemyError as error:
        return f"the database does not answer: {type(error).__name__}"
    return None


def _store() -> str | None:
    try:
        office().vault.store.exists(NO_OBJECT)
    except StorageError as error:
        return f"the object store does not answer: {error}"
    return None


def _index() -> str | None:
    state = index().state()
    if not state.is_complete:
        told = f"the search index is {state.phase}, {state.done} of {state.total} documents"
        return told if state.problem is None else f"{told}; {state.problem}"
    if state.problem is not None:
        return f"the search index cannot follow: {state.problem}"
    lag = index_lag()
    return f"the search index is {lag} entries behind" if lag > MOST_LAG else None


def _worker() -> str | None:
    seen = worker_seen(office().config)
    now = office().database.clock.now()
    if seen is None:
        return "no worker has run on this machine"
    return None if seen.is_alive(now) else f"the worker was last seen at {seen.at.isoformat()}"


CHECKS: dict[str, Callable[[], str | None]] = {
    "database": _database,
    "store": _store,
    "index": _index,
    "worker": _worker,
}


def index_lag() -> int:
    """Return how many entries of the log the index has not consumed; 0 without a database."""
    try:
        with reading() as uow:
            return max(0, log_size(uow.session) - index().cursor())
    except SQLAlchemyError:
        return 0


@route(operations, "/metrics", permission=PUBLIC)
def metrics() -> Response:
    """Give counts in the text format of Prometheus, version 0.0.4; all of them to operators."""
    lines = [*_health()]
    if _database() is None and _asked_by_operator():
        lines += [*_requests(), *_stock()]
    text = "\n".join([*lines, ""])
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _asked_by_operator() -> bool:
    identity = current_identity()
    return identity is not None and OPERATORS.admits(identity.actor.roles)


def _health() -> Iterator[str]:
    yield "# HELP chancery_ready Whether a part of what the service stands on works."
    yield "# TYPE chancery_ready gauge"
    for name, check in CHECKS.items():
        yield _line("chancery_ready", int(check() is None), ("part",), [name])


def _requests() -> Iterator[str]:
    total = measures().total()
    yield "# TYPE chancery_requests_total counter"
    for (name, *labels), amount in total.items():
        if name == "requests":
            yield _line("chancery_requests_total", amount, _ENDPOINT, labels)
    yield "# TYPE chancery_request_seconds histogram"
    for (name, *labels), seconds in total.items():
        if name != "seconds":
            continue
        endpoint, reached = labels[0], 0.0
        for bucket in (*map(str, BUCKETS_SECONDS), "+Inf"):
            reached += total.get(("bucket", endpoint, bucket), 0)
            below = [endpoint, bucket]
            yield _line("chancery_request_seconds_bucket", reached, ("endpoint", "le"), below)
        yield _line("chancery_request_seconds_sum", seconds, ("endpoint",), labels)
        yield _line("chancery_request_seconds_count", reached, ("endpoint",), labels)
    yield "# TYPE chancery_store_errors_total counter"
    for (name, *labels), amount in total.items():
        if name == "store_errors":
            yield _line("chancery_store_errors_total", amount, ("code",), labels)


def _stock() -> Iterator[str]:
    with reading() as uow:
        registered = uow.session.scalar(select(func.sum(RegisterCounter.last))) or 0
        given_up = Job.failed_at.is_not(None)
        jobs = uow.session.execute(
            select(Job.kind, given_up, func.count()).group_by(Job.kind, given_up)
        ).all()
    yield "# TYPE chancery_documents_registered_total counter"
    yield f"chancery_documents_registered_total {registered}"
    yield "# TYPE chancery_jobs gauge"
    for kind, failed, count in jobs:
        labels = [kind, "failed" if failed else "waiting"]
        yield _line("chancery_jobs", count, ("kind", "state"), labels)
    yield "# TYPE chancery_index_lag_entries gauge"
    yield f"chancery_index_lag_entries {index_lag()}"


def _line(name: str, amount: float, names: tuple[str, ...], values: list[str]) -> str:
    pairs = zip(names, values, strict=True)
    labels = ",".join(f'{key}="{_escape(value)}"' for key, value in pairs)
    return f"{name}{{{labels}}} {amount:g}" if amount % 1 else f"{name}{{{labels}}} {int(amount)}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
