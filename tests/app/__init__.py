"""The officer's app, in a real Chromium against the real server."""
