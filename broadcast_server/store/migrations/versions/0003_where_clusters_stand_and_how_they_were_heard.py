"""Where clusters stand, how loud they are by the hour, how their loudspeakers were heard, when their boxes were there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('presence_spans',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('station_id', sa.String(), nullable=False),
    sa.Column('cluster_id', sa.String(), nullable=False),
    sa.Column('up', sa.Boolean(), nullable=False),
    sa.Column('from_us', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('until_us', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['cluster_id'], ['clusters.id'], ),
    sa.ForeignKeyConstraint(['station_id'], ['stations.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('presence_spans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_presence_spans_cluster_id'), ['cluster_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_presence_spans_station_id'), ['station_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_presence_spans_until_us'), ['until_us'], unique=False)

    with op.batch_alter_table('clusters', schema=None) as batch_op:
        batch_op.add_column(sa.Column('latitude', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('longitude', sa.Double(), nullable=True))
        batch_op.add_column(sa.Column('keeper', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('keeper_phone', sa.String(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('hours_cb', sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table('loudspeakers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('heard', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('heard_us', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
