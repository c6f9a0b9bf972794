"""Stamping a long document: an imprint, strips over all edges and a QR code, as the worker does it.

    python -m benchmarks.stamping [PAGES] [KIB A PAGE]

Time and memory are those of the child in the cage, which opens the file, lays everything out and
computes the digest; the signature itself is one operation of a key. The target for 100 pages is 5
seconds and 300 MiB. The ratio is against the file with two pages: it says what a page costs.
"""

import hashlib
import io
import random
import sys
import threading
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path

from records.seals.caged import in_cage, seal_cage
from records.seals.imprints.drawn import draw_imprint
from records.seals.pages.placing import CrossPage, Placement, QrPlace, StampingPlan
from records.seals.pages.pressing import fill, press_job, read_prepared
from records.seals.rules import SealKind
from search.reading import Cage

DIAMETER_MM = 42.0
ROOM = 16 * 1024


def main() -> None:
    """Stamp a document of two pages and one of many, and print."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    kib = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with seal_cage() as cage:
        _stamp(cage, _document(2, kib))
        few, _, _ = _stamp(cage, _document(2, kib))
        many, peak, size = _stamp(cage, _document(pages, kib))
    print(f"{pages} pages, {size >> 20} MiB: {many:.2f} s, {peak:.0f} MiB; target 5 s, 300 MiB")
    print(f"{many / few:.1f} x the time of two pages ({few * 1000:.0f} ms)")


def _stamp(cage: Cage, pdf: bytes) -> tuple[float, float, int]:
    """Return seconds, the largest child in MiB, and the size of the document."""
    last = pdf.count(b"/Type/Page/") - 1
    plan = StampingPlan((Placement(last, 120, 200),), CrossPage(120), QrPlace(0, 15, 265))
    imprint = draw_imprint("滨江市人民政府办公室", SealKind.UNIT, DIAMETER_MM)
    job = press_job(
        plan,
        imprint=imprint,
        width_mm=DIAMETER_MM,
        height_mm=DIAMETER_MM,
        check_address="https://office.example/c/7QK2MWXB4T",
        signed_at=datetime.now(UTC),
        name="滨江市人民政府办公室",
        reason=None,
        location=None,
        room=ROOM,
    )
    sha256 = hashlib.sha256(pdf).hexdigest()
    watch = _Watch(cage)
    begun = time.perf_counter()
    answer, data = in_cage(cage, "prepare", job, [pdf])
    made = read_prepared(answer, data, original_sha256=sha256, original_bytes=len(pdf), room=ROOM)
    fill(made, bytes(4000))
    seconds = time.perf_counter() - begun
    return seconds, watch.stop(), len(pdf)


class _Watch:
    """Looks at the children of a cage for as long as it runs."""

    def __init__(self, cage: Cage) -> None:
        self._cage = cage
        self._peak = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> float:
        """Return the largest resident size of a child in MiB."""
        self._done.set()
        self._thread.join()
        return self._peak

    def _run(self) -> None:
        while not self._done.wait(0.002):
            parent = self._cage._parent  # noqa: SLF001
            if parent is None:
                continue
            children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
            for child in children.read_text().split():
                self._peak = max(self._peak, _peak_mib(int(child)))


def _peak_mib(pid: int) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0  # it has just ended
    found = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) / 1024 if found else 0.0


def _document(pages: int, kib: int) -> bytes:
    """Return a PDF whose pages have text, and a picture that does not compress."""
    chance = random.Random(pages)
    out, offsets = io.BytesIO(b"%PDF-1.7\n"), [0]
    out.seek(0, io.SEEK_END)

    def add(body: bytes) -> int:
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (len(offsets) - 1, body))
        return len(offsets) - 1

    add(b"<</Type/Catalog/Pages 2 0 R>>")
    kids = b" ".join(b"%d 0 R" % (6 + 3 * number) for number in range(pages))
    add(b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages))
    font = add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for number in range(pages):
        lines = b" ".join(b"(Line %d of page %d) Tj T*" % (line, number) for line in range(40))
        text = zlib.compress(b"q BT /F 11 Tf 15 TL 60 780 Td %s ET Q /I Do" % lines)
        content = add(_stream(b"/Filter/FlateDecode", text))
        side = int((kib * 1024) ** 0.5)
        gray = chance.randbytes(side * side)
        head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray" % (
            side,
            side,
        )
        image = add(_stream(head + b"/BitsPerComponent 8", gray))
        add(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents %d 0 R/Resources"
            b"<</Font<</F %d 0 R>>/XObject<</I %d 0 R>>>>>>" % (content, font, image)
        )
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % len(offsets))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets[1:]))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(offsets), start))
    return out.getvalue()


def _stream(head: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (head, len(data), data)


if __name__ == "__main__":
    main()
