"""The part of hwlicense.h that a server needs, through ctypes."""

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int32, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

OK, ABI_VERSION = 0, 1
ABSENT, UNREADABLE, READ = 0, 1, 2
GRANTED = 1894323549
NIC_VIRTUAL, NIC_PHYSICAL, NIC_WIRELESS = 0, 1, 3
EVIDENCE_BOARD_SERIAL = 4
BLOB_BYTES_MAX = 16384
HWID_TEXT_BYTES = 34


class Text(Structure):
    _fields_ = [("bytes", c_char_p), ("length", c_uint32), ("state", c_uint32)]

    @classmethod
    def of(cls, field):
        """A text from (state, bytes). The structure keeps the bytes alive."""
        state, data = field
        return cls(data, len(data), state) if state == READ else cls(None, 0, state)


class Hwid(Structure):
    _fields_ = [("scheme", c_uint8), ("bytes", c_uint8 * 16)]


class Nic(Structure):
    _fields_ = [("bus", Text), ("driver", Text), ("kind", c_uint32), ("membership", c_uint32),
                ("permanent_mac_state", c_uint32), ("current_mac_state", c_uint32),
                ("permanent_mac", c_uint8 * 6), ("current_mac", c_uint8 * 6), ("reserved", c_uint32)]


class Sized(Structure):
    """A struct that begins with its size."""

    def __init__(self, **fields):
        super().__init__(struct_size=ctypes.sizeof(self), **fields)


class Descriptor(Sized):
    _fields_ = [("struct_size", c_uint32), ("machine_kind", c_uint32), ("memory_total_bytes", c_uint64),
                ("memory_total_state", c_uint32), ("cpu_signature", c_uint32), ("cpu_signature_state", c_uint32),
                ("system_uuid_state", c_uint32), ("system_uuid", c_uint8 * 16)] + [
                    (name, Text) for name in (
                        "board_vendor", "board_product", "board_version", "board_serial", "system_vendor",
                        "system_product", "system_version", "system_serial", "cpu_vendor", "cpu_model", "cpu_serial")
                ] + [("modules", c_void_p), ("module_count", c_uint32), ("module_size", c_uint32),
                     ("modules_state", c_uint32), ("nics_state", c_uint32), ("nics", POINTER(Nic)),
                     ("nic_count", c_uint32), ("nic_size", c_uint32), ("platform_ids", c_void_p),
                     ("platform_id_count", c_uint32), ("platform_id_size", c_uint32)]


class Facts(Sized):
    _fields_ = [("struct_size", c_uint32), ("evidence", c_uint32), ("unreadable", c_uint32), ("stood_in", c_uint32),
                ("counted_nics", c_uint32), ("components", c_uint32 * 5)]


class TrustConfig(Sized):
    _fields_ = [("struct_size", c_uint32), ("abi_version", c_uint32), ("roots", c_char_p), ("verify", c_void_p),
                ("verify_ctx", c_void_p), ("log", c_void_p), ("log_ctx", c_void_p), ("root_count", c_uint32),
                ("log_level", c_uint32)]


class Terms(Sized):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("issued_unix_s", c_uint64),
                ("not_before_unix_s", c_uint64), ("expires_unix_s", c_uint64), ("maintenance_until_unix_s", c_uint64),
                ("grace_offline_s", c_uint32), ("grace_changed_s", c_uint32), ("class_number", c_uint32),
                ("count", c_uint32), ("feature_count", c_uint32), ("evidence_required", c_uint32),
                ("evidence_accepted", c_uint32), ("reserved", c_uint32), ("brand", Text), ("holder", Text),
                ("edition", Text), ("reserved_pointer", c_void_p), ("key", c_uint8 * 20), ("hwid", Hwid),
                ("reserved_end", c_uint8 * 11)]


class Context(Sized):
    _fields_ = [("struct_size", c_uint32), ("contact", c_uint32), ("wall_unix_s", c_uint64),
                ("floor_unix_s", c_uint64), ("wall_state", c_uint32), ("flags", c_uint32), ("brand", Text),
                ("reserved_pointer", c_void_p)]


class Report(Sized):
    _fields_ = [("struct_size", c_uint32), ("verdict", c_uint32), ("verdict_inverse", c_uint32), ("reason", c_uint32),
                ("cause", c_int32), ("components", c_uint32 * 5), ("unreadable", c_uint32),
                ("evidence_missing", c_uint32), ("evidence_unwanted", c_uint32), ("expires_state", c_uint32),
                ("expires_unix_s", c_uint64)]


class Failed(Exception):
    """A call that did not return HWL_OK."""

    def __init__(self, library, step, status):
        words = (getattr(library, f"hwl_status_{part}")(status).decode() for part in ("name", "text", "remedy"))
        name, text, remedy = words
        super().__init__(f"{step:10} {name}: {text}. {remedy}")
        self.status = status


def load(path):
    """The shared library, with what its functions give."""
    library = ctypes.CDLL(path)
    for name in ("status_name", "status_text", "status_remedy"):
        function = getattr(library, f"hwl_{name}")
        function.restype, function.argtypes = c_char_p, [c_int32]
    for name in ("reason_name", "reason_text", "reason_next_step", "class_name", "field_name"):
        function = getattr(library, f"hwl_{name}")
        function.restype, function.argtypes = c_char_p, [c_uint32]
    for name in ("trust", "license", "identity"):
        getattr(library, f"hwl_{name}_size").restype = c_size_t
    library.hwl_report_grant.restype = c_uint32
    library.hwl_abi_version.restype = c_uint32
    if library.hwl_abi_version() != ABI_VERSION:
        raise OSError(f"{path} has another ABI than this program")
    return library


def storage(size):
    """Memory for an object: it stays where it is, and is aligned for 64-bit words."""
    return (c_uint64 * (size // 8))()
