"""The feed: what everybody watches, as a few small parts, and the diary of how they changed."""
