"""Scanned pages are recognised in the cage; their searchable copies say the same to everybody."""

import io
from functools import cache
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from search.reading import Cage, Recognised, ocr_available
from search.reading.recognition.grammar import looks_misread, repairs
from search.reading.recognition.lines import FoundLine
from search.reading.recognition.numbers import agreed
from search.reading.recognition.tesseract import Char

FONT = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
LINES = (
    "国务院办公厅关于加强绩效考核工作的意见",
    "国办发〔2019〕45号",
    "各省、自治区、直辖市人民政府，国务院各部委：",
    "为进一步深化公立医院改革，推进现代医院管理制度建设，",
    "经国务院同意，现就加强绩效考核工作提出以下意见。",
)
scanned = pytest.mark.skipif(
    not ocr_available() or not FONT.exists(), reason="needs Tesseract and fonts-noto-cjk"
)


@cache
def scan(turned: float = 0) -> bytes:
    picture = Image.new("L", (1654, 2339), 255)
    draw, face = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 44, index=2)
    for at, line in enumerate(LINES * 3):
        draw.text((220, 250 + at * 75), line, font=face, fill=0)
    picture = picture.rotate(turned, expand=turned % 90 == 0, fillcolor=255)
    data = io.BytesIO()
    picture.save(data, "PNG", dpi=(200, 200))
    return data.getvalue()


def recognised(cage: Cage, data: bytes) -> Recognised:
    return cage.recognise([data], file_name="scan.png", media_type="image/png", page=0)


def squeezed(text: str) -> str:
    return "".join(text.split())


@scanned
def test_a_skewed_page_is_straightened_and_its_number_read(cage: Cage) -> None:
    found = recognised(cage, scan(-2.0))
    assert 1.7 < found.skew_degrees < 2.3
    assert "国办发〔2019〕45号" in found.text()
    assert found.confidence > 0.9
    assert found.layout().lines[0].text == found.lines[0].text


@scanned
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_on_its_side_or_head_is_turned_upright(cage: Cage, degrees: int) -> None:
    found = recognised(cage, scan(degrees))
    assert found.rotation == degrees
    assert "国办发〔2019〕45号" in found.text()


@scanned
def test_a_searchable_copy_says_what_was_recognised(cage: Cage) -> None:
    data = scan()
    found = recognised(cage, data)
    copy = cage.searchable([data], file_name="scan.png", media_type="image/png", pages=[found])
    read = cage.read([copy], file_name="copy.pdf", media_type="application/pdf")
    assert squeezed(read.pages[0]) == squeezed(found.text())
    assert squeezed(pypdf.PdfReader(io.BytesIO(copy)).pages[0].extract_text()) == squeezed(
        found.text()
    )


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("国办发 【2019] 4号", "国办发〔2019〕4号"),
        ("国发〔2019〕112号", "国发〔2019〕112号"),
        ("云政办函【2020] 11]号", "云政办函〔2020〕111号"),
        ("川府图〔2020〕186号", "川府函〔2020〕186号"),
        ("2O19年l月27日", "2019年1月27日"),
    ],
)
def test_grammar_repairs_numbers_and_dates(read: str, meant: str) -> None:
    for _ in range(2):
        for start, end, better in reversed(repairs(read)):
            read = read[:start] + better + read[end:]
    assert read == meant
    assert not looks_misread(read)


def line(text: str, sure: float) -> FoundLine:
    return FoundLine([Char(char, at, 0, at + 1, 1, sure) for at, char in enumerate(text)], 1.0)


def test_looks_that_read_a_number_otherwise_overrule_a_surer_one() -> None:
    first = line("州府办〔2013〕17号", 0.99)
    found = agreed([first, line("川府办〔2013〕1号", 0.7), line("川府办〔2018〕1号", 0.6)])
    assert found is not None
    assert found.text == "川府办〔2013〕1号"


def test_parts_of_a_number_are_agreed_on_one_by_one_and_the_rest_of_the_line_stays() -> None:
    first = line("文号：全府〔2013〕11号 急", 0.9)
    found = agreed(
        [first, line("文号：云府〔2013〕71号", 0.9), line("文号：云府〔2018〕11号", 0.9)]
    )
    assert found is not None
    assert found.text == "文号：云府〔2013〕11号 急"


def test_looks_without_a_number_have_no_voice() -> None:
    assert agreed([line("关于印发", 0.9), line("国发201号", 0.9)]) is None


def test_how_many_ones_stand_side_by_side_is_left_to_the_first_look() -> None:
    found = agreed([line("川府〔2013〕11号", 0.7), *[line("川府〔2013〕1号", 0.9)] * 2])
    assert found is not None
    assert found.text == "川府〔2013〕11号"
