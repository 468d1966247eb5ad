//! Settings from Spin variables.

use std::{cell::OnceCell, rc::Rc};

use domain::{Settings, settings::NAMES};
use spin_sdk::variables;

thread_local! {
    /// Read once per instance.
    static SETTINGS: OnceCell<Rc<Settings>> = const { OnceCell::new() };
}

/// The variables that this component is given. One that it is not given, or that the provider cannot tell, is left
/// out; whoever needs it says so by name.
pub(crate) async fn settings() -> Rc<Settings> {
    if let Some(known) = SETTINGS.with(|cell| cell.get().cloned()) {
        return known;
    }
    let mut values = Vec::with_capacity(NAMES.len());
    for name in NAMES {
        if let Ok(value) = variables::get(name).await {
            values.push((name, value));
        }
    }
    SETTINGS.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(Settings::new(values)))))
}
