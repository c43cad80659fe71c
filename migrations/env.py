"""Runs the migrations, each whole or not at all: on SQLite inside one write transaction, on PostgreSQL by its own."""

from alembic import context

from portal.db import Base, db


def run() -> None:
    """Upgrade on one connection, that of the app whose context is pushed."""
    engine = db.engine
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            # Two hosts that start at once: the second waits, then finds nothing to do.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7236419)")
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True
        )
        context.run_migrations()


run()
