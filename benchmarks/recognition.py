"""How well and how dearly are scanned pages recognised?

    python -m benchmarks.recognition [--corpus FOLDER] [--pages N] [--seed S] [--worst N]
    python -m benchmarks.recognition --numbers N [--seed S]

Makes pages of letters and laws in several fonts and sizes at 200 dpi, clean and as grey photocopies
that lie askew by 2 degrees, and recognises them in the cage. The accuracy is 1 less the edit
distance by the length of the text, white space left out. With `--numbers` the pages are short and
bear four document numbers each, since one a page would take long to say anything.
"""

import argparse
import csv
import io
import json
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from records.classification.face.numbers import parse_number
from search.reading import Cage, Recognised

if TYPE_CHECKING:
    from PIL.Image import Image

CORPUS = Path("../shared/corpus")
DPI = 200
WIDTH, HEIGHT = round(8.27 * DPI), round(11.69 * DPI)
MARGIN = round(1.05 * DPI)
GRAINS = (8, 12, 16, 22)  # standard deviation of the tones; of the last, the page looks sandy
SIZES_PT = (10.5, 12, 14, 16)
NOTO = Path("/usr/share/fonts/opentype/noto")
DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
SIMPLIFIED = 2  # of the faces in a Noto collection
CHINESE_FONTS = (
    (NOTO / "NotoSerifCJK-Regular.ttc", SIMPLIFIED),
    (NOTO / "NotoSansCJK-Regular.ttc", SIMPLIFIED),
    (NOTO / "NotoSerifCJK-Bold.ttc", SIMPLIFIED),
)
ENGLISH_FONTS = (
    (DEJAVU / "DejaVuSerif.ttf", 0),
    (DEJAVU / "DejaVuSans.ttf", 0),
    (DEJAVU / "DejaVuSansCondensed.ttf", 0),
    (NOTO / "NotoSerifCJK-Regular.ttc", 0),
)


@dataclass(frozen=True)
class Page:
    """A made page: what is on it, its picture, and the document number that it bears."""

    name: str
    text: str
    picture: "Image"
    number: str | None = None


def typeset(text: str, size_pt: float, font: tuple[Path, int]) -> tuple["Image", str]:
    """Return the picture of as much of a text as a page holds, and that much text."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(picture)
    face = ImageFont.truetype(font[0], round(size_pt * DPI / 72), index=font[1])
    step = round(size_pt * DPI / 72 * 1.7)
    shown = []
    lines = (line for part in text.split("\n") for line in _wrapped(draw, part, face))
    for top, line in zip(range(MARGIN, HEIGHT - MARGIN - step, step), lines, strict=False):
        draw.text((MARGIN, top), line, font=face, fill=0)
        shown.append(line)
    return picture, "\n".join(shown)


def _wrapped(draw: object, text: str, face: object) -> Iterator[str]:
    line = ""
    for part in re.findall(r"[!-~]+ ?|.", text):
        if line and draw.textlength(line + part, font=face) > WIDTH - 2 * MARGIN:  # type: ignore[attr-defined]
            yield line
            line = ""
        line += part
    yield line


def photocopied(picture: "Image", chance: random.Random, degrees: float) -> "Image":
    """Return a page as a tired copier gives it: askew, grey, uneven, grainy, a little blurred."""
    from PIL import Image, ImageChops, ImageFilter

    turned = picture.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    soft = turned.filter(ImageFilter.GaussianBlur(0.8))
    paper, ink = chance.randint(185, 215), chance.randint(45, 80)
    grey = soft.point([ink + (paper - ink) * value // 255 for value in range(256)])
    shade = Image.linear_gradient("L").resize(picture.size).point(lambda value: 215 + value // 7)
    uneven = ImageChops.multiply(grey, shade)
    grain = Image.effect_noise(picture.size, chance.choice(GRAINS))
    return ImageChops.add(uneven, grain, scale=1, offset=-128)


def pages(corpus: Path, count: int, seed: int) -> Iterator[Page]:
    """Yield Chinese letters with numbers of their own, laws, and English letters."""
    chance = random.Random(seed)
    numbers = _numbers(corpus)
    letters = sorted((corpus / "faces_zh").glob("*.txt"))
    laws = sorted((corpus / "faces_law_zh").glob("*.txt"))
    english = sorted((corpus / "letters_en").glob("*.htm"))
    for at in range(count):
        paragraphs = chance.choice(letters).read_text("utf-8").strip().split("\n")
        start = chance.randrange(2, max(3, len(paragraphs) - 12))
        number = chance.choice(numbers)
        text = "\n".join([paragraphs[0], number, *paragraphs[start:]])
        yield _page(f"letter-{at}", text, CHINESE_FONTS, chance, number)
        paragraphs = chance.choice(laws).read_text("utf-8").strip().split("\n")
        start = chance.randrange(max(1, len(paragraphs) - 20))
        yield _page(f"law-{at}", "\n".join(paragraphs[start:]), CHINESE_FONTS, chance)
        paragraphs = _english(chance.choice(english))
        start = chance.randrange(max(1, len(paragraphs) - 20))
        yield _page(f"english-{at}", "\n".join(paragraphs[start:]), ENGLISH_FONTS, chance)


def _page(
    name: str,
    text: str,
    fonts: tuple[tuple[Path, int], ...],
    chance: random.Random,
    number: str | None = None,
) -> Page:
    font, size = chance.choice(fonts), chance.choice(SIZES_PT)
    picture, shown = typeset(text.replace("\u3000", "").replace("\xa0", " "), size, font)
    return Page(f"{name}-{font[0].stem}-{size}", shown, picture, number)


def _numbers(corpus: Path) -> list[str]:
    with (corpus / "document_numbers_zh.csv").open(encoding="utf-8") as file:
        found = [row["doc_no"] for row in csv.DictReader(file)]
    return [each for each in found if re.fullmatch(r"\w{2,12}〔\d{4}〕\d{1,4}号", each)]


def _english(path: Path) -> list[str]:
    text = unescape(re.sub(r"<[^>]+>", "", path.read_text("utf-8", "replace")))
    parts = re.split(r"\n\s*\n", text)
    return [" ".join(part.split()) for part in parts if len(part.split()) > 3 and "___" not in part]


def squeezed(text: str) -> str:
    """Return a text without white space, in the compatible form of its characters."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def distance(one: str, other: str) -> int:
    """Return the edit distance (G. Myers, 1999: a column of the matrix in the bits of a number)."""
    if not one:
        return len(other)
    masks: dict[str, int] = {}
    for at, char in enumerate(one):
        masks[char] = masks.get(char, 0) | 1 << at
    whole, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    plus, minus, score = whole, 0, len(one)
    for char in other:
        match = masks.get(char, 0)
        across = match | minus
        down = (((match & plus) + plus) ^ plus) | match
        up, low = minus | ~(down | plus) & whole, plus & down
        score += bool(up & last) - bool(low & last)
        up, low = (up << 1 | 1) & whole, (low << 1) & whole
        plus, minus = low | ~(across | up) & whole, up & across
    return score


def recognised(cage: Cage, picture: "Image") -> Recognised:
    """Recognise a picture as a file of its own."""
    data = io.BytesIO()
    picture.save(data, "PNG", dpi=(DPI, DPI))
    return cage.recognise([data.getvalue()], file_name="page.png", media_type="image/png", page=0)


def _pages_of_numbers(
    corpus: Path, count: int, seed: int
) -> Iterator[tuple[list[str], "Image", "Image"]]:
    """Yield numbers, the clean page that they stand on, and a copy of it."""
    chance = random.Random(seed)
    numbers = _numbers(corpus)
    letters = sorted((corpus / "faces_zh").glob("*.txt"))[:10]
    parts = [part for path in letters for part in path.read_text("utf-8").split("\n")]
    body = [part for part in parts if 20 < len(part) < 60]
    for at in range(count):
        wanted = [chance.choice(numbers) for _ in range(4)]
        lines = [x for each in wanted for x in (chance.choice(body), each, chance.choice(body))]
        font, size = chance.choice(CHINESE_FONTS), chance.choice(SIZES_PT)
        picture, _ = typeset("\n".join(lines).replace("\u3000", ""), size, font)
        bottom = MARGIN * 2 + int(size * DPI / 72 * 1.7 * 18)
        picture = picture.crop((0, 0, picture.width, min(picture.height, bottom)))
        yield wanted, picture, photocopied(picture, random.Random(at), chance.choice((-2.0, 2.0)))


def _print_numbers(corpus: Path, count: int, seed: int) -> None:
    hits: dict[str, list[bool]] = {}
    seconds: dict[str, float] = {}
    with Cage() as cage:
        for wanted, clean, copy in _pages_of_numbers(corpus, count, seed):
            for kind, picture in (("clean", clean), ("copy", copy)):
                found = recognised(cage, picture)
                parsed = (parse_number(line.text) for line in found.lines)
                read = {number.value for number in parsed if number}
                hits.setdefault(kind, []).extend(each in read for each in wanted)
                seconds[kind] = seconds.get(kind, 0.0) + found.cpu_seconds
                if missed := [each for each in wanted if each not in read]:
                    print(json.dumps([kind, missed, sorted(read)], ensure_ascii=False), flush=True)
    for kind, said in hits.items():
        share, cost = 100 * sum(said) / len(said), seconds[kind] / count
        print(f"numbers  {kind:6} {share:.1f} % of {len(said)}, {cost:.2f} CPU s a page")


def main() -> None:
    """Print accuracy, numbers and cost by kind of page."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--corpus", type=Path, default=CORPUS)
    asked.add_argument("--pages", type=int, default=8, help="of each kind")
    asked.add_argument("--seed", type=int, default=5)
    asked.add_argument("--worst", type=int, default=0, help="show what was misread on so many")
    asked.add_argument("--numbers", type=int, default=0, help="pages with four numbers each")
    given = asked.parse_args()
    if given.numbers:
        _print_numbers(given.corpus, given.numbers, given.seed)
        return
    results: dict[tuple[str, str], list[tuple[float, float, str]]] = {}
    numbers: dict[str, list[bool]] = {}
    missed = []
    with Cage() as cage:
        for page in pages(given.corpus, given.pages, given.seed):
            chance = random.Random(page.name)
            copy = photocopied(page.picture, chance, chance.choice((-2.0, 2.0)))
            for kind, picture in (("clean", page.picture), ("copy", copy)):
                found = recognised(cage, picture)
                want, got = squeezed(page.text), squeezed(found.text())
                right = 1 - distance(want, got) / max(1, len(want))
                group = (page.name.partition("-")[0], kind)
                results.setdefault(group, []).append((right, found.cpu_seconds, page.name))
                missed.append((right, kind, page.name, page.text, found.text()))
                if page.number:
                    read = [parse_number(line.text) for line in found.lines]
                    hit = any(each and each.value == page.number for each in read)
                    numbers.setdefault(kind, []).append(hit)
                    if not hit:
                        near = [line.text for line in found.lines if "号" in line.text][:2]
                        print(json.dumps([kind, page.name, page.number, near], ensure_ascii=False))
    for (what, kind), each in sorted(results.items()):
        rights, seconds = [one[0] for one in each], [one[1] for one in each]
        print(
            f"{what:8} {kind:6} {100 * sum(rights) / len(rights):.2f} % of characters, "
            f"worst page {100 * min(rights):.2f} %, {sum(seconds) / len(seconds):.2f} CPU s a page"
        )
    for kind, hits in numbers.items():
        print(f"numbers  {kind:6} {100 * sum(hits) / len(hits):.1f} % of {len(hits)}")
    for right, kind, name, want, got in sorted(missed)[: given.worst]:
        print(f"\n== {name} {kind} {100 * right:.2f} %\n{want}\n--\n{got}")


if __name__ == "__main__":
    main()
