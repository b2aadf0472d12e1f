//! The emulated boards: which compiler builds C for each, where its memory lies, how it is started.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{command, find, run};
use crate::tree;

/// A board without an operating system.
pub(crate) struct Board {
    /// Its name in messages.
    pub(crate) name: &'static str,
    /// The target triple of the library.
    pub(crate) target: &'static str,
    /// The C compiler and what it needs to know of the processor.
    compiler: &'static [&'static str],
    /// The startup file below `tests/qemu/boards`.
    startup: &'static str,
    /// Memory: where flash and RAM begin and how large they are.
    memory: [&'static str; 4],
    /// The emulator, its machine and processor.
    emulator: &'static [&'static str],
    /// Instructions in one tick of the board's timer under `-icount shift=0`, where they are counted:
    /// one billion a second over the frequency of SysTick, or 1 where the processor counts them.
    pub(crate) instructions_per_tick: Option<u32>,
}

const ARM: &str = "arm-none-eabi-gcc";
const RISCV: &str = "riscv64-unknown-elf-gcc";

/// Every board, smallest first.
pub(crate) const BOARDS: &[Board] = &[
    Board {
        name: "microbit, Cortex-M0",
        target: "thumbv6m-none-eabi",
        compiler: &[ARM, "-mcpu=cortex-m0", "-mthumb"],
        startup: "cortex_m.c",
        memory: ["0", "256K", "0x20000000", "16K"],
        emulator: &["qemu-system-arm", "-machine", "microbit"],
        instructions_per_tick: None,
    },
    M0,
    M3,
    M4F,
    M33,
    Board {
        name: "virt, RISC-V 32 (imac)",
        target: "riscv32imac-unknown-none-elf",
        compiler: &[RISCV, "-march=rv32imac_zicsr", "-mabi=ilp32", "-mcmodel=medany"],
        startup: "riscv32.c",
        memory: ["0x80000000", "4M", "0x80400000", "256K"],
        emulator: &["qemu-system-riscv32", "-machine", "virt", "-bios", "none"],
        instructions_per_tick: Some(1),
    },
];

/// The board that the budgets are for.
pub(crate) const M4F: Board = Board {
    name: "mps2-an386, Cortex-M4F",
    target: "thumbv7em-none-eabihf",
    compiler: &[ARM, "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    startup: "cortex_m.c",
    memory: ["0", "4M", "0x20000000", "256K"],
    emulator: &["qemu-system-arm", "-machine", "mps2-an386"],
    instructions_per_tick: Some(40),
};

/// Code for the smallest processors, on a board with room and a timer.
pub(crate) const M0: Board = Board {
    name: "mps2-an386 with Cortex-M0 code",
    target: "thumbv6m-none-eabi",
    compiler: &[ARM, "-mcpu=cortex-m0", "-mthumb"],
    startup: "cortex_m.c",
    memory: ["0", "4M", "0x20000000", "256K"],
    emulator: &["qemu-system-arm", "-machine", "mps2-an386"],
    instructions_per_tick: Some(40),
};

/// A processor without the DSP extension: it faults on such instructions.
pub(crate) const M3: Board = Board {
    name: "mps2-an385, Cortex-M3",
    target: "thumbv7m-none-eabi",
    compiler: &[ARM, "-mcpu=cortex-m3", "-mthumb"],
    startup: "cortex_m.c",
    memory: ["0", "4M", "0x20000000", "256K"],
    emulator: &["qemu-system-arm", "-machine", "mps2-an385"],
    instructions_per_tick: Some(40),
};

/// A processor that may have the DSP extension, and here has it.
pub(crate) const M33: Board = Board {
    name: "mps2-an505, Cortex-M33",
    target: "thumbv8m.main-none-eabi",
    compiler: &[ARM, "-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=soft"],
    startup: "cortex_m.c",
    memory: ["0x10000000", "4M", "0x38000000", "256K"],
    emulator: &["qemu-system-arm", "-machine", "mps2-an505", "-cpu", "cortex-m33"],
    instructions_per_tick: Some(50),
};

/// Warnings are errors in every C file of ours.
pub(crate) const C_FLAGS: &[&str] = &[
    "-std=c11",
    "-Os",
    "-g",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wshadow",
    "-Werror",
];

impl Board {
    /// The program that this board needs and that is not installed, if there is one.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        [self.compiler.first(), self.emulator.first()].into_iter().flatten().find(|name| find(name).is_none()).copied()
    }

    /// Whether images must be split, because flash does not hold everything at once.
    pub(crate) fn is_small(&self) -> bool {
        self.memory.get(1) == Some(&"256K")
    }

    /// Whether a group of vectors fits: a check of a licence needs more than 16 KiB of RAM with
    /// everything that stays in memory, trust in roots and issuers above all.
    pub(crate) fn holds(&self, group: &str) -> bool {
        !self.is_small() || group != "licences"
    }

    /// Compiles and links one image against an archive, and returns its path.
    pub(crate) fn image_with(
        &self,
        library: &Path,
        sources: &[PathBuf],
        flags: &[String],
        image: &Path,
    ) -> Result<PathBuf> {
        let root = tree::root()?;
        let boards = root.join("tests/qemu/boards");
        let (gcc, machine) = self.compiler.split_first().context("a board without a compiler")?;
        if let Some(folder) = image.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut compile = command(gcc, &root);
        compile.args(machine).args(C_FLAGS).arg("-I").arg(root.join("include")).arg("-I").arg(&boards);
        compile.args(flags);
        if self.compiler.first() != Some(&ARM) {
            compile.args(["-nostdlib", "-ffreestanding", "-I"]).arg(boards.join("freestanding"));
            compile.arg(boards.join("freestanding/string.c"));
        }
        compile.arg(boards.join(self.startup)).args(sources).arg(library);
        for (name, value) in ["FLASH_AT", "FLASH_SIZE", "RAM_AT", "RAM_SIZE"].iter().zip(self.memory) {
            compile.arg(format!("-Wl,--defsym={name}={}", bytes(value)));
        }
        compile.args(self.c_library()).arg("-nostartfiles").arg("-T").arg(boards.join("board.ld"));
        compile.args(["-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-Wl,--no-warn-execstack"]);
        run(compile.arg("-o").arg(image))?;
        Ok(image.to_path_buf())
    }

    /// newlib has `memcpy` and its family; where there is none, ours was compiled in.
    fn c_library(&self) -> &'static [&'static str] {
        if self.compiler.first() == Some(&ARM) { &["--specs=nano.specs"] } else { &["-lgcc"] }
    }

    /// The emulator, about to start the image.
    pub(crate) fn emulator(&self, image: &Path) -> Result<Command> {
        let (program, machine) = self.emulator.split_first().context("a board without an emulator")?;
        let mut emulator = command(program, &tree::root()?);
        emulator
            .args(machine)
            .args(["-nographic", "-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
            .arg(image);
        Ok(emulator)
    }
}

/// `262144` of `256K`, because linkers take no suffix in a symbol.
fn bytes(size: &str) -> String {
    let times = |digits: &str, by: u64| {
        digits.parse().map_or_else(|_| size.to_owned(), |n: u64| n.saturating_mul(by).to_string())
    };
    match (size.strip_suffix('K'), size.strip_suffix('M')) {
        (Some(digits), _) => times(digits, 1024),
        (_, Some(digits)) => times(digits, 1_048_576),
        _ => size.to_owned(),
    }
}
