"""An office in which everything that people write is an attack: the demo with its words replaced.

What services would refuse is written past them, straight into the tables: a screen must be safe
whatever stands there.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Text, func, select, update
from sqlalchemy.exc import IntegrityError

from records.core.base import Json
from records.core.database import UnitOfWork
from records.core.log import LogPayload
from records.office import Office
from records.tables import metadata

WORD = "xssmark"
# Its product has too many digits to stand in a digest by chance.
SUM = "1000003*99991"
PAYLOAD = (
    f"'\"><{WORD} onerror={WORD}()></textarea></title></select></script>"
    f"<script>{WORD}()</script>{{{{{SUM}}}}}${{{SUM}}}"
    f'#panic("{WORD}")\\$*_`=HYPERLINK("//e")'
    "\r\nX-Xssmark: 1\r\n\r\n\u202e"
)
# Names that are looked up, tied to something, or chosen from a list: no words of people.
_CLOSED = """
    agent by category cause code current_address decision digest error field key kind label_code
    language last_error login mail matter_kind media_type medium message_id muted number object_name
    origin outcome password_hash path pattern place_key provider purpose retention role search_key
    sender_key series sha256 shape source source_id state subject text_state token verdict
    when_matter approver body note_text reason_code confirmed_by_way result_sha256 content_sha256
    principal_kind channel register_code stage dated document_number emblem material text_reason
"""
CLOSED = frozenset(_CLOSED.split())
_CLOSED_TABLES = """
    checkpoint checkpoint_copy filing_model job kept_answer log_entry log_key log_node mirror_state
    object_intent sign_in_attempt stored_object identity cited_number borne_number source_key
    upload_part check_visit filing_trait registration seal_authority assessment
"""
CLOSED_TABLES = frozenset(_CLOSED_TABLES.split())
# Members of what is kept as JSON that people wrote, besides those named as free columns are.
LISTS = frozenset({"keywords", "words"})
MORE = frozenset({"document_number", "after", "before", "opinion", "for", "whom"})


def poison(office: Office) -> list[str]:
    """Replace all words of people by the attack; return the columns, as `table.column`."""
    done: list[str] = []
    with office.database.writing() as uow:
        for table, column in _free():
            attack = _attack(bool(column.unique), table)
            try:
                with uow.session.begin_nested():
                    uow.session.execute(
                        update(table)
                        .where(column.is_not(None), column != "")
                        .values({column: attack})
                    )
            except IntegrityError:
                continue
            done.append(f"{table.name}.{column.name}")
        free = {each.partition(".")[2] for each in done} | MORE
        _poison_json(uow, free)
        _poison_log(uow, free)
    return done


def _free() -> Iterator[Any]:
    for table in metadata.sorted_tables:
        if table.name in CLOSED_TABLES:
            continue
        for column in table.c:
            tied = column.primary_key or column.foreign_keys or column.name in CLOSED
            if isinstance(column.type, Text) and not tied:
                yield table, column


def _attack(unique: bool, table: Any) -> Any:
    key = next(iter(table.primary_key.columns))
    return func.hex(key) + PAYLOAD if unique else PAYLOAD


def _poison_json(uow: UnitOfWork, free: set[str]) -> None:
    for table in metadata.sorted_tables:
        if table.name in CLOSED_TABLES:
            continue
        key = list(table.primary_key.columns)
        for column in table.c:
            if not isinstance(column.type, Json):
                continue
            for row in uow.session.execute(select(*key, column).where(column.is_not(None))).all():
                changed = _poisoned(row[-1], free, column.name in LISTS)
                if changed != row[-1]:
                    same = [each == value for each, value in zip(key, row[:-1], strict=True)]
                    uow.session.execute(update(table).where(*same).values({column: changed}))


def _poison_log(uow: UnitOfWork, free: set[str]) -> None:
    connection = uow.session.connection()
    triggers = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='log_payload'"
    )
    for (name,) in triggers.all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    table: Any = LogPayload.__table__
    key = next(iter(table.primary_key.columns))
    for sequence, payload in uow.session.execute(select(key, table.c.payload)).all():
        changed = json.dumps(_poisoned(json.loads(payload), free, False), ensure_ascii=False)
        uow.session.execute(update(table).where(key == sequence).values(payload=changed))


def _poisoned(value: Any, free: set[str], all_of_it: bool) -> Any:
    if isinstance(value, dict):
        return {
            name: _poisoned(inner, free, all_of_it or name in free or name in LISTS)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_poisoned(inner, free, all_of_it) for inner in value]
    return PAYLOAD if all_of_it and isinstance(value, str) else value
