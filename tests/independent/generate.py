"""Writes the golden vectors: `python3 tests/independent/generate.py [FOLDER]`.

Without a folder, `tests/vectors/`. The files are frozen: what is written must be, bit for bit,
what is committed, and cases are only ever added in files of their own.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import cases_enrollment
import cases_hwid
import cases_junk
import cases_license
import cases_primary
import cases_updates
import hwid

COMPONENTS = ["board", "cpu", "memory", "nic", "platform"]
SALT = bytes.fromhex("a55a0f1e2d3c4b5a69788796a5b4c3d2")


def evidence_names(bits):
    return [name for bit, name in enumerate(hwid.EVIDENCE) if bits >> bit & 1]


def digested(machine):
    """What each component is made of: preimage, digest, salted digests."""
    out = {}
    for number, name in enumerate(COMPONENTS, 1):
        digest = machine.digests.get(number)
        if digest is None:
            out[name] = None
            continue
        preimage = b"hwl03cmp" + bytes((number,)) + machine.fields[number]
        out[name] = {"preimage": preimage.hex(), "digest": digest.hex(),
                     "salted": hwid.salted(number, SALT, digest).hex()}
    return out


def hwid_case(name, why, descriptor):
    case = {"name": name, "source": f"docs/format.md {why}", "descriptor": descriptor}
    try:
        machine = hwid.Machine(descriptor)
    except hwid.Refused as reason:
        return {**case, "error": str(reason)}
    case["components"] = digested(machine)
    case["nics"] = [hwid.salted(0x40, SALT, mac).hex() for mac in machine.macs]
    case["evidence"] = evidence_names(machine.evidence)
    case["unreadable"] = sorted(sum(machine.unreadable.values(), []))
    try:
        case["hwid"] = machine.finish().hwid().hex()
    except hwid.Refused as reason:
        case["error"] = str(reason)
    return case


def vectors():
    yield "hwid.json", {
        "about": "From descriptors to HWIDs, scheme 03 (docs/format.md 2).", "salt": SALT.hex(),
        "cases": [hwid_case(*case) for case in cases_hwid.cases()]}
    yield "junk.json", cases_junk.vectors()
    yield "enrollment.json", cases_enrollment.vectors()
    yield "license.json", cases_license.vectors()
    yield "license-key.json", cases_license.key_vectors()
    yield "primary.json", cases_primary.vectors()
    yield "updates.json", cases_updates.vectors()


def main(folder):
    for name, content in vectors():
        text = json.dumps(content, indent=1, ensure_ascii=True) + "\n"
        (folder / name).write_text(text, encoding="ascii")


if __name__ == "__main__":
    default = pathlib.Path(__file__).resolve().parent.parent / "vectors"
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default)
