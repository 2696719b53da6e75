//! Whatever stands in a state file of Monit: it is taken over as a whole or refused with a reason, and never more comes of
//! it than it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use monit_rs::service::monit_state::{is_of_monit, parse};

fuzz_target!(|data: &[u8]| {
    is_of_monit(data);
    match parse(data) {
        Ok(state) => {
            assert!(!state.services.is_empty() && state.services.len() <= data.len() / 392);
            assert!(state.services.iter().all(|(name, kind, _)| !name.is_empty() && *kind <= 8));
        }
        Err(trouble) => assert!(!trouble.to_string().is_empty()),
    }
});
