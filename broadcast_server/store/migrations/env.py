"""How Alembic runs here: on the connection it is given."""

from alembic import context

from broadcast_server.store import schema
from broadcast_server.store.base import Base

assert schema.TABLES
context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
