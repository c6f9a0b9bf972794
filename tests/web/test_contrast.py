"""WCAG 2.2 contrast of the colours in both token sheets (1.4.3: text 4.5, 1.4.11: controls 3)."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "web" / "static" / "css"

PAPERS = ("paper", "surface", "sunken", "raised")
TEXT = [
    *((ink, paper) for ink in ("ink", "ink-soft", "ink-faint") for paper in PAPERS),
    *((ink, paper) for ink in ("primary", "primary-strong", "seal") for paper in PAPERS),
    *((f"on-{tone}-soft", f"{tone}-soft") for tone in ("primary", "seal", "ok", "warn", "plain")),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("on-seal", "seal"),
    ("on-mark", "mark"),
    ("ink-faint", "primary-soft"),
]
CONTROLS = [
    *(("rule-strong", paper) for paper in ("paper", "surface", "raised")),
    *(("focus", paper) for paper in PAPERS),
    ("focus", "primary-soft"),
    ("on-imprint", "imprint"),
    ("imprint", "paper"),
    ("imprint", "surface"),
]


def _colours(*sheets: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for sheet in sheets:
        text = (CSS / sheet).read_text(encoding="utf-8")
        found |= dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", text))
    return found


THEMES = {"light": _colours("tokens.css"), "dark": _colours("tokens.css", "dark.css")}


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_known_contrast() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "paper"), TEXT)
def test_text_is_readable(theme: str, ink: str, paper: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours[ink], colours[paper]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("line", "paper"), CONTROLS)
def test_edges_and_focus_are_seen(theme: str, line: str, paper: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours[line], colours[paper]) >= 3


def test_the_night_sheet_changes_every_colour_of_the_day() -> None:
    day, night = _colours("tokens.css"), _colours("dark.css")
    assert set(day) == set(night)


def test_colours_are_named_in_the_token_sheets_only() -> None:
    for sheet in CSS.glob("*.css"):
        if sheet.name in ("tokens.css", "dark.css", "print.css"):
            continue
        text = sheet.read_text(encoding="utf-8")
        # The page of a document is white paper in every theme.
        assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) <= {"#fff"}, sheet.name
