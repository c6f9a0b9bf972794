"""Checkpoints by the minute, and their way outside: to real folders, servers and buckets."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import delete, func, select, update

from records.audit.checkpoints import due_checkpoint, log_key
from records.audit.copies import place_states
from records.audit.log_keeper import LogKeeper
from records.audit.models import CheckpointCopy
from records.audit.verify_consistency import verify as verify_consistency
from records.audit.verify_log import open_checkpoint
from records.core.errors import Invalid, Unavailable
from records.core.log import Checkpoint, LogHead
from records.core.outside import Way, outside_places
from records.office import Office
from records.people.rules import Actor
from tests.authorities import Authority, authority, authority_server
from tests.builders import register
from tests.offices import HeldClock
from tests.records.notify.mailbox import mail_server
from tests.servers import S3Server

__all__ = ["authority", "authority_server"]


@dataclass
class Hook:
    """A server that somebody else runs, and what came to it."""

    port: int = 0
    status: int = 200
    bodies: list[str] = field(default_factory=list)
    location: str | None = None

    @property
    def url(self) -> str:
        return f"http://user:secret@127.0.0.1:{self.port}/hook?token=hush"


@contextmanager
def hook_server() -> Iterator[Hook]:
    hook = Hook()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            hook.bodies.append(body)
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.end_headers()
            self.wfile.write(b"thank you")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def keeper(office: Office, *places: str, **settings: str) -> LogKeeper:
    config = replace(office.config, checkpoint_copies=" ".join(places) or None, **settings)  # type: ignore[arg-type]
    return LogKeeper(replace(office, config=config))


def a_minute(office: Office, clerk: Actor, clock: HeldClock) -> None:
    """Let something happen, and the minute pass."""
    register(office, clerk, "Paper")
    clock.advance(minutes=1)


def sizes(office: Office) -> list[int]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(Checkpoint.size).order_by(Checkpoint.size)))


def copies(office: Office) -> list[CheckpointCopy]:
    with office.database.reading() as uow:
        return list(uow.session.scalars(select(CheckpointCopy).order_by(CheckpointCopy.size)))


# Every minute -------------------------------------------------------------------------------------


def test_every_minute_that_has_events_is_signed_once(any_office: Office, clock: HeldClock) -> None:
    from records.people.rules import Role
    from tests.builders import add_person

    keeps = keeper(any_office)
    assert keeps.sign()
    assert not keeps.sign()
    clerk = add_person(any_office, "chen", Role.CLERK)
    assert not keeps.sign(), "the minute has not ended"
    clock.advance(minutes=1)
    assert keeps.sign()
    clock.advance(minutes=10)
    assert not keeps.sign(), "nothing happened"
    for _ in range(3):
        register(any_office, clerk, "Paper")
        clock.advance(seconds=20)
    assert keeps.sign()
    assert len(sizes(any_office)) == 3


def test_a_clock_that_was_set_back_holds_nothing_up(
    office: Office, clerk: Actor, clock: HeldClock
) -> None:
    keeps = keeper(office)
    assert keeps.sign()
    clock.advance(hours=-3)
    register(office, clerk, "Paper")
    assert keeps.sign()


def test_a_log_that_does_not_go_on_is_not_signed(
    office: Office, clerk: Actor, clock: HeldClock
) -> None:
    keeps = keeper(office)
    a_minute(office, clerk, clock)
    assert keeps.sign()
    a_minute(office, clerk, clock)
    with office.database.writing() as uow:
        uow.session.execute(update(Checkpoint).values(root=bytes(32)))
    with pytest.raises(Unavailable):
        keeps.sign()


def test_looking_whether_one_is_due_costs_nothing_when_the_log_is_empty(office: Office) -> None:
    with office.database.writing() as uow:
        uow.session.execute(update(LogHead).values(size=0))
    with office.database.reading() as uow:
        assert not due_checkpoint(uow)


# Places -------------------------------------------------------------------------------------------


def test_a_setting_names_places_with_their_ways_and_hides_secrets() -> None:
    found = outside_places(
        "file:///mnt/outside mailto:auditor@office.example;https://u:p@witness.example/x?token=y "
        "s3://bucket/logs?region=x#retain_days=30 rfc3161+https://timestamp.example/tsa#every=5"
    )
    assert [each.way for each in found] == [
        *(Way.FOLDER, Way.MAIL, Way.WEBHOOK, Way.BUCKET, Way.TIMESTAMP),
    ]
    assert found[3].retain_days == 30
    assert [each.every.total_seconds() / 60 for each in found] == [0, 1440, 0, 0, 5]
    assert found[4].address == "https://timestamp.example/tsa"
    names = " ".join(each.name for each in found)
    assert not any(secret in names + repr(found) for secret in ("u:p", "token", "/tsa"))


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x/y",
        "/mnt/outside",
        "file://host/x",
        "https://",
        "mailto:nobody",
        "https://x:0/",
        "https://x:port/",
        "file:///x#every=often",
        "file:///x#colour=red",
        "file:///x file:///x",
    ],
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        outside_places(text)


def test_a_folder_gets_each_checkpoint_once_and_never_another_under_its_name(
    office: Office, clerk: Actor, clock: HeldClock, tmp_path: Path
) -> None:
    folder = tmp_path / "outside"
    keeps = keeper(office, folder.as_uri())
    keeps.sign()
    keeps.bring_out()
    (missing,) = copies(office)
    assert missing.done_at is None
    assert "is not there" in (missing.error or ""), "an unmounted disk is not filled"
    folder.mkdir()
    keeps.bring_out()
    assert copies(office)[0].attempts == 1, "not before its time"
    clock.advance(minutes=2)
    keeps.bring_out()
    assert copies(office)[0].done_at is not None
    for _ in range(2):
        a_minute(office, clerk, clock)
        keeps.sign()
        keeps.bring_out()
    keeps.bring_out()
    names = sorted(each.name for each in folder.iterdir())
    assert names == [f"{size:012d}.checkpoint" for size in sizes(office)]
    with office.database.reading() as uow:
        key = log_key(uow)
    assert key is not None
    for path in folder.iterdir():
        assert open_checkpoint(path.read_text("utf-8"), key.text())[0] == int(path.stem)
        assert path.stat().st_mode & 0o222 == 0


def test_a_folder_shows_a_log_that_was_rolled_back_or_forked(
    office: Office, clerk: Actor, clock: HeldClock, tmp_path: Path
) -> None:
    keeps = keeper(office, tmp_path.as_uri())
    keeps.sign()
    keeps.bring_out()
    for _ in range(2):
        a_minute(office, clerk, clock)
    keeps.sign()
    (tmp_path / "000000999999.checkpoint").write_text("of the log as it was")
    keeps.bring_out()
    assert "rolled back or forked" in (copies(office)[-1].error or "")
    (tmp_path / "000000999999.checkpoint").unlink()
    (tmp_path / f"{sizes(office)[-1]:012d}.checkpoint").write_text("of another past")
    clock.advance(hours=1)
    keeps.bring_out()
    assert "holds something else" in (copies(office)[-1].error or "")
    with office.database.reading() as uow:
        (state,) = place_states(uow, outside_places(tmp_path.as_uri()))
    assert state.failing is not None


def test_a_hook_gets_proofs_that_the_log_goes_on_from_what_it_got_before(
    office: Office, clerk: Actor, clock: HeldClock
) -> None:
    with hook_server() as hook:
        keeps = keeper(office, hook.url)
        for _ in range(3):
            a_minute(office, clerk, clock)
            keeps.sign()
            keeps.bring_out()
    with office.database.reading() as uow:
        key = log_key(uow)
    assert key is not None
    assert hook.bodies[0].startswith("old 0\n\n")
    notes = [body.partition("\n\n")[2] for body in hook.bodies]
    for older, body in zip(notes, hook.bodies[1:], strict=False):
        assert verify_consistency(body, key.text(), older).startswith("The log of ")
    assert [each.receipt for each in copies(office)] == [b"thank you"] * 3
    told = json.dumps([each.place for each in copies(office)])
    assert "hush" not in told
    assert "secret" not in told


@pytest.mark.parametrize(("status", "location"), [(500, None), (302, "http://127.0.0.1:9/")])
def test_a_hook_that_fails_or_sends_elsewhere_is_tried_again_more_and_more_seldom(
    office: Office, clerk: Actor, clock: HeldClock, status: int, location: str | None
) -> None:
    with hook_server() as hook:
        hook.status, hook.location = status, location
        keeps = keeper(office, hook.url)
        keeps.sign()
        for _ in range(40):
            keeps.bring_out()
            clock.advance(minutes=1)
        assert len(hook.bodies) == 6, "after 0, 1, 3, 7, 15 and 31 minutes"
        (kept,) = copies(office)
        assert str(status) in (kept.error or "")
        a_minute(office, clerk, clock)
        keeps.sign()
        hook.status, hook.location = 200, None
        clock.advance(hours=1)
        keeps.bring_out()
        keeps.bring_out()
    assert [each.done_at is not None for each in copies(office)] == [True, True]


def test_a_server_that_is_not_there_holds_up_no_other_place(office: Office, tmp_path: Path) -> None:
    keeps = keeper(office, "http://127.0.0.1:9/gone", tmp_path.as_uri())
    keeps.sign()
    stop = threading.Event()
    threads = keeps.threads(stop)
    assert len(threads) == 3
    keeps.bring_out()
    assert sorted(each.done_at is not None for each in copies(office)) == [False, True]


def test_an_authority_stamps_a_checkpoint_as_openssl_can_check(
    office: Office, authority: Authority, tmp_path: Path
) -> None:
    keeps = keeper(office, f"rfc3161+{authority.timestamp_url}")
    authority.out_of_order = True
    keeps.sign()
    keeps.bring_out()
    assert "503" in (copies(office)[0].error or "")
    authority.out_of_order = False
    assert isinstance(office.database.clock, HeldClock)
    office.database.clock.advance(minutes=2)
    keeps.bring_out()
    (kept,) = copies(office)
    assert kept.receipt is not None
    if which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    with office.database.reading() as uow:
        note = uow.session.scalars(select(Checkpoint.note)).one()
    (tmp_path / "checkpoint").write_bytes(note.encode())
    (tmp_path / "answer.tsr").write_bytes(kept.receipt)
    command = ["openssl", "ts", "-verify", "-data", "checkpoint", "-in", "answer.tsr"]
    command += ["-CAfile", str(authority.roots), "-partial_chain"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr
    (tmp_path / "checkpoint").write_bytes(note.encode() + b" ")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0


def test_mail_goes_once_a_day_with_the_checkpoint_and_the_key(
    office: Office, clerk: Actor, clock: HeldClock
) -> None:
    with mail_server() as box:
        keeps = keeper(office, "mailto:auditor@elsewhere.example", smtp_url=box.url)
        for _ in range(5):
            a_minute(office, clerk, clock)
            keeps.sign()
            keeps.bring_out()
        assert len(box.mails) == 1
        clock.advance(days=1)
        keeps.bring_out()
    assert box.recipients == ["auditor@elsewhere.example"] * 2
    (part,) = box.mails[1].iter_attachments()
    with office.database.reading() as uow:
        key = log_key(uow)
    assert key is not None
    assert (
        open_checkpoint(part.get_content().replace("\r\n", "\n"), key.text())[0]
        == sizes(office)[-1]
    )
    body = box.mails[1].get_body(("plain",))
    assert body is not None
    assert key.text() in body.get_content()


@pytest.mark.s3
def test_a_bucket_locks_what_is_left_in_it(
    office: Office, clerk: Actor, clock: HeldClock, s3_server: S3Server
) -> None:
    from datetime import UTC, datetime

    clock.instant = datetime.now(UTC)
    bucket, plain = s3_server.new_bucket(object_lock=True), s3_server.new_bucket()
    locked = f"{s3_server.url(bucket, 'log')}#retain_days=30"
    keeps = keeper(office, locked, f"{s3_server.url(plain)}#retain_days=30")
    keeps.sign()
    keeps.bring_out()
    a_minute(office, clerk, clock)
    keeps.sign()
    keeps.bring_out()
    there = [each for each in copies(office) if bucket in each.place]
    assert [each.done_at is not None for each in there] == [True, True], there[0].error
    assert b"locked until" in (there[0].receipt or b"")
    assert all(each.done_at is None for each in copies(office) if plain in each.place)
    key = f"log/{sizes(office)[0]:012d}.checkpoint"
    version = s3_server.client.head_object(Bucket=bucket, Key=key)["VersionId"]
    with pytest.raises(Exception, match=r"AccessDenied|Access Denied|Forbidden|WORM|locked"):
        s3_server.client.delete_object(Bucket=bucket, Key=key, VersionId=version)


def test_copies_make_no_events_so_that_an_office_at_rest_stays_at_rest(
    office: Office, clock: HeldClock, tmp_path: Path
) -> None:
    keeps = keeper(office, tmp_path.as_uri())
    keeps.sign()
    for _ in range(5):
        keeps.bring_out()
        clock.advance(minutes=5)
        assert not keeps.sign()
    with office.database.writing() as uow:
        assert uow.session.scalar(select(func.count()).select_from(CheckpointCopy)) == 1
        uow.session.execute(delete(CheckpointCopy))
    keeps.bring_out()
    assert len(copies(office)) == 1, "what lies there already is no error"


def test_a_place_that_lags_is_late_and_an_office_at_rest_is_not(
    office: Office, clerk: Actor, clock: HeldClock, tmp_path: Path
) -> None:
    keeps, places = keeper(office, tmp_path.as_uri()), outside_places(tmp_path.as_uri())

    def late() -> bool:
        with office.database.reading() as uow:
            return place_states(uow, places)[0].is_late

    keeps.sign()
    keeps.bring_out()
    clock.advance(days=9)
    assert not late()
    a_minute(office, clerk, clock)
    keeps.sign()
    assert not late()
    clock.advance(hours=3)
    assert late()
