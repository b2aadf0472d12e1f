"""What is refused, and why; and what is granted, to show that the image can do both.

Files come from the golden vectors (tests/vectors/license.json). With a stand-in for the engine,
signatures are believed as the scenario says, so that the image needs no curve arithmetic; with a
built-in verifier they are what they are.
"""

import dataclasses
import json
import pathlib

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "license.json"
HOLDS, FAILS = 1804416457, 2490550838

# As in machine.h.
ENROLLED, OTHER_CPU, OTHER_BOARD, OTHER_CPU_AND_NICS, HIDDEN_BOARD, VIRTUAL = range(6)


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    # Name of the vector that gives file, admitted envelopes and times.
    vector: str
    # What `last_status` and the reason in the report are when nothing is skipped.
    status: int = 0
    reason: str = "valid"
    machine: int = ENROLLED
    brand: str = "Northgate"
    root_answer: int = HOLDS
    issuer_answer: int = HOLDS


GRANTED = [
    Scenario("granted, strict", "strict"),
    Scenario("granted, tolerant", "tolerant"),
    Scenario("granted, with an end", "sixteen-days-left"),
    Scenario("granted, another licence is revoked", "other-license-revoked"),
]

REFUSED = [
    Scenario("wrong hardware, strict", "strict", 0, "other-hardware", machine=OTHER_CPU),
    Scenario("wrong hardware, tolerant, board", "tolerant", 0, "other-hardware", machine=OTHER_BOARD),
    Scenario("wrong hardware, tolerant, weight", "tolerant", 0, "other-hardware", machine=OTHER_CPU_AND_NICS),
    Scenario("hardware not readable", "tolerant", 0, "hardware-not-readable", machine=HIDDEN_BOARD),
    Scenario("evidence too weak", "evidence-required", 0, "evidence-too-weak"),
    Scenario("evidence not accepted", "vm-not-accepted", 0, "other-hardware", machine=VIRTUAL),
    Scenario("wrong brand", "strict", 0, "other-brand", brand="Seaview"),
    Scenario("unknown class", "class-unknown", 0, "unknown-class"),
    Scenario("expired", "expired", 0, "expired"),
    Scenario("not yet valid", "second-before", 0, "not-yet-valid"),
    Scenario("clock set back", "clock-more-behind", 0, "clock-not-plausible"),
    Scenario("contact required", "contact-none", 0, "contact-required"),
    Scenario("bad signature of the licence", "strict", -107, issuer_answer=FAILS),
    Scenario("bad signature of the certificate", "strict", -107, root_answer=FAILS),
    Scenario("bad signature, certificate known", "certificate-known", -107, issuer_answer=FAILS),
    Scenario("unknown key", "self-signed", -106),
    Scenario("issuer revoked", "key-revoked", -113),
    Scenario("licence revoked", "license-revoked", -114),
    Scenario("root revoked", "root-revoked", -113),
    Scenario("issuer retired before", "retired-before", -109),
    Scenario("issuer not allowed: count", "count-more", -112),
    Scenario("issuer not allowed: class", "class-not-named", -111),
    Scenario("unknown critical term", "critical", -115),
]

# For the images with a built-in verifier, where the signatures themselves are wrong.
SIGNED = [
    Scenario("payload changed", "payload-flipped", -107),
    Scenario("signature changed", "signature-flipped", -107),
    Scenario("S too large", "s-not-canonical", -107),
]
SIGNED_ANY = [*SIGNED, Scenario("key of small order", "small-order-key", -107)]
SIGNED_PINNED = [*SIGNED, Scenario("key that is not pinned", "small-order-key", -119)]


def cases():
    with open(VECTORS, encoding="utf-8") as file:
        vectors = json.load(file)
    return {case["name"]: case for case in vectors["cases"]}


def apply(machine, scenario, case):
    """Writes a scenario into the memory of the image and has it make ready."""
    data = bytes.fromhex(case["file"])
    context = case["context"]
    machine.write("scenario_roots", bytes.fromhex("".join(case["roots"])))
    machine.write_word("scenario_root_count", len(case["roots"]))
    machine.write("scenario_license", data)
    machine.write_word("scenario_license_length", len(data))
    for index, admitted in enumerate(case["admitted"]):
        envelope = bytes.fromhex(admitted["bytes"])
        machine.uc.mem_write(machine.image.names["scenario_admitted"] + 256 * index, envelope)
        machine.uc.mem_write(machine.image.names["scenario_admitted_length"] + 4 * index,
                             len(envelope).to_bytes(4, "little"))
    machine.write("scenario_brand", scenario.brand.encode())
    machine.write_word("scenario_brand_length", len(scenario.brand))
    machine.write_word("scenario_machine", scenario.machine)
    machine.write_word("scenario_wall_unix_s", context["wall"], 8)
    machine.write_word("scenario_floor_unix_s", context["floor"], 8)
    machine.write_word("scenario_contact", int(context["contact"]))
    # What is admitted beforehand is good; only the attempt meets the answers of the scenario.
    answer(machine, HOLDS, HOLDS)
    if machine.call("prepare") != 0:
        raise RuntimeError(f"{scenario.name}: prepare failed with {machine.word('last_status')}")
    answer(machine, scenario.root_answer, scenario.issuer_answer)


def answer(machine, root, issuer):
    """Tells the stand-in for the engine what to answer, where there is one."""
    if "scenario_root_answer" in machine.image.names:
        machine.write_word("scenario_root_answer", root)
        machine.write_word("scenario_issuer_answer", issuer)
