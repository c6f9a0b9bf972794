"""Health, readiness and metrics: who sees what, and what they say."""

import os

import pytest

from records.worker import beat_path
from tests.api.conftest import PDF, Place
from web.measures import measures


def test_health_needs_nobody(place: Place) -> None:
    answer = place.app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_readiness_tells_strangers_nothing_and_administrators_all(place: Place) -> None:
    stranger = place.app.test_client().get("/readyz")
    assert (stranger.status_code, stranger.json) == (503, {"ready": False})
    for who, sees in (("admin", True), ("clerk", False)):
        headers = {"Authorization": f"Bearer {place.people[who].token}"}
        answer = place.app.test_client().get("/readyz", headers=headers)
        assert answer.status_code == 503
        assert answer.json is not None
        assert ("wrong" in answer.json) is sees
        if sees:
            assert set(answer.json["wrong"]) == {"index", "worker"}


def test_a_whole_service_is_ready(place: Place) -> None:
    from records.worker import Worker

    with Worker(place.office) as worker:
        worker.run_until_idle()
    path = beat_path(place.office.config)
    now = place.office.database.clock.now().isoformat()
    path.write_text(f'{{"pid": {os.getpid()}, "at": "{now}"}}')
    answer = place.app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True})


@pytest.mark.parametrize(("who", "all_of_them"), [("admin", True), ("clerk", False), (None, False)])
def test_strangers_see_only_in_metrics_whether_the_service_works(
    place: Place, who: str | None, all_of_them: bool
) -> None:
    headers = {"Authorization": f"Bearer {place.people[who].token}"} if who else {}
    answer = place.app.test_client().get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    assert 'chancery_ready{part="database"} 1' in answer.text
    names = {line.partition("{")[0] for line in answer.text.splitlines() if line[0] != "#"}
    assert (names != {"chancery_ready"}) is all_of_them


def test_metrics_count_what_happened(place: Place) -> None:
    place.clerk.register(("a.pdf", PDF))
    place.stranger("GET", "/documents/01890000-0000-7000-8000-000000000000")
    headers = {"Authorization": f"Bearer {place.admin.token}"}
    text = place.app.test_client().get("/metrics", headers=headers).text
    registered = (
        'chancery_requests_total{endpoint="api.register_document",method="POST",status="201"} 1'
    )
    hidden = 'chancery_requests_total{endpoint="api.show_document",method="GET",status="404"} 1'
    for line in (
        registered,
        hidden,
        "chancery_documents_registered_total 1",
        'chancery_jobs{kind="component.read",state="waiting"} 1',
        'chancery_request_seconds_count{endpoint="api.show_document"} 1',
    ):
        assert line in text.splitlines()


def test_counts_of_other_processes_are_added(place: Place) -> None:
    with place.app.app_context():
        mine = measures()
        mine.add("store_errors", "store_unavailable")
        other = place.office.config.home / "measures" / f"{os.getppid()}.json"
        mine.write()
        other.write_text('{"store_errors\\tstore_unavailable": 2}')
        (other.parent / "1.json").write_text("half a fil")
        assert mine.total()["store_errors", "store_unavailable"] == 3
