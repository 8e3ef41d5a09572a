"""Where a server that listens on this machine is reached from it."""

from __future__ import annotations

import asyncio

import pytest

from broadcast_server.settings import from_here
from tests.ports import free_ports


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "127.0.0.1", "::1", "localhost"])
async def test_whatever_a_server_listens_on_it_is_reached_from_here(host: str) -> None:
    port = free_ports()
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), host, port):
        _, writer = await asyncio.open_connection(from_here(host), port)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("host", ["192.168.1.7", "fe80::1", "tram.local"])
def test_an_address_or_a_name_stays_as_it_is(host: str) -> None:
    assert from_here(host) == host
