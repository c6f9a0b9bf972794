"""From a child's answer to values: every field is checked, since the child is not trusted."""

from math import isfinite
from typing import Any

from search.reading.model import (
    Attachment,
    Layout,
    Line,
    PageImage,
    Part,
    PlacedLine,
    Reading,
    Reason,
    ReasonCode,
    Recognised,
    RecognisedLine,
    Unpacked,
)
from search.reading.wire import Answer


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


def reason_of(answer: Answer) -> Reason | None:
    """Return the reason an answer carries.

    Raises:
        ValueError: The code is not one of ours.
        TypeError: A field has the wrong type.
        KeyError: A field is missing.
    """
    found = answer.get("reason")
    if found is None:
        return None
    return Reason(ReasonCode(_text(found["code"])), _text(found["message"])[:300])


def reading_of(answer: Answer, _: bytes) -> Reading:
    """Return the reading an answer carries; raises as `reason_of` does."""
    outcome = answer["outcome"]
    if outcome not in ("done", "none", "failed"):
        raise ValueError
    count = answer["page_count"]
    return Reading(
        outcome=outcome,
        media_type=_text(answer["media_type"]),
        reason=reason_of(answer),
        pages=[_text(page) for page in answer["pages"]],
        page_count=None if count is None else _whole(count),
        attributes={_text(key): _text(value) for key, value in answer["attributes"].items()},
        attachments=[
            Attachment(_text(name), _text(media_type), _whole(size))
            for name, media_type, size in answer["attachments"]
        ],
        signatures=_whole(answer["signatures"]),
        truncated=bool(answer["truncated"]),
        layouts=[
            Layout(_whole(page), [_placed_line(*line) for line in lines])
            for page, lines in answer["layouts"]
        ],
    )


def _placed_line(
    text: Any, box: list[Any], size: Any, red: Any, runs: list[list[Any]]
) -> PlacedLine:
    x0, y0, x1, y1 = (_finite(edge) for edge in box)
    spans = tuple(
        (_whole(start), _whole(end), _finite(left), _finite(right))
        for start, end, left, right in runs
    )
    return PlacedLine(_text(text), x0, y0, x1, y1, _finite(size), bool(red), spans)


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError
    return number


def _line(text: Any, box: list[Any], stops: list[Any]) -> Line:
    x0, y0, x1, y1 = (float(edge) for edge in box)
    return Line(_text(text), x0, y0, x1, y1, [float(stop) for stop in stops])


def image_of(answer: Answer, data: bytes) -> PageImage:
    """Return the page image an answer carries; raises as `reason_of` does."""
    return PageImage(
        width_px=_whole(answer["width_px"]),
        height_px=_whole(answer["height_px"]),
        media_type="image/webp",
        data=data,
        lines=[_line(*line) for line in answer["lines"]],
    )


def unpacked_of(answer: Answer, data: memoryview) -> Unpacked:
    """Return the parts an answer carries; raises as `reason_of` does."""
    parts: list[Part] = []
    at = 0
    for name, media_type, size in answer["parts"]:
        end = at + _whole(size)
        if not at <= end <= len(data):
            raise ValueError
        parts.append(Part(_text(name), _text(media_type), size, data[at:end]))
        at = end
    left_out = [(_text(name), _text(reason)[:40]) for name, reason in answer["left_out"]]
    return Unpacked(parts, left_out)


def layers_of(answer: Answer, _: bytes) -> dict[int, list[Line]]:
    """Return the lines by page that an answer carries; raises as `reason_of` does."""
    return {
        _whole(page): [_whole_line(*line) for line in lines] for page, lines in answer["layers"]
    }


def _whole_line(text: Any, box: list[Any], stops: list[Any]) -> Line:
    edges = [_finite(stop) for stop in stops]
    if len(edges) != len(_text(text)) + 1:
        raise ValueError
    x0, y0, x1, y1 = (_finite(edge) for edge in box)
    return Line(text, x0, y0, x1, y1, edges)


def sizes_of(answer: Answer, _: bytes) -> list[tuple[float, float]]:
    """Return the page sizes an answer carries, in points; raises as `reason_of` does."""
    return [(float(width), float(height)) for width, height in answer["sizes"]]


def recognised_of(answer: Answer, _: bytes) -> Recognised:
    """Return the recognised page an answer carries; raises as `reason_of` does."""
    rotation = _whole(answer["rotation"])
    width, height = _finite(answer["width_pt"]), _finite(answer["height_pt"])
    if rotation not in (0, 90, 180, 270) or width <= 0 or height <= 0:
        raise ValueError
    return Recognised(
        page=_whole(answer["page"]),
        width_pt=width,
        height_pt=height,
        rotation=rotation,
        skew_degrees=_finite(answer["skew_degrees"]),
        lines=[_recognised_line(*line) for line in answer["lines"]],
        confidence=_share(answer["confidence"]),
        codes=[_text(code) for code in answer["codes"]],
        languages=tuple(_text(language) for language in answer["languages"]),
        cpu_seconds=_finite(answer["cpu_seconds"]),
    )


def _recognised_line(
    text: Any, box: list[Any], size: Any, stops: list[Any], confidence: Any, red: Any
) -> RecognisedLine:
    x0, y0, x1, y1 = (_finite(edge) for edge in box)
    edges = [_finite(stop) for stop in stops]
    if len(edges) != len(_text(text)) + 1:
        raise ValueError
    return RecognisedLine(text, x0, y0, x1, y1, _finite(size), edges, _share(confidence), bool(red))


def _share(value: Any) -> float:
    return min(1.0, max(0.0, _finite(value)))


def work_of(answer: Answer, data: bytes) -> tuple[Answer, bytes]:
    """Return what the workshop answered; what is in it, its customer checks."""
    done = answer["done"]
    if not isinstance(done, dict):
        raise TypeError
    return done, data
