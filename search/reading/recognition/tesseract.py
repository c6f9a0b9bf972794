"""Tesseract, when it is there: characters with their places from the picture of one page.

The characters come as hOCR (the format of the engine's answer) with a box and a confidence each.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from search.reading.model import ReasonCode

if TYPE_CHECKING:
    from PIL.Image import Image

CHINESE = ("chi_sim", "chi_tra")
ENGLISH = "eng"
ORIENTATION = "osd"
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
_NAME = re.compile(r"[A-Za-z_]{2,20}")
_XHTML = "{http://www.w3.org/1999/xhtml}"
_LINES = ("ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat")
_BOX = re.compile(r"bboxe?s?x? (\d+) (\d+) (\d+) (\d+)")
_SIZE = re.compile(r"x_size ([\d.]+)")
_SURE = re.compile(r"x_conf ([\d.]+)")
_TURN = re.compile(rb"Rotate: (\d+)\s+Orientation confidence: ([\d.]+)")
_AUTOMATIC, _ORIENTATION_ONLY, _ONE_LINE = 3, 0, 7
_BOXES = ("-c", "tessedit_create_hocr=1", "-c", "hocr_char_boxes=1")


@dataclass(slots=True)
class Char:
    """One recognised character: its edges in pixels, its confidence from 0 to 1."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


@dataclass(slots=True)
class Row:
    """One line as the engine found it: words of characters, and the height of its print."""

    words: list[list[Char]]
    height: float


@cache
def program() -> str | None:
    """Return the path of Tesseract, if it is installed."""
    return shutil.which("tesseract", path=_SEARCH_PATH)


@cache
def ocr_available() -> tuple[str, ...]:
    """Return the languages that pictures can be recognised in; empty without Tesseract."""
    engine = program()
    if engine is None:
        return ()
    found = subprocess.run(
        [engine, "--list-langs"], env=_environment(), capture_output=True, check=False, timeout=20
    )
    names = found.stdout.decode("utf-8", "replace").split("\n")[1:]
    return tuple(name for name in names if _NAME.fullmatch(name) and name != ORIENTATION)


def rows_of(picture: "Image", languages: Sequence[str], dpi: int, folder: Path) -> list[Row]:
    """Return the lines of a picture in reading order.

    Args:
        picture: Grey, upright and straight.
        languages: Models, the first of which leads.
        dpi: Resolution of the picture.
        folder: Where the engine may write.

    Raises:
        RefusedError: The engine is missing or did not end well.
    """
    options = ["-l", "+".join(languages), "--psm", str(_AUTOMATIC), "--dpi", str(dpi)]
    return _parsed(_run(picture, folder, [*options, *_BOXES]))


def row_of(picture: "Image", language: str, dpi: int, folder: Path, *, letters: str) -> list[Row]:
    """Return the one line on a picture, of which no character is other than one of `letters`."""
    options = ["-l", language, "--psm", str(_ONE_LINE), "--dpi", str(dpi), *_BOXES]
    allowed = ["-c", f"tessedit_char_whitelist={letters}"]
    return _parsed(_run(picture, folder, [*options, *allowed], needed=False))


def turn_of(picture: "Image", dpi: int, folder: Path) -> tuple[int, float]:
    """Return by how many degrees a picture must be turned clockwise, and how sure that is."""
    options = ["-l", ORIENTATION, "--psm", str(_ORIENTATION_ONLY), "--dpi", str(dpi)]
    found = _TURN.search(_run(picture, folder, options, needed=False))
    return (int(found[1]), float(found[2])) if found else (0, 0.0)


def _environment() -> dict[str, str]:
    # More threads than one only make it dearer, and the worker has other things to do.
    names = {"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    models = os.environ.get("TESSDATA_PREFIX")
    return {**names, "TESSDATA_PREFIX": models} if models else names


def _run(picture: "Image", folder: Path, options: list[str], *, needed: bool = True) -> bytes:
    from search.reading.source import RefusedError

    engine = program()
    if engine is None:
        raise RefusedError(ReasonCode.UNSUPPORTED, "Tesseract is not installed")
    path = folder / "page.pgm"
    picture.save(path, "PPM")
    ended = subprocess.run(
        [engine, str(path), "stdout", *options],
        env=_environment(),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    path.unlink()
    if ended.returncode != 0 and needed:
        raise RefusedError(ReasonCode.CRASHED, f"Tesseract ended with {ended.returncode}")
    return ended.stdout


def _parsed(answer: bytes) -> list[Row]:
    from lxml import etree

    if not answer:
        return []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=True)
    root = etree.fromstring(answer, parser)
    if root is None:
        return []
    spans = root.iter(f"{_XHTML}span")
    rows = (_row(span) for span in spans if span.get("class") in _LINES)
    return [row for row in rows if row.words]


def _row(span: "object") -> Row:
    words = []
    for word in span.iter(f"{_XHTML}span"):  # type: ignore[attr-defined]
        if word.get("class") == "ocrx_word":
            chars = [_char(each) for each in word.iter(f"{_XHTML}span") if each is not word]
            words.append([char for char in chars if char is not None])
    size = _SIZE.search(span.get("title"))  # type: ignore[attr-defined]
    return Row([word for word in words if word], float(size[1]) if size else 0.0)


def _char(span: "object") -> Char | None:
    title = span.get("title")  # type: ignore[attr-defined]
    box, sure = _BOX.search(title), _SURE.search(title)
    text = span.text  # type: ignore[attr-defined]
    if box is None or not text or not text.strip():
        return None
    x0, y0, x1, y1 = (float(edge) for edge in box.groups())
    return Char(text.strip(), x0, y0, x1, y1, float(sure[1]) / 100 if sure else 0.0)
