//! What of a licence is judged. The rest is for people and programs once it is believed, and a check
//! passes over it: that takes a small core half the code, and no room for lists.

use super::binding::Binding;
use super::class::Class;
use super::key::LicenseKey;
use super::terms::{
    BRAND_BYTES_MAX, EDITION_BYTES_MAX, EvidencePolicy, FEATURE_BYTES_MAX, FEATURES_MAX, HOLDER_BYTES_MAX, License,
};
use crate::decode::{Decode, Reader};
use crate::extension;
use crate::signed::{Claim, Grant};
use crate::text::Label;
use crate::time::UnixSeconds;

/// What of a licence is judged.
#[derive(Clone, Debug)]
#[repr(C)]
pub(crate) struct Judged<'a> {
    pub(crate) issued: UnixSeconds,
    pub(crate) not_before: UnixSeconds,
    pub(crate) count: u32,
    pub(crate) class: Class,
    pub(crate) key: LicenseKey,
    pub(crate) evidence: EvidencePolicy,
    pub(crate) contact_required: bool,
    pub(crate) has_unknown_critical: bool,
    pub(crate) expires: Option<UnixSeconds>,
    pub(crate) brand: Label<'a>,
    pub(crate) binding: Binding<'a>,
}

/// Who keeps what of a licence is not judged. Whatever is not kept is read all the same, and obeys
/// its bounds.
pub(super) trait Keep<'a> {
    fn holder_and_edition(&mut self, _holder: Label<'a>, _edition: Label<'a>) {}

    fn maintenance_until(&mut self, _time: Option<UnixSeconds>) {}

    fn features(&mut self, reader: &mut Reader<'a>) {
        reader.pass_names(FEATURES_MAX, FEATURE_BYTES_MAX);
    }

    fn grace(&mut self, _offline_s: u32, _changed_s: u32) {}

    /// Whether there is a critical one.
    fn extensions(&mut self, reader: &mut Reader<'a>) -> bool {
        extension::pass(reader)
    }
}

/// Keeps nothing.
impl Keep<'_> for () {}

impl<'a> Keep<'a> for License<'a> {
    fn holder_and_edition(&mut self, holder: Label<'a>, edition: Label<'a>) {
        (self.holder, self.edition) = (holder, edition);
    }

    fn maintenance_until(&mut self, time: Option<UnixSeconds>) {
        self.maintenance_until = time;
    }

    fn features(&mut self, reader: &mut Reader<'a>) {
        reader.names(&mut self.features, FEATURE_BYTES_MAX);
    }

    fn grace(&mut self, offline_s: u32, changed_s: u32) {
        (self.grace_offline_s, self.grace_changed_s) = (offline_s, changed_s);
    }

    fn extensions(&mut self, reader: &mut Reader<'a>) -> bool {
        extension::read(&mut self.extensions, reader);
        extension::unknown_critical(&self.extensions)
    }
}

/// The fields of a licence, in their order.
#[inline(always)]
pub(super) fn read_fields<'a>(judged: &mut Judged<'a>, kept: &mut impl Keep<'a>, reader: &mut Reader<'a>) {
    judged.key.read(reader);
    judged.brand = reader.text(BRAND_BYTES_MAX);
    judged.class = Class(reader.u16());
    judged.count = reader.u32();
    kept.holder_and_edition(reader.text(HOLDER_BYTES_MAX), reader.text(EDITION_BYTES_MAX));
    let mut maintenance_until = None;
    reader.time(&mut maintenance_until);
    kept.maintenance_until(maintenance_until);
    kept.features(reader);
    judged.binding.read(reader);
    judged.evidence.read(reader);
    judged.issued = UnixSeconds(reader.u64());
    judged.not_before = UnixSeconds(reader.u64());
    reader.time(&mut judged.expires);
    kept.grace(reader.u32(), reader.u32());
    judged.contact_required = reader.flag();
    judged.has_unknown_critical = kept.extensions(reader);
    reader.require(judged.expires.is_none_or(|expires| expires > judged.not_before));
}

impl<'a> Decode<'a> for Judged<'a> {
    #[inline(never)]
    fn blank() -> Self {
        Self {
            key: LicenseKey::blank(),
            brand: Label::default(),
            class: Class(0),
            count: 0,
            binding: Binding::blank(),
            evidence: EvidencePolicy::blank(),
            issued: UnixSeconds(0),
            not_before: UnixSeconds(0),
            expires: None,
            contact_required: false,
            has_unknown_critical: false,
        }
    }

    #[inline(never)]
    fn read(&mut self, reader: &mut Reader<'a>) {
        read_fields(self, &mut (), reader);
    }
}

impl<'a> Judged<'a> {
    /// What the licence claims.
    pub(super) const fn claim(&self) -> Claim<'a> {
        Claim {
            issued: self.issued,
            brand: Some(self.brand),
            grant: Some(Grant { license: self.key, class: self.class, count: self.count }),
            has_unknown_critical: self.has_unknown_critical,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed unwrap is a failed test")]
    use super::*;
    use crate::decode::exact;
    use crate::extension::Extension;
    use crate::hwid::Hwid;
    use crate::license::{GRACE_OFFLINE_S, Tolerance};
    use crate::signed::Payload;

    fn license(binding: Binding<'_>) -> License<'_> {
        License {
            key: LicenseKey::from_random([5; 10]),
            brand: "northgate".into(),
            class: Class::PROFESSIONAL,
            count: 300,
            holder: "Gr\u{fc}\u{df}e".into(),
            edition: "".into(),
            maintenance_until: Some(UnixSeconds(1_800_000_000)),
            features: ["a", "b", "cd"].map(Label::from).into_iter().collect(),
            binding,
            evidence: EvidencePolicy::default(),
            issued: UnixSeconds(1_780_272_000),
            not_before: UnixSeconds(1_780_272_000),
            expires: Some(UnixSeconds(1_780_272_001)),
            grace_offline_s: GRACE_OFFLINE_S,
            grace_changed_s: 1,
            contact_required: true,
            extensions: [(3, false), (4, true)]
                .map(|(tag, critical)| Extension { tag, critical, bytes: &[9] })
                .into_iter()
                .collect(),
        }
    }

    /// What is judged, and the licence as a whole, from the same bytes.
    fn read(bytes: &[u8]) -> (Option<Judged<'_>>, Option<License<'_>>) {
        (exact(bytes), exact(bytes))
    }

    #[test]
    fn what_is_judged_is_what_the_whole_licence_says() {
        let hwid = Hwid { scheme: 3, bytes: [7; 16] };
        let digests = [[1; 17], [4; 17]];
        let weights = [50, 0, 0, 20, 0];
        let tolerance = Tolerance { hwid, salt: [2; 16], weights, mandatory: 2, threshold: 60, digests: &digests };
        let mut good = 0;
        for binding in [Binding::Strict(hwid), Binding::Tolerant(tolerance)] {
            let mut buffer = [0; 512];
            let written = postcard::to_slice(&license(binding), &mut buffer).unwrap();
            // Each byte as it is and as anything else, and the licence cut off there.
            for place in 0..written.len() {
                for value in 0..=u8::MAX {
                    let mut changed = written.to_vec();
                    changed[place] = value;
                    let (judged, whole) = read(&changed);
                    assert_eq!(judged.is_some(), whole.is_some(), "{changed:x?}");
                    let Some((judged, whole)) = judged.zip(whole) else { continue };
                    good += 1;
                    assert_eq!(judged.claim(), whole.claim());
                    assert_eq!((judged.binding, judged.evidence), (whole.binding, whole.evidence));
                    assert_eq!((judged.not_before, judged.expires), (whole.not_before, whole.expires));
                    assert_eq!(judged.contact_required, whole.contact_required);
                }
                assert!(matches!(read(&written[..place]), (None, None)));
            }
        }
        assert!(good > 10_000, "{good}");
    }
}
