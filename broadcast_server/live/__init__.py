"""Live voice on its way out: encoded, placed on the timeline, signed in groups, sent by every road."""
