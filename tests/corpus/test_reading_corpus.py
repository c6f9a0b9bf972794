"""Every file of the collection passes through the cage; prints what became of it by format."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.reading import Cage, UnreadableError

_HERE = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("CHANCERY_CORPUS") or _HERE.parent / "shared" / "corpus")
FOLDERS = ("formats", "mail", "pdf_odd", "pdf_signed", "hostile", "letters_en", "faces_zh")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no collection at {CORPUS}; set CHANCERY_CORPUS to its folder"
    ),
]


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with Cage() as cage:
        yield cage


def _files() -> list[Path]:
    found = (path for folder in FOLDERS for path in (CORPUS / folder).rglob("*"))
    return sorted(path for path in found if path.is_file())


def _table(outcomes: dict[str, Counter[str]]) -> str:
    names = sorted({name for counts in outcomes.values() for name in counts})
    lines = [f"{'format':<12}" + "".join(f"{name:>22}" for name in names)]
    lines += [
        f"{suffix:<12}" + "".join(f"{outcomes[suffix][name] or '':>22}" for name in names)
        for suffix in sorted(outcomes)
    ]
    return "\n".join(lines)


def test_every_file_is_read_or_says_why_not(cage: Cage, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    unkind: list[str] = []
    for path in _files():
        reading = cage.read([path.read_bytes()], file_name=path.name, media_type="")
        assert reading.outcome == "done" or reading.reason is not None, path
        assert (reading.outcome == "done") == any(page.strip() for page in reading.pages) or (
            reading.outcome == "failed"
        ), path
        code = reading.reason.code.value if reading.reason else ""
        suffix = path.suffix.lower() or "(none)"
        outcomes[suffix][f"{reading.outcome} {code}".strip()] += 1
        if code in ("crashed", "timeout", "out_of_memory"):
            unkind.append(f"{path.name}: {code} ({reading.reason})")
    with capsys.disabled():
        print(f"\n{_table(outcomes)}")  # noqa: T201
        print("\n".join(unkind))  # noqa: T201
    assert cage.read([b"alive"], file_name="a.txt", media_type="text/plain").pages == ["alive"]


def test_the_first_page_of_every_pdf_is_drawn_or_refused(cage: Cage) -> None:
    drawn = 0
    for path in (path for path in _files() if path.suffix.lower() == ".pdf"):
        try:
            image = cage.render(
                [path.read_bytes()], file_name=path.name, media_type="", page=0, width_px=600
            )
        except UnreadableError:
            continue
        assert image.data.startswith(b"RIFF"), path
        drawn += 1
    assert drawn
    assert cage.read([b"alive"], file_name="a.txt", media_type="text/plain").pages == ["alive"]
