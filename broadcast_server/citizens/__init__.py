"""What the people of the commune may see and say without a login."""
