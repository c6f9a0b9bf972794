"""Words that mean the same: how a question is widened, and what is left as it is."""

import pytest

from search import query as q
from search.parser import parse
from search.synonyms import MOST_WAYS, Thesaurus

GROUPS = Thesaurus.of(
    [
        ["水库", "库区"],
        ["memo", "memorandum", "备忘录"],
        ["human resources", "HR", "personnel department"],
    ]
)


def _also(text: str) -> str | None:
    found = [each.text for each in parse(text, GROUPS).warnings if each.code == "synonyms"]
    return found[0] if found else None


def test_a_word_is_looked_for_in_all_its_ways() -> None:
    assert parse("memos", GROUPS).root == q.Or(
        (q.Term("memo"), q.Term("memorandum"), q.Phrase(("备", "忘", "录")))
    )
    assert _also("memos") == "memorandum, 备忘录"
    assert parse("水库调度", GROUPS).root == q.Or(
        (q.Phrase(tuple("水库调度")), q.Phrase(tuple("库区调度")))
    )


def test_a_synonym_of_several_words_is_read_as_one_and_put_in_as_a_phrase() -> None:
    root = parse("human resources policy", GROUPS).root
    assert isinstance(root, q.And)
    own = q.And((q.Term("human"), q.Term("resourc")))
    assert root.parts[0] == q.Or((own, q.Term("hr"), q.Phrase(("personnel", "depart"))))
    assert q.Phrase(("human", "resourc")) in list(q.leaves(parse("HR", GROUPS).root))


def test_a_field_holds_for_the_synonyms_too() -> None:
    assert parse("title:水库", GROUPS).root == q.Or(
        (q.Phrase(("水", "库"), "title"), q.Phrase(("库", "区"), "title"))
    )


@pytest.mark.parametrize(
    "text", ['"memo"', "“水库”", "memo*", "kind:memo", "flood", "水利", "human flood resources", ""]
)
def test_what_is_quoted_begun_or_unknown_stays_as_it_is(text: str) -> None:
    assert parse(text, GROUPS) == parse(text)


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("memo flood", '"memo" flood'),
        ("水库", '"水库"'),
        ("title:水库 -memo", 'title:"水库" -"memo"'),
        ("human resources policy", '"human resources" policy'),
        ("(memo OR 水库) dam", '("memo" OR "水库") dam'),
    ],
)
def test_the_exact_question_has_quotation_marks(text: str, exact: str) -> None:
    assert parse(text, GROUPS).exact == exact
    assert _also(exact) is None


def test_a_sentence_in_part_counts_its_own_words_and_finds_the_others() -> None:
    text = "员工拒绝到水库加班，单位能扣工资吗？"
    plain, wide = parse(text).fallback, parse(text, GROUPS).fallback
    assert isinstance(plain, q.AtLeast)
    assert isinstance(wide, q.AtLeast)
    assert wide.count == plain.count
    assert wide.words == (*plain.words, "库区")
    # Two words with many synonyms are no sentence.
    assert parse("memo HR", GROUPS).fallback is None


def test_a_question_grows_to_a_bound_however_many_synonyms_it_has() -> None:
    words = [f"字{chr(0x4E00 + n)}" for n in range(20)]
    many = Thesaurus.of([words])
    assert len(many.ways(list("".join(words)))) < MOST_WAYS
    leaves = list(q.leaves(parse(" ".join(words * 12), many).root))
    assert len(leaves) < 200


def test_the_first_group_that_has_a_word_owns_it() -> None:
    twice = Thesaurus.of([["a1", "b1"], ["a1", "c1"], ["，", ""]])
    assert [each.text for each in twice.others(["a1"])] == ["b1"]
