from collections.abc import Iterator

import pytest


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without recognition: what is tested here needs none, and pages take seconds."""
    with monkeypatch.context() as without:
        for module in ("records.worker", "records.scans.following", "records.scans.service"):
            without.setattr(f"{module}.ocr_available", lambda: ())
        yield
