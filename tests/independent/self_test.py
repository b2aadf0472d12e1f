"""Writes the signatures of the device's self-test: ffi/src/selftest/signatures.bin.

Each row is a key (32 bytes), a message (16), a signature (64) and 1 if it holds, else 0. All come
from fixed seeds; the reason of each row stands beside it. Run it from the root of the repository.
"""

import hashlib
import sys

import ed25519
from ed25519 import BASE, IDENTITY, L, P, add, encode, hash_int, multiply

SEED = hashlib.sha256(b"self-test: key").digest()
OTHER = hashlib.sha256(b"self-test: other key").digest()
MESSAGE = hashlib.sha256(b"self-test: message").digest()[:16]


def torsion():
    """A point of order 8: what is left of a point of the whole curve after its prime part."""
    y = 2
    while True:
        point = ed25519.decode(y.to_bytes(32, "little"))
        y += 1
        if point is None:
            continue
        point = multiply(L, point)
        if not ed25519.is_identity(multiply(4, point)):
            return point


def number(scalar):
    return scalar.to_bytes(32, "little")


def flipped(data, byte, bit):
    changed = bytearray(data)
    changed[byte] ^= 1 << bit
    return bytes(changed)


def rows():
    scalar, _ = ed25519.expand(SEED)
    key = ed25519.public_key(SEED)
    good = ed25519.sign(SEED, MESSAGE)
    r, s = good[:32], int.from_bytes(good[32:], "little")
    nonce = hash_int(b"self-test: nonce")
    yield key, MESSAGE, good, "signed by the key"

    # A key with a part of order 2, and a message whose challenge is even: the equation holds
    # exactly, so strict verification accepts it.
    two = multiply(4, torsion())
    mixed = encode(add(multiply(scalar, BASE), two))
    point = encode(multiply(nonce, BASE))
    for count in range(64):
        message = bytes([count]) + MESSAGE[1:]
        challenge = hash_int(point, mixed, message)
        if challenge % 2 == 0:
            break
    yield mixed, message, point + number((nonce + challenge * scalar) % L), "key of mixed order, exact equation"

    yield key, flipped(MESSAGE, 0, 0), good, "first bit of the message changed"
    yield key, flipped(MESSAGE, 15, 7), good, "last bit of the message changed"
    yield key, MESSAGE, flipped(good, 0, 0), "R changed"
    yield key, MESSAGE, flipped(good, 32, 0), "S changed"
    yield ed25519.public_key(OTHER), MESSAGE, good, "another key"
    yield key, MESSAGE, r + number(s + L), "S not canonical"
    yield key, MESSAGE, bytes(64), "zeros"
    yield encode(IDENTITY), MESSAGE, encode(IDENTITY) + bytes(32), "key of small order: holds for every message"

    neutral = encode(IDENTITY)
    small = neutral + number(hash_int(neutral, key, MESSAGE) * scalar % L)
    yield key, MESSAGE, small, "R of small order, exact equation"

    off = encode(add(multiply(nonce, BASE), torsion()))
    cofactored = off + number((nonce + hash_int(off, key, MESSAGE) * scalar) % L)
    yield key, MESSAGE, cofactored, "R off by a point of order 8: holds only with the cofactor"


def main():
    assert P == 2**255 - 19
    table = b""
    for key, message, signature, reason in rows():
        holds = ed25519.verify(key, message, signature)
        print(f"{'holds' if holds else 'fails'}: {reason}", file=sys.stderr)
        table += key + message + signature + bytes([holds])
    with open("ffi/src/selftest/signatures.bin", "wb") as file:
        file.write(table)


main()
