#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| spin_auth_fuzz_targets::target("p256_sign").unwrap()(data));
