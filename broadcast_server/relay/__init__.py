"""Relays (tiếp sóng): sources in their order, each pulled once by the server, levelled, and left when it fails.

`sources`, `by_hand`, `notes` and `view` are the use cases beside `relaying`; what pulls and decodes is imported when a
relay needs it, not with the server.
"""
