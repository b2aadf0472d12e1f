"""Descriptors for the golden vectors, each with the rule of docs/format.md that it is there for."""

import copy

HIDDEN = {"unreadable": True}
UUID = "3f6a1c527d904b1e8a270025905cd138"
SWAPPED_UUID = "521c6a3f907d1e4b8a270025905cd138"
GIB = 2**30


def t(text):
    return {"text": text}


def x(digits):
    return {"hex": digits}


def v(number):
    return {"value": number}


def nic(permanent=None, current=None, of="physical", enslaved=False):
    fields = {"class": of}
    if permanent:
        fields["permanent_mac"] = permanent if isinstance(permanent, dict) else x(permanent)
    if current:
        fields["current_mac"] = current if isinstance(current, dict) else x(current)
    if enslaved:
        fields["membership"] = "enslaved"
    return fields


def module(size, part=None, serial=None):
    fields = {"size_bytes": size}
    if part is not None:
        fields["part"] = part if isinstance(part, dict) else t(part)
    if serial is not None:
        fields["serial"] = serial if isinstance(serial, dict) else t(serial)
    return fields


MAC_A, MAC_B, MAC_C = "0025905cd138", "0025905cd139", "3cecef10a2b4"
RADIO = "3413e841a89d"
BOARD = {"vendor": t("Supermicro"), "product": t("X11SSH-F"), "serial": t("ZM16AS034417"),
         "system_vendor": t("Northgate Video Systems"), "system_product": t("NVS-4200 Recorder"),
         "system_serial": t("NVS42-0091834")}
MODULES = [module(16 * GIB, "M393A2K43DB3-CWE", "3A9C1D07"),
           module(16 * GIB, "M393A2K43DB3-CWE", "3A9C1CF2"),
           module(8 * GIB, "M393A1K43DB2-CVF", "3A9C1E44")]
SERVER = {
    "kind": "physical",
    "board": {**BOARD, "version": t("1.01"), "system_version": t("B"), "system_uuid": x(UUID)},
    "cpu": {"vendor": t("GenuineIntel"), "model": t("Intel(R) Xeon(R) E3-1275"),
            "signature": v(0x000906E9)},
    "memory": {"total_bytes": v(42_000_000_000), "modules": MODULES},
    "nics": [nic(MAC_A, MAC_A), nic(MAC_B, MAC_A, enslaved=True), nic(None, MAC_A, "aggregate"),
             nic(RADIO, RADIO, "wireless"), nic(None, "02429a115b07", "virtual")],
    "platform_ids": [{"source": "tpm", "bytes": x("8c1f00a2d3e4f596")}],
}


def changed(path, value, base=SERVER):
    """A copy of a descriptor with one field set, or left out for None."""
    copied = copy.deepcopy(base)
    *parents, last = path.split(".")
    inner = copied
    for parent in parents:
        inner = inner.setdefault(parent, {})
    inner[last] = value
    if value is None:
        del inner[last]
    return copied


def board(**fields):
    return {"board": fields}


def nics(*listed, **rest):
    return {"board": {"product": t("Q3536-LVE")}, "nics": list(listed), **rest}


def memory(**fields):
    return {"board": {"serial": t("ZM16AS034417")}, "memory": fields}


def platform(*ids):
    return {"platform_ids": [{"source": source, "bytes": value} for source, value in ids]}


def cases():
    """(name, section of docs/format.md and what it is about, descriptor)."""
    yield "full-server", "2.5: every component, every kind of NIC", SERVER
    yield "empty", "2.7: nothing at all is not unique", {}
    yield from board_cases()
    yield from cpu_cases()
    yield from memory_cases()
    yield from nic_cases()
    yield from platform_cases()
    yield from unreadable_cases()
    yield from bound_cases()


def board_cases():
    yield "uuid-printed", "2.3: one byte order", board(system_uuid=x(UUID))
    yield "uuid-swapped", "2.3: the other byte order, the same HWID", board(
        system_uuid=x(SWAPPED_UUID))
    yield "uuid-leaves-names-out", "2.5: with a UUID, fields 1, 2, 4 and 5 are left out", {
        "board": {**BOARD, "system_uuid": x(UUID)}}
    yield "names-without-uuid", "2.5: fields in the order 1, 2, 4, 5, 3, 6", {"board": BOARD}
    yield "names-respelt", "2.2: case, padding and punctuation do not count", {"board": {
        "vendor": t("  SUPERMICRO  "), "product": t("x11ssh f"), "serial": t("..ZM16AS034417."),
        "system_vendor": t("Northgate-Video Systems\t"), "system_product": t("NVS 4200 recorder"),
        "system_serial": t("nvs420091834\n")}}
    yield "other-letters", "2.2: bytes outside ASCII are passed over", board(
        vendor=x("4dfc6c6c6572"), serial=x("c3a441c2a037473431393533c3a9"))
    yield "versions-do-not-count", "2.5: versions are no fields", {
        "board": {**BOARD, "version": t("2.0"), "system_version": t("Rev. C")}}
    yield "serial-is-product", "2.5: a serial that repeats a name is none", board(
        product=t("MS-7A34-XY"), serial=t("ms7a34xy"))
    yield "serial-is-vendor-of-system", "2.5: nor one that repeats the system's maker", board(
        system_vendor=t("Acme-4711"), system_serial=t("ACME4711"))
    yield "serial-of-four", "2.2: four characters are enough", board(serial=t("A7-K2"))
    yield "serial-of-three", "2.2: three are not", board(serial=t("A7-K"))
    yield "serial-of-pairs", "2.2: two characters over and over are no serial", board(
        vendor=t("4242"), serial=t("A1A1A1A"))
    yield "serial-of-uuid-shape", "2.5: with a UUID, 32 hex digits are no system serial", board(
        system_uuid=x(UUID), system_serial=t("4c4c4544-0044-5710-8035-c3c04f4d3332"))
    yield "serial-of-uuid-shape-alone", "2.5: without one they are", board(
        system_uuid=x("00" * 16), system_serial=t("4c4c4544-0044-5710-8035-c3c04f4d3332"))
    yield "board-serial-of-uuid-shape", "2.5: the rule is for the system's serial only", board(
        system_uuid=x(UUID), serial=t("4c4c4544-0044-5710-8035-c3c04f4d3332"))
    yield "vmware-serial", "2.5: a VMware serial is more than 32 hex digits", board(
        system_uuid=x(UUID), system_serial=t("VMware-56 4d 2a 11 22 08 94 c3-1f aa 40 6c 09 e1 c5 77"))
    yield "long-serial", "2.2: 1,024 bytes, nothing is truncated", board(
        serial=t("A7" * 3 + "K2" + "Q9Z" * 338 + "ab"))
    yield "all-placeholders", "2.2: a board of placeholders is absent", {
        "board": {"vendor": t("To Be Filled By O.E.M."), "product": t("Default string"),
                  "serial": t("System Serial Number"), "system_vendor": t("System manufacturer"),
                  "system_product": t("Not Specified"), "system_serial": t("0123456789"),
                  "system_uuid": x("03000200040005000006000700080009")},
        "nics": [nic(MAC_A)]}
    yield "one-model-placeholder-serials", "2.7: names alone are not unique", board(
        vendor=t("ASRock"), product=t("B450M Pro4"), serial=t("None"), system_serial=t("OEM"))


def cpu_cases():
    yield "cpu-signature", "2.5: signature, little-endian", {
        "board": {"serial": t("ZM16AS034417")}, "cpu": {"signature": v(0x413FD0C1)}}
    yield "cpu-serial", "2.5: an ARM processor's serial is unique", {
        "cpu": {"signature": v(0x410FD083), "serial": t("00000000acf9d788")}}
    yield "cpu-serial-zero", "2.2: one character over and over", {
        "cpu": {"signature": v(0x410FD083), "serial": t("0000000000000000")}}
    yield "cpu-of-vm", "2.5: the signature does not count in a virtual machine", {
        **SERVER, "kind": "virtual-machine"}
    yield "cpu-serial-of-vm", "2.5: its serial does", {
        "kind": "virtual-machine", "cpu": {"signature": v(1), "serial": t("c7d1e2a4")}}
    yield "container", "2.7: marked, nothing else changes", {**SERVER, "kind": "container"}


def memory_cases():
    yield "modules-reordered", "2.6: order does not count", memory(
        modules=[MODULES[2], MODULES[1], MODULES[0]])
    yield "modules-same-part", "2.6: then by serial, then by size", memory(
        modules=[module(8 * GIB, "P1", "S9"), module(16 * GIB, "P1", "S1"),
                 module(4 * GIB, "P1", "S1")])
    yield "modules-equal", "2.6: equal modules as often as they occur", memory(
        modules=[module(4 * GIB, "HMT451"), module(4 * GIB, "HMT451"), module(4 * GIB)])
    yield "modules-empty-slots", "2.6: size 0 is passed over", memory(
        modules=[module(0, "NO DIMM"), module(4 * GIB, "HMT451U6", "1E60FA92"), module(0)])
    yield "modules-placeholders", "2.6: placeholders are missing texts", memory(
        modules=[module(4 * GIB, "PartNum0", "SerNum0"), module(4 * GIB, "[Empty]", "Not Specified")])
    yield "modules-missing-first", "2.6: a missing text sorts as empty", memory(
        modules=[module(2 * GIB, "AA1", "X1"), module(2 * GIB, None, "Z9"), module(2 * GIB, "AA1")])
    yield "modules-outrank-total", "2.6: with modules the total does not count", memory(
        total_bytes=v(1), modules=MODULES)
    yield "only-empty-slots", "2.6: without a module that counts, the size class", memory(
        total_bytes=v(4 * GIB), modules=[module(0, "X")])
    power = 2**34
    for name, total in (("one", 1), ("power", power), ("last", power + power // 16),
                        ("beyond", power + power // 16 + 1), ("kernel", 16_315_789_312),
                        ("greatest", 2**64 - 1), ("seventeen", 17), ("eighteen", 18)):
        yield f"total-{name}", "2.6: size class", memory(total_bytes=v(total))
    yield "total-zero", "2.6: a total of 0 is absent", memory(total_bytes=v(0))


def nic_cases():
    yield "nics-ascending", "2.5: ascending, each once", nics(
        nic(MAC_C), nic(MAC_B), nic(MAC_A), nic(MAC_B))
    yield "nic-permanent-wins", "2.4: the permanent MAC before the current one", nics(
        nic(MAC_A, MAC_C))
    yield "nic-current", "2.4: the current one where no permanent one is known", nics(
        nic(None, MAC_C))
    yield "nic-junk-permanent", "2.4: or where the permanent one is a placeholder", nics(
        nic("000000000000", MAC_C))
    yield "nic-enslaved", "2.4: but not of a member of a bond", nics(
        nic(None, MAC_C, enslaved=True), nic(MAC_A, MAC_C, enslaved=True))
    yield "nic-local", "2.4: a locally administered address does not count", nics(
        nic("525400e38d8b"), nic(None, "0242ac110007"))
    yield "nic-classes", "2.5: only physical ones count", nics(
        nic(MAC_A, of="usb"), nic(MAC_B, of="virtual"), nic(MAC_C, of="aggregate"))
    yield "nic-hypervisor", "2.7: a hypervisor's MAC is never the only evidence", nics(
        nic("080027abcdef"))
    yield "nic-hypervisor-supports", "2.7: but it counts", {
        "board": {"system_uuid": x(UUID)}, "nics": [nic("080027abcdef"), nic("00155d0a0b0c")]}
    yield "nic-hypervisor-beside", "2.7: both kinds", nics(nic("0050569a1b2c"), nic(MAC_A))
    yield "wireless-fallback", "2.5: wireless where nothing else is unique", nics(
        nic(RADIO, of="wireless"))
    yield "wireless-beside-wired", "2.5: not beside a wired one", nics(
        nic(RADIO, of="wireless"), nic(MAC_A))
    yield "wireless-beside-serial", "2.5: not beside a serial", {
        "board": {"serial": t("ZM16AS034417")}, "nics": [nic(RADIO, of="wireless")]}
    yield "wireless-beside-hypervisor", "2.5: nor beside a hypervisor's MAC, which counts", nics(
        nic(RADIO, of="wireless"), nic("080027abcdef"))
    yield "wireless-beside-junk", "2.5: but beside a wired one that has no address", nics(
        nic(RADIO, of="wireless"), nic("ffffffffffff"))
    yield "wireless-hypervisor", "2.7: a hypervisor's wireless MAC is not unique", nics(
        nic("080027abcdef", of="wireless"))
    yield "wireless-several", "2.5: ascending as well", nics(
        nic(RADIO, of="wireless"), nic("00c0ca9b1122", of="wireless"))


def platform_cases():
    one, two = x("8c1f00a2d3e4f596"), x("0102aa")
    yield "platform-sources", "2.5: by source, then by bytes, each once", platform(
        ("emmc-cid", x("150100384754463452016d2c8b917a33")), ("soc", x("b0aa01c2")), ("tpm", one),
        ("soc", x("a0aa01c2")), ("efuse", one), ("secure-element", one), ("tpm", one))
    yield "platform-too-short", "2.5: three bytes are no identifier", platform(("soc", two))
    yield "platform-one-value", "2.5: nor is one byte value only", platform(
        ("efuse", x("ff" * 16)), ("soc", x("00000000")))
    yield "platform-generated", "2.7: generated is unique and marked", platform(
        ("generated", x("00112233445566778899aabbccddeeff")))
    yield "platform-generated-beside", "2.7: both", platform(("generated", one), ("soc", one))


def unreadable_cases():
    for name in ("serial", "system_serial", "system_uuid"):
        yield f"unreadable-{name}", "2.1: a field that counts", changed(f"board.{name}", HIDDEN)
    yield "unreadable-names-with-uuid", "2.5: names do not matter beside a UUID", {
        "board": {**BOARD, "system_uuid": x(UUID), "vendor": HIDDEN, "system_product": HIDDEN}}
    yield "unreadable-names", "2.1: without a UUID they do", {
        "board": {**BOARD, "vendor": HIDDEN, "system_product": HIDDEN}}
    yield "unreadable-cpu", "2.1", changed("cpu.signature", HIDDEN)
    yield "unreadable-cpu-of-vm", "2.5: does not count there", {
        **changed("cpu.signature", HIDDEN), "kind": "virtual-machine"}
    yield "unreadable-cpu-serial", "2.1", changed("cpu.serial", HIDDEN)
    yield "unreadable-modules", "2.1: a list as a whole", changed("memory.modules", HIDDEN)
    yield "unreadable-module-serial", "2.1: a field of a module", memory(
        modules=[module(GIB, "P1X", HIDDEN)])
    yield "unreadable-total", "2.6: where no module counts", memory(total_bytes=HIDDEN)
    yield "unreadable-total-with-modules", "2.6: does not count beside modules", changed(
        "memory.total_bytes", HIDDEN)
    yield "unreadable-nics", "2.1", changed("nics", HIDDEN)
    yield "unreadable-permanent", "2.1: the current MAC is no stand-in", nics(nic(HIDDEN, MAC_A))
    yield "unreadable-current", "2.1: the only address of a NIC", nics(nic(None, HIDDEN), nic(MAC_A))
    yield "unreadable-current-beside", "2.4: not beside a permanent one", nics(nic(MAC_A, HIDDEN))
    yield "unreadable-virtual", "2.5: of a NIC that does not count", nics(
        nic(HIDDEN, HIDDEN, "virtual"), nic(HIDDEN, HIDDEN, "usb"), nic(MAC_A))
    yield "unreadable-platform", "2.1", platform(("tpm", HIDDEN), ("soc", x("8c1f00a2d3e4f596")))
    yield "unreadable-no-wireless", "2.5: no fallback while a field is unreadable", nics(
        nic(RADIO, of="wireless"), cpu={"signature": HIDDEN})
    yield "unreadable-several", "2.1: each is named", {
        "board": {"serial": HIDDEN, "system_uuid": HIDDEN, "product": HIDDEN},
        "memory": {"modules": HIDDEN}, "nics": HIDDEN, "cpu": {"serial": HIDDEN}}


def bound_cases():
    yield "text-too-long", "2.2: more than 1,024 bytes as read", board(serial=t("A7K2" * 257))
    yield "text-padded-too-long", "2.2: padding counts", board(serial=t("A7K2" + " " * 1021))
    macs = [nic(f"0025905c{n:04x}") for n in range(1, 34)]
    yield "nics-32", "2.5: as many as count", {"nics": macs[:32]}
    yield "nics-33", "2.5: one more", {"nics": macs}
