//! `explain`: what changed since a machine was enrolled, the likely reason, and the next step.

use std::path::PathBuf;

use hwlicense::hwid::{Cause, Comparison, compare};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::hw_log::{Found, HwLogArgs};
use crate::machine::MachineArgs;
use crate::output::{Fact, Output, fact_table, table};

/// Say what changed since a machine was enrolled, why, and what to do
///
/// Exit code 0 if nothing that counts has changed, 1 if something has, 3 if fields that were
/// enrolled may not be read now and nothing else differs.
#[derive(Debug, clap::Args)]
#[command(
    before_help = "Examples:\n  hwlicense explain machine.enrollment\n  hwlicense explain machine.enrollment --from today.json",
    verbatim_doc_comment
)]
pub(crate) struct Args {
    /// The enrolment to compare with
    #[arg(value_name = "ENROLLMENT")]
    enrollment: PathBuf,
    /// A recorded reading in JSON instead of this machine; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// A generated identity, if it is not beside the enrolment
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    #[command(flatten)]
    history: HwLogArgs,
}

pub(crate) fn run(args: &Args, output: Output) -> Outcome {
    let machine_args = MachineArgs {
        from: args.from.clone(),
        enrollment: Some(args.enrollment.clone()),
        identity: args.identity.clone(),
    };
    let subject = machine_args.subject()?;
    let Some(enrollment) = &subject.enrollment else {
        return Err(Failure::internal("no-enrollment", "the enrolment was not read"));
    };
    let comparison = subject.with_bare_machine(|machine| compare(enrollment, machine))?;
    let now = subject.with_machine(|machine| machine.hwid().ok().map(|hwid| hwid.to_string()))?;
    let found = Found::Compared(now.as_deref(), &comparison);
    args.history.record(&args.enrollment, args.from.is_some(), found, output)?;
    let facts = facts(&comparison, &enrollment.hwid().to_string(), now.as_deref());
    if output.json {
        output.facts("explanation", "", &facts)?;
    } else {
        output.line(&component_table(&comparison))?;
        output.line("")?;
        let shown: Vec<Fact> = facts.into_iter().filter(|(name, _)| *name != "components" && *name != "code").collect();
        output.line(&fact_table(&shown))?;
    }
    Ok(exit(comparison.cause))
}

/// What a cause means for the exit code.
fn exit(cause: Cause) -> Exit {
    match cause {
        Cause::Unchanged | Cause::NicAdded => Exit::Done,
        Cause::NotReadable => Exit::Rights,
        _ => Exit::No,
    }
}

/// The comparison, component by component.
pub(crate) fn component_table(comparison: &Comparison) -> String {
    let rows = comparison
        .components
        .iter()
        .map(|(component, change)| vec![format!("  {}", component.name()), change.name().replace('-', " ")]);
    table(Some(&["  component", "since enrolment"]), rows)
}

/// What became of a machine since it was enrolled, with its HWIDs then and now.
pub(crate) fn facts(comparison: &Comparison, enrolled: &str, now: Option<&str>) -> Vec<Fact> {
    let components: Value = comparison
        .components
        .iter()
        .map(|(component, change)| (component.name().to_owned(), json!(change.name())))
        .collect();
    let nics = comparison.nics;
    vec![
        ("components", components),
        ("nics", json!({ "kept": nics.kept, "gone": nics.gone, "added": nics.added })),
        ("enrolled_hwid", json!(enrolled)),
        ("hwid", json!(now)),
        ("code", json!(comparison.cause.code())),
        ("reason", json!(comparison.cause.explanation())),
        ("next_step", json!(comparison.cause.next_step())),
    ]
}
