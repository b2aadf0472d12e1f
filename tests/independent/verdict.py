"""The verdict on one licence on one machine: docs/format.md 6.4 and 8."""

import hwid
import signed

DAY = 86_400
NEVER_SET_BEFORE = 1_767_225_600
DOUBTFUL = 1 << 5 | 1 << 7 | 1 << 9 | 1 << 10 | 1 << 11

REASONS = {
    "malformed": "malformed", "too-large": "malformed", "wrong-kind": "malformed",
    "unsupported-version": "unsupported-format", "unsupported-algorithm": "unsupported-format",
    "unknown-kind": "unsupported-format", "unknown-key": "unknown-key",
    "bad-signature": "bad-signature", "key-revoked": "revoked", "license-revoked": "revoked",
    "unknown-critical": "unknown-critical-term",
}


def machine_of(descriptor, enrollment=None):
    """The digested machine, whether or not it has a HWID."""
    found = hwid.read_enrolled(descriptor, enrollment) if enrollment else None
    return found or hwid.Machine(descriptor)


def component_state(machine, binding, number):
    """`match`, `unreadable` or `other` (6.4)."""
    if number in machine.unreadable:
        return "unreadable"
    bound = [digest for component, digest in binding["digests"] if component == number]
    salt = binding["salt"]
    if number == hwid.NIC:
        found = [hwid.salted(0x40, salt, mac) for mac in machine.macs]
    else:
        digest = machine.digests.get(number)
        found = [hwid.salted(number, salt, digest)] if digest else []
    return "match" if set(bound) & set(found) else "other"


def judge_binding(machine, binding):
    if "strict" in binding:
        try:
            machine.finish()
        except hwid.Refused as reason:
            return {"not-readable": "hardware-not-readable",
                    "not-unique": "evidence-too-weak"}[str(reason)]
        return None if machine.hwid() == binding["strict"] else "other-hardware"
    states = {n: component_state(machine, binding, n) for n in range(1, 6)}
    weights = dict(zip(range(1, 6), binding["weights"]))
    matched = sum(weights[n] for n in states if states[n] == "match")
    possible = matched + sum(weights[n] for n in states if states[n] == "unreadable")
    mandatory = {states[n] for n in range(1, 6) if binding["mandatory"] >> n & 1}
    if "other" in mandatory or possible < binding["threshold"]:
        return "other-hardware"
    if "unreadable" in mandatory or matched < binding["threshold"]:
        return "hardware-not-readable"
    return None


def judge(claims, machine, brand=None, wall=None, floor=0, contact=False):
    """The reason, `valid` and `expires-soon` among them."""
    if not (1 <= claims["class"] <= 12 or claims["class"] >= signed.VENDOR_CLASS):
        return "unknown-class"
    if brand is not None and brand != claims["brand"]:
        return "other-brand"
    objection = judge_binding(machine, claims["binding"])
    if objection:
        return objection
    evidence = machine.evidence
    if (claims["evidence_required"] & ~evidence
            or evidence & DOUBTFUL & ~claims["evidence_accepted"]):
        return "evidence-too-weak"
    floor = max(floor, claims["issued"])
    if wall is not None and wall < NEVER_SET_BEFORE:
        wall = None
    set_back = wall is not None and wall + DAY < floor
    now = floor if wall is None else max(wall, floor)
    expires = claims["expires"]
    if expires is not None and set_back:
        return "clock-not-plausible"
    endless_without_clock = expires is None and (wall is None or set_back)
    if now < claims["not_before"] and not endless_without_clock:
        return "not-yet-valid"
    if expires is not None and now >= expires:
        return "expired"
    if claims["contact_required"] and not contact:
        return "contact-required"
    if expires is not None and expires - now <= 15 * DAY:
        return "expires-soon"
    return "valid"


def check(data, roots, admitted, machine, **context):
    """The verdict on a file: (reason, cause or None)."""
    trust = signed.Trust(roots)
    for envelope in admitted:
        trust.admit(signed.parse_envelope(envelope))
    try:
        if data.startswith(b"-----BEGIN"):
            data = signed.dearmor(data.decode("latin-1"))
        claims = trust.verify_bundle(signed.parse_bundle(data))
    except signed.Refused as cause:
        return REASONS.get(str(cause), "issuer-not-allowed"), str(cause)
    return judge(claims, machine, **context), None
