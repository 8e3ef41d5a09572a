"""An inbox is found by what is not over"""

from __future__ import annotations

from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_commands_inbox', 'commands', ['station_id', 'audience', 'expires_us'], unique=False)
