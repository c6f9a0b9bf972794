"""Objects against their rows: each is read again from end to end, and none is there without a row.

Store and table are walked side by side in the order of names, so memory stays constant.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from sqlalchemy import func, select

from records.audit.report import Item, Report
from records.core.database import Database
from records.documents.intake import ORPHAN_AGE
from records.documents.models import Component, ObjectIntent, StoredObject
from records.office import Office
from storage import ObjectDamaged, ObjectMissing, StorageError, StoreUnavailable, Vault

PAGE = 500
# Digests and ciphers let other threads work meanwhile, and a store far away is waited for.
THREADS = max(2, min(8, os.cpu_count() or 2))
MISSING = "it is not in the store"
# Behind every name: names are hexadecimal.
LAST = "g"


@dataclass(frozen=True)
class _Kept:
    """An object as the database knows it; the digest of its clear bytes is its component's."""

    name: str
    wrapped_key: bytes
    stored_bytes: int
    sha256: str | None


def check_objects(office: Office, report: Report, tell: Callable[[str, int], None]) -> None:
    """Read every object again, and look for those that nobody knows.

    Raises:
        StoreUnavailable: The store cannot be reached, so nothing can be said about it.
    """
    check_share(office, report, tell)
    for place in office.vault.store.strangers():
        report.extra.append(Item("file", place, "it lies in the store and is no object"))
    with office.database.reading() as uow:
        components = uow.session.scalar(select(func.count()).select_from(Component))
        intents = uow.session.scalar(select(func.count()).select_from(ObjectIntent))
    report.count("components", components or 0)
    report.count("intents", intents or 0)


def check_share(
    office: Office,
    report: Report,
    tell: Callable[[str, int], None],
    *,
    after: str = "",
    until: str = LAST,
) -> None:
    """Read the objects again whose names sort after `after` and not after `until`.

    Raises:
        StoreUnavailable: The store cannot be reached, so nothing can be said about it.
    """
    listed = (info.name for info in office.vault.store.names(after=after))
    names = takewhile(lambda name: name <= until, listed)
    present = next(names, None)
    with ThreadPoolExecutor(THREADS, "verify") as pool:
        for page in _kept_objects(office.database, after, until):
            for fault in pool.map(partial(_fault_of, office), page):
                if fault is not None:
                    wrong = report.missing if fault.reason == MISSING else report.changed
                    wrong.append(fault)
            for kept in page:
                while present is not None and present < kept.name:
                    _check_unknown(office.database, present, report)
                    present = next(names, None)
                if present == kept.name:
                    present = next(names, None)
            report.count("objects", len(page))
            tell("objects", report.counts["objects"])
    while present is not None:
        _check_unknown(office.database, present, report)
        present = next(names, None)
    tell("objects", report.counts.setdefault("objects", 0))


def _kept_objects(database: Database, after: str, until: str) -> Iterator[list[_Kept]]:
    last = after
    while True:
        query = (
            select(
                StoredObject.name,
                StoredObject.wrapped_key,
                StoredObject.stored_bytes,
                Component.sha256,
            )
            .outerjoin(Component, Component.object_name == StoredObject.name)
            .where(StoredObject.name > last, StoredObject.name <= until)
            .order_by(StoredObject.name)
            .limit(PAGE)
        )
        with database.reading() as uow:
            rows = uow.session.execute(query).all()
        yield [_Kept(*row) for row in rows]
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def _fault_of(office: Office, kept: _Kept) -> Item | None:
    try:
        _read_again(office.vault, kept)
    except StoreUnavailable:
        raise
    except ObjectMissing:
        if _is_known(office.database, kept.name):
            return Item("object", kept.name, MISSING)
    except StorageError as error:
        return Item("object", kept.name, str(error))
    return None


def _read_again(vault: Vault, kept: _Kept) -> None:
    if kept.sha256 is None:
        vault.keyring.unwrap(kept.wrapped_key)
        vault.check_stored(kept.name)
    else:
        vault.check(kept.name, kept.wrapped_key, kept.sha256)
    if vault.store.size(kept.name) != kept.stored_bytes:
        raise ObjectDamaged(kept.name, "it has not as many bytes as its row tells")


def _check_unknown(database: Database, name: str, report: Report) -> None:
    """Tell of an object without a row, unless it is on its way in or came in meanwhile."""
    with database.reading() as uow:
        intent = uow.session.get(ObjectIntent, name)
        is_coming = intent is not None and intent.created_at > uow.now - ORPHAN_AGE
        is_known = uow.session.get(StoredObject, name) is not None
    if not is_coming and not is_known:
        report.extra.append(Item("object", name, "no component knows it"))


def _is_known(database: Database, name: str) -> bool:
    with database.reading() as uow:
        return uow.session.get(StoredObject, name) is not None
