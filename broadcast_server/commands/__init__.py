"""The command line `tienglang`, one file a noun; it talks to the running server over REST."""
