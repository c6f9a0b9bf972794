"""The table of ASVS 5.0 is whole, and names nothing that is not there."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.shell import ROOT

TABLE = ROOT / "docs" / "reference" / "asvs.md"
DEMANDED = Path(__file__).with_name("asvs-5.0.0.txt")
STATES = {"met", "partly", "not met", "operator", "not applicable"}
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
PAGE = re.compile(r"`(docs/[\w/.-]+)`")


@dataclass(frozen=True)
class Line:
    """One requirement, as the table tells it."""

    id: str
    level: str
    text: str
    state: str
    how: str


def lines() -> list[Line]:
    return [Line(*found) for found in ROW.findall(TABLE.read_text(encoding="utf-8"))]


def test_every_requirement_of_levels_one_and_two_stands_in_the_table_once() -> None:
    demanded = [each.split() for each in DEMANDED.read_text(encoding="ascii").splitlines()]
    assert len(demanded) == 253
    assert [[each.id, each.level] for each in lines()] == demanded


def test_every_line_says_how_it_stands_and_why() -> None:
    assert {each.state for each in lines()} <= STATES
    assert [each.id for each in lines() if len(each.how) < 12] == []
    shown = [each for each in lines() if each.state == "met"]
    proven = [each for each in shown if NAMED.search(each.how)]
    assert [each.id for each in shown if each not in proven and "no" not in each.how] == []


@pytest.mark.parametrize(
    "file", sorted({found[0] for each in lines() for found in NAMED.findall(each.how)})
)
def test_every_test_that_is_named_exists(file: str) -> None:
    content = (ROOT / file).read_text(encoding="utf-8")
    wanted = {name for each in lines() for path, name in NAMED.findall(each.how) if path == file}
    missing = [
        name
        for name in wanted
        if name and not re.search(rf"^\s*(?:async )?def {name}\(", content, re.MULTILINE)
    ]
    assert missing == []


def test_every_page_that_is_named_exists() -> None:
    pages = {page for each in lines() for page in PAGE.findall(each.how)}
    assert [page for page in pages if not (ROOT / page).exists()] == []
