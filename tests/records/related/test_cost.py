"""What is related costs the same however much there is, and no table is read from end to end."""

from sqlalchemy import event, text

from records.office import Office
from records.people.rules import Actor
from records.related.comparing import compare
from records.related.links import links_of
from records.related.resemblance import BANDS
from records.related.threads import thread_of
from records.related.twins import twins_of
from records.worker import Worker
from tests.builders import register
from tests.records.related.papers import FILLER, mail, page

_TABLES = (
    "cited_number",
    "borne_number",
    "document_link",
    "mail_message",
    "mail_reference",
    "text_band",
    "text_trace",
    "near_twin",
)


def test_every_question_is_answered_by_an_index(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    text_of = page(
        "某政发〔2025〕8号", "某市人民政府关于防汛的通知", FILLER, "按照国发〔2010〕4号执行。"
    )
    document = register(office, clerk, "a", files=[("a.txt", text_of)])
    register(office, clerk, "b", files=[("b.txt", text_of)])
    register(office, clerk, "c", files=[("c.eml", mail("1@x", "Re: Dyke", "a"))])
    worker.run_until_idle()
    asked: list[tuple[str, object]] = []

    def note(
        _connection: object, _cursor: object, statement: str, values: object, *_: object
    ) -> None:
        asked.append((statement, values))

    event.listen(office.database.engine, "before_cursor_execute", note)
    try:
        with office.database.reading() as uow:
            links_of(uow, clerk, document.id)
            twins_of(uow, clerk, document.id)
            thread_of(uow, clerk, document.id)
        compare(office.database, office.vault, document.id)
    finally:
        event.remove(office.database.engine, "before_cursor_execute", note)
    assert len(asked) < 25
    with office.database.engine.connect() as connection:
        for statement, values in asked:
            if not statement.startswith("SELECT"):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
            for *_, step in plan:
                assert not any(f"SCAN {table}" in step for table in _TABLES), (statement, step)


def test_a_text_is_kept_as_a_fixed_number_of_bands(
    office: Office, clerk: Actor, worker: Worker
) -> None:
    register(office, clerk, "a", files=[("a.txt", FILLER.encode() * 20)])
    worker.run_until_idle()
    with office.database.reading() as uow:
        assert uow.session.scalar(text("SELECT count(*) FROM text_band")) == BANDS
        assert uow.session.scalar(text("SELECT count(*) FROM text_trace")) == 1
