"""A server that knows its own licence, in Python: what examples/server-c does, through ctypes."""

import argparse
import ctypes
import os
import sys
import time

import hwlicense
from hwlicense import ABSENT, READ, UNREADABLE, Failed


def read(*path):
    """(state, bytes) of a file below /sys: missing is absent, and not the same as unreadable."""
    try:
        with open(os.path.join(*path), "rb") as file:
            return READ, file.read(255).removesuffix(b"\n")
    except (FileNotFoundError, NotADirectoryError):
        return ABSENT, b""
    except OSError:
        return UNREADABLE, b""


def bytes_of(text, count):
    """Bytes from hexadecimal digits with `-` or `:` between them, if there are just so many."""
    try:
        data = bytes.fromhex(text.decode("ascii").replace("-", "").replace(":", ""))
    except ValueError:
        return None
    return data if len(data) == count else None


def nic_of(folder):
    nic = hwlicense.Nic(kind=hwlicense.NIC_VIRTUAL)
    if read(folder, "device", "vendor")[0] != ABSENT:
        is_wired = read(folder, "phy80211", "index")[0] == ABSENT
        nic.kind = hwlicense.NIC_PHYSICAL if is_wired else hwlicense.NIC_WIRELESS
    state, text = read(folder, "address")
    address = bytes_of(text, 6) if state == READ else None
    if address is not None:
        nic.current_mac_state, nic.current_mac[:] = READ, address
        if read(folder, "addr_assign_type") == (READ, b"0"):
            nic.permanent_mac_state, nic.permanent_mac[:] = READ, address
    return nic


def describe(root):
    """This machine as an ordinary user may read it: the descriptor, and what it points to."""
    descriptor = hwlicense.Descriptor()
    for field, name in (("board_vendor", "board_vendor"), ("board_product", "board_name"),
                        ("board_serial", "board_serial"), ("system_vendor", "sys_vendor"),
                        ("system_product", "product_name"), ("system_serial", "product_serial")):
        setattr(descriptor, field, hwlicense.Text.of(read(root, "class/dmi/id", name)))
    state, text = read(root, "class/dmi/id/product_uuid")
    uuid = bytes_of(text, 16) if state == READ else None
    if uuid is not None:
        descriptor.system_uuid_state, descriptor.system_uuid[:] = READ, uuid
    elif state != READ:
        descriptor.system_uuid_state = state
    folder = os.path.join(root, "class/net")
    try:
        found = [nic_of(os.path.join(folder, name)) for name in sorted(os.listdir(folder))]
    except FileNotFoundError:
        return descriptor
    except OSError:
        descriptor.nics_state = UNREADABLE
        return descriptor
    nics = (hwlicense.Nic * len(found))(*found)
    descriptor.nics_state, descriptor.nics, descriptor.nic_count = READ, nics, len(found)
    descriptor.nic_size = ctypes.sizeof(hwlicense.Nic)
    return descriptor


class Server:
    def __init__(self, library):
        self.library = library
        self.trust = hwlicense.storage(library.hwl_trust_size())
        self.license = hwlicense.storage(library.hwl_license_size())
        self.identity = hwlicense.storage(library.hwl_identity_size())

    def call(self, step, name, *arguments):
        status = getattr(self.library, f"hwl_{name}")(*arguments)
        if status != hwlicense.OK:
            raise Failed(self.library, step, status)

    def identify(self, root, known):
        if known is None:
            self.call("machine", "identity_read", self.identity, ctypes.byref(describe(root)))
            return
        hwid, text = hwlicense.Hwid(), known.encode()
        self.call("machine", "hwid_parse", text, ctypes.c_size_t(len(text)), ctypes.byref(hwid))
        self.call("machine", "identity_from_hwid", self.identity, ctypes.byref(hwid),
                  hwlicense.EVIDENCE_BOARD_SERIAL)

    def text_of(self, hwid):
        text, length = ctypes.create_string_buffer(hwlicense.HWID_TEXT_BYTES), ctypes.c_size_t()
        self.call("hwid", "hwid_format", ctypes.byref(hwid), text, ctypes.c_size_t(len(text)), ctypes.byref(length))
        return text.raw.decode()

    def print_identity(self):
        """The HWID, or why there is none: a licence may be bound to what can be read all the same."""
        hwid = hwlicense.Hwid()
        try:
            self.call("hwid", "identity_hwid", self.identity, ctypes.byref(hwid))
            print(f"{'hwid':10} {self.text_of(hwid)}")
        except Failed as failure:
            print(failure)
            facts = hwlicense.Facts()
            self.call("facts", "identity_facts", self.identity, ctypes.byref(facts))
            for bit in range(32):
                if facts.unreadable >> bit & 1:
                    print(f"           not readable here: {self.library.hwl_field_name(1 << bit).decode()}")

    def verify(self, root, file):
        """Verifies the licence; `self.file` and `self.decoded` stay, because it points into them."""
        self.file, self.decoded = file, ctypes.create_string_buffer(hwlicense.BLOB_BYTES_MAX)
        verify = ctypes.cast(self.library.hwl_ed25519_verify, ctypes.c_void_p)
        config = hwlicense.TrustConfig(abi_version=hwlicense.ABI_VERSION, roots=root, root_count=1, verify=verify)
        self.call("trust", "trust_init", self.trust, ctypes.byref(config))
        self.call("licence", "license_verify", self.license, self.trust, self.file, ctypes.c_size_t(len(file)),
                  self.decoded, ctypes.c_size_t(len(self.decoded)))

    def print_terms(self):
        terms = hwlicense.Terms()
        self.call("terms", "license_terms", self.license, ctypes.byref(terms))
        key = bytes(terms.key).rstrip(b"\0").decode()
        holder = ctypes.string_at(ctypes.cast(terms.holder.bytes, ctypes.c_void_p), terms.holder.length).decode()
        class_name = self.library.hwl_class_name(terms.class_number).decode()
        print(f"{'licence':10} {key}, {holder}, {class_name}, {terms.count} channels")
        print(f"{'issued for':10} {self.text_of(terms.hwid)}")
        return terms.count

    def check(self, now, brand):
        text = hwlicense.Text.of((READ, brand.encode()))
        context = hwlicense.Context(wall_unix_s=now, wall_state=READ, brand=text)
        report = hwlicense.Report()
        self.call("check", "license_check", self.license, self.identity, ctypes.byref(context), ctypes.byref(report))
        name, reason, step = (getattr(self.library, f"hwl_reason_{part}")(report.reason).decode()
                              for part in ("name", "text", "next_step"))
        print(f"{'verdict':10} {name}: {reason} {step}")
        return report

    def record(self, report, channels):
        """The right is asked for at each channel."""
        running = 0
        while running < channels and self.library.hwl_report_grant(ctypes.byref(report)) == hwlicense.GRANTED:
            running += 1
        print(f"{'recording':10} {running} channels")
        return running


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", default="libhwlicense.so.1")
    parser.add_argument("--sys", default="/sys")
    parser.add_argument("--hwid", help="the HWID of this machine, where the factory noted it")
    parser.add_argument("--now", type=int, default=int(time.time()))
    parser.add_argument("root_key")
    parser.add_argument("brand")
    parser.add_argument("licence")
    options = parser.parse_args()
    with open(options.root_key, "rb") as file:
        root = file.read()
    if len(root) != 32:
        print(f"{options.root_key} is no root key")
        return 2
    with open(options.licence, "rb") as file:
        licence = file.read()
    server = Server(hwlicense.load(options.library))
    try:
        server.identify(options.sys, options.hwid)
        server.print_identity()
        server.verify(root, licence)
        channels = server.print_terms()
        report = server.check(options.now, options.brand)
    except Failed as failure:
        print(failure)
        return 1
    return 0 if server.record(report, channels) > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
