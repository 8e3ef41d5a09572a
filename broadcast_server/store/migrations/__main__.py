"""Write the migration from the newest known revision to the tables as they are now."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from broadcast_server.store.upgrading import MIGRATIONS, alembic_config


def main(number: str, message: str = "The station's tables") -> None:
    """`number` becomes the revision, e.g. 0002; the file is in `versions/`."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.db'}")
        with engine.connect() as connection:
            config = alembic_config(connection, MIGRATIONS)
            command.upgrade(config, "head")
            command.revision(config, message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
