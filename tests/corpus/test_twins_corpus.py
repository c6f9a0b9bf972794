"""Near duplicates among real documents: the same again in other formats and as scans, no others."""

import itertools

import pytest

from records.related.naming import speak_of_others
from records.related.resemblance import bands_of, letters_of, likeness
from search.reading import Cage
from tests.corpus.test_reading_corpus import CORPUS
from tests.records.related.papers import docx, misread
from tests.typeset import has_font, official_pdf

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no collection at {CORPUS}; set CHANCERY_CORPUS to its folder"
    ),
]
KEY = b"k" * 32
WANTED = 0.95


def texts(folder: str) -> dict[str, str]:
    return {
        path.stem: path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((CORPUS / folder).glob("*.txt"))
    }


def are_twins(one: str, other: str) -> bool:
    """Tell what the worker would: whether an index finds the pair, and a true look agrees."""
    if not set(bands_of(one, KEY)) & set(bands_of(other, KEY)):
        return False
    return likeness(one, other).is_twin and not speak_of_others(one, other)


@pytest.mark.parametrize("share", [0.0, 0.03, 0.05])
def test_a_bad_scan_of_a_document_is_recognised(share: float) -> None:
    found = tried = 0
    for seed, text in enumerate([*texts("faces_zh").values(), *texts("faces_law_zh").values()]):
        tried += 1
        found += are_twins(letters_of([text]), letters_of([misread(text, share, seed)]))
    print(f"{share:.0%} of the letters misread: {found} of {tried} recognised")  # noqa: T201 - the figures
    assert found >= WANTED * tried


@pytest.mark.skipif(
    not has_font(), reason="needs Noto Serif CJK SC: apt-get install fonts-noto-cjk"
)
def test_a_document_is_recognised_as_pdf_word_and_web_page() -> None:
    read: dict[str, dict[str, str]] = {}
    with Cage() as cage:
        for name, text in list(texts("faces_zh").items())[:8]:
            lines = [line for line in text.splitlines() if line.strip()]
            pdf = official_pdf(
                head=None, number=None, title=[lines[0]], addressee=None, text=lines[1:]
            )
            page = (CORPUS / "faces_zh" / f"{name}.html").read_bytes()
            files = {"pdf": pdf, "docx": docx(lines), "html": page}
            read[name] = {
                kind: letters_of(cage.read([content], file_name=f"a.{kind}", media_type="").pages)
                for kind, content in files.items()
            }
    pairs = list(itertools.combinations(("pdf", "docx", "html"), 2))
    found = sum(are_twins(each[a], each[b]) for each in read.values() for a, b in pairs)
    print(f"{found} of {len(read) * len(pairs)} pairs of formats recognised")  # noqa: T201 - the figures
    assert found >= WANTED * len(read) * len(pairs)


def test_different_documents_are_never_taken_for_the_same() -> None:
    letters = {
        name: letters_of([text])
        for name, text in {**texts("faces_zh"), **texts("faces_law_zh")}.items()
    }
    wrong = [
        (a, b) for a, b in itertools.combinations(letters, 2) if are_twins(letters[a], letters[b])
    ]
    print(f"{len(letters)} documents, {len(wrong)} pairs taken for the same")  # noqa: T201 - the figures
    assert wrong == []
