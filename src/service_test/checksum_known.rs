//! What is kept of the sums of a file until its next check, and what of it survives a restart.

use super::keep::Keep;
use crate::config::ChecksumKind;
use std::time::Instant;

/// The name of a kind of checksum.
pub(super) fn name(kind: ChecksumKind) -> &'static str {
    match kind {
        ChecksumKind::Md5 => "MD5",
        ChecksumKind::Sha1 => "SHA1",
        ChecksumKind::Sha256 => "SHA256",
    }
}

/// The last sum of a file, and what the file looked like when it was taken.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) kind: ChecksumKind,
    /// As long as the kind says; empty if none was taken yet.
    pub(super) sum: Box<[u8]>,
    /// A sum of what stat(2) said; 0 if it must not be trusted.
    pub(super) stamp: u64,
    pub(super) taken: Instant,
    /// What `failed checksum` compares with if the control file could not tell.
    pub(super) reference: Option<Box<str>>,
}

impl Known {
    pub(super) fn hex(&self) -> String {
        crate::digest::hex(&self.sum)
    }

    /// For the status.
    pub(super) fn shown(&self) -> Option<(ChecksumKind, String)> {
        (!self.sum.is_empty()).then(|| (self.kind, self.hex()))
    }
}

/// The references of `failed checksum` without a value in the control file must survive a restart.
pub(super) fn save(sums: &[Known], keep: &mut Keep<'_>) {
    for sum in sums {
        if let Some(reference) = &sum.reference {
            keep(format_args!("checksum.{}", name(sum.kind)), format_args!("{reference}"));
        }
    }
}

/// Takes back what [`save`] gave.
pub(super) fn load(sums: &mut Vec<Known>, name_of: &str, value: &str, now: Instant) {
    for kind in [ChecksumKind::Md5, ChecksumKind::Sha1, ChecksumKind::Sha256] {
        if name_of.strip_prefix("checksum.") == Some(name(kind)) {
            sums.push(Known {
                kind,
                sum: Box::default(),
                stamp: 0,
                taken: now,
                reference: Some(value.into()),
            });
        }
    }
}
