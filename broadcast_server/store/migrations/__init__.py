"""Alembic migrations. A new one: change the tables, then `python -m broadcast_server.store.migrations NUMBER`."""
