"""What a Primary Server and its client say to each other, and what the client keeps."""

import ed25519
import hwid
import primary
import signed
from cases_hwid import SERVER
from codec import Reader
from fixtures import DAY, ENROLLMENT, ISSUED, ISSUER, KEY, OTHER_KEY, PUBLIC, ROOT, certified

SERVER_SEED = b"\x66" * 32
SERVER_KEY = ed25519.public_key(SERVER_SEED)
LEDGER = bytes(range(0xA0, 0xB0))
HWID = ENROLLMENT["hwid"]
NOW = ISSUED + 5 * DAY
SECRET = bytes(range(32))
EXTENDED = [(3, False, b"later"), (4464, False, b"")]

ENTITLEMENT = {
    "key": KEY, "brand": "Northgate", "class": 2, "count": 200, "per_client": 16,
    "holder": "Harbour Authority", "edition": "Enterprise", "maintenance_until": ISSUED + 365 * DAY,
    "features": ["analytics", "failover"], "evidence_required": 0, "evidence_accepted": 1 << 5 | 1 << 9,
    "ledger": LEDGER, "public_key": SERVER_KEY, "issued": ISSUED, "not_before": ISSUED,
    "expires": ISSUED + 365 * DAY, "serves_until": ISSUED + 730 * DAY, "lease_s": 30 * DAY,
    "moves_max": 3, "extensions": [],
}
LEASE = {
    "issued": NOW, "entitlement": KEY, "hwid": HWID, "count": 16, "from": NOW, "until": NOW + 30 * DAY,
    "ledger": LEDGER, "ledger_epoch": 2, "serial": 300, "extensions": [],
}
RECEIPT = {
    "issued": NOW, "entitlement": KEY, "hwid": HWID, "ledger": LEDGER, "ledger_epoch": 2,
    "serial": 300, "free_from": NOW + 30 * DAY, "extensions": [],
}
CORRECTION = {"issued": NOW, "hwid": HWID, "floor_epoch": 1, "time": NOW - DAY, "extensions": []}
DESK = certified(kinds=1 << primary.ENTITLEMENT | 1 << signed.REVOCATION_LIST)
REQUEST = {
    "id": b"\x01" * 16, "nonce": b"\x02" * 16, "counter": 1, "clock": None, "hwids": [HWID],
    "previous": None, "enrollment": b"", "evidence": 0, "brand": "Northgate", "name": "",
    "software": "", "state": 0, "deactivate": None, "license_key": None, "class": 2, "count": 4,
    "held": [], "list": None, "extensions": [],
}


def plain(value):
    """As JSON: bytes in hex, and an extension as a list."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def same(read, written):
    return plain(read) == plain(written)


PAYLOADS = {
    "entitlement": (primary.ENTITLEMENT, ISSUER, primary.entitlement, primary.read_entitlement),
    "lease": (primary.LEASE, SERVER_SEED, primary.lease, primary.read_lease),
    "reply": (primary.REPLY, SERVER_SEED, primary.reply, primary.read_reply),
    "receipt": (primary.RECEIPT, SERVER_SEED, primary.receipt, primary.read_receipt),
    "correction": (primary.CORRECTION, ROOT, primary.correction, primary.read_correction),
}


def sealed(what, fields):
    kind, seed, write, read = PAYLOADS[what]
    payload = write(fields)
    reader = Reader(payload)
    assert same(read(reader), fields), what
    reader.end()
    return signed.seal(seed, kind, payload, sequence=7, epoch=2)


def payload_cases():
    """(name, what, fields)."""
    yield "entitlement", "entitlement", ENTITLEMENT
    yield "entitlement-bare", "entitlement", {
        **ENTITLEMENT, "maintenance_until": None, "features": [], "expires": None, "lease_s": None,
        "holder": "", "edition": "", "moves_max": 0, "per_client": 200}
    yield "entitlement-greatest", "entitlement", {
        **ENTITLEMENT, "class": 0xFFFF, "count": 0xFFFF_FFFF, "per_client": 0xFFFF_FFFF,
        "serves_until": 2**64 - 1, "lease_s": 0xFFFF_FFFF, "moves_max": 0xFFFF,
        "extensions": EXTENDED}
    yield "lease", "lease", LEASE
    yield "lease-without-end", "lease", {**LEASE, "until": None, "extensions": EXTENDED}
    yield "lease-greatest", "lease", {
        **LEASE, "count": 0xFFFF_FFFF, "ledger_epoch": 0xFFFF_FFFF, "serial": 2**64 - 1}
    for name, outcome in (("licensed", [0, 0]), ("waiting", [1, 0]), ("refused", [2, 503]),
                          ("deactivated", [3, 0])):
        yield "reply-" + name, "reply", reply(outcome=outcome)
    yield "reply-full", "reply", reply(
        secret=SECRET, enclosed=[bytes((n,)) * 16 for n in range(7)], extensions=EXTENDED)
    yield "receipt", "receipt", RECEIPT
    yield "receipt-never-free", "receipt", {**RECEIPT, "free_from": None}
    yield "correction", "correction", CORRECTION


def reply(**fields):
    return {"issued": NOW, "request": b"\x05" * 32, "hwid": HWID, "brand": "Northgate",
            "ledger": LEDGER, "ledger_epoch": 2, "outcome": [0, 0], "enclosed": [], "secret": None,
            "extensions": [], **fields}


def request_cases():
    """(name, fields, tag, secret)."""
    full = {
        **REQUEST, "counter": 70000, "clock": NOW, "hwids": [b"\x04" + b"\x0e" * 16, HWID],
        "previous": b"\x03" + b"\x0f" * 16, "enrollment": hwid.encode_enrollment(ENROLLMENT),
        "evidence": 3, "name": "quay 7", "software": "4.2 (1337)", "state": 2,
        "license_key": OTHER_KEY, "held": [sealed("lease", LEASE)],
        "list": {"signer": signed.key_id(PUBLIC[ISSUER]), "epoch": 1, "sequence": 9},
        "extensions": EXTENDED}
    yield "first", REQUEST, 0, None
    yield "full", full, 1, SECRET
    yield "deactivate", {**full, "deactivate": KEY}, 1, SECRET
    yield "administrator", {**REQUEST, "deactivate": KEY}, 2, primary.token_secret(b"token")


def request_case(name, fields, tag, secret):
    message = primary.message(fields)
    body = primary.authenticated(message, tag, secret)
    read, found, read_tag, _ = primary.read_request(body)
    assert same(read, fields) and (found, read_tag) == (message, tag), name
    return {"name": name, "fields": plain(fields), "tag": tag, "secret": plain(secret),
            "body": body.hex(), "digest": primary.request_digest(body).hex(),
            "frame": primary.frame(body).hex()}


def answers():
    chain = [DESK, sealed("entitlement", ENTITLEMENT), sealed("lease", LEASE)]
    spoken = sealed("reply", reply(enclosed=[primary.enclosed_digest(part) for part in chain]))
    bundle = signed.bundle([spoken, *chain])
    yield {"name": "reply", "bundle": bundle.hex(), "body": primary.answer_reply(bundle).hex(),
           "enclosed": [primary.enclosed_digest(part).hex() for part in chain]}
    for seconds in (0, 127, 128, 900, 0xFFFF_FFFF):
        yield {"name": "busy", "busy": seconds, "body": primary.answer_busy(seconds).hex()}
    for number in (550, 553):
        yield {"name": "not-understood", "number": number,
               "body": primary.answer_not_understood(number).hex()}


def kept():
    rights = signed.bundle([DESK, sealed("entitlement", ENTITLEMENT), sealed("lease", LEASE)])
    fields = {
        "hwid": HWID, "secret": SECRET, "counter_reserved": 512, "floor": NOW + 100, "floor_epoch": 1,
        "last_contact": NOW, "was_licensed": True, "refusal": 503,
        "ledgers": [{"ledger": LEDGER, "epoch": 2}],
        "tombstones": [{"entitlement": OTHER_KEY, "ledger": LEDGER, "ledger_epoch": 1, "serial": 12}],
        "giving_up": OTHER_KEY, "carried": b"\x07" * 32, "rights": rights, "extensions": []}
    erased = {
        "hwid": None, "secret": None, "counter_reserved": 256, "floor": NOW, "floor_epoch": 0,
        "last_contact": None, "was_licensed": False, "refusal": None, "ledgers": [], "tombstones": [],
        "giving_up": None, "carried": None, "rights": b"", "extensions": []}
    for name, sequence, state in (("licensed", 0x01020304, fields), ("first", 1, erased)):
        yield {"name": name, "sequence": sequence, "fields": plain(state),
               "slot": primary.slot(sequence, primary.record(state)).hex()}


def vectors():
    payloads = [{"name": name, "what": what, "fields": plain(fields),
                 "envelope": sealed(what, fields).hex()} for name, what, fields in payload_cases()]
    return {
        "about": "A Primary Server and its clients (docs/format.md 6.6 to 6.10 and 10 to 12).",
        "seeds": {"root": ROOT.hex(), "issuer": ISSUER.hex(), "server": SERVER_SEED.hex()},
        "descriptor": SERVER, "certificate": DESK.hex(), "payloads": payloads,
        "requests": [request_case(*case) for case in request_cases()], "answers": list(answers()),
        "states": list(kept())}
