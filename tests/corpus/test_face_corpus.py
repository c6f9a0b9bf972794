"""Page faces of real documents: the figures that the project promises, printed and demanded.

The rules were made on every second document; the others were looked at afterwards.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from records.classification.face import Face, find_numbers, parse_number, read_face
from search.reading import Cage
from tests.corpus.test_reading_corpus import CORPUS
from tests.typeset import has_font, official_pdf

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no collection at {CORPUS}; set CHANCERY_CORPUS to its folder"
    ),
]
WANTED_ZH = {
    "document_number": 1.0,
    "title": 0.98,
    "issuer": 0.97,
    "written_on": 0.98,
    "addressee": 0.95,
}
WANTED_LAW = {"document_number": 0.90, "title": 0.98, "written_on": 0.95, "issuer": 0.90}
WANTED_EN = {"document_number": 0.97, "title": 0.97, "written_on": 0.97}
Gold = Mapping[str, Any]


@pytest.fixture(scope="module")
def cage() -> Iterator[Cage]:
    with Cage() as cage:
        yield cage


class Score:
    """Counts what was read right, field by field."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._right: dict[str, list[bool]] = defaultdict(list)
        self._wrong: list[str] = []

    def note(self, document: str, face: Face, wanted: Mapping[str, str | None]) -> None:
        """Compare the fields of a face with what is wanted; None is not asked for."""
        for field, value in wanted.items():
            if value is None:
                continue
            found = getattr(face, field)
            read = "" if found is None else found.value
            shown = "、".join(read) if isinstance(read, list) else read
            right = _squeezed(shown) == _squeezed(value)
            self._right[field].append(right)
            if not right:
                self._wrong.append(f"  {document} {field}: {shown!r}, not {value!r}")

    def demand(self, least: Mapping[str, float]) -> None:
        """Print the figures and demand them."""
        shares = {field: sum(right) / len(right) for field, right in self._right.items()}
        count = max(map(len, self._right.values()))
        told = ", ".join(f"{field} {share:.1%}" for field, share in shares.items())
        print(f"{self._name} ({count}): {told}", *self._wrong, sep="\n")  # noqa: T201
        for field, share in least.items():
            assert shares[field] >= share, (self._name, field)


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _gold(folder: str) -> list[Gold]:
    lines = (CORPUS / folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def _face(cage: Cage, data: bytes, name: str) -> Face:
    reading = cage.read([data], file_name=name, media_type="")
    return read_face(reading.pages, reading.layouts)


def _wanted_zh(gold: Gold) -> dict[str, str | None]:
    return {
        "document_number": gold["doc_no"] if gold["doc_no_on_face"] else None,
        "title": gold["title"],
        "issuer": gold["issuer"],
        "written_on": gold["date_iso"],
        "addressee": (gold["addressee"] or "").rstrip("：") or None,
    }


@pytest.mark.parametrize("suffix", ["txt", "html"])
def test_faces_of_the_state_council(
    cage: Cage, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    score = Score(f"faces_zh, {suffix}")
    for gold in _gold("faces_zh"):
        path = CORPUS / "faces_zh" / f"{gold['id']}.{suffix}"
        score.note(gold["id"], _face(cage, path.read_bytes(), path.name), _wanted_zh(gold))
    with capsys.disabled():
        score.demand(WANTED_ZH)


@pytest.mark.skipif(not has_font(), reason="apt-get install fonts-noto-cjk")
@pytest.mark.parametrize("headed", [True, False], ids=["red head", "no head"])
def test_the_same_faces_typeset_as_pages(
    cage: Cage, headed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    score = Score(f"faces_zh as PDF, {'with a red head' if headed else 'without a head'}")
    for gold in _gold("faces_zh"):
        text = (CORPUS / "faces_zh" / f"{gold['id']}.txt").read_text(encoding="utf-8")
        rows = [row for row in text.split("\n") if row.strip()]
        at = rows.index(gold["doc_no"])
        has_addressee = rows[at + 1].endswith("：")
        data = official_pdf(
            head=f"{gold['issuer']}文件" if headed else None,
            number=gold["doc_no"],
            title=rows[:at],
            addressee=rows[at + 1] if has_addressee else None,
            text=rows[at + 1 + has_addressee :],
        )
        face = _face(cage, data, "face.pdf")
        score.note(gold["id"], face, _wanted_zh(gold))
        for found in (face.document_number, face.title, face.addressee):
            assert found is None or found.evidence.box is not None
    with capsys.disabled():
        score.demand(WANTED_ZH)


def test_faces_of_laws_and_regulations(cage: Cage, capsys: pytest.CaptureFixture[str]) -> None:
    score = Score("faces_law_zh")
    for gold in _gold("faces_law_zh"):
        path = CORPUS / "faces_law_zh" / f"{gold['id']}.txt"
        wanted = {
            "document_number": gold["order_no"],
            "title": gold["title"],
            "written_on": gold["date_iso"],
            "issuer": gold["issuer"],
        }
        score.note(gold["id"], _face(cage, path.read_bytes(), path.name), wanted)
    with capsys.disabled():
        score.demand(WANTED_LAW)


@pytest.mark.parametrize("suffix", ["htm", "pdf"])
def test_faces_of_letters_in_english(
    cage: Cage, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    score = Score(f"letters_en, {suffix}")
    for gold in _gold("letters_en"):
        path = CORPUS / "letters_en" / f"{gold['id']}.{suffix}"
        if path.exists():
            wanted = {
                "document_number": f"Executive Order {gold['eo_number']}",
                "title": gold["title"],
                "written_on": gold["signing_date"],
            }
            score.note(gold["id"], _face(cage, path.read_bytes(), path.name), wanted)
    with capsys.disabled():
        score.demand(WANTED_EN)


def test_published_document_numbers_are_parsed(capsys: pytest.CaptureFixture[str]) -> None:
    with (CORPUS / "document_numbers_zh.csv").open(encoding="utf-8", newline="") as file:
        raws = [row["doc_no"] for row in csv.DictReader(file)]
    parsed = {raw: number for raw in raws if (number := parse_number(raw)) is not None}
    normal = re.compile(r"[^〔\s]+〔\d{4}〕[1-9]\d*号|\S+?(?:令|公告)\S*?\d+号")
    right = sum(raw in parsed and bool(normal.fullmatch(parsed[raw].value)) for raw in raws)
    with capsys.disabled():
        wrong = sorted({raw for raw in raws if raw not in parsed})
        print(f"document_numbers_zh ({len(raws)}): {right / len(raws):.2%}", *wrong)  # noqa: T201
    assert right / len(raws) >= 0.995
    assert not any(number.repaired for number in parsed.values())


def test_running_text_brings_no_false_number(capsys: pytest.CaptureFixture[str]) -> None:
    paragraphs = [
        row
        for folder in ("faces_zh", "faces_law_zh")
        for path in sorted((CORPUS / folder).glob("*.txt"))
        for row in path.read_text(encoding="utf-8").split("\n")
        if len(row) > 15
    ]
    # Whoever wrote 〕5号, 令第5号 or 公告第5号 cited a number; all other paragraphs have none.
    cites = re.compile(r"〔\d{4}〕|[令告]\s?(?:\d{4}年)?第[\d一二三四五六七八九十百〇]+号")
    without = [row for row in paragraphs if not cites.search(row)]
    citing = [row for row in paragraphs if cites.search(row)]
    false = [found.raw for row in without for found in find_numbers(row)]
    missed = [row for row in citing if not any(find_numbers(row))]
    with capsys.disabled():
        print(  # noqa: T201
            f"running text: {len(without)} paragraphs without a number, {len(false)} false; "
            f"{len(citing)} with one, {len(missed)} missed"
        )
    assert len(without) >= 1_000
    assert false == []
    assert missed == []
