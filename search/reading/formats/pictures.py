"""Pictures: no text of their own; of a TIFF the number of its pages."""

from search.reading.model import ReasonCode
from search.reading.source import Draft, RefusedError, Source


def read(source: Source, draft: Draft) -> None:
    """Count the pages, and say that there is nothing but a picture.

    Raises:
        RefusedError: Always; `image_only`.
    """
    from search.reading.render import open_image

    try:
        draft.page_count = int(getattr(open_image(source), "n_frames", 1))
    except (RefusedError, OSError, ValueError, SyntaxError):
        # What cannot be counted is shown as damaged when it is looked at.
        draft.page_count = None
    raise RefusedError(ReasonCode.IMAGE_ONLY, "a picture")
