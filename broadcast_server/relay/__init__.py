"""Relays (tiếp sóng): sources in their order, each pulled once by the server, levelled, and left when it fails."""
