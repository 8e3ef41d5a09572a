"""The daemon in the box of one speaker cluster; installs without the server."""
