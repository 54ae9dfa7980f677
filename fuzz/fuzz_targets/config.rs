//! Any text is read as a configuration without panic. What is accepted means the same once it is printed and read again,
//! and what is refused names its line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sekisho::config::{Config, Overrides};

fuzz_target!(|text: &str| {
    match Config::read(text, &Overrides::default()) {
        Ok(config) => {
            let printed = config.to_string();
            let again = Config::read(&printed, &Overrides::default()).map(|config| config.to_string());
            assert_eq!(again.as_deref(), Ok(printed.as_str()), "{printed}");
        }
        Err(error) => assert!(!error.problem.is_empty() && error.line != Some(0)),
    }
});
