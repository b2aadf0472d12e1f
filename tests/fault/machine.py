"""The emulated Cortex-M4 on which the image runs, and what it does when an instruction is skipped."""

import bisect
import re
import subprocess

from elftools.elf.elffile import ELFFile
from unicorn import UC_ARCH_ARM, UC_HOOK_CODE, UC_MODE_MCLASS, UC_MODE_THUMB, UC_PROT_EXEC, UC_PROT_READ
from unicorn import UC_PROT_WRITE, Uc
from unicorn.arm_const import UC_ARM_REG_LR, UC_ARM_REG_PC, UC_ARM_REG_R0, UC_ARM_REG_SP, UC_ARM_REG_XPSR, UC_CPU_ARM_CORTEX_M4
from unicorn.arm_const import UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4, UC_ARM_REG_R5, UC_ARM_REG_R6, UC_ARM_REG_R7
from unicorn.arm_const import UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12

FLASH, FLASH_BYTES = 0x0001_0000, 0x4_0000
RAM, RAM_BYTES = 0x2000_0000, 0xA000
# Returning here ends a call. There is no memory, so nothing can run on.
TRAP = 0x0E00_0000
PREPARE_INSTRUCTIONS_MAX = 20_000_000
# All that an instruction can depend on but memory; nothing here uses the floating-point unit.
REGISTERS = (UC_ARM_REG_R0, UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3, UC_ARM_REG_R4, UC_ARM_REG_R5, UC_ARM_REG_R6,
             UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12,
             UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_XPSR)


def demangled(names):
    """The names as the sources have them."""
    done = subprocess.run(["arm-none-eabi-c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    # Crates carry a number that changes with the compiler.
    return [re.sub(r"\[[0-9a-f]{8,16}\]", "", name) for name in done.stdout.splitlines()]


class Image:
    """The linked program: its bytes, and where its names are."""

    def __init__(self, path):
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments("PT_LOAD") if s["p_filesz"]]
            table = elf.get_section_by_name(".symtab")
            symbols = [s for s in table.iter_symbols() if s["st_shndx"] != "SHN_UNDEF"]
        self.names = {s.name: s["st_value"] for s in symbols}
        functions = {s["st_value"] & ~1: s for s in symbols if s["st_info"]["type"] == "STT_FUNC"}
        self.starts = sorted(functions)
        readable = demangled([functions[start].name for start in self.starts])
        self.functions = [(start, start + functions[start]["st_size"], name)
                          for start, name in zip(self.starts, readable)]

    def function_at(self, address):
        """(name, offset) of the function that holds the address."""
        index = bisect.bisect_right(self.starts, address) - 1
        if index < 0 or address >= self.functions[index][1]:
            return "?", 0
        start, _, name = self.functions[index]
        return name, address - start


    def halfword(self, address):
        for base, data in self.segments:
            if base <= address < base + len(data):
                return int.from_bytes(data[address - base:address - base + 2], "little")
        raise ValueError(f"no code at {address:#x}")

    def conditions(self, address):
        """{address: ITSTATE} of the instructions in the block of an IT instruction; none for others."""
        state = self.halfword(address)
        if state & 0xFF00 != 0xBF00 or state & 0xF == 0:
            return {}
        state &= 0xFF
        found = {}
        address += 2
        while state & 0xF:
            found[address] = state
            address += 4 if self.halfword(address) >> 11 in (0b11101, 0b11110, 0b11111) else 2
            state = state & 0xE0 | state << 1 & 0x1F if state & 7 else 0
        return found


class Machine:
    """One processor with the image in its flash."""

    def __init__(self, image):
        self.image = image
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(UC_CPU_ARM_CORTEX_M4)
        # Memory is written only by the driver where the program may not, so wild stores are faults.
        self.uc.mem_map(FLASH, FLASH_BYTES, UC_PROT_READ | UC_PROT_EXEC)
        self.uc.mem_map(RAM, RAM_BYTES, UC_PROT_READ | UC_PROT_WRITE)
        for address, data in image.segments:
            self.uc.mem_write(address, data)

    def write(self, name, data):
        self.uc.mem_write(self.image.names[name], data)

    def write_word(self, name, value, size=4):
        self.write(name, value.to_bytes(size, "little"))

    def word(self, name, offset=0):
        return int.from_bytes(self.uc.mem_read(self.image.names[name] + offset, 4), "little")

    def begin(self, name):
        """Makes ready to call a function; returns where it starts."""
        self.uc.reg_write(UC_ARM_REG_SP, self.image.names["stack_top"])
        self.uc.reg_write(UC_ARM_REG_LR, TRAP | 1)
        start = self.image.names[name] & ~1
        self.uc.reg_write(UC_ARM_REG_PC, start | 1)
        return start

    def pc(self):
        return self.uc.reg_read(UC_ARM_REG_PC) & ~1

    def run(self, start, count):
        """Runs at most `count` instructions. Every run is given a count: one without it would make
        the emulator forget about counts for ever."""
        self.uc.emu_start(start | 1, TRAP, count=count)

    def run_on(self, start, seconds):
        """Runs until the end, or for so long. Without a count it is a hundred times faster, and this
        emulator is of no use for counted runs any more."""
        self.uc.emu_start(start | 1, TRAP, timeout=int(seconds * 1e6))

    def become(self, other):
        """Takes over memory and registers of another machine with the same image."""
        self.uc.mem_write(RAM, bytes(other.uc.mem_read(RAM, RAM_BYTES)))
        for register in REGISTERS:
            self.uc.reg_write(register, other.uc.reg_read(register))

    def set_conditions(self, conditions):
        """Writes the part of the status register that says which of the next instructions are
        conditional (ITSTATE). The emulator keeps it wrong where a run ends within an IT block."""
        status = self.uc.reg_read(UC_ARM_REG_XPSR) & ~(0x3 << 25 | 0x3F << 10)
        self.uc.reg_write(UC_ARM_REG_XPSR, status | (conditions & 3) << 25 | conditions >> 2 << 10)

    def call(self, name):
        """Calls a function and returns what it gives."""
        self.run(self.begin(name), PREPARE_INSTRUCTIONS_MAX)
        if self.pc() != TRAP:
            raise RuntimeError(f"{name} did not return")
        return self.uc.reg_read(UC_ARM_REG_R0)

    def state(self):
        return bytes(self.uc.mem_read(RAM, RAM_BYTES)), self.uc.context_save()

    def restore(self, state):
        memory, registers = state
        self.uc.mem_write(RAM, memory)
        self.uc.context_restore(registers)

    def trace(self, name):
        """Calls a function; every instruction that it executes, as (address, size)."""
        steps = []
        # What was translated before the hook was there would not call it.
        self.uc.ctl_flush_tb()
        hook = self.uc.hook_add(UC_HOOK_CODE, lambda _uc, address, size, _: steps.append((address, size)))
        self.call(name)
        self.uc.hook_del(hook)
        return steps
