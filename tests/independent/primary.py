"""A Primary Server and its clients: docs/format.md 6.6 to 6.10 and 10 to 13."""

import hashlib
import hmac
import zlib

from codec import Malformed, Reader, extensions, lengthed, listed, option, varint
from signed import key_syndrome, key_values, text

ENTITLEMENT, LEASE, REPLY, RECEIPT, CORRECTION = 4, 5, 6, 9, 11
VERSION = b"\x01"
FRAME_MAX = 65536
SLOT = 8192


def when(value):
    return option(None if value is None else varint(value))


def read_when(r):
    return r.option(lambda: r.varint(64))


def read_key(r):
    key = r.take(10)
    if key_syndrome(key_values(key)):
        raise Malformed("key")
    return key


# Payloads (6.6 to 6.10)

def entitlement(c):
    return (c["key"] + text(c["brand"]) + varint(c["class"]) + varint(c["count"])
            + varint(c["per_client"]) + text(c["holder"]) + text(c["edition"])
            + when(c["maintenance_until"]) + listed(list(map(text, c["features"])))
            + varint(c["evidence_required"]) + varint(c["evidence_accepted"]) + c["ledger"]
            + b"\x01" + c["public_key"] + varint(c["issued"]) + varint(c["not_before"])
            + when(c["expires"]) + varint(c["serves_until"]) + when(c["lease_s"])
            + varint(c["moves_max"]) + extensions(c["extensions"]))


def read_entitlement(r):
    c = {"key": read_key(r), "brand": r.text(32), "class": r.varint(16), "count": r.varint(32),
         "per_client": r.varint(32), "holder": r.text(96), "edition": r.text(32),
         "maintenance_until": read_when(r), "features": r.list(16, lambda: r.text(32, least=1)),
         "evidence_required": r.varint(16), "evidence_accepted": r.varint(16), "ledger": r.take(16)}
    algorithm = r.u8()
    c.update(public_key=r.take(32), issued=r.varint(64), not_before=r.varint(64),
             expires=read_when(r), serves_until=r.varint(64), lease_s=r.option(lambda: r.varint(32)),
             moves_max=r.varint(16), extensions=r.extensions())
    features = [feature.encode() for feature in c["features"]]
    if (algorithm != 1 or features != sorted(set(features)) or c["per_client"] > c["count"]
            or c["lease_s"] == 0 or c["issued"] > c["serves_until"]
            or (c["expires"] is not None and c["expires"] <= c["not_before"])):
        raise Malformed("entitlement")
    return c


def lease(c):
    return (varint(c["issued"]) + c["entitlement"] + c["hwid"] + varint(c["count"])
            + varint(c["from"]) + when(c["until"]) + c["ledger"] + varint(c["ledger_epoch"])
            + varint(c["serial"]) + extensions(c["extensions"]))


def read_lease(r):
    c = {"issued": r.varint(64), "entitlement": read_key(r), "hwid": r.take(17),
         "count": r.varint(32), "from": r.varint(64), "until": read_when(r), "ledger": r.take(16),
         "ledger_epoch": r.varint(32), "serial": r.varint(64), "extensions": r.extensions()}
    if c["until"] is not None and c["until"] <= c["from"]:
        raise Malformed("lease")
    return c


def reply(c):
    outcome, number = c["outcome"]
    return (varint(c["issued"]) + c["request"] + c["hwid"] + text(c["brand"]) + c["ledger"]
            + varint(c["ledger_epoch"]) + varint(outcome) + varint(number)
            + listed(c["enclosed"]) + option(c["secret"]) + extensions(c["extensions"]))


def read_reply(r):
    c = {"issued": r.varint(64), "request": r.take(32), "hwid": r.take(17), "brand": r.text(32),
         "ledger": r.take(16), "ledger_epoch": r.varint(32),
         "outcome": [r.varint(32), r.varint(16)], "enclosed": r.list(7, lambda: r.take(16)),
         "secret": r.option(lambda: r.take(32)), "extensions": r.extensions()}
    outcome, number = c["outcome"]
    if outcome > 3 or (number and outcome != 2):
        raise Malformed("outcome")
    return c


def receipt(c):
    return (varint(c["issued"]) + c["entitlement"] + c["hwid"] + c["ledger"]
            + varint(c["ledger_epoch"]) + varint(c["serial"]) + when(c["free_from"])
            + extensions(c["extensions"]))


def read_receipt(r):
    return {"issued": r.varint(64), "entitlement": read_key(r), "hwid": r.take(17),
            "ledger": r.take(16), "ledger_epoch": r.varint(32), "serial": r.varint(64),
            "free_from": read_when(r), "extensions": r.extensions()}


def correction(c):
    return (varint(c["issued"]) + c["hwid"] + varint(c["floor_epoch"]) + varint(c["time"])
            + extensions(c["extensions"]))


def read_correction(r):
    return {"issued": r.varint(64), "hwid": r.take(17), "floor_epoch": r.varint(32),
            "time": r.varint(64), "extensions": r.extensions()}


def enclosed_digest(envelope):
    return hashlib.sha256(b"hwlencl" + envelope).digest()[:16]


# Requests, answers, frames (10, 11)

def message(c):
    operation = varint(0) if c["deactivate"] is None else varint(1) + c["deactivate"]
    mark = None if c["list"] is None else (
        c["list"]["signer"] + varint(c["list"]["epoch"]) + varint(c["list"]["sequence"]))
    return (c["id"] + c["nonce"] + varint(c["counter"]) + when(c["clock"]) + listed(c["hwids"])
            + option(c["previous"]) + lengthed(c["enrollment"]) + varint(c["evidence"])
            + text(c["brand"]) + text(c["name"]) + text(c["software"]) + varint(c["state"])
            + operation + option(c["license_key"]) + varint(c["class"]) + varint(c["count"])
            + listed([lengthed(envelope) for envelope in c["held"]]) + option(mark)
            + extensions(c["extensions"]))


def token_secret(token):
    return hashlib.sha256(b"hwl-admin-token" + token).digest()


def authenticated(body, tag, secret):
    if tag == 0:
        return body + b"\x00"
    mac = hmac.new(secret, b"hwlreqmac" + VERSION + body + bytes((tag,)), hashlib.sha256).digest()
    return body + bytes((tag,)) + mac


def read_request(body):
    r = Reader(body)
    c = {"id": r.take(16), "nonce": r.take(16), "counter": r.varint(64), "clock": read_when(r),
         "hwids": r.list(4, lambda: r.take(17)), "previous": r.option(lambda: r.take(17)),
         "enrollment": r.bytes(1024), "evidence": r.varint(16), "brand": r.text(32),
         "name": r.text(64), "software": r.text(32), "state": r.varint(32)}
    operation = r.varint(32)
    c["deactivate"] = read_key(r) if operation == 1 else None
    c["license_key"] = r.option(lambda: read_key(r))
    c.update({"class": r.varint(16), "count": r.varint(32),
              "held": r.list(4, lambda: r.bytes(FRAME_MAX))})
    c["list"] = r.option(lambda: {"signer": r.take(16), "epoch": r.varint(32),
                                  "sequence": r.varint(64)})
    c["extensions"] = r.extensions()
    signed_bytes = body[:len(body) - len(r.rest)]
    tag = r.u8()
    mac = r.take(32) if tag else None
    r.end()
    schemes = [hwid[0] for hwid in c["hwids"]]
    if (tag > 2 or operation > 1 or c["state"] > 3 or not schemes
            or schemes != sorted(set(schemes), reverse=True)):
        raise Malformed("request")
    return c, signed_bytes, tag, mac


def request_digest(body):
    return hashlib.sha256(b"hwlreq" + VERSION + body).digest()


def frame(body):
    return (len(body) + 1).to_bytes(4, "big") + VERSION + body


def answer_reply(bundle):
    return varint(0) + lengthed(bundle)


def answer_busy(seconds):
    return varint(1) + varint(seconds)


def answer_not_understood(number):
    return varint(2) + varint(number)


# What a client keeps (12)

def record(c):
    marks = [mark["ledger"] + varint(mark["epoch"]) for mark in c["ledgers"]]
    stones = [stone["entitlement"] + stone["ledger"] + varint(stone["ledger_epoch"])
              + varint(stone["serial"]) for stone in c["tombstones"]]
    refusal = None if c["refusal"] is None else varint(c["refusal"])
    return (option(c["hwid"]) + option(c["secret"]) + varint(c["counter_reserved"])
            + varint(c["floor"]) + varint(c["floor_epoch"]) + when(c["last_contact"])
            + bytes((c["was_licensed"],)) + option(refusal) + listed(marks) + listed(stones)
            + option(c["giving_up"]) + option(c["carried"]) + lengthed(c["rights"])
            + extensions(c["extensions"]))


def slot(sequence, content):
    covered = sequence.to_bytes(4, "little") + len(content).to_bytes(4, "little")
    check = zlib.crc32(covered + content).to_bytes(4, "little")
    head = b"HWLS\x01\x00\x00\x00" + covered + check
    padded = content + bytes(-len(content) % 64)
    return head.ljust(64, b"\x00") + padded
