"""`serve` and `worker`: the service as processes on one machine.

`serve` is the parent of the web workers (granian forks them from it, so that they share what is
loaded) and of one document worker. Bodies of requests are streamed to the application.
"""

import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.frame import Refused, home_option, settings

if TYPE_CHECKING:
    from records.core.config import Config

BACKLOG = 1024
NEW_OBJECTS = 10_000
STOP_SECONDS = 10
LISTENING_SECONDS = 10


@click.command()
@click.option("--host", help="Address to listen on (CHANCERY_BIND, else 127.0.0.1).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (CHANCERY_BIND, else 8080).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@home_option
def serve(host: str | None, port: int | None, workers: int, home: Path | None) -> None:
    """Serve the office to browsers and programs, with a worker beside."""
    from records.office import open_office
    from web.cli.setting_up import invitation_link

    config = bound(home, host, port)
    check_free(config)
    office = open_office(config)
    try:
        link = invitation_link(office) if office.founding else None
    finally:
        office.close()

    def ready() -> None:
        click.echo(f"Chancery serves {config.home} on {config.public_url}")
        if link is not None:
            click.echo(f"First administrator (works once, within seven days): {link}")

    run_service(config, workers=workers, ready=ready)


@click.command()
@click.option("--beside", type=int, hidden=True, help="End with the process of this id.")
@home_option
def worker(beside: int | None, home: Path | None) -> None:
    """Read documents, keep the index in step, tidy up; alone, until it is stopped."""
    from records.office import open_office
    from records.worker import Worker
    from web.catalogues import catalogue
    from web.cli.memory import give_memory_back
    from web.cli.supervising import end_with_parent

    give_memory_back()
    if beside is not None:
        end_with_parent(beside)
    start_logging()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        # From another thread: this one may hold the lock of the event at that moment.
        signal.signal(number, lambda *_: threading.Thread(target=stop.set).start())
    office = open_office(settings(home))
    try:
        with Worker(office, catalogue) as working:
            working.run(stop)
    finally:
        office.close()


def bound(home: Path | None, host: str | None, port: int | None) -> "Config":
    """Return the settings, listening where the command says."""
    config = settings(home)
    if host is None and port is None:
        return config
    old_host, _, old_port = config.bind.rpartition(":")
    return settings(home, bind=f"{host or old_host}:{port or old_port}")


def run_service(config: "Config", *, workers: int, ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; web workers and worker are restarted when they die.

    Args:
        ready: Called once all web workers have loaded the service.
    """
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    import web.app  # noqa: F401 - loaded once, shared by all forks
    from web.cli.memory import give_memory_back
    from web.cli.supervising import WorkerBeside
    from web.patience import THREADS

    give_memory_back()
    start_logging()
    host, port = address_of(config)
    server: Any = Server(
        "web.app",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        http=HTTPModes.http1,  # a proxy in front speaks it; fewer ways to be attacked
        blocking_threads=THREADS,
        backlog=BACKLOG,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
    beside = WorkerBeside(config)
    loaded, tell_loaded = os.pipe()

    def follow() -> None:
        if _all_loaded(loaded, workers):
            beside.start()
            _wait_until_listening(host, port)
            ready()

    server.on_startup(threading.Thread(target=follow, daemon=True).start)
    server.on_shutdown(beside.stop)
    # What is loaded now stays for ever: the collector need not touch, and so copy, shared pages.
    gc.collect()
    gc.freeze()
    server.serve(
        target_loader=partial(_loaded, config, os.getpid(), tell_loaded), wrap_loader=False
    )


def _loaded(config: "Config", parent_pid: int, tell: int) -> Any:
    application = load_application(config, parent_pid)
    os.write(tell, b".")
    return application


def _all_loaded(told: int, workers: int) -> bool:
    """Wait until every web worker has loaded the service.

    Until they are forked no other thread may run: a fork copies the locks that a thread holds (of
    a module that it imports, for one), and nobody lets go of them in the child. A thread that
    waits for a pipe holds none.
    """
    left = workers
    while left > 0 and (some := os.read(told, left)):
        left -= len(some)
    return left == 0


def _wait_until_listening(host: str, port: int) -> None:
    """Wait until a connection is taken: a web worker listens a moment after it has loaded."""
    nearest = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    end = time.monotonic() + LISTENING_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection((nearest, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


def load_application(config: "Config", parent_pid: int) -> Any:
    """Build the web service inside a web worker."""
    from records.office import open_office
    from web.app import create_app
    from web.cli.supervising import end_with_parent
    from web.patience import Patience

    end_with_parent(parent_pid)
    application = Patience(create_app(open_office(config)))
    # A page makes and drops thousands of objects: looked through after every 700, as the collector
    # does by itself, they cost a few hundredths of all work.
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)
    return application


def address_of(config: "Config") -> tuple[str, int]:
    """Return host and port to listen on."""
    host, _, port = config.bind.rpartition(":")
    if not port.isdigit() or not host:
        raise Refused(f"CHANCERY_BIND is not HOST:PORT: {config.bind}.")
    return host.strip("[]"), int(port)


def start_logging() -> None:
    """Write warnings of the service to stderr."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")


def check_free(config: "Config") -> None:
    """Refuse an address on which somebody listens already."""
    host, port = address_of(config)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"{config.bind} cannot be listened on: {error.strerror}. Give another --port."
            ) from error


COMMANDS = {"serve": serve, "worker": worker}
