import pytest

from records.seals.caged import Refused, in_cage, seal_cage


def test_a_task_that_the_workshop_does_not_know_is_refused() -> None:
    with seal_cage() as cage, pytest.raises(Refused) as refused:
        in_cage(cage, "no such task", {}, [b"x"])
    assert refused.value.code == "damaged"
