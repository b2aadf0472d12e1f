"""Envelopes, bundles, armour and payloads, and whom to believe: docs/format.md 4 to 8."""

import base64
import hashlib

import ed25519
from codec import (Malformed, Reader, UnknownCritical, extensions, lengthed, listed, option,
                   refuse_critical, varint)

MAGIC = b"hwlicense:"
CERTIFICATE, ROOT_CHANGE, LICENSE, REVOCATION_LIST = 1, 2, 3, 7
BY_ROOT = (1, 2, 11)
ENVELOPE_MAX, BUNDLE_MAX, ENVELOPES_MAX = 4096, 16384, 8
VENDOR_CLASS = 32768
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Refused(Exception):
    """Not believed: the name of the reason."""


def key_id(public):
    return hashlib.sha256(b"hwlkeyid\x01" + public).digest()[:16]


# Licence keys (7)

def key_values(key):
    number = int.from_bytes(key, "big")
    return [number >> shift & 31 for shift in range(75, -1, -5)]


def key_syndrome(values):
    total = 0
    for value in values:
        total <<= 1
        total = (total ^ 0b100101 if total & 32 else total) ^ value
    return total


def key_from_random(random):
    """The first 75 of 80 random bits, and the check that makes the sum zero."""
    head = key_values(random)[:15]
    check = key_syndrome(head + [0])
    number = 0
    for value in head + [check]:
        number = number << 5 | value
    return number.to_bytes(10, "big")


def key_text(key):
    characters = "".join(ALPHABET[value] for value in key_values(key))
    return "-".join(characters[i:i + 4] for i in range(0, 16, 4))


def key_parse(text):
    """The ten bytes; raises Refused with `format` or `check`."""
    text = text.strip(" \t\n\r\f").upper()
    if len(text) == 19 and text[4::5] == "---":
        text = text[0:4] + text[5:9] + text[10:14] + text[15:19]
    text = text.translate(str.maketrans("ILO", "110"))
    if len(text) != 16 or any(c not in ALPHABET for c in text):
        raise Refused("format")
    number = 0
    for character in text:
        number = number << 5 | ALPHABET.index(character)
    key = number.to_bytes(10, "big")
    if key_syndrome(key_values(key)):
        raise Refused("check")
    return key


# Envelope (4), bundle and armour (5)

def seal(seed, kind, payload, sequence=1, epoch=0, algorithm=1, version=1, signer=None):
    signer = signer or key_id(ed25519.public_key(seed))
    message = MAGIC + bytes((version, kind, algorithm)) + signer
    message += varint(epoch) + varint(sequence) + lengthed(payload)
    return message + ed25519.sign(seed, message)


def parse_envelope(data):
    if len(data) > ENVELOPE_MAX:
        raise Refused("too-large")
    if data[:10] != MAGIC or len(data) < 11:
        raise Refused("malformed")
    if data[10] != 1:
        raise Refused("unsupported-version")
    r = Reader(data[11:])
    try:
        e = {"kind": r.u8(), "algorithm": r.u8(), "key_id": r.take(16), "epoch": r.varint(32),
             "sequence": r.varint(64), "payload": r.bytes(ENVELOPE_MAX)}
        e["signature"] = r.take(64)
        r.end()
    except Malformed:
        raise Refused("malformed") from None
    if not 1 <= e["kind"] <= 11:
        raise Refused("unknown-kind")
    if e["algorithm"] != 1:
        raise Refused("unsupported-algorithm")
    e["bytes"], e["message"] = data, data[:-64]
    return e


def bundle(envelopes):
    return b"HWLB\x01" + listed([lengthed(envelope) for envelope in envelopes])


def parse_bundle(data):
    if len(data) > BUNDLE_MAX:
        raise Refused("too-large")
    if data[:4] != b"HWLB" or len(data) < 5:
        raise Refused("malformed")
    if data[4] != 1:
        raise Refused("unsupported-version")
    r = Reader(data[5:])
    try:
        parts = r.list(ENVELOPES_MAX, lambda: r.bytes(BUNDLE_MAX))
        r.end()
    except Malformed:
        raise Refused("malformed") from None
    envelopes = []
    for part in parts:
        envelope = parse_envelope(part)
        if part in [known["bytes"] for known in envelopes]:
            raise Refused("malformed")
        envelopes.append(envelope)
    if not envelopes:
        raise Refused("malformed")
    return envelopes


def armor(data):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN HWLICENSE-----", *lines, "-----END HWLICENSE-----", ""])


def dearmor(text):
    """Strict RFC 7468 with line feeds, as `armor` writes it."""
    lines = text.split("\n")
    if lines[0] != "-----BEGIN HWLICENSE-----" or lines[-2:] != ["-----END HWLICENSE-----", ""]:
        raise Refused("malformed")
    try:
        data = base64.b64decode("".join(lines[1:-2]), validate=True)
    except ValueError:
        raise Refused("malformed") from None
    if armor(data) != text:
        raise Refused("malformed")
    return data


# Payloads (6)

def text(value):
    return lengthed(value.encode())


def certificate(c):
    """Of a dict; brands is None for any."""
    brands = b"\x00" if c["brands"] is None else b"\x01" + listed(list(map(text, c["brands"])))
    return (bytes((c.get("algorithm", 1),)) + c["public_key"] + text(c["name"]) + varint(c["kinds"])
            + brands + varint(c["classes"]) + varint(c["count_max"]) + varint(c["issued"])
            + varint(c["valid_from"]) + varint(c["valid_until"])
            + extensions(c.get("extensions", [])))


def read_certificate(r):
    c = {"algorithm": r.u8(), "public_key": r.take(32), "name": r.text(64), "kinds": r.varint(32)}
    which = r.varint(32)
    if which > 1:
        raise Malformed("brands")
    c["brands"] = r.list(8, lambda: r.text(32)) if which else None
    for name, bits in (("classes", 32), ("count_max", 32), ("issued", 64), ("valid_from", 64),
                       ("valid_until", 64)):
        c[name] = r.varint(bits)
    c["extensions"] = r.extensions()
    if c["valid_from"] > c["valid_until"] or any(c["kinds"] >> kind & 1 for kind in BY_ROOT):
        raise Malformed("certificate")
    return c


def root_change(action, public, issued, found=()):
    return varint(action) + b"\x01" + public + varint(issued) + extensions(found)


def read_root_change(r):
    c = {"action": r.varint(32), "algorithm": r.u8(), "public_key": r.take(32),
         "issued": r.varint(64), "extensions": r.extensions()}
    if c["action"] > 2:
        raise Malformed("action")
    return c


def binding(b):
    if "strict" in b:
        return b"\x00" + b["strict"]
    digests = listed([bytes((number,)) + digest for number, digest in b["digests"]])
    return (b"\x01" + b["hwid"] + b["salt"] + bytes(b["weights"]) + bytes((b["mandatory"],))
            + varint(b["threshold"]) + digests)


def read_binding(r):
    which = r.varint(32)
    if which == 0:
        return {"strict": r.take(17)}
    if which != 1:
        raise Malformed("binding")
    b = {"hwid": r.take(17), "salt": r.take(16), "weights": list(r.take(5)), "mandatory": r.u8(),
         "threshold": r.varint(16), "digests": r.list(16, lambda: (r.u8(), r.take(16)))}
    numbers = [number for number, _ in b["digests"]]
    mandatory = [n for n in range(8) if b["mandatory"] >> n & 1]
    good = (
        mandatory and all(1 <= n <= 5 and b["weights"][n - 1] for n in mandatory)
        and 1 <= b["threshold"] <= sum(b["weights"])
        and all(1 <= n <= 5 for n in numbers)
        and b["digests"] == sorted(set(b["digests"]))
        and all(n in numbers for n in range(1, 6) if b["weights"][n - 1])
    )
    if not good:
        raise Malformed("binding")
    return b


def license(c):
    def when(value):
        return option(None if value is None else varint(value))

    return (c["key"] + text(c["brand"]) + varint(c["class"]) + varint(c["count"])
            + text(c["holder"]) + text(c["edition"]) + when(c["maintenance_until"])
            + listed(list(map(text, c["features"]))) + binding(c["binding"])
            + varint(c["evidence_required"]) + varint(c["evidence_accepted"])
            + varint(c["issued"]) + varint(c["not_before"]) + when(c["expires"])
            + varint(c["grace_offline_s"]) + varint(c["grace_changed_s"])
            + bytes((c["contact_required"],)) + extensions(c.get("extensions", [])))


def read_license(r):
    c = {"key": r.take(10), "brand": r.text(32), "class": r.varint(16), "count": r.varint(32),
         "holder": r.text(96), "edition": r.text(32),
         "maintenance_until": r.option(lambda: r.varint(64)),
         "features": r.list(16, lambda: r.text(32, least=1)), "binding": read_binding(r),
         "evidence_required": r.varint(16), "evidence_accepted": r.varint(16),
         "issued": r.varint(64), "not_before": r.varint(64),
         "expires": r.option(lambda: r.varint(64)), "grace_offline_s": r.varint(32),
         "grace_changed_s": r.varint(32), "contact_required": r.boolean(),
         "extensions": r.extensions()}
    features = [feature.encode() for feature in c["features"]]
    if (key_syndrome(key_values(c["key"])) or features != sorted(set(features))
            or (c["expires"] is not None and c["expires"] <= c["not_before"])):
        raise Malformed("license")
    return c


def entry(what, identity, time=0):
    return bytes((what,)) + identity.ljust(16, b"\x00") + time.to_bytes(8, "little")


def revocation_list(issued, entries, found=()):
    return varint(issued) + lengthed(b"".join(sorted(entries))) + extensions(found)


def read_revocation_list(r):
    c = {"issued": r.varint(64), "entries": r.bytes(25 * 128), "extensions": r.extensions()}
    if len(c["entries"]) % 25:
        raise Malformed("entries")
    rows = [c["entries"][i:i + 25] for i in range(0, len(c["entries"]), 25)]
    for row in rows:
        if (row[0] not in (1, 2, 3) or (row[0] != 1 and any(row[17:]))
                or (row[0] == 3 and any(row[11:17]))):
            raise Malformed("entry")
    if rows != sorted(set(rows)):
        raise Malformed("order")
    c["entries"] = [(row[0], row[1:17], int.from_bytes(row[17:], "little")) for row in rows]
    return c


READERS = {CERTIFICATE: read_certificate, ROOT_CHANGE: read_root_change, LICENSE: read_license,
           REVOCATION_LIST: read_revocation_list}


def read_payload(envelope):
    r = Reader(envelope["payload"])
    try:
        payload = READERS[envelope["kind"]](r)
        r.end()
    except Malformed:
        raise Refused("malformed") from None
    return payload


def refuse_unknown_critical(payload):
    try:
        refuse_critical(payload["extensions"])
    except UnknownCritical:
        raise Refused("unknown-critical") from None


def open_envelope(envelope, public):
    """Signature first, then the payload (8.4)."""
    if not ed25519.verify(public, envelope["message"], envelope["signature"]):
        raise Refused("bad-signature")
    return read_payload(envelope)


class Trust:
    """Roots, the issuers they certified and what was revoked (8)."""

    def __init__(self, roots):
        self.roots = {key_id(public): {"public": public, "retired": None, "revoked": False}
                      for public in roots}
        self.issuers, self.lists = {}, {}

    def by_root(self, envelope):
        root = self.roots.get(envelope["key_id"])
        if root is None:
            raise Refused("unknown-key")
        payload = open_envelope(envelope, root["public"])
        refuse_unknown_critical(payload)
        if root["revoked"]:
            raise Refused("key-revoked")
        if root["retired"] is not None and (
                envelope["kind"] != CERTIFICATE or payload["issued"] > root["retired"]):
            raise Refused("issuer-not-allowed-time")
        return payload

    def issuer(self, envelope):
        payload = self.by_root(envelope)
        if payload["algorithm"] != 1:
            raise Refused("unsupported-algorithm")
        identity = key_id(payload["public_key"])
        if identity in self.roots:
            raise Refused("malformed")
        return identity, {"envelope": envelope, "certificate": payload}

    def known(self, envelope):
        held = list(self.issuers.values()) + list(self.lists.values())
        return any(item["envelope"]["bytes"] == envelope["bytes"] for item in held)

    def admit(self, envelope):
        if self.known(envelope):
            return
        order = (envelope["epoch"], envelope["sequence"])
        if envelope["kind"] == CERTIFICATE:
            identity, issuer = self.issuer(envelope)
            if identity in self.issuers:
                older = self.issuers[identity]["envelope"]
                if order < (older["epoch"], older["sequence"]):
                    raise Refused("out-of-sequence")
            self.issuers[identity] = issuer
        elif envelope["kind"] == ROOT_CHANGE:
            self.change_root(envelope)
        elif envelope["kind"] == REVOCATION_LIST:
            claims = self.verify(envelope)
            known = self.lists.get(envelope["key_id"])
            if known and order <= (known["envelope"]["epoch"], known["envelope"]["sequence"]):
                raise Refused("out-of-sequence")
            self.lists[envelope["key_id"]] = {"envelope": envelope, "list": claims}
        else:
            raise Refused("wrong-kind")

    def change_root(self, envelope):
        change = self.by_root(envelope)
        identity = key_id(change["public_key"])
        root = self.roots.get(identity)
        if change["action"] == 0:
            self.roots.setdefault(
                identity, {"public": change["public_key"], "retired": None, "revoked": False})
        elif root is None:
            raise Refused("unknown-key")
        elif identity == envelope["key_id"]:
            raise Refused("last-root")
        elif change["action"] == 1:
            before = root["retired"]
            root["retired"] = min(change["issued"], change["issued"] if before is None else before)
        else:
            root["revoked"] = True

    def revocations(self):
        return [row for item in self.lists.values() for row in item["list"]["entries"]]

    def verify(self, envelope, carried=None):
        identity = envelope["key_id"]
        issuer = self.issuers.get(identity) or carried
        if issuer is None:
            raise Refused("unknown-key")
        certified = issuer["certificate"]
        claims = open_envelope(envelope, certified["public_key"])
        rows = self.revocations()
        if (self.roots[issuer["envelope"]["key_id"]]["revoked"]
                or any(what == 2 and who == identity for what, who, _ in rows)):
            raise Refused("key-revoked")
        refuse_unknown_critical(claims)
        covers(certified, envelope["kind"], claims)
        if any(what == 1 and who == identity and claims["issued"] > at for what, who, at in rows):
            raise Refused("issuer-not-allowed-time")
        if "key" in claims and any(
                what == 3 and who == claims["key"].ljust(16, b"\x00") for what, who, _ in rows):
            raise Refused("license-revoked")
        return claims

    def verify_bundle(self, envelopes, kind=LICENSE):
        subjects = [envelope for envelope in envelopes if envelope["kind"] == kind]
        if not subjects:
            raise Refused("wrong-kind")
        if len(subjects) > 1:
            raise Refused("malformed")
        subject, carried = subjects[0], None
        for other in envelopes:
            if other is subject or self.known(other):
                continue
            if other["kind"] != CERTIFICATE:
                raise Refused("wrong-kind")
            identity, issuer = self.issuer(other)
            if identity == subject["key_id"]:
                carried = issuer
        return self.verify(subject, carried)


def covers(certified, kind, claims):
    if not certified["kinds"] >> kind & 1:
        raise Refused("issuer-not-allowed-kind")
    if not certified["valid_from"] <= claims["issued"] <= certified["valid_until"]:
        raise Refused("issuer-not-allowed-time")
    if kind != LICENSE:
        return
    if certified["brands"] is not None and claims["brand"] not in certified["brands"]:
        raise Refused("issuer-not-allowed-brand")
    number = claims["class"]
    bit = 0 if number >= VENDOR_CLASS else number
    if (number == 0 or bit > 31) or not certified["classes"] >> bit & 1:
        raise Refused("issuer-not-allowed-class")
    if claims["count"] > certified["count_max"]:
        raise Refused("issuer-not-allowed-count")
