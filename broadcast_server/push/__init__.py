"""Notices to phones that are put away: what they say, how they are sealed, how they reach a push service."""
