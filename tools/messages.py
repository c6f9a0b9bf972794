"""Bring the message catalogues up to date with the sources: `python -m tools.messages`.

English sentences in the code are the keys. The English catalogue repeats them; the Chinese one
keeps what is translated, and this command names what is not.
"""

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
TRANSLATIONS = ROOT / "web" / "translations"
LANGUAGES = ("en", "zh_CN")
PACKAGES = ("records", "search", "storage", "web")
METHODS = [
    ("**/cli/**", "ignore"),
    ("**/frontend/**", "ignore"),
    ("**.py", "python"),
    ("**.html", "jinja2"),
]
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
# The first argument of a refusal is its message, see records/core/errors.py.
REFUSALS = (
    "Conflict",
    "Invalid",
    "Kept",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "TooMany",
    "Unavailable",
    "__init__",
)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_pgettext": ((1, "c"), 2),
    **dict.fromkeys(REFUSALS),
}


def extract() -> Catalog:
    """Collect all messages of the sources."""
    template = Catalog(project="Chancery", charset="utf-8")
    for package in PACKAGES:
        found = extract_from_dir(ROOT / package, METHODS, OPTIONS, KEYWORDS)
        for name, _line, message, _comments, context in found:
            template.add(message, locations=[(f"{package}/{name}", 0)], context=context)
    return template


def path_of(language: str) -> Path:
    """Return where the catalogue of a language lies."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """Read the catalogue of a language; an absent one is empty."""
    path = path_of(language)
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language)


def renewed(language: str, template: Catalog) -> Catalog:
    """Return a catalogue with exactly the messages of the sources, keeping its translations."""
    known = read(language)
    fresh = Catalog(locale=language, project="Chancery", charset="utf-8", fuzzy=False)
    for message in template:
        if not message.id:
            continue
        old = known.get(message.id, message.context)
        text = message.id if language == "en" else old.string if old else _nothing(message)
        files = sorted({(name, 0) for name, _line in message.locations})
        fresh.add(message.id, text, locations=files, context=message.context)
    return fresh


def _nothing(message: Message) -> str | tuple[str, ...]:
    return ("",) if message.pluralizable else ""


def missing(catalog: Catalog) -> list[str]:
    """Return the messages of a catalogue that have no text in its language."""
    return [
        str(message.id)
        for message in catalog
        if message.id
        and not all(
            message.string if isinstance(message.string, (tuple, list)) else [message.string]
        )
    ]


def written(catalog: Catalog) -> bytes:
    """Return the file of a catalogue; the same messages always give the same bytes."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalog.locale_identifier}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    return header.encode() + buffer.getvalue()


def main() -> None:
    """Write both catalogues and name what still wants a translation."""
    template = extract()
    for language in LANGUAGES:
        catalog = renewed(language, template)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(written(catalog))
        print(f"{language}: {len(catalog)} messages, {len(missing(catalog))} missing")  # noqa: T201
        for text in missing(catalog):
            print(f"  {text}")  # noqa: T201


if __name__ == "__main__":
    main()
