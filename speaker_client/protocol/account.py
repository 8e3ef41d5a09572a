"""Who connects to the broker. A box has two accounts with one password, each for a session of its own, so that a
queue of routine hints never holds up an alarm. The MQTT client id always equals the account's name: nobody can
push another's session off."""

from __future__ import annotations

from typing import NewType

from speaker_client.protocol.ids import BoxId

Account = NewType("Account", str)
"""User name and client id in one."""

ALERT_SUFFIX = "-alert"

STATION = Account("station")
"""The station's own account; its alarms leave by `station-alert`."""

MESSAGE_LIMIT = 8192
"""Bytes of the largest message a broker carries; whatever is larger is fetched over HTTP."""


def routine_account(box: BoxId) -> Account:
    """The account that hears `down` and speaks on `up`."""
    return Account(box)


def alert_account(box: BoxId) -> Account:
    """The account that hears `alert`."""
    return Account(f"{box}{ALERT_SUFFIX}")


def owner_of(account: Account) -> BoxId:
    """The box that an account belongs to."""
    return BoxId(account.removesuffix(ALERT_SUFFIX))


def is_station(account: Account) -> bool:
    """Whether the account is one of the station's own two."""
    return account.removesuffix(ALERT_SUFFIX) == STATION
