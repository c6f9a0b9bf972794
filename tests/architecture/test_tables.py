import ast
import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import String, Text
from sqlalchemy.orm import Mapper

from records import tables
from records.core.base import Base
from records.core.config import Config, load_config
from records.core.database import UnitOfWork

ROOT = Path(__file__).parents[2]
# Words of the session and the unit that write.
WRITES = {"add", "add_all", "delete"}
# Writes that are no facts about the office: the log stays silent about them, for the reason given.
SILENT = {
    "records/core/jobs.py": "work that follows from facts that the log has",
    "records/core/idempotency.py": "answers kept for a day",
    "records/core/log.py": "the log itself",
    "records/core/refusals.py": "strangers are counted, not logged one by one",
    "records/documents/intake.py": "objects on their way in; the registration tells of them",
    "records/documents/uploads.py": "parts on their way in; the registration tells of them",
    "records/finding": "the index is a copy and can be thrown away",
    "records/registration/numbering.py": "a counter; the registration tells of the number",
}
SILENT_FUNCTIONS = {
    "records/people/signing_in.py:count_failure": "the boundary records the refusal",
    "records/people/second_factor.py:begin_factor": "it counts from its first code on, which tells",
    "records/people/signing_in.py:close_sessions_of": "its caller tells why",
    "records/people/signing_in.py:revoke_tokens_of": "its caller tells why",
    "records/people/signing_in.py:invite_first_administrator": "nobody is there yet",
    "records/people/signing_in.py:use_invitation": "the person who is added tells of it",
    "records/people/service.py:choose_language": "a taste",
    "records/notify/service.py:read_notice": "what somebody has read of the news is their own",
    "records/audit/receipt_file.py:receipt_file": "a checkpoint tells only what the log holds",
    "records/circulation/phrases.py:keep_phrases": "a taste",
    "records/circulation/passkeys.py:ask_passkey": "a question; the receipts that come of it tell",
    "records/people/keys.py:passkey_question": "a question; the key that comes of it is told",
    "records/seals/states.py:turn_seal": "its caller tells why",
    "records/seals/use.py:use_up": "the line of the book tells of it",
}


def mappers() -> list[Mapper[Base]]:
    assert tables.metadata.tables
    # A registry is a set: workers that share the tests must agree on their order.
    return sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)


@pytest.mark.parametrize("mapper", mappers(), ids=lambda mapper: mapper.class_.__name__)
def test_every_table_says_what_it_is(mapper: Mapper[Base]) -> None:
    docstring = mapper.class_.__dict__.get("__doc__")
    assert docstring
    assert docstring.strip().splitlines()[0].endswith((".", ";", ",", ":"))


def test_no_text_column_has_a_limit() -> None:
    for table in tables.metadata.sorted_tables:
        for column in table.columns:
            kind = getattr(column.type, "impl_instance", column.type)
            if isinstance(kind, String | Text):
                assert kind.length is None, f"{table.name}.{column.name}"


def test_every_table_and_constraint_has_a_name_that_migrations_can_use() -> None:
    for table in tables.metadata.sorted_tables:
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"
        for index in table.indexes:
            assert index.name, f"{table.name}: {index}"


def test_every_setting_is_documented_with_its_default() -> None:
    config = load_config({}, home=Path("/nonexistent"))
    for field in dataclasses.fields(Config):
        assert field.metadata["doc"].endswith("."), field.name
        if getattr(config, field.name) is not None:
            assert field.metadata["default"], field.name
        if field.metadata.get("secret"):
            assert f"{field.name}='…'" in repr(config)


# Services ----------------------------------------------------------------------------------------


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of `records` that gets a unit of work, by file."""
    for path in sorted((ROOT / "records").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            takes = isinstance(node, ast.FunctionDef) and [each.arg for each in node.args.args]
            if isinstance(node, ast.FunctionDef) and takes and takes[0] == "uow":
                yield name, node


def calls(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield (owner, name) of each call: `uow.session.add` gives ("session", "add")."""
    for each in ast.walk(node):
        if not isinstance(each, ast.Call):
            continue
        if isinstance(each.func, ast.Attribute):
            owner = each.func.value
            yield (
                owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", ""),
                each.func.attr,
            )
        elif isinstance(each.func, ast.Name):
            yield "", each.func.id


def assigns(node: ast.AST) -> bool:
    """Whether a function sets an attribute of some row."""
    return any(
        isinstance(target, ast.Attribute)
        for each in ast.walk(node)
        if isinstance(each, ast.Assign)
        for target in each.targets
    )


def test_no_service_commits_or_rolls_back() -> None:
    for name, node in functions():
        for owner, called in calls(node):
            assert (owner, called) not in {("session", "commit"), ("session", "rollback")}, (
                f"{name}: {node.name}"
            )


def test_every_public_use_case_that_writes_records_an_event() -> None:
    """Followed through the functions with a unit that it calls, by their names."""
    known = {node.name: node for _, node in functions()}

    def reaches(node: ast.FunctionDef, wanted: str, seen: set[str]) -> bool:
        seen.add(node.name)
        for owner, called in calls(node):
            hits = (
                (owner, called) == ("uow", "record")
                if wanted == "record"
                else (owner == "session" and called in WRITES)
            )
            if hits:
                return True
            if called in known and called not in seen and reaches(known[called], wanted, seen):
                return True
        return wanted == "write" and assigns(node)

    checked = 0
    for name, node in functions():
        if node.name.startswith("_") or name.startswith(tuple(SILENT)):
            continue
        if f"{name}:{node.name}" in SILENT_FUNCTIONS or node.args.args[1:2] == []:
            continue
        takes_actor = any(each.arg == "actor" for each in node.args.args)
        if takes_actor and reaches(node, "write", set()):
            checked += 1
            assert reaches(node, "record", set()), f"{name}: {node.name} leaves no trace"
    assert checked > 20


def test_the_exceptions_exist() -> None:
    places = {f"{name}:{node.name}" for name, node in functions()}
    assert set(SILENT_FUNCTIONS) <= places
    for name in SILENT:
        assert (ROOT / name).exists()


def test_units_offer_no_way_to_commit() -> None:
    assert not {"commit", "rollback"} & {name for name, _ in inspect.getmembers(UnitOfWork)}
