"""What a stop names, as rows; and what citizens tell

Tables that a database made between two revisions may have already are left as they are.
"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    there = sa.inspect(op.get_bind()).get_table_names()
    if 'stop_names' not in there:
        op.create_table('stop_names',
        sa.Column('command_id', sa.String(), nullable=False),
        sa.Column('airing_id', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['command_id'], ['commands.id'], ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('command_id', 'airing_id')
        )
        _name()
    if 'complaints' not in there:
        op.create_table('complaints',
        sa.Column('id', sa.String(), nullable=False),
        sa.Column('station_id', sa.String(), nullable=False),
        sa.Column('cluster_id', sa.String(), nullable=True),
        sa.Column('matter', sa.String(), nullable=False),
        sa.Column('text', sa.String(), nullable=False),
        sa.Column('made_us', _BIG, nullable=False),
        sa.Column('closed_us', _BIG, nullable=True),
        sa.Column('closed_by', sa.String(), nullable=True),
        sa.ForeignKeyConstraint(['cluster_id'], ['clusters.id'], ),
        sa.ForeignKeyConstraint(['station_id'], ['stations.id'], ),
        sa.PrimaryKeyConstraint('id')
        )
        with op.batch_alter_table('complaints', schema=None) as batch_op:
            batch_op.create_index(batch_op.f('ix_complaints_station_id'), ['station_id'], unique=False)


def _name() -> None:
    """A stop that is in force still means only what it names."""
    bind = op.get_bind()
    for command, envelope in bind.execute(sa.text("SELECT id, envelope FROM commands WHERE order_id IS NULL")).all():
        for airing in set(json.loads(json.loads(envelope)['payload']).get('airings', ())):
            names = {'command': command, 'airing': airing}
            bind.execute(sa.text("INSERT INTO stop_names VALUES (:command, :airing)"), names)
