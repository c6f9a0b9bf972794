"""Does the service carry an office? Two hundred people at work, each thinking for 5 to 10 seconds.

    python -m benchmarks.load [--minutes 10] [--arriving 2] [--people 200] [--workers 2]

`chancery serve` runs in processes of its own, the generator beside it on the same cores. Everybody
signs in with a password, and then lists, searches, reads, signs and registers by turns, as browsers
do: over connections that are kept, with cookies and tokens against forgery.

People come to work over the minutes of `--arriving`, not all in one second: a password is slow to
check by intent. What they meet until everybody is there counts as an error if it is one, but its
times are printed apart: the minutes that count begin when all are at work.

Printed are the errors, the times of each act, the processor time that the service (all of its
processes, and what they start) took for each request, which other work on the machine disturbs far
less than times, and the memory of all its processes each half minute. Targets: no error, 95 of 100
answers within 500 ms, and memory that does not grow.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import aiohttp

from benchmarks.memory import family, pss_mib
from records.circulation.plans import RoundPlan, StagePlan
from records.circulation.rules import Purpose
from records.circulation.sending import start_rounds
from records.core.config import load_config
from records.documents.metadata import read_metadata
from records.finding.rebuilding import reindex
from records.office import Office, open_office
from records.people.actors import load_actor
from records.people.models import Unit
from records.people.rules import SERVICE, Actor, Role, Secrecy
from records.people.service import add_user
from records.registration.registers import register_by_code
from records.registration.service import register_document

PASSWORD = "a long enough password"  # noqa: S105 - of people who are made up
THINKING_SECONDS = (5.0, 10.0)
DOCUMENTS = 2_000
ROUNDS = 12
CLERKS = 0.2
MEMORY_EVERY_SECONDS = 30
WORDS = ("heating", "bridge", "school", "harbour", "budget", "archive", "street", "water")
# How often each is done, of a hundred acts; who is no clerk lists instead of registering.
MIX = {"list": 30, "search": 25, "read": 30, "sign": 8, "register": 7}
DOCUMENT = re.compile(r'href="(/documents/[0-9a-f-]{36})')
ITEM = re.compile(r'href="(/reading/[0-9a-f-]{36})')
TOKEN = re.compile(r'csrf-token" content="([^"]+)"')


@dataclass
class Seen:
    """What all people together have met.

    Attributes:
        arriving: Seconds of the requests until everybody was at work.
        seconds: Seconds of the requests after it, by act.
        errors: Whatever went wrong, at any time.
        memory: MiB of the service, each half minute.
        cpu_seconds: Processor time of the service while everybody was at work.
    """

    arriving: list[float] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class Day:
    """When everybody is at work, and when they go home, as the monotonic clock has it."""

    begins: float
    ends: float


class Failed(Exception):
    """An answer that no person should get."""


def main() -> None:
    """Fill an office, serve it, let the people work, and print what they met."""
    parser = argparse.ArgumentParser(description="Does the service carry an office?")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--arriving", type=float, default=2, help="Minutes until all are there.")
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home, asked.people)
        with served(home, asked.workers) as (url, pid):
            begins = time.monotonic() + asked.arriving * 60
            day = Day(begins, begins + asked.minutes * 60)
            seen = asyncio.run(work(url, pid, asked.people, day))
    report(seen)


def fill(home: Path, people: int) -> None:
    """Make people, documents, and rounds that everybody reads."""
    office = open_office(load_config({}, home=home))
    readers = [_person(office, number, people) for number in range(people)]
    documents = []
    with office.database.writing() as uow:
        register = register_by_code(uow, "incoming")
        for number in range(DOCUMENTS):
            title = f"{random.choice(WORDS).title()} of the {random.choice(WORDS)} {number}"
            values = read_metadata({"title": title, "secrecy": "public"})
            documents.append(
                register_document(uow, readers[0], register=register, values=values, received=[]).id
            )
    ids = tuple(each.user_id for each in readers if each.user_id is not None)
    plan = RoundPlan(Purpose.READ, (StagePlan(ids, due_days=3),))
    with office.database.writing() as uow:
        start_rounds(uow, readers[0], document_ids=documents[:ROUNDS], plan=plan)
    reindex(office, lambda *_: None)
    office.close()


def _person(office: Office, number: int, people: int) -> Actor:
    with office.database.writing() as uow:
        unit = uow.session.query(Unit).first()
        assert unit is not None
        user, _ = add_user(
            uow,
            SERVICE,
            login=f"person{number}",
            roles=frozenset({Role.CLERK if number < people * CLERKS else Role.STAFF}),
            unit_id=unit.id,
            clearance=Secrecy.CONFIDENTIAL,
            password=PASSWORD,
        )
        return load_actor(uow, user.id)


@contextmanager
def served(home: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Run `chancery serve` on a free port; yield its address and process."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "web.cli", "serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--workers", str(workers)], stdout=subprocess.DEVNULL, cwd=Path.cwd()
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > until or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield f"http://localhost:{port}", process.pid
    finally:
        process.terminate()
        process.wait(60)


async def work(url: str, pid: int, people: int, day: Day) -> Seen:
    """Let everybody work through the day; return what they met, and what it cost."""
    seen = Seen()
    arriving = day.begins - time.monotonic()
    at_work = [
        asyncio.create_task(Person(url, number, people, seen, day).work(arriving * number / people))
        for number in range(people)
    ]
    await asyncio.sleep(arriving)
    spent = cpu_seconds(pid)
    while (left := day.ends - time.monotonic()) > 0:
        seen.memory.append(_memory(pid))
        await asyncio.sleep(min(left, MEMORY_EVERY_SECONDS))
    await asyncio.gather(*at_work)
    seen.memory.append(_memory(pid))
    seen.cpu_seconds = cpu_seconds(pid) - spent
    return seen


def cpu_seconds(pid: int) -> float:
    """Return the processor time of all processes of the service, and of those that have ended.

    The figures are utime, stime, cutime and cstime of proc(5): the last two hold what the children
    took that a process has waited for.
    """
    ticks = 0
    for each in family(pid):
        with suppress(OSError):
            after_name = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(figure) for figure in after_name[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Return the MiB of all processes of the service; one that ends meanwhile counts no more."""
    total = 0.0
    for each in family(pid):
        with suppress(OSError):
            total += pss_mib(each)
    return total


class Person:
    """One person at a browser."""

    def __init__(self, url: str, number: int, people: int, seen: Seen, day: Day) -> None:
        self.url = url
        self.number = number
        self.is_clerk = number < people * CLERKS
        self.seen = seen
        self.day = day
        self.chance = random.Random(number)
        self.documents: list[str] = []
        self.token = ""
        self.done = 0

    async def work(self, arriving: float) -> None:
        """Sign in after so many seconds, then act and think by turns until the end."""
        await asyncio.sleep(arriving)
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "list": self.list_documents,
            "search": self.search,
            "read": self.read,
            "sign": self.sign,
            "register": self.register if self.is_clerk else self.list_documents,
        }
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar) as self.browser:
            await self.do("sign in", self.sign_in)
            while time.monotonic() < self.day.ends:
                await asyncio.sleep(self.chance.uniform(*THINKING_SECONDS))
                (name,) = self.chance.choices(list(MIX), weights=list(MIX.values()))
                await self.do(name, acts[name])

    async def do(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        """Do something and note how long its requests took, or what went wrong."""
        self.name = name
        try:
            await act()
        except (Failed, aiohttp.ClientError, TimeoutError) as error:
            self.seen.errors.append(f"{name}: {type(error).__name__}: {error}")

    async def ask(self, method: str, path: str, **more: object) -> str:
        """Send one request; its time counts for the act of the moment."""
        begun = time.perf_counter()
        async with self.browser.request(
            method,
            path,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(60),
            **more,  # type: ignore[arg-type]
        ) as answer:
            text = await answer.text()
        took = time.perf_counter() - begun
        if time.monotonic() < self.day.begins:
            self.seen.arriving.append(took)
        else:
            self.seen.seconds[self.name].append(took)
        if answer.status >= 400 or (method == "GET" and answer.status != 200):
            raise Failed(f"{method} {path} answered {answer.status}")
        return text

    async def sign_in(self) -> None:
        """Come in with a password."""
        page = await self.ask("GET", "/sign-in")
        self.token = _found(TOKEN, page)
        login = {"login": f"person{self.number}", "password": PASSWORD}
        await self.post("/sign-in", **login)
        self.token = _found(TOKEN, await self.ask("GET", "/"))
        await self.list_documents()

    async def post(self, path: str, **fields: str) -> str:
        """Send a form."""
        return await self.ask("POST", path, data={"csrf_token": self.token, **fields})

    async def list_documents(self) -> None:
        """Look at the list, in some order."""
        order = self.chance.choice(("", "?sort=title"))
        self.documents = DOCUMENT.findall(await self.ask("GET", f"/documents{order}"))

    async def search(self) -> None:
        """Search for one word or two."""
        words = " ".join(self.chance.sample(WORDS, self.chance.choice((1, 2))))
        await self.ask("GET", "/search", params={"q": words})

    async def read(self) -> None:
        """Open a document of the last list."""
        if not self.documents:
            raise Failed("the list shows no document")
        await self.ask("GET", self.chance.choice(self.documents))

    async def sign(self) -> None:
        """Sign what waits first on the desk."""
        waiting = ITEM.findall(await self.ask("GET", "/reading"))
        if waiting:
            await self.ask("GET", waiting[0])
            await self.post(f"{waiting[0]}/sign", opinion="")

    async def register(self) -> None:
        """Register one small file."""
        self.done += 1
        form = aiohttp.FormData()
        form.add_field("csrf_token", self.token)
        form.add_field("register", "incoming")
        text = f"Letter {self.done} of {self.number} on the {self.chance.choice(WORDS)}\n" * 20
        form.add_field("file", text.encode(), filename=f"letter-{self.number}-{self.done}.txt")
        await self.ask("POST", "/registration/files", data=form)


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise Failed("the page has no token")
    return found[1]


def report(seen: Seen) -> None:
    """Print times, errors, processor time and memory."""
    print(f"{'act':10} {'answers':>8} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8}")
    every = [each for times in seen.seconds.values() for each in times]
    for name, times in [
        *sorted(seen.seconds.items()),
        ("all", every),
        ("arriving", seen.arriving),
    ]:
        if times:
            p95 = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
            print(
                f"{name:10} {len(times):8} {median(times) * 1000:8.0f} {p95 * 1000:8.0f}"
                f" {max(times) * 1000:8.0f}"
            )
    print(f"errors: {len(seen.errors)}")
    for error in sorted(set(seen.errors))[:20]:
        print(f"  {error}")
    each = seen.cpu_seconds / max(len(every), 1) * 1000
    print(f"processor time of the service: {seen.cpu_seconds:.1f} s, {each:.1f} ms per request")
    print("memory MiB:", " ".join(f"{each:.0f}" for each in seen.memory))
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"load of the machine at the end: {load}")


if __name__ == "__main__":
    main()
