"""Keys, certificates and licences with fixed seeds, from which the vectors are varied."""

import hashlib

import ed25519
import hwid
import signed
from cases_hwid import SERVER

DAY = 86_400
ISSUED = 1_780_272_000  # 2026-06-01T00:00:00Z
NOW = ISSUED + 10 * DAY
ROOT, ROOT_2, STRANGER, ISSUER, ISSUER_2 = (bytes((n,)) * 32 for n in (0x11, 0x22, 0x33, 0x44, 0x55))
PUBLIC = {seed: ed25519.public_key(seed) for seed in (ROOT, ROOT_2, STRANGER, ISSUER, ISSUER_2)}
SALT = bytes(range(0xC0, 0xD0))
KEY = signed.key_from_random(hashlib.sha256(b"key").digest()[:10])
OTHER_KEY = signed.key_from_random(hashlib.sha256(b"other key").digest()[:10])
ENROLLMENT = hwid.enroll(SERVER, SALT)
WEIGHTS = [50, 20, 10, 20, 30]


def tolerant(enrollment=ENROLLMENT, weights=WEIGHTS, mandatory=1 << hwid.BOARD, threshold=100):
    digests = [(n, digest) for n, digest in enumerate(enrollment["components"], 1) if digest]
    digests += [(hwid.NIC, digest) for digest in enrollment["nics"]]
    return {"hwid": enrollment["hwid"], "salt": enrollment["salt"], "weights": weights,
            "mandatory": mandatory, "threshold": threshold, "digests": sorted(digests)}


STRICT = {"strict": ENROLLMENT["hwid"]}
TOLERANT = tolerant()
TERMS = {
    "key": KEY, "brand": "Northgate", "class": 2, "count": 16, "holder": "Harbour Authority",
    "edition": "Enterprise", "maintenance_until": ISSUED + 365 * DAY,
    "features": ["analytics", "failover"], "binding": STRICT, "evidence_required": 0,
    "evidence_accepted": 1 << 5 | 1 << 9 | 1 << 10 | 1 << 11, "issued": ISSUED,
    "not_before": ISSUED, "expires": None, "grace_offline_s": 30 * DAY, "grace_changed_s": 0,
    "contact_required": False,
}
CERTIFICATE = {
    "public_key": PUBLIC[ISSUER], "name": "Northgate licence desk",
    "kinds": 1 << signed.LICENSE | 1 << signed.REVOCATION_LIST, "brands": ["Northgate", "Seaview"],
    "classes": 1 << 1 | 1 << 2 | 1 << 13 | 1, "count_max": 256, "issued": ISSUED - 100 * DAY,
    "valid_from": ISSUED - 100 * DAY, "valid_until": ISSUED + 265 * DAY,
}


def terms(**fields):
    return signed.license({**TERMS, **fields})


def certified(root=ROOT, sequence=1, epoch=0, **fields):
    payload = signed.certificate({**CERTIFICATE, **fields})
    return signed.seal(root, signed.CERTIFICATE, payload, sequence, epoch)


def licensed(payload=None, seed=ISSUER, **fields):
    payload = terms(**fields) if payload is None else payload
    return signed.seal(seed, signed.LICENSE, payload, sequence=7)


def revoking(*entries, seed=ISSUER, sequence=1, epoch=0, issued=ISSUED + DAY):
    payload = signed.revocation_list(issued, entries)
    return signed.seal(seed, signed.REVOCATION_LIST, payload, sequence, epoch)


def root_changed(action, public, seed=ROOT, issued=ISSUED):
    payload = signed.root_change(action, public, issued)
    return signed.seal(seed, signed.ROOT_CHANGE, payload)


CERTIFIED = certified()


def file(*envelopes):
    return signed.bundle(list(envelopes))


def good(**fields):
    return file(licensed(**fields), CERTIFIED)
