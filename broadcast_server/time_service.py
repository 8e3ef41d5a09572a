"""What time is it? Signed, over UDP: strangers are dropped unread, known boxes answered a few times a second."""

from __future__ import annotations

from pydantic import ValidationError

from broadcast_server.clock import Clock
from broadcast_server.doorkeeping import Doorkeeping, KnownBox
from broadcast_server.fleet.allowance import Allowance
from broadcast_server.signing import DRAFT, Signing
from speaker_client.protocol.clock import LARGEST_DATAGRAM, TimeRequest, TimeToken
from speaker_client.protocol.envelope import Envelope
from speaker_client.protocol.ids import MINUTE, SECOND, Micros
from speaker_client.protocol.statement import box_audience

TOKEN_LIFE = MINUTE
BURST = 32
PER_SECOND = 8
"""A burst of a live's 24 and one of eight at once, then eight a second."""


class TimeService:
    """Answers time requests; the box's nonce in the token is what makes it fresh."""

    def __init__(self, clock: Clock, signing: Signing, doors: Doorkeeping) -> None:
        self._clock, self._signing, self._doors = clock, signing, doors
        self._allowance = Allowance(BURST, PER_SECOND)

    def answer(self, data: bytes, received_us: Micros) -> bytes | None:
        """The token for a datagram; None for what is too large, unreadable, unknown or too often."""
        if len(data) > LARGEST_DATAGRAM:
            return None
        try:
            request = TimeRequest.model_validate_json(data)
        except ValidationError:
            return None
        box = self._doors.present(request.box)
        if box is None or not self._allowance.take(box.id, received_us):
            return None
        return self.token(box, request.nonce, received_us).encode()

    def token(self, box: KnownBox, nonce: str, received_us: Micros) -> Envelope:
        """What the clock said when the request came, and what it says now."""
        draft = TimeToken(
            station=self._signing.station,
            audience=box_audience(box.id),
            seq=DRAFT,
            not_before_us=received_us - SECOND,
            expires_us=received_us + TOKEN_LIFE,
            echo=nonce,
            received_us=received_us,
            sent_us=self._clock.now_us(),
        )
        return self._signing.seal_as(draft, received_us).envelope
