//! What signed payloads say, as facts for people and for JSON. Nothing here verifies.

use hwlicense::extension::Extension;
use hwlicense::hwid::{Component, EvidenceSet};
use hwlicense::license::{Binding, Class, ClassSet, License};
use hwlicense::primary::{Entitlement, Lease, Outcome, Receipt, Reply, TimeCorrection};
use hwlicense::signed::{
    Brands, Certificate, Envelope, Header, Kind, Revocation, RevocationList, RootAction, RootChange, VerifyError,
};
use hwlicense::time::UnixSeconds;
use hwlicense::update::Manifest;
use hwlicense_server::registration::digits;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Fact, object_of};

/// What precedes a payload.
pub(crate) fn header(header: Header) -> Vec<Fact> {
    vec![
        ("kind", json!(header.kind.name())),
        ("key_id", json!(header.key_id.to_string())),
        ("epoch", json!(header.epoch)),
        ("sequence", json!(header.sequence)),
    ]
}

/// What an envelope says.
///
/// # Errors
/// The payload is damaged, or of a kind that is not shown yet.
pub(crate) fn payload(envelope: &Envelope<'_>) -> Result<Vec<Fact>, VerifyError> {
    match envelope.header().kind {
        Kind::License => envelope.unverified().map(|terms| license(&terms)),
        Kind::Certificate => envelope.unverified().map(|terms| certificate(&terms)),
        Kind::RevocationList => envelope.unverified().map(|list| revocation_list(&list)),
        Kind::RootChange => envelope.unverified().map(|change| root_change(&change)),
        Kind::Entitlement => envelope.unverified().map(|terms| entitlement(&terms)),
        Kind::Lease => envelope.unverified().map(|granted| lease(&granted)),
        Kind::Reply => envelope.unverified().map(|answer| reply(&answer)),
        Kind::DeactivationReceipt => envelope.unverified().map(|paper| receipt(&paper)),
        Kind::TimeCorrection => envelope.unverified().map(|correction| time_correction(&correction)),
        Kind::UpdateManifest => envelope.unverified().map(|terms| manifest(&terms)),
        Kind::ReEnrollment => Err(VerifyError::UnknownKind),
    }
}

/// The terms of a licence.
pub(crate) fn license(terms: &License<'_>) -> Vec<Fact> {
    vec![
        ("license_key", json!(terms.key.to_string())),
        ("brand", json!(terms.brand)),
        ("class", json!(terms.class.to_string())),
        ("count", json!(terms.count)),
        ("holder", json!(terms.holder)),
        ("edition", json!(terms.edition)),
        ("features", json!(terms.features.as_slice())),
        ("hwid", json!(terms.binding.hwid().to_string())),
        ("binding", json!(binding_name(&terms.binding))),
        ("tolerance", tolerance(&terms.binding)),
        ("issued", clock::value(Some(terms.issued))),
        ("not_before", clock::value(Some(terms.not_before))),
        ("expires", ends(terms.expires)),
        ("maintenance_until", clock::value(terms.maintenance_until)),
        ("grace_offline_s", json!(terms.grace_offline_s)),
        ("grace_changed_s", json!(terms.grace_changed_s)),
        ("contact_required", json!(terms.contact_required)),
        ("evidence_required", evidence(terms.evidence.required())),
        ("evidence_accepted", evidence(terms.evidence.accepted())),
        ("extensions", extensions(&terms.extensions)),
    ]
}

/// The terms of an entitlement.
pub(crate) fn entitlement(terms: &Entitlement<'_>) -> Vec<Fact> {
    vec![
        ("license_key", json!(terms.key.to_string())),
        ("brand", json!(terms.brand)),
        ("class", json!(terms.class.to_string())),
        ("count", json!(terms.count)),
        ("per_client", json!(terms.per_client)),
        ("holder", json!(terms.holder)),
        ("edition", json!(terms.edition)),
        ("features", json!(terms.features.as_slice())),
        ("ledger", json!(digits(&terms.ledger))),
        ("server_key_id", terms.server_key().map_or(Value::Null, |key| json!(key.id().to_string()))),
        ("lease_s", json!(terms.lease_s)),
        ("moves_max", json!(terms.moves_max)),
        ("issued", clock::value(Some(terms.issued))),
        ("not_before", clock::value(Some(terms.not_before))),
        ("expires", ends(terms.expires)),
        ("serves_until", clock::value(Some(terms.serves_until))),
        ("maintenance_until", clock::value(terms.maintenance_until)),
        ("evidence_required", evidence(terms.evidence.required())),
        ("evidence_accepted", evidence(terms.evidence.accepted())),
        ("extensions", extensions(&terms.extensions)),
    ]
}

/// What a manifest says of an update.
pub(crate) fn manifest(terms: &Manifest<'_>) -> Vec<Fact> {
    vec![
        ("brand", json!(terms.brand)),
        ("component", json!(terms.component)),
        ("models", json!(terms.models.as_slice())),
        ("hardware_min", json!(terms.hardware_min)),
        ("hardware_max", json!(terms.hardware_max)),
        ("version", json!(terms.version.to_string())),
        ("security_version", json!(terms.security_version)),
        ("version_min", json!(terms.version_min.to_string())),
        ("size", json!(terms.size)),
        ("sha256", json!(digits(&terms.sha256))),
        ("chunk_bytes", json!(terms.chunk_bytes)),
        ("chunks_root", json!(digits(&terms.chunks_root))),
        ("share", json!(terms.share)),
        ("issued", clock::value(Some(terms.issued))),
        ("valid_until", clock::value(Some(terms.valid_until))),
        ("extensions", extensions(&terms.extensions)),
    ]
}

fn lease(lease: &Lease<'_>) -> Vec<Fact> {
    vec![
        ("license_key", json!(lease.entitlement.to_string())),
        ("hwid", json!(lease.hwid.to_string())),
        ("count", json!(lease.count)),
        ("issued", clock::value(Some(lease.issued))),
        ("from", clock::value(Some(lease.from))),
        ("until", ends(lease.until)),
        ("ledger", json!(digits(&lease.ledger))),
        ("ledger_epoch", json!(lease.ledger_epoch)),
        ("serial", json!(lease.serial)),
    ]
}

/// A reply. Its secret is not shown.
fn reply(reply: &Reply<'_>) -> Vec<Fact> {
    let outcome = match reply.outcome {
        Outcome::Licensed => json!("licensed"),
        Outcome::Waiting => json!("waiting"),
        Outcome::Deactivated => json!("deactivated"),
        Outcome::Refused(number) => reply.outcome.refusal().map_or(json!(number), |refusal| json!(refusal.code())),
    };
    vec![
        ("hwid", json!(reply.hwid.to_string())),
        ("brand", json!(reply.brand)),
        ("outcome", outcome),
        ("issued", clock::value(Some(reply.issued))),
        ("ledger", json!(digits(&reply.ledger))),
        ("ledger_epoch", json!(reply.ledger_epoch)),
        ("enclosed", json!(reply.enclosed.len())),
        ("carries_secret", json!(reply.secret.is_some())),
    ]
}

fn receipt(receipt: &Receipt<'_>) -> Vec<Fact> {
    vec![
        ("license_key", json!(receipt.entitlement.to_string())),
        ("hwid", json!(receipt.hwid.to_string())),
        ("issued", clock::value(Some(receipt.issued))),
        ("ledger", json!(digits(&receipt.ledger))),
        ("serial", json!(receipt.up_to.serial)),
        ("free_from", ends(receipt.free_from)),
    ]
}

fn time_correction(correction: &TimeCorrection<'_>) -> Vec<Fact> {
    vec![
        ("hwid", json!(correction.hwid.to_string())),
        ("floor_epoch", json!(correction.floor_epoch)),
        ("time", clock::value(Some(correction.time))),
        ("issued", clock::value(Some(correction.issued))),
    ]
}

/// A time at which something ends, or that it never does.
fn ends(time: Option<UnixSeconds>) -> Value {
    time.map_or_else(|| json!("never"), |time| json!(clock::show(time)))
}

fn extensions(extensions: &[Extension<'_>]) -> Value {
    json!(extensions.iter().map(|extension| extension.tag).collect::<Vec<_>>())
}

/// `strict` or `tolerant`.
pub(crate) fn binding_name(binding: &Binding<'_>) -> &'static str {
    match binding {
        Binding::Strict(_) => "strict",
        Binding::Tolerant(_) => "tolerant",
    }
}

fn tolerance(binding: &Binding<'_>) -> Value {
    let Binding::Tolerant(tolerance) = binding else { return Value::Null };
    let bound = Component::ALL.into_iter().zip(tolerance.weights).filter(|(_, weight)| *weight > 0);
    let mandatory = Component::ALL
        .into_iter()
        .filter(|component| tolerance.mandatory.checked_shr(u32::from(component.number())).unwrap_or(0) & 1 == 1);
    json!({
        "weights": bound.map(|(component, weight)| (component.name().to_owned(), json!(weight))).collect::<Value>(),
        "mandatory": mandatory.map(Component::name).collect::<Vec<_>>(),
        "threshold": tolerance.threshold,
    })
}

/// The members of a set of evidence.
pub(crate) fn evidence(set: EvidenceSet) -> Value {
    json!(set.iter().map(hwlicense::hwid::Evidence::name).collect::<Vec<_>>())
}

fn certificate(certificate: &Certificate<'_>) -> Vec<Fact> {
    let kinds = Kind::ALL.into_iter().filter(|kind| certificate.kinds.contains(*kind)).map(Kind::name);
    vec![
        ("name", json!(certificate.name)),
        ("certified_key_id", certificate.key().map_or(Value::Null, |key| json!(key.id().to_string()))),
        ("kinds", json!(kinds.collect::<Vec<_>>())),
        (
            "brands",
            match &certificate.brands {
                Brands::Any => json!("any"),
                Brands::Only(brands) => json!(brands.as_slice()),
            },
        ),
        ("classes", classes(certificate.classes)),
        ("count_max", json!(certificate.count_max)),
        ("issued", clock::value(Some(certificate.issued))),
        ("valid_from", clock::value(Some(certificate.valid_from))),
        ("valid_until", clock::value(Some(certificate.valid_until))),
    ]
}

fn classes(set: ClassSet) -> Value {
    if set == ClassSet::ALL {
        return json!("all");
    }
    let known = Class::KNOWN.into_iter().filter(|(class, _)| set.contains(*class)).map(|(_, name)| name);
    let vendor = set.contains(Class::VENDOR_FIRST).then_some("vendor");
    json!(known.chain(vendor).collect::<Vec<_>>())
}

fn revocation_list(list: &RevocationList<'_>) -> Vec<Fact> {
    let entries: Vec<Value> = list
        .entries()
        .map(|entry| match entry {
            Revocation::KeyRetired(id, at) => json!({ "retired_key": id.to_string(), "from": clock::show(at) }),
            Revocation::KeyRevoked(id) => json!({ "revoked_key": id.to_string() }),
            Revocation::LicenseRevoked(key) => json!({ "revoked_license": key.to_string() }),
        })
        .collect();
    vec![("issued", clock::value(Some(list.issued))), ("entries", json!(entries))]
}

fn root_change(change: &RootChange<'_>) -> Vec<Fact> {
    let action = match change.action {
        RootAction::Add => "add",
        RootAction::Retire => "retire",
        RootAction::Revoke => "revoke",
    };
    vec![
        ("action", json!(action)),
        ("root_id", change.key().map_or(Value::Null, |key| json!(key.id().to_string()))),
        ("issued", clock::value(Some(change.issued))),
    ]
}

/// An envelope as one JSON object; a payload that cannot be shown says why.
pub(crate) fn envelope_value(envelope: &Envelope<'_>) -> Value {
    let mut facts = header(envelope.header());
    match payload(envelope) {
        Ok(shown) => facts.push(("payload", object_of(&shown))),
        Err(error) => facts.push(("payload_error", json!(error.code()))),
    }
    object_of(&facts)
}
