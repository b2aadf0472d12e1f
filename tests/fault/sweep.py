"""Skips each instruction on the way to a refusal, and looks whether anything is granted.

sweep.py IMAGE             every refusing scenario; fails if one skip ends in a recording
sweep.py --planted IMAGE   an image whose caller asks once: fails if that weakness is NOT found
sweep.py --any IMAGE       an image that verifies signatures itself, those of any key
sweep.py --pinned IMAGE    the same for pinned keys

With `--every N` before IMAGE only each Nth of the instructions that would be skipped is, beginning
with one of the first N by chance, so that run after run all are.

Left out are hashing, moving and comparing of memory inside the C library, the stand-in for the
engine, and the arithmetic of the field. Within a loop an instruction is skipped the first and the
last few times it is executed.
"""

import collections
import multiprocessing
import random
import sys
import time

import capstone
import machine
import scenarios
from unicorn import UcError

# An instruction that is executed more often than these together is skipped only so often.
FIRST, LAST = 6, 3
# The same within a verifier, where most of it is loops and an attempt takes long.
FIRST_IN_VERIFIER, LAST_IN_VERIFIER = 2, 1
# How often longer than the refusal itself an attempt may take.
PATIENCE = 3
# How long an attempt with a built-in verifier may take; without a skip it takes some milliseconds.
PATIENCE_SECONDS = 2
# Functions that are left out: hashing, memory, and the stand-in for the engine.
LEFT_OUT = ("sha2::", "digest::Sha256", "compiler_builtins::mem", "engine_verify", "hwlicense_ed25519::field::",
            "hwlicense_ed25519::sha512::", "hwlicense_ed25519::assembly::")
VERIFIER = "hwlicense_ed25519::"
MEMORY = ("memcpy", "memset", "memcmp", "memmove", "__aeabi_mem")
PARTS = 4
# What one channel adds to `recorded_channels`, as in image.c, where at most two are recorded.
RECORDED = 0x01C0_FFEE


def is_left_out(name):
    return name.startswith(MEMORY) or any(word in name for word in LEFT_OUT)


def points(image, steps, first, every):
    """Which steps of the trace are skipped, in order: each `every`th from the one numbered `first`."""
    places = collections.defaultdict(list)
    for index, (address, _) in enumerate(steps):
        places[address].append(index)
    chosen = []
    for address, indexes in places.items():
        name = image.function_at(address)[0]
        if is_left_out(name):
            continue
        first, last = (FIRST_IN_VERIFIER, LAST_IN_VERIFIER) if VERIFIER in name else (FIRST, LAST)
        if len(indexes) > first + last:
            indexes = indexes[:first] + indexes[-last:]
        chosen.extend(indexes)
    return sorted(chosen)[first::every]


def prepared(image, scenario, case):
    """A machine on which the attempt can begin, and its state there."""
    found = machine.Machine(image)
    scenarios.apply(found, scenario, case)
    found.begin("attempt")
    return found, found.state()


def channels(found):
    """How many channels are recorded. Any other number is what a stray write left there."""
    return {RECORDED: 1, 2 * RECORDED: 2}.get(found.word("recorded_channels"), 0)


def refusal(found):
    """What can be told of an attempt afterwards."""
    return found.word("last_status"), found.word("report", 12)


def outcome(found, usual):
    """How an attempt ended that ran until now."""
    if channels(found) != 0:
        return "VALID"
    if found.pc() != machine.TRAP:
        return "hang"
    return "refused" if refusal(found) == usual else "refused otherwise"


class Walk:
    """A way through the image, and the place on it that the machine has reached.

    The emulator can be stopped anywhere but within an IT block, so it is stopped at the IT
    instruction, and the instructions of the block before the place are executed one by one.
    """

    def __init__(self, found, steps):
        self.found = found
        self.steps = steps
        self.conditions = {}
        for address in {address for address, _ in steps}:
            self.conditions.update(found.image.conditions(address))
        self.at = 0
        self.address = found.begin("attempt")

    def go_to(self, index):
        """Stops before step `index`, or before the IT instruction that governs it."""
        base = index
        while self.steps[base][0] in self.conditions:
            base -= 1
        if base > self.at:
            self.found.run(self.address, base - self.at)
        self.address, self.at = self.steps[base][0], base
        if self.found.pc() != self.address:
            raise RuntimeError(f"at {self.found.pc():#x} instead of {self.address:#x}")

    def skip(self, index):
        """Leaves out step `index`; where the next instruction lies."""
        for address, _ in self.steps[self.at + 1:index]:
            self.found.set_conditions(self.conditions[address])
            self.found.run(address, 1)
        address, size = self.steps[index]
        is_governed = address in self.conditions
        self.found.set_conditions(self.conditions.get(address + size, 0) if is_governed else 0)
        return address + size


def end_of(walk, index, runner, usual):
    """How an attempt ends in which step `index` is skipped. A runner, if there is one, takes over
    after the skip."""
    found = walk.found
    try:
        following = walk.skip(index)
        if runner is None:
            found.run(following, PATIENCE * len(walk.steps) + 10_000)
        else:
            runner.become(found)
            found = runner
            found.run_on(following, PATIENCE_SECONDS)
    except UcError:
        if channels(found) != 0:
            return "VALID"
        return "panic" if found.image.function_at(found.pc())[0] == "hwl_on_panic" else "crash"
    return outcome(found, usual)


def sweep(job):
    """One part of the steps of one scenario: how many ended how, and what was granted."""
    path, scenario, case, part, parts, is_long, first, every = job
    image = machine.Image(path)
    tracer, _ = prepared(image, scenario, case)
    steps = tracer.trace("attempt")
    usual = refusal(tracer)
    if channels(tracer) != 0:
        raise RuntimeError(f"{scenario.name}: is not refused")
    chosen = points(image, steps, first, every)
    chosen = chosen[len(chosen) * part // parts:len(chosen) * (part + 1) // parts]
    found, _ = prepared(image, scenario, case)
    walk = Walk(found, steps)
    runner = machine.Machine(image) if is_long else None
    counts, granted = collections.Counter(), []
    for index in chosen:
        walk.go_to(index)
        state = found.state()
        end = end_of(walk, index, runner, usual)
        counts[end] += 1
        if end == "VALID":
            granted.append(steps[index][0])
        found.restore(state)
    return scenario.name, len(steps), counts, granted


def control(image, scenario, case):
    """Without a skip the scenario ends as it says."""
    found, _ = prepared(image, scenario, case)
    found.call("attempt")
    status = int.from_bytes(found.word("last_status").to_bytes(4, "little"), "little", signed=True)
    return status, channels(found)


def describe(image, address):
    name, offset = image.function_at(address)
    decoder = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    data = next(data[address - base:address - base + 4] for base, data in image.segments
                if base <= address < base + len(data))
    text = next((f"{i.mnemonic} {i.op_str}" for i in decoder.disasm(data, address)), "?")
    return f"{address:#x}  {name}+{offset:#x}: {text}"


def main(arguments):
    planted = arguments[:1] == ["--planted"]
    built_in = {"--any": scenarios.SIGNED_ANY, "--pinned": scenarios.SIGNED_PINNED}.get(arguments[0])
    path = arguments[-1]
    every = int(arguments[arguments.index("--every") + 1]) if "--every" in arguments else 1
    first = random.randrange(every)
    image = machine.Image(path)
    cases = scenarios.cases()
    for scenario in scenarios.GRANTED[:1] if built_in else scenarios.GRANTED:
        if control(image, scenario, cases[scenario.vector]) != (0, 2):
            raise RuntimeError(f"{scenario.name}: is refused")
    refused = built_in or (scenarios.REFUSED[:1] if planted else scenarios.REFUSED)
    for scenario in refused:
        status, recorded = control(image, scenario, cases[scenario.vector])
        if (status, recorded) != (scenario.status, 0):
            raise RuntimeError(f"{scenario.name}: status {status}, recorded {recorded}")
    start = time.monotonic()
    # Following a long way takes longer than what is shared out.
    parts = 1 if built_in else PARTS
    jobs = [(path, scenario, cases[scenario.vector], part, parts, bool(built_in), first, every)
            for scenario in refused for part in range(parts)]
    totals = {scenario.name: [0, collections.Counter(), []] for scenario in refused}
    with multiprocessing.Pool() as pool:
        for name, executed, counts, granted in pool.imap(sweep, jobs):
            total = totals[name]
            total[0] = executed
            total[1].update(counts)
            total[2].extend(granted)
    ends = ("refused", "refused otherwise", "panic", "crash", "hang", "VALID")
    print(f"{'scenario':34} {'executed':>8} {'skipped':>8} " + " ".join(f"{end:>17}" for end in ends))
    all_ends = collections.Counter()
    for name, (executed, counts, granted) in totals.items():
        all_ends.update(counts)
        print(f"{name:34} {executed:8} {counts.total():8} " + " ".join(f"{counts[end]:17}" for end in ends))
        for address, times in sorted(collections.Counter(granted).items()):
            print(f"    granted {times} times: {describe(image, address)}")
    print(f"{'all':34} {'':8} {all_ends.total():8} " + " ".join(f"{all_ends[end]:17}" for end in ends))
    share = "" if every == 1 else f", each {every}th from number {first}"
    print(f"{all_ends.total()} instructions skipped in {time.monotonic() - start:.0f} s{share}")
    if planted:
        print("the planted weakness was found" if all_ends["VALID"] else "THE PLANTED WEAKNESS WAS NOT FOUND")
        return 0 if all_ends["VALID"] else 1
    return 1 if all_ends["VALID"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
