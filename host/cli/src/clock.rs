//! Times for people: RFC 3339, always UTC.

use hwlicense::time::UnixSeconds;
pub(crate) use hwlicense_admin::text::{parse_time as parse, show_time as show};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The time of this machine's clock. A clock before 1970 counts as 1970.
pub(crate) fn now() -> UnixSeconds {
    UnixSeconds(u64::try_from(Timestamp::now().as_second()).unwrap_or(0))
}

/// The time as JSON; `null` for none.
pub(crate) fn value(time: Option<UnixSeconds>) -> Value {
    time.map_or(Value::Null, |time| json!(show(time)))
}
