"""From one page of a file to its recognised lines; runs in the cage."""

import resource
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from search.reading.model import ReasonCode
from search.reading.recognition import cleaning, codes, pictures, straight, tesseract
from search.reading.recognition.lines import Found, FoundLine, lines_of
from search.reading.recognition.numbers import Numbers
from search.reading.source import RefusedError, Source
from search.reading.wire import Answer

if TYPE_CHECKING:
    from PIL.Image import Image

_POINTS_PER_INCH = 72.0
# The engine is rather sure of what it reads on a page that stands on its head: its way is looked
# for on every page that is not read very surely.
_SURELY_UPRIGHT = 0.975
# A page that is read worse than this is tried the other way round and smoothed.
_DOUBTFUL = 0.7
_SURE_TURN = 2.0


def recognise(source: Source, page: int, languages: Sequence[str], folder: Path) -> Answer:
    """Return the answer for the cage: lines in points of the upright, straightened page.

    Raises:
        RefusedError: There is no engine, or no such page.
    """
    there = tesseract.ocr_available()
    if not there:
        raise RefusedError(ReasonCode.UNSUPPORTED, "Tesseract is not installed")
    picture = pictures.picture_of(source, page)
    work = _Work(picture, [each for each in languages if each in there], folder)
    found = work.best()
    scale = _POINTS_PER_INCH / picture.dpi
    sideways = found.rotation in (90, 270)
    size = (picture.width_pt, picture.height_pt)
    width, height = reversed(size) if sideways else size
    return {
        "page": page,
        "width_pt": width,
        "height_pt": height,
        "rotation": found.rotation,
        "skew_degrees": round(found.skew, 2),
        "lines": [line.answer(scale) for line in found.lines],
        "confidence": round(found.confidence, 4),
        "codes": codes.codes_of(picture.image),
        "languages": found.languages,
        "cpu_seconds": round(_cpu_seconds(), 2),
    }


def _cpu_seconds() -> float:
    uses = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)


class _Work:
    """One page on the bench."""

    def __init__(self, picture: pictures.Picture, languages: list[str], folder: Path) -> None:
        self._image = picture.image
        self._dpi = round(picture.dpi)
        self._languages = languages
        self._folder = folder

    def best(self) -> Found:
        """Return what is read on the page, turned the way in which most is read."""
        grey = self._image.convert("L")
        rotation = 90 if straight.lines_run_down(cleaning.cleaned(grey)) else 0
        found = self._read(rotation)
        if found.confidence >= _SURELY_UPRIGHT:
            return found
        other = self._turn(found)
        if other == rotation:
            return found
        second = self._read(other)
        return second if second.worth > found.worth else found

    def _turn(self, found: Found) -> int:
        """Return the way in which a page would be better read, as far as can be told."""
        grey = self._turned(found.rotation).convert("L")
        turn, sure = tesseract.turn_of(grey, self._dpi, self._folder)
        if not turn and sure < _SURE_TURN and found.confidence < _DOUBTFUL:
            turn = 180
        return (found.rotation + turn) % 360

    def _turned(self, rotation: int) -> "Image":
        from PIL import Image

        turns: dict[int, Any] = {
            90: Image.Transpose.ROTATE_270,
            180: Image.Transpose.ROTATE_180,
            270: Image.Transpose.ROTATE_90,
        }
        return self._image.transpose(turns[rotation]) if rotation else self._image

    def _read(self, rotation: int) -> Found:
        colour = self._turned(rotation)
        grey = cleaning.cleaned(colour.convert("L"))
        skew = straight.skew_of(grey)
        grey = straight.straightened(grey, skew)
        found = self._in_its_language(grey, Found(rotation, skew, [], []))
        if found.confidence < _DOUBTFUL and not cleaning.is_clean(colour.convert("L")):
            soft = self._in_its_language(cleaning.smoothed(grey), found)
            found = soft if soft.worth > found.worth else found
        return found

    def _in_its_language(self, grey: "Image", lying: Found) -> Found:
        """Read with the first model, and anew with the one for English where that is seen."""
        languages = self._languages or _first(tesseract.ocr_available())
        found = replace(lying, languages=languages, lines=self._lines(grey, languages))
        latin = [tesseract.ENGLISH]
        there = tesseract.ENGLISH in tesseract.ocr_available()
        if found.is_latin and there and languages != latin and not self._languages:
            return replace(lying, languages=latin, lines=self._lines(grey, latin))
        again = Numbers(grey, languages[0], self._dpi, self._folder)
        return replace(found, lines=again.looked_at(found.lines))

    def _lines(self, grey: "Image", languages: list[str]) -> list[FoundLine]:
        return lines_of(tesseract.rows_of(grey, languages, self._dpi, self._folder))


def _first(there: Sequence[str]) -> list[str]:
    """Return the model to begin with: Chinese knows Latin letters too, though less well."""
    order = (*tesseract.CHINESE, tesseract.ENGLISH)
    return [next((each for each in order if each in there), there[0])]
