"""Triggers that refuse to change the log: no update, no delete, no replace, no truncate."""

import sqlalchemy as sa

# Each table and its key.
TABLES = {
    "log_entry": ("sequence",),
    "log_payload": ("sequence",),
    "log_object": ("object_id", "sequence"),
}
MESSAGE = "the log is append-only"


def guard(connection: sa.Connection) -> None:
    """Put the triggers on."""
    if connection.dialect.name == "sqlite":
        for table, key in TABLES.items():
            # REPLACE deletes without asking the trigger that refuses DELETE.
            same = " AND ".join(f"{each} = NEW.{each}" for each in key)
            there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - our own names
            for name, when in (
                ("update", f"UPDATE ON {table}"),
                ("delete", f"DELETE ON {table}"),
                ("replace", f"INSERT ON {table} WHEN {there}"),
            ):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_no_{name} BEFORE {when} "
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
            for act in ("update", "delete", "replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{act}")
        return
    for table in TABLES:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_guard ON {table}")
    connection.exec_driver_sql("DROP FUNCTION log_is_append_only()")
