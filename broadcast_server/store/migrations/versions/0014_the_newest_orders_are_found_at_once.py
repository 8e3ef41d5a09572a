"""The newest orders are found at once"""

from __future__ import annotations

from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_orders_station_made', 'orders', ['station_id', 'made_us'], unique=False, if_not_exists=True)
    op.drop_index('ix_orders_station_id', 'orders', if_exists=True)
