"""What has no end yet is found at once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('PENDING', 'PLAYING', 'UNKNOWN')")


def upgrade() -> None:
    op.create_index(
        'ix_airings_open',
        'airings',
        ['cluster_id'],
        unique=False,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
        if_not_exists=True,
    )
