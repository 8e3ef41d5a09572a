"""Who comes in at the embedded broker, and what they may say and hear there. Default deny."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any, Protocol

from amqtt.contexts import Action
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from speaker_client.protocol import topics
from speaker_client.protocol.account import ALERT_SUFFIX, Account, is_station, owner_of
from speaker_client.protocol.ids import BoxId, StationId


class Doorkeeper(Protocol):
    """Knows the boxes."""

    async def admits(self, box: BoxId, secret: str) -> bool:
        """Whether the box is enrolled, not revoked, and `secret` is its access secret."""


@dataclass(frozen=True)
class Gate:
    """The house rules: the station's password was made at start, the boxes' are the doorkeeper's."""

    station: StationId
    doorkeeper: Doorkeeper
    station_password: str

    async def admits(self, account: Account, password: str) -> bool:
        """Whether the account may connect."""
        if is_station(account):
            return hmac.compare_digest(password.encode(), self.station_password.encode())
        return await self.doorkeeper.admits(owner_of(account), password)

    def may_subscribe(self, account: Account, topic: str) -> bool:
        """The station may hear all that is ours; a box what `topics` says."""
        if is_station(account):
            return _below_root(topic)
        return topics.may_subscribe(self.station, owner_of(account), topic)

    def may_publish(self, account: Account, topic: str) -> bool:
        """The station may say all that is ours; a box speaks by its routine account alone."""
        if is_station(account):
            return _below_root(topic)
        return not account.endswith(ALERT_SUFFIX) and topics.may_publish(self.station, owner_of(account), topic)


def _below_root(topic: str) -> bool:
    return topic.startswith(f"{topics.ROOT}/")


class Door(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc] # amqtt has no types
    """The house rules as amqtt asks for them."""

    @dataclass
    class Config:
        """`gate` is the Gate itself: amqtt makes the plugin, so this is how it comes in."""

        gate: Any

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the user name and password of a connection are good."""
        if not session.username or not session.password:
            return False
        gate: Gate = self.config.gate
        return await gate.admits(Account(session.username), session.password)

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether this session may publish, subscribe or receive on a topic."""
        if session is None or not session.username or not topic:
            return False
        gate: Gate = self.config.gate
        ask = gate.may_publish if action == Action.PUBLISH else gate.may_subscribe
        return ask(Account(session.username), topic)
