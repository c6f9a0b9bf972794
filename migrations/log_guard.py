"""Triggers that refuse to change the log: no update, no delete, on PostgreSQL no truncate."""

import sqlalchemy as sa

TABLES = ("log_entry", "log_payload", "log_object")
MESSAGE = "the log is append-only"


def guard(connection: sa.Connection) -> None:
    """Put the triggers on."""
    if connection.dialect.name == "sqlite":
        for table in TABLES:
            for act in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$"
    )
    for table in TABLES:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_is_append_only()"
        )


def unguard(connection: sa.Connection) -> None:
    """Take the triggers off, for a downgrade that drops the tables."""
    if connection.dialect.name == "sqlite":
        for table in TABLES:
            for act in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{act}")
        return
    for table in TABLES:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_guard ON {table}")
    connection.exec_driver_sql("DROP FUNCTION log_is_append_only()")
