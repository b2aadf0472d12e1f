"""Files that are not believed, and those that just are: docs/format.md 4, 5, 6 and 8."""

import ed25519
import signed
from codec import extensions, lengthed, listed, varint
from fixtures import (CERTIFICATE, CERTIFIED, DAY, ISSUED, ISSUER, ISSUER_2, KEY, OTHER_KEY, PUBLIC,
                      ROOT, ROOT_2, STRANGER, TERMS, TOLERANT, certified, file, good, licensed,
                      revoking, root_changed, terms)

ISSUER_ID = signed.key_id(PUBLIC[ISSUER])
BOTH = {"roots": (PUBLIC[ROOT], PUBLIC[ROOT_2])}
IDENTITY = b"\x01" + bytes(31)


def refused_files():
    """(name, source, file, further arguments of a case)."""
    yield from untrusted()
    yield from not_covered()
    yield from revoked()
    yield from misshapen_files()
    for name, source, payload in misshapen_terms():
        yield name, source, file(licensed(payload), CERTIFIED), {}


def untrusted():
    data, license = good(), licensed()
    yield "no-certificate", "8.2: the issuer is not known", file(license), {}
    yield "certificate-known", "8.2: known beforehand", file(license), {"admitted": (CERTIFIED,)}
    yield "certificate-known-and-carried", "8.2: both", data, {"admitted": (CERTIFIED,)}
    yield "other-root", "8.3: certified by nobody here", file(
        license, certified(STRANGER)), {}
    yield "self-signed", "8.3: an issuer certifies itself", file(
        license, certified(ISSUER)), {}
    yield "signed-by-root", "8.2: a root is no issuer", file(licensed(seed=ROOT), CERTIFIED), {}
    yield "certificate-for-root", "8.3: its key is no root", file(
        licensed(seed=ROOT_2), certified(public_key=PUBLIC[ROOT_2])), BOTH
    yield "signature-flipped", "8.4", file(license[:-1] + bytes((license[-1] ^ 1,)), CERTIFIED), {}
    yield "payload-flipped", "8.4", file(
        license.replace(b"Harbour", b"Harbous"), CERTIFIED), {}
    s = int.from_bytes(license[-32:], "little") + ed25519.L
    yield "s-not-canonical", "4: S is less than the group order", file(
        license[:-32] + s.to_bytes(32, "little"), CERTIFIED), {}
    small = signed.MAGIC + b"\x01\x03\x01" + signed.key_id(IDENTITY) + b"\x00\x07" + lengthed(terms())
    yield "small-order-key", "4: the equation holds, the key is of small order", file(
        small + IDENTITY + bytes(32), certified(public_key=IDENTITY)), {}
    yield "second-certificate", "8.2: a further certificate that verifies", file(
        license, CERTIFIED, certified(public_key=PUBLIC[ISSUER_2])), {}
    yield "second-certificate-bad", "8.2: one that does not", file(
        license, CERTIFIED, certified(STRANGER, public_key=PUBLIC[ISSUER_2])), {}
    listed_key = revoking(signed.entry(2, signed.key_id(PUBLIC[ISSUER_2])))
    yield "list-carried-known", "8.2: a list already known", file(license, CERTIFIED, listed_key), {
        "admitted": (CERTIFIED, listed_key)}
    yield "list-carried", "8.2: a list not known", file(license, CERTIFIED, listed_key), {}
    yield "no-license", "8.2: no envelope of the kind", file(CERTIFIED), {}
    yield "two-licenses", "8.2: two", file(license, licensed(count=1), CERTIFIED), {}


def not_covered():
    def by(**fields):
        return file(licensed(), certified(**fields))

    yield "kind", "8.5: kind", by(kinds=1 << signed.REVOCATION_LIST), {}
    yield "time-before", "8.5: issued before", by(valid_from=ISSUED + 1), {}
    yield "time-first", "6.1: the first second", by(valid_from=ISSUED), {}
    yield "time-last", "6.1: the last second", by(valid_until=ISSUED), {}
    yield "time-after", "8.5: issued after", by(valid_until=ISSUED - 1), {}
    yield "brand-not-named", "8.5: brand", by(brands=["Seaview"]), {}
    yield "brand-none", "8.5: an empty list names none", by(brands=[]), {}
    yield "brand-any", "6.1: any", by(brands=None), {}
    yield "class-not-named", "8.5: class", by(classes=1 << 1), {}
    yield "class-vendor-not-named", "6.1: bit 0", file(
        licensed(**{"class": 32_768}), certified(classes=0xFFFF_FFFE)), {}
    yield "class-0", "6.1: no bit stands for class 0", file(
        licensed(**{"class": 0}), certified(classes=0xFFFF_FFFF)), {}
    yield "class-32", "6.1: nor for class 32", file(
        licensed(**{"class": 32}), certified(classes=0xFFFF_FFFF)), {}
    yield "count-at-most", "6.1: count max", by(count_max=16), {}
    yield "count-more", "8.5: count", by(count_max=15), {}
    yield "order-kind-time", "8.5: kind before time", by(kinds=0, valid_until=ISSUED - 1), {}
    yield "order-brand-count", "8.5: brand before class before count", by(
        brands=[], classes=0, count_max=0), {}
    yield "order-critical-kind", "8.5: critical extension before the certificate", file(
        licensed(extensions=[(1, True, b"")]), certified(kinds=0)), {}
    yield "critical", "1.3: unknown and critical", good(extensions=[(1, True, b"")]), {}
    yield "not-critical", "1.3: unknown and not critical", good(
        extensions=[(1, False, b"x"), (2, False, b"")]), {}
    yield "critical-in-certificate", "1.3, 8.3", by(extensions=[(1, True, b"")]), {}


def revoked():
    data = good()

    def admitting(*lists, first=CERTIFIED):
        return {"admitted": (first, *lists)}

    other = signed.entry(3, OTHER_KEY)
    yield "key-revoked", "8.5: the issuer's key", data, admitting(
        revoking(signed.entry(2, ISSUER_ID)))
    yield "license-revoked", "8.5: the licence", data, admitting(revoking(signed.entry(3, KEY), other))
    yield "other-license-revoked", "8.5: not this one", data, admitting(revoking(other))
    yield "retired-before", "8.5: issued after the retirement", data, admitting(
        revoking(signed.entry(1, ISSUER_ID, ISSUED - 1), issued=ISSUED - 1))
    yield "retired-then", "8.5: issued in the second of retirement", data, admitting(
        revoking(signed.entry(1, ISSUER_ID, ISSUED), issued=ISSUED))
    yield "order-revoked-critical", "8.5: revoked before critical", good(
        extensions=[(1, True, b"")]), admitting(revoking(signed.entry(2, ISSUER_ID)))
    first, second = revoking(other, sequence=5), revoking(signed.entry(3, KEY), sequence=5)
    yield "list-same-sequence", "8.6: a list must have a higher one", data, admitting(first, second)
    yield "list-lower-sequence", "8.6", data, admitting(
        first, revoking(signed.entry(3, KEY), sequence=4))
    yield "list-higher-epoch", "8.6: epoch before sequence", data, admitting(
        first, revoking(signed.entry(3, KEY), sequence=1, epoch=1))
    yield "list-replaces", "8.6: the newest counts", data, admitting(
        revoking(signed.entry(3, KEY), sequence=4), first)
    yield "certificate-replaced", "8.6: a newer certificate", data, admitting(
        certified(sequence=2, count_max=1))
    yield "certificate-older", "8.6: an older one is refused", data, admitting(
        certified(sequence=0, count_max=1))
    yield "root-revoked", "8.5: the root", data, {
        **BOTH, "admitted": (CERTIFIED, root_changed(2, PUBLIC[ROOT], ROOT_2))}
    yield "root-revoked-first", "8.3: certificate of a revoked root", data, {
        **BOTH, "admitted": (root_changed(2, PUBLIC[ROOT], ROOT_2),)}
    yield "root-retired", "8.3: certified before the retirement", data, {
        **BOTH, "admitted": (root_changed(1, PUBLIC[ROOT], ROOT_2),)}
    yield "root-retired-before", "8.3: certified after it", data, {
        **BOTH, "admitted": (root_changed(1, PUBLIC[ROOT], ROOT_2, CERTIFICATE["issued"] - 1),)}
    yield "root-changes-itself", "6.2: another root", data, {
        **BOTH, "admitted": (root_changed(2, PUBLIC[ROOT]),)}
    yield "root-added", "6.2: add", file(licensed(), certified(STRANGER)), {
        "admitted": (root_changed(0, PUBLIC[STRANGER]),)}
    yield "root-change-by-stranger", "6.2: signed by a root", file(
        licensed(), certified(STRANGER)), {
            "admitted": (root_changed(0, PUBLIC[STRANGER], STRANGER),)}
    yield "list-by-stranger", "8: a list of nobody here", data, admitting(
        revoking(signed.entry(3, KEY), seed=ISSUER_2))
    yield "list-not-covered", "8.5: an issuer that may sign no lists", data, admitting(
        revoking(signed.entry(3, KEY)), first=certified(kinds=1 << signed.LICENSE))
    yield "list-descending", "6.5: ascending", data, admitting(signed.seal(
        ISSUER, signed.REVOCATION_LIST,
        varint(ISSUED) + lengthed(signed.entry(3, KEY) + signed.entry(2, ISSUER_ID)) + b"\x00"))
    yield "list-entry-padding", "6.5: six zeros", data, admitting(
        revoking(signed.entry(3, KEY + b"\x01")))
    yield "list-entry-4", "6.5: 1 to 3", data, admitting(revoking(signed.entry(4, KEY)))


def misshapen_files():
    data, license = good(), licensed()
    payload = terms()

    def sealed(**how):
        return file(signed.seal(ISSUER, payload=payload, **{"kind": 3, "sequence": 7, **how}), CERTIFIED)

    yield "empty-file", "5", b"", {}
    yield "bundle-magic", "5", b"HWLA" + data[4:], {}
    yield "bundle-version", "5", b"HWLB\x02" + data[5:], {}
    yield "bundle-cut", "5", data[:-1], {}
    yield "bundle-followed", "1.2: nothing follows", data + b"\x00", {}
    yield "bundle-empty", "5: 1 to 8", b"HWLB\x01\x00", {}
    yield "bundle-of-9", "5: 1 to 8", file(license, *(
        certified(sequence=n) for n in range(8))), {}
    yield "bundle-of-8", "5: 1 to 8", file(license, *(
        certified(sequence=n) for n in range(7))), {}
    yield "bundle-twice", "5: each once", file(license, CERTIFIED, CERTIFIED), {}
    yield "bundle-over-long", "1.2: a varint longer than it needs to be", (
        b"HWLB\x01\x82\x00" + data[6:]), {}
    yield "bundle-too-large", "5: 16,384 bytes", data + bytes(16_385 - len(data)), {}
    yield "envelope-magic", "4", file(b"hwlicense;" + license[10:], CERTIFIED), {}
    yield "envelope-version", "4", sealed(version=2), {}
    yield "envelope-kind-0", "9.1", sealed(kind=0), {}
    yield "envelope-kind-12", "9.1", sealed(kind=12), {}
    yield "envelope-kind-lease", "8.2: nothing of the kind asked for", sealed(kind=5), {}
    yield "envelope-algorithm", "4", sealed(algorithm=2), {}
    yield "envelope-too-large", "4: 4,096 bytes", file(license + bytes(4_097 - len(license))), {}
    yield "envelope-followed", "4: nothing follows the signature", file(license + b"\x00", CERTIFIED), {}
    yield "envelope-cut", "4", file(license[:-1], CERTIFIED), {}
    armored = signed.armor(data)
    yield "armour-before", "5: nothing before", ("\n" + armored).encode(), {}
    yield "armour-after", "5: nothing after", (armored + "x\n").encode(), {}
    yield "armour-label", "5: label", armored.replace("HWLICENSE", "HWLICENCE").encode(), {}
    yield "armour-lines", "5: lines of 64", armored.replace("\n", "", 2).replace(
        "-----BEGIN HWLICENSE-----", "-----BEGIN HWLICENSE-----\n").encode(), {}
    yield "armour-character", "5: base 64", (
        armored[:40] + "*" + armored[41:]).encode(), {}


def misshapen_terms():
    """(name, source, payload): signed, and still not of the right shape."""
    good_terms = terms()
    yield "terms-followed", "1.2: nothing follows", good_terms + b"\x00"
    yield "terms-cut", "1.2", good_terms[:-1]
    yield "terms-empty", "1.2", b""
    at = 10 + 1 + len(TERMS["brand"])
    yield "class-over-long", "1.2: varint", good_terms[:at] + b"\x82\x00" + good_terms[at + 1:]
    yield "class-over-16-bits", "1.1: u16", good_terms[:at] + b"\x82\x80\x04" + good_terms[at + 1:]
    yield "contact-2", "1.1: bool", good_terms[:-2] + b"\x02\x00"
    yield "key-check", "6.3: the check must fit", KEY[:-1] + bytes((KEY[-1] ^ 1,)) + good_terms[10:]
    yield "brand-33", "6.3: at most 32", terms(brand="N" * 33)
    yield "holder-96", "6.3: at most 96, in bytes", terms(holder="\u00e9" * 48)
    yield "holder-97", "6.3: at most 96, in bytes", terms(holder="\u00e9" * 48 + "x")
    yield "edition-33", "6.3: at most 32", terms(edition="E" * 33)
    yield "holder-not-utf8", "1.2", good_terms.replace(b"Harbour", b"Harbou\xff")
    for code in (0x00, 0x1F, 0x7F, 0x9F, 0x200E, 0x200F, 0x2028, 0x202E, 0x2066, 0x2069, 0xFEFF):
        yield f"holder-u{code:04x}", "1.4: clean", terms(holder="A" + chr(code))
    for code in (0x20, 0x7E, 0xA0, 0x200D, 0x2010, 0x2027, 0x202F, 0x2065, 0x206A, 0xFEFE, 0x1F600):
        yield f"holder-u{code:04x}", "1.4: allowed", terms(holder="A" + chr(code))
    yield "feature-empty", "6.3: 1 to 32", terms(features=[""])
    yield "feature-33", "6.3: 1 to 32", terms(features=["f" * 33])
    yield "features-16", "6.3: at most 16", terms(features=[f"f{n:02}" for n in range(16)])
    yield "features-17", "6.3: at most 16", terms(features=[f"f{n:02}" for n in range(17)])
    yield "features-descending", "6.3: ascending", terms(features=["b", "a"])
    yield "features-twice", "6.3: each once", terms(features=["a", "a"])
    yield "expires-at-once", "6.3: greater than not before", terms(expires=ISSUED)
    yield "expires-second", "6.3: expired since", terms(expires=ISSUED + 1)
    yield "extensions-descending", "1.3", terms(extensions=[(2, False, b""), (1, False, b"")])
    yield "extensions-twice", "1.3", terms(extensions=[(2, False, b""), (2, False, b"")])
    yield "extensions-9", "1.3: at most 8", terms(extensions=[(n, False, b"") for n in range(9)])
    yield "extensions-8", "1.3: at most 8", terms(extensions=[(n, False, b"") for n in range(8)])

    def bound(**fields):
        return terms(binding={**TOLERANT, **fields})

    yield "mandatory-none", "6.4: at least one", bound(mandatory=0)
    yield "mandatory-bit-0", "6.4: no component", bound(mandatory=1 << 1 | 1)
    yield "mandatory-bit-6", "6.4: no component", bound(mandatory=1 << 1 | 1 << 6)
    yield "mandatory-weightless", "6.4: only with a weight", bound(weights=[0, 50, 50, 20, 30])
    yield "threshold-0", "6.4: at least 1", bound(threshold=0)
    yield "threshold-sum", "6.4: the sum", bound(threshold=130)
    yield "threshold-more", "6.4: at most the sum", bound(threshold=131)
    digests = TOLERANT["digests"]
    yield "digests-missing", "6.4: every component with a weight has one", bound(
        digests=[d for d in digests if d[0] != 2])
    yield "digests-descending", "6.4: ascending", bound(digests=digests[::-1])
    yield "digests-twice", "6.4: each once", bound(digests=sorted(digests + digests[:1]))
    yield "digests-of-6", "6.4: no component", bound(digests=digests + [(6, bytes(16))])
    more = sorted(digests + [(4, bytes((n,)) * 16) for n in range(16 - len(digests))])
    yield "digests-16", "6.4: at most 16", bound(digests=more)
    yield "digests-17", "6.4: at most 16", bound(digests=sorted(more + [(4, b"\xff" * 16)]))
    yield "binding-2", "6.4: 0 or 1", good_terms.replace(
        b"\x00" + TERMS["binding"]["strict"], b"\x02" + TERMS["binding"]["strict"])
