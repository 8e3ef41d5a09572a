"""How names are read: the station's own dictionary, its voice and its number words"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'lexicon',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('station_id', sa.String(), nullable=False),
        sa.Column('written', sa.String(), nullable=False),
        sa.Column('said', sa.String(), nullable=False),
        sa.Column('spelling', sa.String(), nullable=False),
        sa.Column('made_by', sa.String(), nullable=False),
        sa.Column('made_us', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.ForeignKeyConstraint(['station_id'], ['stations.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('station_id', 'spelling'),
    )
    with op.batch_alter_table('stations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('voice', sa.String(), server_default='vi', nullable=False))
        batch_op.add_column(sa.Column('numbers', sa.String(), nullable=True))
