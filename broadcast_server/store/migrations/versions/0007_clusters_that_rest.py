"""Clusters that are switched off for a while"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("clusters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rests_since_us", _BIG, nullable=True))
        batch_op.add_column(sa.Column("rests_until_us", _BIG, server_default="0", nullable=False))
        batch_op.add_column(sa.Column("rests_by", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("rests_why", sa.String(), server_default="", nullable=False))
