"""What in a file would act when it is opened: macros, scripts, content loaded from elsewhere.

Found while the file is read, in the cage; nothing here runs any of it. The names stand together in
the attribute `ACTIVE` of a reading.
"""

from collections.abc import Iterable

ACTIVE = "active"
MACROS, JAVASCRIPT, EXTERNAL = "macros", "javascript", "external"

# A link that a reader must follow is no content that loads by itself.
_LINKS = ("hyperlink",)


def has_macros(names: Iterable[str]) -> bool:
    """Tell by the names of its entries whether an office package carries macros."""
    for name in names:
        folder, _, file = name.lower().rpartition("/")
        first = folder.partition("/")[0]
        if file in ("vbaproject.bin", "_vba_project") or first in ("basic", "scripts"):
            return True
        if first in ("macros", "_vba_project_cur") or "/macrosheets" in f"/{folder}":
            return True
    return False


def loads_content(relations: Iterable[tuple[str, str]]) -> bool:
    """Tell whether a package loads something from outside, by its (kind, mode) relations."""
    return any(mode == "External" and kind.lower() not in _LINKS for kind, mode in relations)
