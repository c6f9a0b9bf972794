import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat
from sqlalchemy import select

from records.core.errors import Conflict, Invalid, NotAllowed, NotFound
from records.core.log import LogEntry, LogPayload
from records.seals.caged import seal_cage
from records.seals.imprints.drawn import draw_imprint, imprint_svg
from records.seals.imprints.keeping import clean_scan, drawn_for, imprint_of, set_imprint
from records.seals.models import Seal, SealImprint
from records.seals.rules import SealKind, SealState, Shape
from search.reading import Cage
from storage import SealDamaged
from tests.records.seals.offices import SealOffice

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"{}>{}</svg>'
)
SEAL = Seal(width_mm=42.0, height_mm=42.0, shape=Shape.ROUND.value)
DISC = '<circle cx="50" cy="50" r="40" fill="#c00"/>'


@pytest.fixture(scope="module")
def shop() -> Iterator[Cage]:
    with seal_cage() as cage:
        yield cage


def _disc(size: int = 600) -> Image.Image:
    """An imprint as a die makes it: a ring, a bar and a star-like middle."""
    image = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(image)
    pen.ellipse((0, 0, size - 1, size - 1), outline=255, width=size // 20)
    pen.rectangle((size * 0.3, size * 0.2, size * 0.7, size * 0.32), fill=255)
    pen.ellipse((size * 0.35, size * 0.4, size * 0.65, size * 0.7), fill=255)
    return image


def _scan(
    *,
    tint: tuple[int, int, int] = (255, 255, 255),
    shadow: bool = False,
    noise: float = 0,
    quality: int = 90,
    print_beside: bool = False,
    ink: tuple[int, int, int] = (205, 30, 40),
) -> bytes:
    page = Image.new("RGB", (1200, 1300), tint)
    stamped = Image.new("RGB", page.size, "white")
    stamped.paste(Image.new("RGB", (600, 600), ink), (400, 450), _disc())
    pen = ImageDraw.Draw(page)
    if print_beside:
        for row in range(60, 420, 50):
            pen.rectangle((60, row, 1140, row + 20), fill=(25, 25, 25))
        pen.rectangle((60, 1150, 80, 1170), fill=(210, 30, 30))
    page = ImageChops.multiply(page, stamped)
    if shadow:
        light = Image.linear_gradient("L").resize(page.size).point(lambda value: 120 + value // 2)
        page = ImageChops.multiply(page, Image.merge("RGB", (light, light, light)))
    if noise:
        grain = Image.effect_noise(page.size, noise)
        page = ImageChops.add(page, Image.merge("RGB", (grain, grain, grain)), 1, -128)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.mode) == ("PNG", "RGBA")
    return image


def _cleaned(cage: Cage, content: bytes) -> Image.Image:
    return _opened(clean_scan(cage, SEAL, [content]))


def _refusal(cage: Cage, content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        clean_scan(cage, SEAL, [content])
    assert refused.value.field == "imprint"
    return refused.value.message


@pytest.mark.parametrize(
    "paper",
    [
        {},
        {"tint": (250, 246, 232), "quality": 40},
        {"shadow": True, "noise": 12, "quality": 50},
        {"tint": (240, 222, 190), "shadow": True, "noise": 8},
        {"print_beside": True},
        {"ink": (235, 120, 125)},
    ],
)
def test_a_scan_becomes_ink_on_nothing_in_real_size(shop: Cage, paper: dict[str, Any]) -> None:
    made = _cleaned(shop, _scan(**paper))
    assert made.size == (992, 992)
    wanted = _disc().resize(made.size)
    soft = [each.filter(ImageFilter.GaussianBlur(6)) for each in (made.getchannel("A"), wanted)]
    difference = ImageStat.Stat(ImageChops.difference(*soft))
    assert difference.mean[0] < 14
    red, green, blue = ImageStat.Stat(made.convert("RGB"), made.getchannel("A")).mean
    assert red > 1.5 * max(green, blue)
    # Nothing is left of the paper.
    assert made.getpixel((30, 30))[3] == 0  # type: ignore[index]
    assert made.getpixel((496, 150))[3] < 30  # type: ignore[index]


def test_a_picture_with_transparency_keeps_its_colours(shop: Cage) -> None:
    image = Image.new("RGBA", (900, 700), (0, 0, 0, 0))
    image.paste((10, 20, 200, 255), (100, 50), _disc())
    out = io.BytesIO()
    image.save(out, "PNG")
    made = _cleaned(shop, out.getvalue())
    assert made.size == (992, 992)
    assert made.getpixel((496, 540)) == (10, 20, 200, 255)
    assert made.getpixel((3, 3))[3] == 0  # type: ignore[index]


def test_a_drawing_is_drawn_in_real_size(shop: Cage) -> None:
    made = _cleaned(shop, SVG.format(' viewBox="0 0 100 100"', DISC).encode())
    assert made.size == (992, 992)
    assert made.getpixel((496, 496)) == (204, 0, 0, 255)


@pytest.mark.parametrize(
    "inside",
    [
        '<image href="file:///etc/hostname" width="50" height="50"/>',
        '<image xlink:href="data:image/png;base64,AAAA" width="50" height="50"/>',
        "<script>alert(1)</script>",
        '<rect onload="x()" width="5" height="5"/>',
        '<use href="other.svg#a"/>',
        '<rect fill="url(http://office.example/a)" width="5" height="5"/>',
        "<style>@import url(http://office.example/a.css);</style>",
        "<foreignObject/>",
        "<g>" * 30_000 + "</g>" * 30_000,
        "<use href='#a'/>" * 300,
        "<unclosed>",
    ],
)
def test_a_drawing_that_loads_or_runs_something_is_refused(shop: Cage, inside: str) -> None:
    message = _refusal(shop, SVG.format("", DISC + inside).encode())
    assert "drawing" in message


def test_entities_do_not_grow_in_a_drawing(shop: Cage) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    content = bomb + SVG.format("", f"<text>&b;</text>{DISC}")
    assert "drawing" in _refusal(shop, content.encode())


def test_what_shows_no_imprint_of_the_seal_is_refused(shop: Cage) -> None:
    assert "cannot be read" in _refusal(shop, b"no picture")
    assert "cannot be read" in _refusal(shop, b"")
    assert "No red ink" in _refusal(shop, _scan(ink=(20, 20, 20)))
    assert "No red ink" in _refusal(shop, _scan(ink=(255, 255, 255)))
    wide = Image.new("RGB", (900, 400), "white")
    wide.paste((200, 0, 0), (100, 150, 800, 250))
    out = io.BytesIO()
    wide.save(out, "PNG")
    assert "proportions" in _refusal(shop, out.getvalue())


def test_a_picture_of_too_many_pixels_is_refused(shop: Cage) -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert "cannot be read" in _refusal(shop, out.getvalue())


@pytest.mark.parametrize("kind", list(SealKind))
@pytest.mark.parametrize("shape", list(Shape))
def test_an_imprint_can_be_drawn_for_a_start(kind: SealKind, shape: Shape) -> None:
    width, height = (42, 42) if shape in (Shape.ROUND, Shape.SQUARE) else (45, 30)
    made = _opened(draw_imprint("滨江市财政局合同专用章", kind, width, height, shape=shape))
    assert made.size == (round(width / 25.4 * 600), round(height / 25.4 * 600))
    box = made.getchannel("A").getbbox()
    assert box is not None
    assert box[2] - box[0] > made.width * 0.98
    assert 0.05 < ImageStat.Stat(made.getchannel("A")).mean[0] / 255 < 0.7


def test_a_name_is_drawn_as_it_is_and_not_as_markup() -> None:
    drawn = imprint_svg('A&B <x> "Ltd"', SealKind.UNIT, 42, 42, shape=Shape.ROUND)
    assert "<x>" not in drawn
    assert "&lt;" in drawn
    for name in ("", "x", "名" * 60):
        assert _opened(draw_imprint(name, SealKind.UNIT, 42)).size == (992, 992)


def test_an_imprint_is_kept_sealed_and_comes_back(seals: SealOffice) -> None:
    office = seals.office
    png = drawn_for(seals.seal())
    with office.database.writing() as uow:
        with pytest.raises(NotFound):
            imprint_of(uow, office.vault, seals.seal_id)
        kept = set_imprint(uow, office.vault, seals.admin, seal_id=seals.seal_id, png=png)
        assert png not in kept.sealed
    with office.database.reading() as uow:
        found = imprint_of(uow, office.vault, seals.seal_id)
    assert (found.png, found.width_px, found.height_px) == (png, 992, 992)


def test_the_newest_imprint_counts_and_the_old_one_stays(seals: SealOffice) -> None:
    office = seals.office
    pngs = [draw_imprint(name, SealKind.UNIT, 42) for name in ("First", "Second")]
    for png in pngs:
        with office.database.writing() as uow:
            set_imprint(uow, office.vault, seals.admin, seal_id=seals.seal_id, png=png)
    with office.database.reading() as uow:
        assert imprint_of(uow, office.vault, seals.seal_id).png == pngs[1]
        assert len(uow.session.scalars(select(SealImprint)).all()) == 2


def test_no_seal_can_be_given_the_picture_of_another(seals: SealOffice) -> None:
    office = seals.office
    other = seals.add_seal("OTHER", name="Other seal")
    for seal_id in (seals.seal_id, other):
        png = draw_imprint(str(seal_id), SealKind.UNIT, 42)
        with office.database.writing() as uow:
            set_imprint(uow, office.vault, seals.admin, seal_id=seal_id, png=png)
    with office.database.writing() as uow:
        mine, theirs = (
            uow.session.scalars(select(SealImprint).where(SealImprint.seal_id == each)).one()
            for each in (seals.seal_id, other)
        )
        mine.wrapped_key, mine.sealed = theirs.wrapped_key, theirs.sealed
    with office.database.reading() as uow, pytest.raises(SealDamaged):
        imprint_of(uow, office.vault, seals.seal_id)


def test_only_who_keeps_the_register_sets_an_imprint(seals: SealOffice) -> None:
    png = draw_imprint("Name", SealKind.UNIT, 42)
    for actor in (seals.keeper, seals.security, seals.leader, seals.applicant, seals.auditor):
        with seals.office.database.writing() as uow, pytest.raises(NotAllowed):
            set_imprint(uow, seals.office.vault, actor, seal_id=seals.seal_id, png=png)


def test_a_destroyed_seal_gets_no_imprint(seals: SealOffice) -> None:
    png = draw_imprint("Name", SealKind.UNIT, 42)
    with seals.office.database.writing() as uow:
        uow.session.add(seal := seals.seal())
        seal.state = SealState.DESTROYED.value
    with seals.office.database.writing() as uow, pytest.raises(Conflict):
        set_imprint(uow, seals.office.vault, seals.admin, seal_id=seals.seal_id, png=png)


@pytest.mark.parametrize("png", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(100), bytes(2000)])
def test_what_is_no_png_is_not_kept(seals: SealOffice, png: bytes) -> None:
    with seals.office.database.writing() as uow, pytest.raises(Invalid):
        set_imprint(uow, seals.office.vault, seals.admin, seal_id=seals.seal_id, png=png)


def test_the_log_holds_the_digest_and_no_picture(seals: SealOffice) -> None:
    png = draw_imprint("Name", SealKind.UNIT, 42)
    with seals.office.database.writing() as uow:
        kept = set_imprint(uow, seals.office.vault, seals.admin, seal_id=seals.seal_id, png=png)
        sha256 = kept.sha256
    with seals.office.database.reading() as uow:
        query = (
            select(LogEntry, LogPayload)
            .join(LogPayload, LogPayload.sequence == LogEntry.sequence)
            .where(LogEntry.kind == "seal.imprint_set")
        )
        entry, payload = uow.session.execute(query).one()
        assert entry.objects[0] == str(seals.seal_id)
        facts = json.loads(payload.payload)
    assert (facts["sha256"], facts["width"], facts["height"]) == (sha256, 992, 992)
    assert len(payload.payload) < 1000
