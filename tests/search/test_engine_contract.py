"""What every engine does alike; each test runs with every one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from search.document import IndexDocument
from search.engine import IndexBusy, IndexDamaged, IndexMissing, Sort, VisibilityFilter
from search.opening import open_current, open_place
from tests.search.conftest import Open, place_opened
from tests.search.samples import ALL, ask, documents, ids


def _one(identity: str, **fields: str | list[str]) -> IndexDocument:
    return IndexDocument(identity, fields, ("everyone",))


def test_a_new_index_is_empty_and_at_position_zero(opened: Open) -> None:
    engine = opened()
    assert (engine.cursor(), engine.count(), list(engine.entries())) == (0, 0, [])
    assert ask(engine, "").total == 0


def test_a_reader_of_no_index_is_told_that_it_is_missing(url: str, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        open_current(url, tmp_path / "index", writer=False)


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no search engine"):
        open_place("lucene:", tmp_path)


def test_documents_are_found_after_commit_and_not_before(opened: Open) -> None:
    engine = opened()
    engine.add([_one("a", body="hello")])
    assert ask(engine, "hello").total == 0
    engine.commit(5)
    assert ids(ask(engine, "hello")) == ["a"]
    assert engine.cursor() == 5


def test_commits_that_tell_only_a_position_do_no_harm(opened: Open) -> None:
    engine = opened()
    for position in range(1, 30):
        if position % 3 == 0:
            engine.add([_one(f"{position:02}", body="harbour")])
        engine.commit(position)
        there = [f"{each:02}" for each in range(3, position + 1, 3)]
        assert sorted(ids(ask(engine, "harbour"))) == there


def test_adding_again_replaces(opened: Open) -> None:
    engine = opened()
    engine.add([_one("a", body="before"), _one("a", body="between")])
    engine.commit(1)
    assert engine.count() == 1
    engine.add([_one("a", body="after")])
    engine.commit(2)
    assert ask(engine, "before").total == ask(engine, "between").total == 0
    assert ids(ask(engine, "after")) == ["a"]


def test_what_is_deleted_is_gone_and_unknown_ids_do_no_harm(opened: Open) -> None:
    engine = opened()
    engine.add([_one("a", body="x"), _one("b", body="x")])
    engine.commit(1)
    engine.delete(["a", "never"])
    engine.commit(2)
    assert ids(ask(engine, "x")) == ["b"]
    assert engine.count() == 1


def test_entries_tell_id_and_revision(opened: Open) -> None:
    engine = opened()
    engine.add(documents(12))
    engine.commit(3)
    assert sorted(engine.entries()) == [(f"doc{n:05}", n * 10) for n in range(12)]


def test_the_index_and_its_position_survive_closing(opened: Open) -> None:
    engine = opened()
    engine.add(documents(5))
    engine.commit(41)
    engine.close()
    again = opened()
    assert (again.cursor(), again.count()) == (41, 5)


def test_closing_forgets_what_was_not_committed(opened: Open) -> None:
    engine = opened()
    engine.commit(1)
    engine.add(documents(5))
    engine.close()
    assert opened().count() == 0


def test_a_second_writer_is_refused_and_may_follow_later(opened: Open) -> None:
    first = opened()
    with pytest.raises(IndexBusy):
        opened()
    first.close()
    opened()


def test_a_reader_sees_a_commit_when_it_refreshes(opened: Open) -> None:
    writer = opened()
    reader = opened(writer=False)
    writer.add([_one("a", body="news")])
    writer.commit(9)
    time.sleep(0.6)
    reader.refresh()
    assert ids(ask(reader, "news")) == ["a"]
    assert reader.cursor() == 9


def test_a_reader_keeps_what_it_saw_until_it_refreshes(embedded: str, tmp_path: Path) -> None:
    writer = place_opened(embedded, tmp_path / "index", writer=True)
    reader = place_opened(embedded, tmp_path / "index", writer=False)
    writer.add([_one("a", body="news")])
    writer.commit(9)
    assert ask(reader, "news").total == 0
    reader.close()
    writer.close()


def test_a_reader_cannot_write(opened: Open) -> None:
    opened().commit(1)
    reader = opened(writer=False)
    with pytest.raises(RuntimeError):
        reader.add(documents(1))
    with pytest.raises(RuntimeError):
        reader.commit(2)


def test_wiping_starts_over(opened: Open) -> None:
    engine = opened()
    engine.add(documents(5))
    engine.commit(7)
    engine.wipe()
    assert (engine.cursor(), engine.count(), ask(engine, "").total) == (0, 0, 0)
    engine.add(documents(2))
    engine.commit(1)
    assert engine.count() == 2


def test_an_index_of_another_version_is_damaged(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().close()
    for module in ("folder", "opensearch_place"):
        monkeypatch.setattr(f"search.{module}.SCHEMA_VERSION", 9999)
    with pytest.raises(IndexDamaged):
        opened()


def test_a_field_that_does_not_exist_is_refused(opened: Open) -> None:
    with pytest.raises(KeyError):
        opened().add([_one("a", colour="red")])


@pytest.mark.parametrize(
    "typed",
    [
        "国办发〔2024〕12号",
        "国办发[2024]12号",
        "国办发（2024）12号",
        "国办发【２０２４】１２号",
        "国办发 〔2024〕 12 号",
        "国办发〔2024〕012号",
        "国办发〔2024〕第12号",
        "國辦發〔2024〕12號",
        "国办发〔二〇二四〕十二号",
        "国办发(二○二四)12号",
        "国办发〔2024〕十二号",
        "国办发 2024 12 号",
        "文号:国办发［2024］12号",
        '"国办发〔2024〕12号"',
    ],
)
def test_a_number_is_one_match_however_it_is_typed(opened: Open, typed: str) -> None:
    engine = opened()
    engine.add(
        _one(f"d{n}", document_number=f"国办发〔2024〕{n}号", title="国办发文件2024年12号")
        for n in (1, 2, 12, 112, 120)
    )
    engine.commit(1)
    assert ids(ask(engine, typed)) == ["d12"]


@pytest.mark.parametrize(
    "written", ["2005年3月3日", "二〇〇五年三月三日", "2005-03-03", "2005-3-3"]
)
@pytest.mark.parametrize(
    "typed",
    ["2005年3月3日", "二〇〇五年三月三日", "二○○五年三月三日", "2005-03-03", "２００５/3/3"],
)
def test_a_day_is_one_day_however_it_is_written(opened: Open, written: str, typed: str) -> None:
    engine = opened()
    engine.add(
        [_one("right", body=f"于{written}成立。"), _one("wrong", body="于2005年3月30日成立。")]
    )
    engine.commit(1)
    assert ids(ask(engine, typed)) == ["right"]


@pytest.mark.parametrize("typed", ["第三十条", "第30条", "第３０条", "依照第三十条"])
def test_a_numeral_in_running_text_is_found_however_it_is_written(opened: Open, typed: str) -> None:
    engine = opened()
    engine.add(
        [
            _one("arabic", body="依照第30条的规定"),
            _one("chinese", body="依照第三十条的规定"),
            _one("other", body="依照第三十一条和第13条的规定"),
        ]
    )
    engine.commit(1)
    assert sorted(ids(ask(engine, typed))) == ["arabic", "chinese"]


def test_a_question_is_ranked_by_what_it_asks_for(opened: Open) -> None:
    engine = opened()
    engine.add(
        [
            _one("asking", body="怎么办？请问可以吗？什么是什么，应该怎么办，可以吗？" * 3),
            _one("telling", body="用人单位拒不支付加班工资的，由劳动行政部门责令支付。"),
        ]
    )
    engine.commit(1)
    answer = ask(engine, "请问公司不给加班工资，应该怎么办？", sort=Sort.RELEVANCE)
    assert ids(answer) == ["telling"]


def test_a_remark_in_brackets_does_not_spoil_a_question(opened: Open) -> None:
    engine = opened()
    engine.add([_one("right", body="stability measured in free flight"), _one("wrong", body="x")])
    engine.commit(1)
    question = "how do stability measurements (made with free flight models) compare to theory?"
    assert ids(ask(engine, question)) == ["right"]


def test_a_register_number_is_found_without_its_zeros_and_before_its_citations(
    opened: Open,
) -> None:
    engine = opened()
    engine.add([_one("citing", body="see IN-2026-0001 " * 9), _one("borne", number="IN-2026-0001")])
    engine.commit(1)
    assert ids(ask(engine, "in-2026-1")) == ["borne"]
    assert ids(ask(engine, "IN-2026-0001", sort=Sort.RELEVANCE)) == ["borne", "citing"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("cats", "ab"),
        ("cat dog", "b"),
        ("cat -dog", "a"),
        ("cat NOT dog", "a"),
        ("-cat", "cd"),
        ("cat OR 通用", "abc"),
        ("国家通用语言", "c"),
        ("家", "c"),
        ("國家", "c"),
        ("-国家", "abd"),
        ("标题:国家", ""),
        ("title:cat", "a"),
        ("C++", "d"),
        ("[cat dog", "b"),
        ("sto*", "d"),
        ("received:2024-01-01..2024-02-01", "ab"),
        ("received:>=2024-02-01", "bc"),
        ("year:2023..2024", "abc"),
        ("kind:通知", "a"),
        ("密级:内部", "c"),
        ("(cat OR 语言) -dog", "ac"),
        ("café", "d"),
        ("cafe", "d"),
        ('"dog cat"', ""),
        ("sender:(Works OR 财政)", "ab"),
        ("nothing OR", ""),
        ("!!!", "abcd"),
    ],
)
def test_the_query_language_finds(opened: Open, question: str, found: str) -> None:
    engine = opened()
    engine.add(
        [
            _one(
                "a", title="Cats", kind="通知", received="2024-01-31", year="2024", sender="财政部"
            ),
            _one("b", body="a cat, a dog", received="2024-02-01", year="2024", sender="Works"),
            IndexDocument(
                "c",
                {"body": "国家\n  通用语言", "received": "2024-02-02", "year": "2023"},
                ("everyone",),
                secrecy=1,
            ),
            _one("d", body="C++ stories about a cafe\u0301", file_name="story_2.pdf"),
        ]
    )
    engine.commit(1)
    assert sorted(ids(ask(engine, question))) == list(found)


def test_a_question_falls_back_to_the_best_match_and_says_so(opened: Open) -> None:
    engine = opened()
    engine.add(
        [
            _one("right", body="档案由档案室保管三十年，期满后移交。"),
            _one("wrong", body="车辆由后勤处管理。"),
        ]
    )
    engine.commit(1)
    answer = ask(engine, "档案室的档案应该保管多少年才移交？", sort=Sort.RELEVANCE)
    assert ids(answer)[0] == "right"
    assert [warning.code for warning in answer.warnings] == ["best_match"]
    assert ask(engine, '"档案室的档案应该保管多少年才移交"').total == 0
    assert ask(engine, "档案室的档案应该保管多少年才移交 AND 后勤").total == 0


def test_pages_by_best_match_go_on(opened: Open) -> None:
    engine = opened()
    engine.add(_one(f"d{n}", body=f"annual letters about harbour {n}") for n in range(7))
    engine.commit(1)
    question = "which annual letters speak about trains and harbour cranes?"
    found: list[str] = []
    after: str | None = None
    while True:
        answer = ask(engine, question, sort=Sort.RELEVANCE, limit=3, after=after)
        found += ids(answer)
        assert "best_match" in {warning.code for warning in answer.warnings}
        if (after := answer.next) is None:
            break
    assert sorted(found) == [f"d{n}" for n in range(7)]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("question", ["", "通知", "report OR 工作"])
def test_pages_put_together_are_the_whole(opened: Open, sort: Sort, question: str) -> None:
    engine = opened()
    engine.add(documents(50))
    engine.commit(1)
    whole = ask(engine, question, sort=sort)
    found: list[str] = []
    after: str | None = None
    for _ in range(60):
        page = ask(engine, question, sort=sort, limit=7, after=after)
        assert page.total == whole.total
        found += ids(page)
        if (after := page.next) is None:
            break
    assert found == ids(whole)
    assert len(set(found)) == whole.total > 7


def test_pages_by_relevance_end_somewhere(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.ordering.MOST_RANKED", 20)
    engine = opened()
    engine.add(documents(50))
    engine.commit(1)
    pages, after = 1, ask(engine, "通知", sort=Sort.RELEVANCE, limit=7).next
    while after is not None and pages < 10:
        after = ask(engine, "通知", sort=Sort.RELEVANCE, limit=7, after=after).next
        pages += 1
    assert pages == 3


def test_orders_are_what_they_say(opened: Open) -> None:
    engine = opened()
    every = {document.id: document for document in documents(40)}
    engine.add(every.values())
    engine.commit(1)
    by_date = [every[found].fields["received"] for found in ids(ask(engine, ""))]
    assert by_date == sorted(by_date, key=str, reverse=True)
    by_number = [str(every[i].fields["number"]) for i in ids(ask(engine, "", sort=Sort.NUMBER))]
    assert by_number == sorted(by_number)


def test_a_damaged_mark_starts_over(opened: Open) -> None:
    engine = opened()
    engine.add(documents(9))
    engine.commit(1)
    first = ids(ask(engine, "", limit=2))
    for mark in ("nonsense", "date:", "date:x", "number:5", "date:" + "9" * 400, "best:"):
        assert ids(ask(engine, "", limit=2, after=mark)) == first


def test_facets_count_and_filters_choose(opened: Open) -> None:
    engine = opened()
    every = documents(40)
    engine.add(every)
    engine.commit(1)
    kinds = [str(document.fields["kind"]) for document in every]
    answer = ask(engine, "", facets=["kind", "class", "secrecy"], limit=0)
    assert answer.hits == []
    assert dict(answer.facets["kind"]) == {kind: kinds.count(kind) for kind in set(kinds)}
    assert answer.facets["class"][0] == ("A", 40)
    assert dict(answer.facets["secrecy"]) == {str(level): 8 for level in range(5)}
    chosen = ask(engine, "", filters={"kind": ["函"]}, facets=["kind", "register"])
    assert chosen.total == kinds.count("函")
    assert dict(chosen.facets["kind"]) == dict(answer.facets["kind"])
    assert sum(count for _, count in chosen.facets["register"]) == chosen.total


def test_nobody_without_principals_sees_anything(opened: Open) -> None:
    engine = opened()
    engine.add(documents(9))
    engine.commit(1)
    for visibility in (
        VisibilityFilter(frozenset(), 4),
        VisibilityFilter(frozenset({"stranger"}), 4),
        VisibilityFilter(frozenset({"everyone", "u1", "u2", "u3"}), -1),
    ):
        answer = ask(engine, "", visibility, facets=["kind"])
        assert (answer.total, answer.hits, answer.facets) == (0, [], {"kind": []})
    assert ask(engine, "", ALL).total == 9


def test_a_question_can_be_kept_to_some_documents(opened: Open) -> None:
    engine = opened()
    every = documents(40)
    engine.add(every)
    engine.commit(1)
    some = frozenset(document.id for document in every[3:13])
    answer = ask(engine, "", facets=["kind", "register"], within=some)
    assert frozenset(ids(answer)) == some
    assert answer.total == 10
    assert sum(count for _, count in answer.facets["register"]) == 10
    # Words, filters and visibility hold besides; other values of a filtered facet are counted
    # within the same documents.
    chosen = ask(engine, "", filters={"kind": ["函"]}, facets=["kind"], within=some)
    assert set(ids(chosen)) == some & set(ids(ask(engine, "", filters={"kind": ["函"]})))
    assert chosen.facets["kind"] == answer.facets["kind"]
    found = ask(engine, "budget OR 农业", sort=Sort.RELEVANCE, within=some)
    everywhere = ask(engine, "budget OR 农业", sort=Sort.RELEVANCE)
    assert set(ids(found)) == some & set(ids(everywhere))
    low = VisibilityFilter(frozenset({"u1"}), 1)
    assert set(ids(ask(engine, "", low, within=some))) == some & set(ids(ask(engine, "", low)))


def test_pages_go_on_within_some_documents(opened: Open) -> None:
    engine = opened()
    every = documents(30)
    engine.add(every)
    engine.commit(1)
    some = frozenset(document.id for document in every[::3])
    read: list[str] = []
    after: str | None = None
    for _ in range(10):
        page = ask(engine, "", limit=4, after=after, within=some)
        assert page.total == 10
        read += ids(page)
        after = page.next
        if after is None:
            break
    assert read == ids(ask(engine, "", within=some))
    assert set(read) == some


@pytest.mark.parametrize("within", [frozenset(), frozenset({"cursor"}), frozenset({"never", ""})])
def test_within_nothing_nothing_is_found(opened: Open, within: frozenset[str]) -> None:
    engine = opened()
    engine.add(documents(9))
    engine.commit(1)
    answer = ask(engine, "", facets=["kind"], within=within)
    assert (answer.total, answer.hits, answer.facets) == (0, [], {"kind": []})


def test_hundreds_of_documents_are_a_question_too(opened: Open) -> None:
    engine = opened()
    engine.add(documents(20))
    engine.commit(1)
    some = frozenset({"doc00003", *(f"other{number}" for number in range(999))})
    assert ids(ask(engine, "", within=some)) == ["doc00003"]
