"""Search keys: a person, unit or group is found by any part of the name, its pinyin or initials."""

import os
import re

# The phrase dictionary costs 40 MB and helps only with rare readings of names.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

# No name is longer, and databases refuse patterns without end.
MAX_TYPED = 200

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


def search_key(*names: str) -> str:
    """Return what a typed part is looked for in: names, joined pinyin and initials, folded."""
    parts: list[str] = []
    for name in names:
        folded = name.casefold().strip()
        parts.append(folded)
        if _HAN.search(folded):
            from pypinyin import Style, lazy_pinyin

            parts.append("".join(lazy_pinyin(folded)))
            parts.append("".join(lazy_pinyin(folded, style=Style.FIRST_LETTER)))
    return " ".join(dict.fromkeys(parts))


def typed_pattern(typed: str) -> str:
    r"""Return the LIKE pattern (escape `\\`) for a typed part of a key."""
    folded = re.sub(r"([%_\\])", r"\\\1", typed.casefold().strip()[:MAX_TYPED])
    return f"%{folded}%"
