"""Answers the Rust tests: one JSON question a line on standard input, one JSON answer a line.

    {"ask": "hwid", "descriptor": …, "enrollment": HEX?}   HWID and evidence, or the error
    {"ask": "enroll", "descriptor": …, "salt": HEX}        the encoded enrolment, or the error
    {"ask": "check", …}                                    the verdict on a file
    {"ask": "files", "seed": N, "count": N}                files made here, with their verdicts
"""

import json
import random
import sys

sys.dont_write_bytecode = True

import cases_license
import fixtures
import hwid
import signed
import verdict
from cases_hwid import SERVER


def evidence(bits):
    return [name for bit, name in enumerate(hwid.EVIDENCE) if bits >> bit & 1]


def ask_hwid(question):
    enrollment = question.get("enrollment")
    try:
        if enrollment:
            enrollment = hwid.decode_enrollment(bytes.fromhex(enrollment))
        machine = hwid.identify(question["descriptor"], enrollment)
    except hwid.Refused as reason:
        return {"error": str(reason)}
    return {"hwid": machine.hwid().hex(), "evidence": evidence(machine.evidence)}


def ask_enroll(question):
    try:
        enrollment = hwid.enroll(question["descriptor"], bytes.fromhex(question["salt"]))
    except hwid.Refused as reason:
        return {"error": str(reason)}
    return {"bytes": hwid.encode_enrollment(enrollment).hex()}


def ask_check(question):
    machine = verdict.machine_of(question["descriptor"])
    reason, cause = verdict.check(
        bytes.fromhex(question["file"]), [bytes.fromhex(root) for root in question["roots"]], [],
        machine, **question["context"])
    return {"reason": reason, "cause": cause}


def random_text(rng, limit):
    alphabet = "abcXYZ 019-_/\u00e9\u4e2d\U0001f600"
    text = "".join(rng.choice(alphabet) for _ in range(rng.randrange(limit)))
    while len(text.encode()) > limit:
        text = text[:-1]
    return text


def random_terms(rng):
    issued = fixtures.ISSUED + rng.randrange(-10, 10) * fixtures.DAY
    not_before = issued + rng.randrange(0, 20) * fixtures.DAY
    features = sorted({random_text(rng, 30) + "f" for _ in range(rng.randrange(17))},
                      key=lambda feature: feature.encode())
    return {
        **fixtures.TERMS, "key": signed.key_from_random(rng.randbytes(10)),
        "brand": rng.choice(["Northgate", "Seaview", random_text(rng, 32)]),
        "class": rng.choice([1, 2, 2, 2, 13, 40_000, rng.randrange(65_536)]),
        "count": rng.choice([0, 1, 256, 257, rng.randrange(2**32)]),
        "holder": random_text(rng, 96), "edition": random_text(rng, 32),
        "maintenance_until": rng.choice([None, rng.randrange(2**64)]), "features": features,
        "binding": rng.choice([fixtures.STRICT, fixtures.TOLERANT]),
        "evidence_required": rng.choice([0, 0, 1, rng.randrange(2**16)]),
        "evidence_accepted": rng.randrange(2**16), "issued": issued, "not_before": not_before,
        "expires": rng.choice([None, not_before + 1 + rng.randrange(40 * fixtures.DAY)]),
        "grace_offline_s": rng.randrange(2**32), "grace_changed_s": rng.randrange(2**32),
        "contact_required": rng.random() < 0.2,
        "extensions": [(tag, rng.random() < 0.05, rng.randbytes(rng.randrange(20)))
                       for tag in sorted(rng.sample(range(2**16), rng.randrange(3)))],
    }


def ask_files(question):
    rng = random.Random(question["seed"])
    cases = []
    for number in range(question["count"]):
        terms = random_terms(rng)
        data = fixtures.file(fixtures.licensed(signed.license(terms)), fixtures.CERTIFIED)
        if rng.random() < 0.2:
            position = rng.randrange(len(data))
            data = data[:position] + bytes((data[position] ^ 1 << rng.randrange(8),)) + data[position + 1:]
        context = {
            "wall": rng.choice([None, fixtures.NOW + rng.randrange(-40, 40) * fixtures.DAY]),
            "floor": rng.choice([0, fixtures.NOW + rng.randrange(-40, 40) * fixtures.DAY]),
            "contact": rng.random() < 0.5, "brand": rng.choice([None, "Northgate"])}
        name = f"seed {question['seed']}, file {number}"
        cases.append(cases_license.case(name, "8", data, SERVER, **context))
    for case in cases:
        case["machine"] = 0
    return {"machines": [SERVER], "cases": cases}


ANSWERS = {"hwid": ask_hwid, "enroll": ask_enroll, "check": ask_check, "files": ask_files}


def main():
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(ANSWERS[question["ask"]](question)), flush=True)


if __name__ == "__main__":
    main()
