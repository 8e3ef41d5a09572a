"""Attacks with bytes that are no command: broken, ambiguous, too large, too deep or of other types."""

from __future__ import annotations

import json
from typing import Any

from speaker_client.protocol.envelope import LARGEST_COMMAND, Malformed, canonical, parse
from speaker_client.protocol.signature import seal
from speaker_client.protocol.statement import Kind
from tests.speaker_client.forgery.mint import KEYS, ORDERS, SIGNER, Mint, Words
from tests.speaker_client.orders import MADE

BODIES: dict[Kind, dict[str, list[Any]]] = {
    Kind.EMERGENCY: {"rounds": [0, -1, 501, 1 << 40, None], "first": [[], None, [{}], "x"], "start_us": [None, []]},
    Kind.DRILL: {"rounds": [0, 501, "x"], "first": [[], {}], "again": [None, "x"], "loudspeakers": ["x", [None]]},
    Kind.STOP: {"airings": [None, 1, [1]], "by": [None, [], 1]},
    Kind.PLAN: {"airings": [None, [{}], {}, "x"], "from_us": [None, []]},
    Kind.CONFIG: {
        "loudspeakers": [None, [{}], [{"number": 0}], [{"number": 99}]],
        "box": [None, "box-2"],
        "village": [[]],
    },
    Kind.SHELF: {"items": [None, [{}], [{"content": "../x", "size": 1, "duration_us": 1}]]},
    Kind.KEYRING: {"keys": [None, [{}], [{"public": "", "roles": ["king"]}]], "thresholds": [[], {"king": 1}]},
}


def truncated(mint: Mint, kind: Kind) -> Words:
    """Not all of it came."""
    data = mint.sealed(mint.fresh(kind)).encode()
    return data[: mint.dice.randrange(len(data))]


def bit_flipped(mint: Mint, kind: Kind) -> Words | None:
    """One bit is another one."""
    envelope = mint.sealed(mint.fresh(kind))
    data = bytearray(envelope.encode())
    data[mint.dice.randrange(len(data))] ^= 1 << mint.dice.randrange(8)
    try:
        found = parse(bytes(data), 1 << 20)
    except Malformed:
        return bytes(data)
    lower = [(one.key, one.value.lower()) for one in found.signatures]
    same = lower == [(one.key, one.value) for one in envelope.signatures] and found.payload == envelope.payload
    return None if same else bytes(data)  # a hex digit in capitals is the same signature


def doubled_key(mint: Mint, kind: Kind) -> Words:
    """A key stands twice: each reader would read another thing."""
    true = mint.sealed(mint.fresh(kind))
    if mint.dice.random() < 0.5:
        name = mint.dice.choice(["audience", "station", "kind", "seq", "expires_us", "role"])
        value = json.loads(true.payload)[name]
        return seal("{" + canonical(name) + ":" + canonical(value) + "," + true.payload[1:], [KEYS[SIGNER[kind]]])
    data = true.encode()
    return b'{"payload":' + canonical(mint.dice.choice(mint.heard).payload).encode() + b"," + data[1:]


def not_canonical(mint: Mint, kind: Kind) -> Words:
    """Signed by the right key, in a text that could be read in two ways."""
    value = mint.fresh(kind).model_dump(mode="json")
    texts = [
        json.dumps(value, sort_keys=True, ensure_ascii=False),
        canonical(value) + " ",
        canonical({**value, "x": 0}).replace('"x":0', '"x":-0'),
        canonical({**value, "x": 0}).replace('"x":0', '"x":1.0'),
        canonical({**value, "x": 0}).replace('"x":0', '"x":NaN'),
        canonical({**value, "x": 1 << 60}),
        canonical([value]),
        "null",
    ]
    return seal(mint.dice.choice(texts), [KEYS[SIGNER[kind]]])


def oversized(mint: Mint, _kind: Kind) -> Words:
    """Longer than any command."""
    order = mint.fresh(mint.dice.choice(ORDERS))
    long = order.model_copy(update={"by": "x" * LARGEST_COMMAND})
    return mint.sealed(long).encode()


def half_character(mint: Mint, kind: Kind) -> Words:
    """Half a surrogate pair somewhere in a text: JSON has it, no bytes stand for it."""
    true = mint.sealed(mint.fresh(kind)).encode().decode()
    texts = [place for place in range(len(true)) if true[place].isalnum()]
    place = mint.dice.choice(texts)
    half = "\\ud800" if true[place - 1] != "\\" else "ud800"
    return f"{true[:place]}{half}{true[place + 1 :]}".encode()


def deep(mint: Mint, kind: Kind) -> Words:
    """Nested until the reader's stack ends: outside, in the text, and under the signature of a key that may not."""
    depth = mint.dice.choice([50, 300, *range(900, 1010, 5), 3000])
    nest = mint.dice.choice(["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, "[" * depth])
    way = mint.dice.randrange(3)
    if way == 0:
        return nest.encode()
    if way == 1:
        return f'{{"payload":{nest},"signatures":[]}}'.encode()
    text = canonical({**mint.fresh(kind).model_dump(mode="json"), "role": "time", "x": 0})
    return seal(text.replace('"x":0', f'"x":{nest}'), [MADE.time])


def ill_typed(mint: Mint, kind: Kind) -> Words:
    """Signed by the right key, and not what the form says."""
    value = mint.fresh(kind).model_dump(mode="json")
    heads = ["v", "kind", "role", "station", "audience", "epoch", "seq", "not_before_us", "expires_us"]
    name = mint.dice.choice([*heads, "echo"] * 2 + list(BODIES.get(kind, ())))
    wrong = BODIES.get(kind, {}).get(name, [None, [], {}, True, "1", [1], {"a": []}])
    odd = [[], {}, ["e"], 7] if name == "echo" else [one for one in wrong if one != value.get(name)]
    return seal(canonical({**value, name: mint.dice.choice(odd)}), [KEYS[SIGNER[kind]]])


ATTACKS = (truncated, bit_flipped, doubled_key, not_canonical, oversized, half_character, deep, ill_typed)
