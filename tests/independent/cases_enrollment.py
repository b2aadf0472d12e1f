"""Enrolments with fixed salts, what an enrolled machine reads as later, and refused bytes."""

import copy

import hwid
from cases_hwid import (BOARD, GIB, HIDDEN, MAC_A, MAC_B, MAC_C, MODULES, RADIO, SERVER,
                        SWAPPED_UUID, UUID, changed, module, nic, t, v, x)
from codec import extensions, varint

SALTS = [bytes((i * 17 + j * 29 + 3) % 256 for j in range(16)) for i in range(16)]
ROOT_ONLY = {"serial": HIDDEN, "system_serial": HIDDEN, "system_uuid": HIDDEN}
CAMERA = {
    "kind": "physical",
    "board": {"product": t("Q3536-LVE"), "serial": t("B8A44F9A3C51")},
    "cpu": {"signature": v(0x411FD040), "serial": t("00000000acf9d788")},
    "memory": {"total_bytes": v(1_046_798_336)},
    "nics": [nic("b8a44f9a3c51")],
    "platform_ids": [{"source": "soc", "bytes": x("8c1f00a2d3e4f596")},
                     {"source": "emmc-cid", "bytes": x("150100384754463452016d2c8b917a33")}],
}
RADIO_ONLY = {"board": {"product": t("Tablet 7X")}, "nics": [nic(RADIO, of="wireless")]}
BOARD_ONLY = {"board": {**BOARD, "system_uuid": x(UUID)}, "memory": {"modules": MODULES}}
SERIAL_ONLY = {"board": {"serial": t("ZM16AS034417")}, "nics": [nic(MAC_A)]}
VM = {"kind": "virtual-machine", "board": {"system_uuid": x(UUID), "system_vendor": t("QEMU")},
      "cpu": {"signature": v(0x000906E9)}, "memory": {"total_bytes": v(4 * GIB)},
      "nics": [nic("005056a1b2c3")]}
GENERATED = {"kind": "container",
             "platform_ids": [{"source": "generated", "bytes": x("5d76a0b0cd0ab5418c5b4e96")}]}


def with_board(base, **fields):
    copied = copy.deepcopy(base)
    copied["board"].update(fields)
    return copied


def with_nics(base, *listed):
    return {**copy.deepcopy(base), "nics": list(listed)}


USER = changed("memory.modules", HIDDEN, with_board(SERVER, **ROOT_ONLY))


def enrolled():
    """(name, source, descriptor, [(name, later descriptor)])."""
    yield "server", "3.3: a server with everything", SERVER, [
        ("same", SERVER),
        ("uuid-swapped", with_board(SERVER, system_uuid=x(SWAPPED_UUID))),
        ("names-respelt", with_board(SERVER, vendor=t("SuperMicro Inc"), product=t("X11"))),
        ("nic-added", with_nics(SERVER, *SERVER["nics"], nic(MAC_C))),
        ("nic-gone", with_nics(SERVER, nic(MAC_A))),
        ("nic-replaced", with_nics(SERVER, nic(MAC_A), nic(MAC_C))),
        ("ordinary-user", USER),
        ("ordinary-user-nic-added", with_nics(USER, nic(MAC_C), nic(MAC_B), nic(MAC_A))),
        ("ordinary-user-nic-gone", with_nics(USER, nic(MAC_A))),
        ("ordinary-user-other-cpu", changed("cpu.signature", v(1), USER)),
        ("ordinary-user-other-platform", {**USER, "platform_ids": []}),
        ("ordinary-user-other-product", with_board(USER, product=t("X12"))),
        ("ordinary-user-no-vendor", changed("board.vendor", None, USER)),
        ("ordinary-user-serial-read", with_board(USER, serial=t("ZM16AS034417"))),
        ("ordinary-user-other-serial", with_board(USER, serial=t("ZM16AS034418"))),
        ("ordinary-user-serial-gone", changed("board.serial", None, USER)),
        ("ordinary-user-nics-hidden", changed("nics", HIDDEN, USER)),
        ("ordinary-user-cpu-hidden", changed("cpu.signature", HIDDEN, USER)),
        ("board-hidden", with_board(SERVER, **ROOT_ONLY)),
        ("memory-hidden", changed("memory.modules", HIDDEN)),
        ("memory-hidden-total-too", changed("memory.total_bytes", HIDDEN,
                                            changed("memory.modules", HIDDEN))),
        ("memory-gone", {**SERVER, "memory": {}}),
        ("cpu-serial-new", changed("cpu.serial", t("C04D177A2E90"))),
        ("platform-id-new", {**SERVER, "platform_ids": SERVER["platform_ids"] + [
            {"source": "soc", "bytes": x("b0aa01c2")}]}),
    ]
    yield "camera", "3.3: an ARM camera", CAMERA, [
        ("same", CAMERA),
        ("board-hidden", with_board(CAMERA, serial=HIDDEN)),
        ("memory-total-hidden", changed("memory.total_bytes", HIDDEN, CAMERA)),
        ("memory-of-same-class", changed("memory.total_bytes", v(990_000_000), CAMERA)),
        ("uuid-new", with_board(CAMERA, system_uuid=x(UUID))),
        ("uuid-new-hidden", with_board(CAMERA, system_uuid=HIDDEN)),
        ("system-names-new", with_board(CAMERA, system_vendor=t("Axis"))),
        ("no-nic", with_nics(CAMERA)),
    ]
    yield "serial-only", "3.3 step 1: facts that were not enrolled are absent", SERIAL_ONLY, [
        ("serials-new", with_board(SERIAL_ONLY, system_serial=t("NVS42-0091834"))),
        ("uuid-new", with_board(SERIAL_ONLY, system_uuid=x(UUID))),
        ("names-new", with_board(SERIAL_ONLY, product=t("X11SSH-F"))),
        ("names-hidden-later", with_board(SERIAL_ONLY, product=HIDDEN)),
        ("name-new-repeats-serial", with_board(SERIAL_ONLY, product=t("ZM16AS034417"))),
        ("uuid-hidden-later", with_board(SERIAL_ONLY, system_uuid=HIDDEN)),
        ("memory-new", {**SERIAL_ONLY, "memory": {"modules": MODULES}}),
        ("memory-hidden-later", {**SERIAL_ONLY, "memory": {"modules": HIDDEN}}),
        ("cpu-hidden-later", {**SERIAL_ONLY, "cpu": {"signature": HIDDEN}}),
        ("platform-hidden-later", {**SERIAL_ONLY, "platform_ids": [
            {"source": "tpm", "bytes": HIDDEN}]}),
    ]
    yield "board-only", "3.2: no sealed digests without something else that is unique", BOARD_ONLY, [
        ("same", BOARD_ONLY),
        ("hidden", with_board(BOARD_ONLY, **ROOT_ONLY)),
        ("memory-hidden", changed("memory.modules", HIDDEN, BOARD_ONLY)),
    ]
    yield "wireless-only", "2.5, 3.3: a radio that was enrolled", RADIO_ONLY, [
        ("same", RADIO_ONLY),
        ("wired-added", with_nics(RADIO_ONLY, nic(RADIO, of="wireless"), nic(MAC_A))),
        ("radio-added", with_nics(RADIO_ONLY, nic(RADIO, of="wireless"),
                                  nic("00c0ca9b1122", of="wireless"))),
        ("serial-new", with_board(RADIO_ONLY, serial=t("D0JHP72"))),
        ("radio-gone", with_nics(RADIO_ONLY)),
    ]
    yield "virtual-machine", "2.7: a hypervisor's MAC does not seal", VM, [
        ("same", VM),
        ("other-host", changed("cpu.signature", v(0x00050654), VM)),
        ("clone-new-uuid", with_board(VM, system_uuid=x("11" + UUID[2:]))),
        ("clone-other-mac", with_nics(VM, nic("005056a1b2c4"))),
        ("uuid-hidden", with_board(VM, system_uuid=HIDDEN)),
    ]
    yield "generated", "2.7: a generated identity moves with its file", GENERATED, [
        ("same", GENERATED), ("gone", {"kind": "container"})]
    yield "many-nics", "3.1: 32 NICs fit 1,024 bytes", {
        **CAMERA, "board": SERVER["board"], "nics": [nic(f"0025905c{n:04x}") for n in range(1, 33)],
        "memory": SERVER["memory"]}, [
        ("one-more", {**CAMERA, "board": SERVER["board"], "memory": SERVER["memory"],
                      "nics": [nic(f"0025905c{n:04x}") for n in range(1, 34)]})]
    yield "not-unique", "2.7: nobody enrols what is not unique", {"board": {"product": t("X")}}, []
    yield "not-readable", "2.1: nor what is not known for certain", USER, []


def later(name, descriptor, enrollment):
    case = {"name": name, "descriptor": descriptor}
    try:
        machine = hwid.identify(descriptor, enrollment)
    except hwid.Refused as reason:
        return {**case, "error": str(reason)}
    names = [n for bit, n in enumerate(hwid.EVIDENCE) if machine.evidence >> bit & 1]
    return {**case, "hwid": machine.hwid().hex(), "evidence": names}


def enrolled_case(salt, name, source, descriptor, readings):
    case = {"name": name, "source": f"docs/format.md {source}", "salt": salt.hex(),
            "descriptor": descriptor}
    try:
        enrollment = hwid.enroll(descriptor, salt)
    except hwid.Refused as reason:
        return {**case, "error": str(reason)}
    encoded = hwid.encode_enrollment(enrollment)
    return {**case, "encoded": encoded.hex(), "hwid": enrollment["hwid"].hex(),
            "later": [later(*reading, hwid.decode_enrollment(encoded)) for reading in readings]}


def summed(body):
    return body + hwid.sha(b"hwl03enr", body)[:8]


def refused_cases():
    e = hwid.enroll(SERVER, SALTS[0])
    good = hwid.encode_enrollment(e)
    body = good[:-8]
    no_extensions = body[:-1]
    wide = {**e, "nics": [bytes((n,)) * 16 for n in range(33)]}
    cases = [
        ("empty", b""), ("magic-only", b"HWLE"), ("other-magic", summed(b"HWLF" + body[4:])),
        ("version-2", summed(body[:4] + b"\x02" + body[5:])),
        ("scheme-4", summed(body[:5] + b"\x04" + body[6:])),
        ("cut", good[:-1]), ("followed", good + b"\x00"),
        ("check-wrong", good[:-1] + bytes((good[-1] ^ 1,))),
        ("body-followed", summed(body + b"\x00")),
        ("body-cut", summed(no_extensions)),
        ("evidence-over-long", summed(body[:38] + padded_varint(e["evidence"])
                                      + body[38 + len(varint(e["evidence"])):])),
        ("option-of-2", summed(body[:38 + len(varint(e["evidence"]))] + b"\x02"
                               + body[39 + len(varint(e["evidence"])):])),
        ("33-nics", hwid.encode_enrollment(wide)),
        ("too-large", good + bytes(1025 - len(good))),
        ("extension-critical", summed(no_extensions + extensions([(7, True, b"x")]))),
        ("extension-descending", summed(no_extensions + extensions(
            [(7, False, b""), (6, False, b"")]))),
        ("extension-twice", summed(no_extensions + extensions(
            [(7, False, b""), (7, False, b"")]))),
        ("nine-extensions", summed(no_extensions + extensions(
            [(n, False, b"") for n in range(9)]))),
    ]
    for name, data in cases:
        try:
            hwid.decode_enrollment(data)
        except hwid.Refused as reason:
            yield {"name": name, "bytes": data.hex(), "error": str(reason)}
        else:
            raise AssertionError(name)


def padded_varint(number):
    data = bytearray(varint(number))
    data[-1] |= 0x80
    return bytes(data) + b"\x00"


def vectors():
    cases = [enrolled_case(salt, *case) for salt, case in zip(SALTS, enrolled())]
    e = hwid.enroll(CAMERA, SALTS[9])
    passed_over = hwid.encode_enrollment({**e, "extensions": [(3, False, b"later"), (9, False, b"")]})
    return {
        "about": "Enrolments and later readings of the machines enrolled (docs/format.md 3).",
        "cases": cases,
        "accepted": [{"name": "extensions-passed-over", "bytes": passed_over.hex(),
                      "hwid": e["hwid"].hex()}],
        "refused": list(refused_cases()),
    }
