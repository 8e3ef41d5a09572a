"""Loudspeakers that no sensor hears"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('loudspeakers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unheard', sa.Integer(), nullable=False, server_default='0'))
