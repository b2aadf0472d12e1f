"""Licences on machines at times, believed and not; and licence keys."""

import hwid
import signed
import verdict
from cases_enrollment import GENERATED, USER, VM, with_nics
from cases_hwid import MAC_B, MAC_C, SERVER, changed, nic, v
from cases_refused import refused_files
from fixtures import (DAY, ENROLLMENT, ISSUED, ISSUER, KEY, NOW, PUBLIC, ROOT, ROOT_2, TERMS,
                      TOLERANT, good, tolerant)

OTHER_CPU = changed("cpu.signature", v(1))
OTHER_BOARD = {**SERVER, "board": {"serial": {"text": "ZM16AS034418"}}}


def on_machines():
    """(name, source, file, descriptor)."""
    strict, loose = good(), good(binding=TOLERANT)
    new_nic = with_nics(SERVER, nic(MAC_C))
    yield "strict", "6.4: this HWID", strict, SERVER
    yield "strict-other", "6.4: another HWID", strict, OTHER_CPU
    yield "strict-hidden", "8: no HWID because fields may not be read", strict, USER
    yield "strict-not-unique", "8: no HWID because nothing is unique", strict, {}
    yield "tolerant", "6.4: everything matches", loose, SERVER
    yield "tolerant-nic-added", "6.4: one NIC that is still there is enough", loose, with_nics(
        SERVER, nic(MAC_B), nic(MAC_C))
    yield "tolerant-nic-replaced", "6.4: 110 of 130, threshold 100", loose, new_nic
    yield "tolerant-cpu-replaced", "6.4: 110 of 130", loose, OTHER_CPU
    yield "tolerant-cpu-memory", "6.4: 100 of 130, just enough", loose, {**OTHER_CPU, "memory": {}}
    yield "tolerant-cpu-nic", "6.4: 90 of 130", loose, {**OTHER_CPU, "nics": new_nic["nics"]}
    yield "tolerant-board", "6.4: a mandatory component", loose, OTHER_BOARD
    yield "tolerant-board-hidden", "6.4 rule 2: unreadable and mandatory", loose, USER
    yield "tolerant-hidden-other", "6.4 rule 1 before rule 2: possible is too little", loose, {
        **changed("cpu.signature", v(1), USER), "nics": new_nic["nics"]}
    yield "tolerant-memory-hidden", "6.4: 120 read, enough", loose, changed(
        "memory.modules", {"unreadable": True})
    yield "tolerant-too-little-read", "6.4 rule 2: 90 read, 130 possible", loose, changed(
        "cpu.signature", {"unreadable": True}, changed("nics", {"unreadable": True}))
    weightless = tolerant(weights=[0, 20, 0, 20, 0], mandatory=1 << hwid.NIC, threshold=40)
    yield "tolerant-weightless", "6.4: a component without a weight", good(binding=weightless), {
        **SERVER, "board": {}}
    yield "vm-not-accepted", "6.3: bit 9 is not accepted", good(
        binding=strict_for(VM), evidence_accepted=0), VM
    yield "vm-accepted", "6.3: accepted", good(
        binding=strict_for(VM), evidence_accepted=1 << 9), VM
    yield "generated", "6.3: bit 7 is not accepted", good(binding=strict_for(GENERATED)), GENERATED
    yield "evidence-required", "6.3: bit 3 is not there", good(evidence_required=1 << 3 | 1), SERVER
    yield "evidence-unassigned", "6.3: a bit that nothing sets", good(
        evidence_required=1 << 15), SERVER
    yield "armoured", "5: PEM", signed.armor(strict).encode(), SERVER


def strict_for(descriptor):
    return {"strict": hwid.identify(descriptor).hwid()}


def at_times():
    """(name, source, file, context)."""
    ending = good(expires=ISSUED + 100 * DAY, not_before=ISSUED + DAY)
    endless = good(not_before=ISSUED + 20 * DAY)
    end = ISSUED + 100 * DAY
    yield "first-second", "6.3: not before", ending, {"wall": ISSUED + DAY}
    yield "second-before", "6.3: not before", ending, {"wall": ISSUED + DAY - 1}
    yield "sixteen-days-left", "8: more than 15 days", ending, {"wall": end - 15 * DAY - 1}
    yield "fifteen-days-left", "8: 15 days", ending, {"wall": end - 15 * DAY}
    yield "last-second", "6.3: expires", ending, {"wall": end - 1}
    yield "expired", "6.3: the first second at which it is no longer good", ending, {"wall": end}
    yield "expired-by-floor", "8: the later of clock and floor", ending, {
        "wall": end - DAY, "floor": end}
    yield "clock-a-day-behind", "8: 86,400 s are plausible", ending, {
        "wall": NOW - DAY, "floor": NOW}
    yield "clock-more-behind", "8: one more is not", ending, {"wall": NOW - DAY - 1, "floor": NOW}
    yield "clock-behind-issue", "8: the floor is at least issued", ending, {
        "wall": ISSUED - DAY - 1}
    yield "no-clock", "8: the floor is the time", ending, {"floor": NOW}
    yield "no-clock-expired", "8: the floor is the time", ending, {"floor": end}
    yield "clock-never-set", "8: before 2026 counts as none", ending, {
        "wall": 1_767_225_599, "floor": NOW}
    yield "clock-just-set", "8: 2026 counts", ending, {"wall": 1_767_225_600, "floor": NOW}
    yield "endless-early", "8: not before counts with a good clock", endless, {"wall": NOW}
    yield "endless-no-clock", "8: but not without one", endless, {}
    yield "endless-set-back", "8: nor with one that is set back", endless, {
        "wall": NOW, "floor": NOW + DAY + 1}
    contact = good(contact_required=True)
    yield "contact-none", "8: contact required", contact, {"wall": NOW}
    yield "contact-current", "8: contact there", contact, {"wall": NOW, "contact": True}
    yield "brand", "8: the product's brand", good(), {"wall": NOW, "brand": "Northgate"}
    yield "brand-other", "8: another brand", good(), {"wall": NOW, "brand": "northgate"}
    yield "class-unknown", "9.2: 13 is no class", good(**{"class": 13}), {"wall": NOW}
    yield "class-vendor", "9.2: the vendors'", good(**{"class": 65_535}), {"wall": NOW}
    yield "order-class", "8: class before brand", good(**{"class": 13}), {
        "wall": NOW, "brand": "Seaview"}
    yield "order-clock", "8: clock before not yet valid", ending, {"wall": ISSUED, "floor": NOW}
    yield "order-expired", "8: expired before contact", good(
        expires=ISSUED + 5 * DAY, contact_required=True), {"wall": NOW}


def case(name, source, data, descriptor, roots=(PUBLIC[ROOT],), admitted=(), enrollment=None,
         **context):
    trust, outcomes = signed.Trust(roots), []
    for envelope in admitted:
        try:
            trust.admit(signed.parse_envelope(envelope))
        except signed.Refused as reason:
            outcomes.append({"bytes": envelope.hex(), "error": str(reason)})
        else:
            outcomes.append({"bytes": envelope.hex(), "error": None})
    machine = verdict.machine_of(descriptor, enrollment)
    taken = [bytes.fromhex(o["bytes"]) for o in outcomes if o["error"] is None]
    reason, cause = verdict.check(data, roots, taken, machine, **context)
    return {
        "name": name, "source": f"docs/format.md {source}",
        "roots": [root.hex() for root in roots], "admitted": outcomes, "file": data.hex(),
        "machine": descriptor,
        "enrollment": hwid.encode_enrollment(enrollment).hex() if enrollment else None,
        "context": {"brand": None, "wall": None, "floor": 0, "contact": False, **context},
        "reason": reason, "cause": cause,
    }


def vectors():
    cases = [case(*row, wall=NOW) for row in on_machines()]
    cases += [case(name, source, data, SERVER, **context)
              for name, source, data, context in at_times()]
    for name, source, accepted in (
            ("enrollment-accepted", "3.3, 6.3: an enrolment stands in", TERMS["evidence_accepted"]),
            ("enrollment-not-accepted", "6.3: bit 11 is not accepted", 1 << 5)):
        cases.append(case(name, source, good(evidence_accepted=accepted), USER,
                          enrollment=ENROLLMENT, wall=NOW))
    cases += [case(name, source, data, SERVER, wall=NOW, **more)
              for name, source, data, more in refused_files()]
    machines = []
    for row in cases:
        if row["machine"] not in machines:
            machines.append(row["machine"])
        row["machine"] = machines.index(row["machine"])
    return {
        "about": "Licences with fixed seeds (Ed25519 seeds are one byte 32 times: roots 11 and 22, "
                 "issuers 44 and 55), and the verdict on each (docs/format.md 4 to 8). `machine` "
                 "counts `machines` from 0.",
        "keys": {"root": PUBLIC[ROOT].hex(), "root-id": signed.key_id(PUBLIC[ROOT]).hex(),
                 "root-2": PUBLIC[ROOT_2].hex(), "issuer": PUBLIC[ISSUER].hex(),
                 "issuer-id": signed.key_id(PUBLIC[ISSUER]).hex()},
        "terms": {**{name: value for name, value in TERMS.items()
                     if name not in ("key", "binding")}, "key": signed.key_text(KEY)},
        "machines": machines, "cases": cases,
    }


def key_vectors():
    def read(text):
        try:
            return {"text": text, "bytes": signed.key_parse(text).hex()}
        except signed.Refused as reason:
            return {"text": text, "error": str(reason)}

    texts = []
    for n in range(8):
        key = signed.key_from_random(bytes((n * 37 + i * 11 + n * i) % 256 for i in range(10)))
        texts.append(signed.key_text(key))
    one = signed.key_text(signed.key_from_random(bytes.fromhex("08421000000000000000")))
    texts += [one, one.replace("1", "I"), one.replace("1", "l"), one.replace("0", "o"), one.lower(),
              one.replace("-", ""), f" \t{one}\r\n", one[:-1], one + "0", one.replace("-", "", 1),
              one.replace("-", " "), "U" + one[1:], "2" + one[1:], one[1] + one[0] + one[2:], "",
              "-" * 19, one.replace("-", "") + "---", "\u00a0" + one, one[:4] + "--" + one[6:]]
    random = bytes.fromhex("ffffffffffffffffffff")
    return {
        "about": "Licence keys (docs/format.md 7).",
        "from-random": [{"random": data.hex(), "bytes": signed.key_from_random(data).hex(),
                         "text": signed.key_text(signed.key_from_random(data))}
                        for data in (random, bytes(10), KEY, bytes(range(10)))],
        "texts": [read(text) for text in texts],
    }
