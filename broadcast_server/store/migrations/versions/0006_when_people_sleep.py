"""When people sleep: the station's quiet hours"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_from", sa.String(), server_default="21:00", nullable=False))
        batch_op.add_column(sa.Column("quiet_until", sa.String(), server_default="05:00", nullable=False))
