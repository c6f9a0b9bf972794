"""Does what is related stay flat? Links, threads, twins and the page, as ratios of one run.

    python -m benchmarks.related [--rows N] [--keep FOLDER] [--database-urls SMALL LARGE]

The same archives as those of `lists`, with rows beside every document: a number that it bears, one
that it cites, every tenth linked by hand, every fifth a mail of a thread of four, every fiftieth
with a twin, and the signature of a text for all, in 32 bands each. One document in fifty cites
the same law. The target is a ratio of at most 1.3.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, func, select, text, update

from benchmarks.lists import Act, Archive, archive, compare, get, signed_in
from records.core.base import table_of
from records.core.database import UnitOfWork
from records.documents.models import Document
from records.related.comparing import compare as find_twins
from records.related.links import links_of
from records.related.models import BorneNumber, TextBand, TextTrace
from records.related.resemblance import BANDS, pack_bands
from records.related.threads import thread_of
from records.related.twins import twins_of
from web.app import create_app

SMALL = 10_000
LAW = "国发〔2010〕4号"
# Bands come in the order of their key, as a bulk load does.
_FILL = """
CREATE TEMPORARY TABLE told AS SELECT id, number, CAST(substr(number, 9) AS INTEGER) AS serial,
  lag(id) OVER (ORDER BY id) AS before FROM document;
INSERT INTO borne_number SELECT id, '某政发〔2026〕' || serial || '号' FROM told;
INSERT INTO cited_number (document_id, number, kind, position)
  SELECT id, '某政发〔2026〕' || (serial - 1) || '号', 'answers', 0 FROM told;
INSERT INTO cited_number (document_id, number, kind, position)
  SELECT id, '{law}', 'cites', 1 FROM told WHERE serial % 50 = 7;
INSERT INTO document_link (id, from_id, to_id, kind, made_at, made_by)
  SELECT id, id, before, 'belongs', (SELECT max(registered_at) FROM document),
  (SELECT id FROM "user" WHERE login = 'clerk') FROM told WHERE serial % 10 = 3;
INSERT INTO mail_message (document_id, thread_id, message, subject, people)
  SELECT id, first_value(id) OVER (PARTITION BY serial / 20 ORDER BY id), {token}, {token}, {token}
  FROM told WHERE serial % 5 = 2;
INSERT INTO near_twin (document_id, other_id, score, reasons)
  SELECT id, before, 0.9, '["text"]' FROM told WHERE serial % 50 = 1 AND before IS NOT NULL;
INSERT INTO text_trace (component_id, document_id, is_main, bands)
  SELECT id, id, {true}, {token} FROM told;
INSERT INTO text_band (band, component_id)
  SELECT {chance}, id FROM told, (SELECT 1 FROM document LIMIT {bands}) AS each ORDER BY 1;
DROP TABLE told
"""
_WORDS = {
    "sqlite": {"token": "randomblob(16)", "true": "1", "chance": "random()"},
    "postgresql": {
        "token": "decode(md5(number), 'hex')",
        "true": "true",
        "chance": "((random() - 0.5) * 9.2e18)::bigint * 2",
    },
}


def main() -> None:
    """Fill two archives, measure both in turn, and print the ratios."""
    parser = argparse.ArgumentParser(description="Does what is related stay flat?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder that keeps the archives for next time")
    parser.add_argument("--database-urls", nargs=2, help="two empty PostgreSQL databases")
    asked = parser.parse_args()
    urls = asked.database_urls or (None, None)
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        small, large = (
            stack.enter_context(_filled(folder / f"related-{rows}", rows, url))
            for rows, url in zip((SMALL, asked.rows), urls, strict=True)
        )
        print(f"{'what is related':44} {SMALL:>10,} {asked.rows:>10,}   ratio")
        pairs = zip(stack.enter_context(_acts(small)), stack.enter_context(_acts(large)))  # noqa: B905
        worst = max(compare(name, one, other) for (name, one), (_, other) in pairs)
        print(f"worst ratio {worst:.2f}")


@contextmanager
def _acts(filled: Archive) -> Iterator[Iterator[tuple[str, Act]]]:
    with filled.office.database.reading() as uow:
        yield _each(filled, uow)


def _each(filled: Archive, uow: UnitOfWork) -> Iterator[tuple[str, Act]]:
    half = filled.rows // 2 // 100 * 100
    clerk, office = filled.clerk, filled.office
    linked, mail, twin = (_id(uow, half + each) for each in (13, 12, 51))
    law = _id(uow, half)
    yield "links of a document", partial(links_of, uow, clerk, linked)
    yield "links of a law that 1 in 50 cites", partial(links_of, uow, clerk, law)
    yield "the same for who sees few", partial(links_of, uow, filled.reader, _id(uow, 0))
    yield "the thread of a mail", partial(thread_of, uow, clerk, mail)
    yield "twins of a document", partial(twins_of, uow, clerk, twin)
    yield "looking for twins", partial(find_twins, office.database, office.vault, linked)
    client = signed_in(create_app(office), filled, clerk)
    yield "the page of a document over HTTP", partial(get, client, f"/documents/{linked}")


def _id(uow: UnitOfWork, serial: int) -> UUID:
    return uow.session.scalars(
        select(Document.id).where(Document.number == f"IN-2026-{serial:07d}")
    ).one()


@contextmanager
def _filled(home: Path, rows: int, url: str | None) -> Iterator[Archive]:
    with archive(home, rows, url) as found:
        engine = found.office.database.engine
        with engine.connect() as connection:
            is_new = not connection.scalar(select(func.count()).select_from(table_of(BorneNumber)))
        if is_new:
            began = time.perf_counter()
            with engine.connect() as connection:
                _fill(connection, found)
                connection.commit()
                connection.invalidate()  # the next one checks foreign keys again
            print(f"beside {rows:,}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        yield found


def _fill(connection: Connection, found: Archive) -> None:
    sqlite = connection.dialect.name == "sqlite"
    # Signatures hang on components, which nothing here asks for.
    off = "PRAGMA foreign_keys = OFF" if sqlite else "SET session_replication_role = replica"
    # Below SQLAlchemy: SQLite takes this outside of a transaction alone.
    connection.connection.cursor().execute(off)
    words = {**_WORDS[connection.dialect.name], "law": LAW, "bands": BANDS}
    for each in _FILL.format(**words).split(";"):
        connection.execute(text(each))
    half = found.rows // 2 // 100 * 100
    number = f"IN-2026-{half:07d}"
    law = connection.scalar(select(Document.id).where(Document.number == number))
    connection.execute(
        update(table_of(BorneNumber))
        .where(table_of(BorneNumber).c.document_id == law)
        .values(number=LAW)
    )
    asked = f"IN-2026-{half + 13:07d}"
    mine = connection.scalar(select(Document.id).where(Document.number == asked))
    band, component = table_of(TextBand).c.band, table_of(TextBand).c.component_id
    bands = list(connection.scalars(select(band).where(component == mine).limit(BANDS)))
    connection.execute(
        update(table_of(TextTrace))
        .where(table_of(TextTrace).c.document_id == mine)
        .values(bands=pack_bands(bands))
    )
    if not sqlite:
        connection.execute(text("ANALYZE"))


if __name__ == "__main__":
    main()
