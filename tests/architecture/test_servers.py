"""Each server that tests need is one fixture, however many folders of tests use it."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "tests.servers"
        for name in node.names
    }


def test_the_topmost_conftest_alone_imports_the_fixtures_of_servers() -> None:
    fixtures = {"imap_server", "opensearch_server", "postgres_server", "s3_server"}
    assert fixtures <= _imported(TESTS / "conftest.py")
    others = {
        str(path.relative_to(TESTS)): sorted(fixtures & _imported(path))
        for path in TESTS.rglob("*.py")
        if path != TESTS / "conftest.py" and fixtures & _imported(path)
    }
    assert others == {}
