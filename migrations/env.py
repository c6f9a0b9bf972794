"""How Alembic runs here: always on a connection that the caller opened and commits."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    render_as_batch=False,
    compare_type=False,
    transactional_ddl=False,
    **context.config.attributes.get("options", {}),
)
context.run_migrations()
