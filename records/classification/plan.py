"""Use cases about the file plan: look up, change, bring in, and the ready plan for an office."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from uuid import UUID

from sqlalchemy import select

from records.classification.models import FileClass
from records.core.database import UnitOfWork
from records.core.errors import Conflict, Invalid
from records.core.rows import check_version, filled, get_row
from records.people.models import Unit
from records.people.names import search_key, typed_pattern
from records.people.rules import Act, Actor, Secrecy, check_may

PERMANENT = "permanent"
MAX_YEARS = 200
COLUMNS = ("code", "title", "parent", "retention", "secrecy", "unit")
READY_PLANS = ("en", "zh_CN")
PICKER_LIMIT = 20


@dataclass(frozen=True)
class ClassFacts:
    """What a class is made of, as a form or a file gives it; codes, not ids."""

    code: str
    title: str
    parent: str | None = None
    retention: str | None = None
    secrecy: str | None = None
    unit: str | None = None


def check_retention(text: str | None) -> str | None:
    """Return a retention term: `permanent`, a number of years, or None.

    Raises:
        Invalid: It is neither.
    """
    stripped = (text or "").strip().lower()
    if not stripped:
        return None
    if stripped == PERMANENT:
        return PERMANENT
    if stripped.isascii() and stripped.isdigit() and 1 <= int(stripped) <= MAX_YEARS:
        return str(int(stripped))
    raise Invalid(
        "Retention is the word permanent or a number of years, not %(text)s.",
        {"text": text},
        field="retention",
    )


def whole_plan(uow: UnitOfWork) -> list[FileClass]:
    """Return all classes by code; a plan has hundreds, not millions."""
    return list(uow.session.scalars(select(FileClass).order_by(FileClass.code)))


def class_by_code(uow: UnitOfWork, code: str) -> FileClass:
    """Return the class with a code.

    Raises:
        Invalid: There is none, or none was named.
    """
    if not code.strip():
        raise Invalid("Choose a class.", field="class")
    found = uow.session.scalar(select(FileClass).where(FileClass.code == code.strip()))
    if found is None:
        raise Invalid("There is no class %(code)s.", {"code": code}, field="class")
    return found


def check_takes_documents(chosen: FileClass) -> None:
    """Refuse filing into a class that is closed or only groups others.

    Raises:
        Conflict: It takes no documents.
    """
    if chosen.closed or chosen.retention is None:
        raise Conflict(
            "The class %(code)s takes no documents.", {"code": chosen.code}, field="class"
        )


def get_class(uow: UnitOfWork, class_id: UUID) -> FileClass:
    """Return a class.

    Raises:
        NotFound: There is none with this id.
    """
    return get_row(uow, FileClass, class_id)


def find_classes(uow: UnitOfWork, typed: str, *, limit: int = PICKER_LIMIT) -> list[FileClass]:
    """Return open classes with the typed part in code, title, pinyin or initials."""
    query = (
        select(FileClass)
        .where(
            FileClass.search_key.like(typed_pattern(typed), escape="\\"),
            FileClass.closed.is_(False),
        )
        .order_by(FileClass.code)
        .limit(limit)
    )
    return list(uow.session.scalars(query))


def ancestors(classes: Mapping[UUID, FileClass], class_id: UUID) -> list[FileClass]:
    """Return a class and all above it, the nearest first."""
    chain: list[FileClass] = []
    current: UUID | None = class_id
    while current is not None and (found := classes.get(current)) is not None:
        if found in chain:
            raise ValueError(f"the class {found.code} stands under itself")
        chain.append(found)
        current = found.parent_id
    return chain


def add_class(uow: UnitOfWork, actor: Actor, facts: ClassFacts) -> FileClass:
    """Add a class to the plan.

    Raises:
        Conflict: The code is taken.
        Invalid: Parent, unit, secrecy or retention make no sense.
    """
    check_may(actor, Act.KEEP_FILE_PLAN)
    code = filled(facts.code, "code")
    if uow.session.scalar(select(FileClass.id).where(FileClass.code == code)) is not None:
        raise Conflict("The code %(code)s is taken.", {"code": code}, field="code")
    made = FileClass(id=uow.new_id(), code=code)
    _set(uow, made, facts)
    uow.session.add(made)
    uow.session.flush()
    _record(uow, actor, "class.added", made)
    return made


def change_class(
    uow: UnitOfWork,
    actor: Actor,
    *,
    class_id: UUID,
    version: int,
    facts: ClassFacts,
    closed: bool,
) -> FileClass:
    """Change a class; its code stays for ever.

    Raises:
        Stale: Somebody else changed it since.
        Conflict: It would stand under itself.
    """
    check_may(actor, Act.KEEP_FILE_PLAN)
    found = get_class(uow, class_id)
    check_version(found, version)
    classes = {each.id: each for each in whole_plan(uow)}
    above = class_by_code(uow, facts.parent) if facts.parent else None
    if above is not None and found in ancestors(classes, above.id):
        raise Conflict("A class cannot stand under itself.", field="parent")
    parent_id = found.parent_id
    _set(uow, found, facts)
    found.closed = closed
    moved = found.parent_id != parent_id
    _record(uow, actor, "class.moved" if moved else "class.changed", found)
    return found


def import_plan(uow: UnitOfWork, actor: Actor, text: str) -> list[FileClass]:
    """Add the classes of a CSV file (columns code, title, parent, retention, secrecy, unit).

    Classes whose code exists are left as they are. Either all lines are taken or none.

    Raises:
        Invalid: `details["errors"]` lists line number and message of every bad line.
    """
    check_may(actor, Act.KEEP_FILE_PLAN)
    known = set(uow.session.scalars(select(FileClass.code)))
    added: list[FileClass] = []
    errors: list[dict[str, object]] = []
    for line, facts in _read_csv(text):
        if facts.code in known:
            continue
        try:
            added.append(add_class(uow, actor, facts))
            known.add(facts.code)
        except (Invalid, Conflict) as error:
            errors.append({"line": line, "message": str(error)})
    if errors:
        raise Invalid(
            "Nothing was taken: %(count)d lines are wrong. The first is line %(line)s: %(message)s",
            {"count": len(errors), **errors[0], "errors": errors},
        )
    return added


def ready_plan(language: str) -> str:
    """Return the ready plan of a general office as CSV, in `en` or `zh_CN`."""
    name = f"plan_{language if language in READY_PLANS else READY_PLANS[0]}.csv"
    return (resources.files("records.classification") / name).read_text(encoding="utf-8")


def _read_csv(text: str) -> Sequence[tuple[int, ClassFacts]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    missing = [name for name in COLUMNS[:2] if name not in (reader.fieldnames or ())]
    if missing:
        raise Invalid("The column %(name)s is missing.", {"name": missing[0]})
    return [
        (
            reader.line_num,
            ClassFacts(
                code=(row.get("code") or "").strip(),
                title=(row.get("title") or "").strip(),
                **{name: (row.get(name) or "").strip() or None for name in COLUMNS[2:]},
            ),
        )
        for row in reader
    ]


def _set(uow: UnitOfWork, made: FileClass, facts: ClassFacts) -> None:
    made.title = filled(facts.title, "title")
    made.search_key = search_key(made.title, made.code)
    made.parent_id = class_by_code(uow, facts.parent).id if facts.parent else None
    made.retention = check_retention(facts.retention)
    made.default_secrecy = int(Secrecy.from_code(facts.secrecy)) if facts.secrecy else None
    made.default_unit_id = _unit_id(uow, facts.unit) if facts.unit else None


def _unit_id(uow: UnitOfWork, code: str) -> UUID:
    found = uow.session.scalar(select(Unit.id).where(Unit.code == code))
    if found is None:
        raise Invalid("There is no unit %(code)s.", {"code": code}, field="unit")
    return found


def _record(uow: UnitOfWork, actor: Actor, kind: str, made: FileClass) -> None:
    uow.record(
        kind,
        actor_id=actor.user_id,
        objects=[made.id],
        payload={
            **actor.signature(),
            "code": made.code,
            "title": made.title,
            "retention": made.retention,
            "closed": made.closed or False,
        },
    )
