"""Every PDF of the collection is stamped and signed, or refused with a code; prints which."""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from records.seals.caged import Refused, seal_cage
from records.seals.pages.looking import Look, look_at
from records.seals.pages.placing import Box, CrossPage, Placement, StampingPlan, covered_boxes
from search.reading import Cage
from tests.corpus.test_reading_corpus import CORPUS
from tests.records.seals import stamps

FOLDERS = ("pdf_odd", "pdf_signed", "formats", "letters_en", "hostile")
CODES = {"encrypted", "damaged", "certified", "broken_signature", "form", "locked"}
MOST_MM, HAIR_MM = 42.0, 1.0

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no collection at {CORPUS}; set CHANCERY_CORPUS to its folder"
    ),
]


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def _files() -> list[Path]:
    found = sorted(path for folder in FOLDERS for path in (CORPUS / folder).rglob("*"))
    return [path for path in found if path.is_file() and b"%PDF" in path.read_bytes()[:1024]]


def _plan(look: Look) -> tuple[StampingPlan, float]:
    """A seal on the last page, and one over the edges where that is possible."""
    last = len(look.page_sizes_mm) - 1
    width, height = look.page_sizes_mm[last]
    side = min(MOST_MM, width * 0.6, height * 0.6)
    place = Placement(last, (width - side) / 3, (height - side) / 3)
    fits = min(height for _, height in look.page_sizes_mm) > side
    cross = CrossPage(0) if last and fits and not look.signed else None
    return StampingPlan((place,), cross), side


def _changed(before: bytes, after: bytes, page: int) -> Image.Image:
    one, other = stamps.picture(before, page), stamps.picture(after, page)
    assert one.size == other.size
    difference = ImageChops.difference(one, other).convert("L")
    return Image.eval(difference, lambda value: 255 if value > 60 else 0)


def _outside(changed: Image.Image, boxes: list[Box], width_mm: float) -> bool:
    """Tell whether anything changed outside of what a plan covers."""
    rest, scale = changed.copy(), changed.width / width_mm
    for box in boxes:
        left, top = int((box.x_mm - HAIR_MM) * scale), int((box.y_mm - HAIR_MM) * scale)
        right = int((box.x_mm + box.width_mm + HAIR_MM) * scale) + 1
        bottom = int((box.y_mm + box.height_mm + HAIR_MM) * scale) + 1
        rest.paste(0, (left, top, right, bottom))
    return rest.getbbox() is not None


def _check_stamped(pdf: bytes, stamped: bytes, look: Look, boxes: list[Box], path: Path) -> None:
    assert stamped.startswith(pdf), path
    ours = f"Seal-{look.signatures + 1}"
    before, after = stamps.verdicts(pdf), stamps.verdicts(stamped)
    assert after.pop(ours) == (True, True), path
    assert after == before, path
    for page, (width, _) in enumerate(look.page_sizes_mm):
        covered = [box for box in boxes if box.page == page]
        changed = _changed(pdf, stamped, page)
        assert not _outside(changed, covered, width), (path, page)
        # The left end of an imprint, which is all that a page may get of it, may be blank.
        assert page != boxes[0].page or changed.getbbox() is not None, (path, page)


def test_every_pdf_is_stamped_well_or_refused_with_a_code(
    shop: Cage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdfsig = shutil.which("pdfsig")
    outcomes: Counter[str] = Counter()
    for path in _files():
        pdf = path.read_bytes()
        try:
            look = look_at(shop, [pdf])
            plan, side = _plan(look)
            stamped = stamps.stamp(shop, pdf, plan, width_mm=side, height_mm=side)
        except Refused as refused:
            outcomes[refused.code] += 1
            continue
        sizes = look.page_sizes_mm
        boxes = covered_boxes(plan, page_sizes_mm=sizes, width_mm=side, height_mm=side)
        _check_stamped(pdf, stamped, look, boxes, path)
        if pdfsig is not None:
            file = tmp_path / "stamped.pdf"
            file.write_bytes(stamped)
            said = subprocess.run([pdfsig, file], capture_output=True, text=True, check=False)
            assert "Signature is Valid" in said.stdout.rpartition("Signature #")[2], path
        outcomes["stamped"] += 1
    with capsys.disabled():
        print(f"\n{dict(outcomes)}")  # noqa: T201
    assert set(outcomes) <= {"stamped", *CODES}
    assert outcomes["stamped"] > outcomes.total() / 2
