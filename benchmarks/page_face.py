"""What does reading a page face cost beyond reading the text?

    python -m benchmarks.page_face [FOLDER] [--documents N]

Takes the files of a folder, or else letters of five full pages. The places of the lines are found
in the cage (but measured here, without the fork), the rules are applied to what comes back. Time is
CPU time.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from records.classification.face import read_face
from search.reading import Cage, Limits
from search.reading.formats import pdf
from search.reading.placing import faces_of
from search.reading.source import Source
from tests.letters import letter

SUFFIXES = (".pdf", ".html", ".htm", ".txt", ".docx", ".ofd")
REPEATS = 5


def letters(count: int) -> list[tuple[str, bytes]]:
    """Return letters of five pages full of text."""
    line = "The registry receives, numbers, files, circulates, seals and answers for its papers"
    head = ["Acme Water Engineering Ltd", "Our ref: AWE/2024/117", "3 May 2024", "Dear Sir,"]
    pages = [[*head, *[line] * 46], *[[line] * 50] * 4]
    return [(f"{number}.pdf", letter([[str(number)], *pages])) for number in range(count)]


def files(folder: Path, count: int) -> list[tuple[str, bytes]]:
    """Return files of a folder that have a face."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [(path.name, path.read_bytes()) for path in found[:count]]


def best(act: Callable[[], object]) -> float:
    """Return the milliseconds that something takes at best; waiting for others is left out."""
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        act()
        times.append((time.process_time() - started) * 1_000)
    return min(times)


def costs(data: bytes) -> tuple[float, float]:
    """Return the milliseconds for the text of a PDF and for the places of its lines."""
    document = pdf.open_document(Source(data, "x.pdf", "application/pdf", Limits()))

    def read_all() -> None:
        for number in range(len(document)):
            pdf.page_text(document, number)

    return best(read_all), best(lambda: faces_of(document))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--documents", type=int, default=20)
    given = parser.parse_args()
    papers = files(given.folder, given.documents) if given.folder else letters(given.documents)
    texts, places, rules = [], [], []
    with Cage() as cage:
        for name, data in papers:
            reading = cage.read([data], file_name=name, media_type="")
            rules.append(best(lambda r=reading: read_face(r.pages, r.layouts)))  # type: ignore[misc]
            text, place = costs(data) if name.lower().endswith(".pdf") else (0.0, 0.0)
            texts.append(text)
            places.append(place)
    beyond = [place + rule for place, rule in zip(places, rules, strict=True)]
    print(f"{len(papers)} documents, CPU milliseconds each: median / worst")
    for what, each in (
        ("text of all pages, of PDF", texts),
        ("places of the lines, in the cage", places),
        ("rules", rules),
        ("page face beyond the text", beyond),
    ):
        print(f"  {what}: {median(each):.1f} / {max(each):.1f}")


if __name__ == "__main__":
    main()
