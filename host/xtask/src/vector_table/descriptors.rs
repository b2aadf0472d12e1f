//! Descriptors in JSON as constants of type `hwl_descriptor`.
//!
//! A field is left out when absent, `{"unreadable": true}` when it may not be read, and else
//! `{"text": …}`, `{"hex": …}` or `{"value": …}`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::c_text::{Tables, maybe, raw, text};
use super::{constant, part};

/// The texts of a descriptor: where each lies in the JSON, and its field in C.
const TEXTS: &[(&str, &str, &str)] = &[
    ("board", "vendor", "board_vendor"),
    ("board", "product", "board_product"),
    ("board", "version", "board_version"),
    ("board", "serial", "board_serial"),
    ("board", "system_vendor", "system_vendor"),
    ("board", "system_product", "system_product"),
    ("board", "system_version", "system_version"),
    ("board", "system_serial", "system_serial"),
    ("cpu", "vendor", "cpu_vendor"),
    ("cpu", "model", "cpu_model"),
    ("cpu", "serial", "cpu_serial"),
];

/// The descriptors written so far: the vectors repeat them.
pub(super) struct Descriptors {
    names: BTreeMap<String, String>,
}

impl Descriptors {
    /// None so far.
    pub(super) fn new() -> Self {
        Self { names: BTreeMap::new() }
    }

    /// Writes a descriptor unless it is there, and gives a pointer to it.
    pub(super) fn put(&mut self, tables: &mut Tables, json: &Value) -> Result<String> {
        let key = json.to_string();
        if let Some(name) = self.names.get(&key) {
            return Ok(format!("&{name}"));
        }
        let name = format!("descriptor_{}", self.names.len());
        let value = initialiser(tables, json)?;
        tables.constant(&format!("hwl_descriptor {name}"), &value);
        self.names.insert(key, name.clone());
        Ok(format!("&{name}"))
    }
}

fn initialiser(tables: &mut Tables, json: &Value) -> Result<String> {
    let mut fields = vec![".struct_size = sizeof(hwl_descriptor)".to_owned()];
    let kind = match maybe(json, "kind") {
        Some("virtual-machine") => "VIRTUAL".to_owned(),
        Some(kind) => constant(kind),
        None => "UNKNOWN".to_owned(),
    };
    fields.push(format!(".machine_kind = HWL_MACHINE_{kind}"));
    for (group, name, field) in TEXTS {
        fields.push(format!(".{field} = {}", text_of(tables, part(part(json, group), name))?));
    }
    let (board, cpu, memory) = (part(json, "board"), part(json, "cpu"), part(json, "memory"));
    fixed(&mut fields, "system_uuid", part(board, "system_uuid"))?;
    number(&mut fields, "cpu_signature", "cpu_signature_state", part(cpu, "signature"))?;
    number(&mut fields, "memory_total_bytes", "memory_total_state", part(memory, "total_bytes"))?;
    let modules = rows(tables, part(memory, "modules"), "hwl_module", module)?;
    fields.extend(modules.members("modules", "module", "hwl_module"));
    fields.push(format!(".modules_state = {}", modules.state));
    let nics = rows(tables, part(json, "nics"), "hwl_nic", nic)?;
    fields.extend(nics.members("nics", "nic", "hwl_nic"));
    fields.push(format!(".nics_state = {}", nics.state));
    let ids = rows(tables, part(json, "platform_ids"), "hwl_platform_id", platform_id)?;
    fields.extend(ids.members("platform_ids", "platform_id", "hwl_platform_id"));
    Ok(format!("{{{}}}", fields.join(", ")))
}

/// The state of a field.
fn state(field: &Value) -> &'static str {
    match field {
        Value::Null => "HWL_ABSENT",
        Value::Object(members) if members.contains_key("unreadable") => "HWL_UNREADABLE",
        _ => "HWL_READ",
    }
}

fn text_of(tables: &mut Tables, field: &Value) -> Result<String> {
    let state = state(field);
    let bytes = if state == "HWL_READ" { raw(field)? } else { Vec::new() };
    Ok(format!("{{{}, {}, {state}}}", tables.bytes(&bytes), bytes.len()))
}

/// A field of so many bytes, and its state.
fn fixed(fields: &mut Vec<String>, name: &str, field: &Value) -> Result<()> {
    let state = state(field);
    fields.push(format!(".{name}_state = {state}"));
    if state == "HWL_READ" {
        let digits: Vec<String> = raw(field)?.iter().map(u8::to_string).collect();
        fields.push(format!(".{name} = {{{}}}", digits.join(", ")));
    }
    Ok(())
}

fn number(fields: &mut Vec<String>, name: &str, state_name: &str, field: &Value) -> Result<()> {
    let state = state(field);
    fields.push(format!(".{state_name} = {state}"));
    if state == "HWL_READ" {
        let value = part(field, "value").as_u64().context("a number without a value")?;
        fields.push(format!(".{name} = {value}u"));
    }
    Ok(())
}

/// A list, and what the descriptor says of it.
struct Rows {
    name: String,
    count: usize,
    state: &'static str,
}

impl Rows {
    fn members(&self, list: &str, one: &str, of: &str) -> [String; 3] {
        [
            format!(".{list} = {}", self.name),
            format!(".{one}_count = {}", self.count),
            format!(".{one}_size = sizeof({of})"),
        ]
    }
}

fn rows(
    tables: &mut Tables,
    field: &Value,
    of: &str,
    row: impl Fn(&mut Tables, &Value) -> Result<String>,
) -> Result<Rows> {
    let entries = field.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut texts = Vec::new();
    for entry in entries {
        texts.push(row(tables, entry)?);
    }
    Ok(Rows { name: tables.rows(of, &texts), count: entries.len(), state: state(field) })
}

fn module(tables: &mut Tables, json: &Value) -> Result<String> {
    let size = part(json, "size_bytes").as_u64().context("a module without a size")?;
    let (part_number, serial) = (text_of(tables, part(json, "part"))?, text_of(tables, part(json, "serial"))?);
    Ok(format!("{{{size}u, {part_number}, {serial}}}"))
}

fn nic(tables: &mut Tables, json: &Value) -> Result<String> {
    let mut fields = vec![
        format!(".bus = {}", text_of(tables, part(json, "bus"))?),
        format!(".driver = {}", text_of(tables, part(json, "driver"))?),
        format!(".kind = HWL_NIC_{}", constant(maybe(json, "class").unwrap_or("virtual"))),
        format!(".membership = HWL_NIC_{}", constant(maybe(json, "membership").unwrap_or("independent"))),
    ];
    fixed(&mut fields, "permanent_mac", part(json, "permanent_mac"))?;
    fixed(&mut fields, "current_mac", part(json, "current_mac"))?;
    Ok(format!("{{{}}}", fields.join(", ")))
}

fn platform_id(tables: &mut Tables, json: &Value) -> Result<String> {
    let id = text_of(tables, part(json, "bytes"))?;
    Ok(format!("{{.id = {id}, .source = HWL_SOURCE_{}}}", constant(text(json, "source")?)))
}
