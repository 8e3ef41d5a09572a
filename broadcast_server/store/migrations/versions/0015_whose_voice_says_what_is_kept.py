"""Whose voice says what is kept: texts of the library, and what is prepared for an emergency"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('intakes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('manner', sa.JSON(none_as_null=True), nullable=True))
    with op.batch_alter_table('templates', schema=None) as batch_op:
        batch_op.add_column(sa.Column('accent', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('coming', sa.JSON(none_as_null=True), nullable=True))
