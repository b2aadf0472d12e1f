//! A reading for people: rows of a name and a value.

use crate::class;
use crate::reading::{Module, Nic, Reading};

impl Reading {
    /// Everything that was read, and what could not be, as rows of a table.
    ///
    /// Names are those of the fields in JSON. Absent fields have no row.
    ///
    /// ```
    /// let reading = hwlicense_probe::parse_document(br#"{"board": {"serial": "B8A44F123456"}}"#)?;
    /// let serial = ("board.serial".to_owned(), "B8A44F123456".to_owned());
    /// assert_eq!(reading.rows(), [serial]);
    /// # Ok::<(), hwlicense_probe::ReadingError>(())
    /// ```
    #[must_use]
    pub fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Rows(Vec::new());
        rows.text("machine", self.machine.as_ref());
        rows.text("kind", self.kind.as_ref());
        for entry in &self.virtualization {
            let name = entry.name.as_deref().unwrap_or("?");
            let evidence = entry.evidence.as_deref().unwrap_or("no evidence given");
            rows.push("virtualization", format!("{name} ({evidence})"));
        }
        self.board_rows(&mut rows);
        rows.text("cpu.vendor", self.cpu.vendor.as_ref());
        rows.text("cpu.model", self.cpu.model.as_ref());
        rows.text("cpu.signature", self.cpu.signature.as_ref());
        rows.text("cpu.id", self.cpu.id.as_ref());
        rows.text("cpu.serial", self.cpu.serial.as_ref());
        rows.number("cpu.cores", self.cpu.cores);
        rows.number("cpu.sockets", self.cpu.sockets);
        rows.number("memory.total_bytes", self.memory.total_bytes);
        for module in &self.memory.modules {
            rows.push("memory.modules", module_words(module));
        }
        for nic in &self.nics {
            let name = nic.name.as_deref().unwrap_or("?");
            rows.push(&format!("nics.{name}"), nic_words(nic));
        }
        for entry in &self.platform_ids {
            let source = entry.source.as_deref().unwrap_or("?");
            let id = entry.id.as_ref().map(ToString::to_string);
            rows.text(&format!("platform_ids.{source}"), id.as_ref());
        }
        for entry in &self.unreadable {
            let field = entry.field.as_deref().unwrap_or("?");
            let reason = entry.reason.as_deref().unwrap_or("no reason given");
            let source = entry.source.as_deref().unwrap_or("no source given");
            rows.push(field, format!("not readable: {reason} ({source})"));
        }
        rows.0
    }

    fn board_rows(&self, rows: &mut Rows) {
        let board = &self.board;
        rows.text("board.vendor", board.vendor.as_ref());
        rows.text("board.product", board.product.as_ref());
        rows.text("board.version", board.version.as_ref());
        rows.text("board.serial", board.serial.as_ref());
        rows.text("board.system_vendor", board.system_vendor.as_ref());
        rows.text("board.system_product", board.system_product.as_ref());
        rows.text("board.system_version", board.system_version.as_ref());
        rows.text("board.system_serial", board.system_serial.as_ref());
        rows.text("board.system_uuid", board.system_uuid.as_ref());
        rows.text("board.bios_vendor", board.bios_vendor.as_ref());
        rows.text("board.bios_version", board.bios_version.as_ref());
        rows.text("board.chassis_serial", board.chassis_serial.as_ref());
    }
}

struct Rows(Vec<(String, String)>);

impl Rows {
    /// Firmware strings may hold anything; a terminal must not obey them.
    fn push(&mut self, name: &str, value: String) {
        let shown = |text: &str| -> String {
            text.trim().chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
        };
        self.0.push((shown(name), shown(&value)));
    }

    fn text(&mut self, name: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.push(name, value.clone());
        }
    }

    fn number(&mut self, name: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.push(name, value.to_string());
        }
    }
}

fn module_words(module: &Module) -> String {
    let size = module.size.map(|size| format!("{size} bytes"));
    let serial = module.serial.as_ref().map(|text| format!("serial {}", text.trim()));
    words([size, module.vendor.clone(), module.part.clone(), serial])
}

fn nic_words(nic: &Nic) -> String {
    let class = class::word(class::class(nic));
    let labelled = |label: &str, value: &Option<String>| value.as_ref().map(|value| format!("{label} {value}"));
    words([
        Some(class.to_owned()),
        labelled("permanent", &nic.permanent_mac),
        labelled("current", &nic.mac),
        labelled("driver", &nic.driver),
        labelled("member of", &nic.master),
        labelled("link", &nic.link),
        nic.bus.clone(),
    ])
}

fn words<const N: usize>(parts: [Option<String>; N]) -> String {
    let parts: Vec<String> =
        parts.into_iter().flatten().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}
