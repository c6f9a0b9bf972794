"""Scanned pages are recognised in the cage; their searchable copies say the same to everybody."""

import io
from functools import cache
from pathlib import Path

import pypdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from search.reading import Cage, Recognised, ocr_available
from search.reading.recognition.counting import figures_on
from search.reading.recognition.grammar import looks_misread, repairs
from search.reading.recognition.lines import FoundLine
from search.reading.recognition.numbers import agreed, with_ones
from search.reading.recognition.provinces import province_of, with_province
from search.reading.recognition.straight import skew_of
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


@scanned
@pytest.mark.parametrize("degrees", [-2.0, 5.0])
def test_the_searchable_copy_of_a_skewed_page_is_shown_straight_and_read_in_order(
    cage: Cage, degrees: float
) -> None:
    data = scan(degrees)
    found = recognised(cage, data)
    copy = cage.searchable([data], file_name="scan.png", media_type="image/png", pages=[found])
    shown = cage.render(
        [copy], file_name="x.pdf", media_type="application/pdf", page=0, width_px=800
    )
    layer = shown.lines
    assert [squeezed(each.text) for each in layer] == [squeezed(each.text) for each in found.lines]
    tops = [each.y0 for each in layer]
    assert tops == sorted(tops)
    # What is shown lies straight as well, and no corner of it is cut.
    assert abs(skew_of(Image.open(io.BytesIO(shown.data)).convert("L"))) < 0.3
    ((width, height),) = cage.page_sizes([copy], file_name="x.pdf", media_type="application/pdf")
    assert (width > found.width_pt, height > found.height_pt) == (True, True)


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


@pytest.mark.skipif(not FONT.exists(), reason="needs fonts-noto-cjk")
@pytest.mark.parametrize(
    ("line", "narrow"),
    [
        ("沪府办〔2022〕11号", (True, True)),
        ("沪府办〔2022〕1号", (True,)),
        ("辽政发〔2016〕911号", (False, True, True)),
        ("国办发〔2011〕105号", (True, False, False)),
        ("国办发〔201〕11号", None),
        ("沪府办二〇二二年十一号", None),
    ],
)
@pytest.mark.parametrize("index", [2, 3])
def test_figures_of_a_number_are_counted_in_the_picture(
    line: str, narrow: tuple[bool, ...] | None, index: int
) -> None:
    font = FONT if index == 2 else FONT.with_name("NotoSansCJK-Regular.ttc")
    face = ImageFont.truetype(font, 36, index=2)
    picture = Image.new("L", (900, 120), 255)
    draw = ImageDraw.Draw(picture)
    draw.text((60, 30), line, font=face, fill=0)
    box = draw.textbbox((60, 30), line, font=face)
    assert figures_on(picture, box, 36) == narrow


@pytest.mark.parametrize(
    ("read", "narrow", "meant"),
    [
        ("1", "nn", "11"),
        ("911", "wn", "91"),
        ("31", "wnn", "311"),
        ("11", None, "11"),
        ("1", "nnnn", "1"),  # too far off to be a matter of ones
        ("105", "nnnw", "105"),  # the nought has come apart
        ("45", "www", "45"),
    ],
)
def test_ones_are_as_many_as_are_seen(read: str, narrow: str | None, meant: str) -> None:
    seen = None if narrow is None else [each == "n" for each in narrow]
    assert with_ones(read, seen) == meant


def test_a_look_with_the_short_name_of_a_province_outweighs_another_one() -> None:
    looks = [line("访府办〔2022〕7号", 0.9), line("沪府办〔2022〕7号", 0.6)]
    best = agreed(looks)
    assert best is not None
    assert best.text == "沪府办〔2022〕7号"


@pytest.mark.parametrize(
    ("head", "province"),
    [
        (["广东省人民政府办公厅文件", "国办发〔2019〕4号"], "粤"),
        (["上 海 市 人 民 政 府"], "沪"),
        (["内蒙古自治区人民政府"], "内"),
        (["广州市人民政府文件"], None),
        (["湖北省武汉市人民政府"], None),
        (["湖北省人民政府", "湖南省人民政府"], None),
        (["关于广东省人民政府的批复"], None),
    ],
)
def test_the_head_of_a_page_names_its_province(head: list[str], province: str | None) -> None:
    assert province_of(head) == province


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("雷府办", "粤府办"),
        ("喜办函", "粤办函"),
        ("沪府办", "沪府办"),
        ("国办发", "国办发"),
        ("财税", "财税"),
        ("穗府", "穗府"),
    ],
)
def test_a_code_begins_as_the_province_of_the_page(code: str, meant: str) -> None:
    assert with_province(code, "粤") == meant
