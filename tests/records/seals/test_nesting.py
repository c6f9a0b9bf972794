import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.seals.pages.nesting import Nesting, nesting_of

harmless = st.sampled_from(
    [
        b"0 0 m",
        b"(q Q)",
        b"(\\) Q)",
        b"(a(Q)b)",
        b"% Q q\n",
        b"<71 51>",
        b"/q gs",
        b"/Q Do",
        b"[(Q)-3(q)]TJ",
        b"BI /W 1 ID q Q x EI",
        b"<</q 1>> BDC",
        b"rq",
        b"Qx",
    ]
)
steps = st.lists(st.sampled_from([b"q", b"Q"]) | harmless, max_size=40)


@given(steps)
def test_what_is_put_around_content_brings_the_first_state_back(parts: list[bytes]) -> None:
    found = nesting_of(b"\n".join(parts))
    whole = b"\n".join([b"q"] * found.before + parts + [b"Q"] * found.after)
    assert nesting_of(whole) == Nesting(0, 0)


@given(steps)
def test_only_operators_count(parts: list[bytes]) -> None:
    bare = [part for part in parts if part in (b"q", b"Q")]
    assert nesting_of(b"\n".join(parts)) == nesting_of(b" ".join(bare))


@given(st.binary(max_size=300))
def test_any_bytes_are_counted(content: bytes) -> None:
    found = nesting_of(content)
    assert found.missing >= 0
    assert found.left >= 0


@pytest.mark.parametrize(
    ("content", "nesting"),
    [
        (b"", Nesting(0, 0)),
        (b"q Q", Nesting(0, 0)),
        (b"q q", Nesting(0, 2)),
        (b"Q Q q", Nesting(2, 1)),
        (b"q[0]0 d Q", Nesting(0, 0)),
        (b"BT(open", Nesting(0, 0)),
        (b"BI ID no end Q", Nesting(0, 0)),
    ],
)
def test_states_saved_and_restored_are_counted(content: bytes, nesting: Nesting) -> None:
    assert nesting_of(content) == nesting
