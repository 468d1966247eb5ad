//! Form bodies: what is read is what an independent reader sees, and writing it gives the same again.

use protocol::params::Params;

use crate::credentials::post;

pub(crate) fn check(data: &[u8]) {
    let request = post(&[], data);
    let Ok(params) = Params::parse(data) else {
        assert!(request.form().is_err());
        return;
    };
    let seen: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    assert!(seen.len() <= 100, "more parameters than the bound");
    assert_eq!(text(&params), text(&seen.iter().cloned().collect()), "two readers of one request see different values");
    let again = Params::parse(params.encode().as_bytes()).unwrap();
    assert_eq!((text(&again), again.encode()), (text(&params), params.encode()));
    for (name, _) in &seen {
        let values: Vec<_> = seen.iter().filter(|(other, value)| other == name && !value.is_empty()).collect();
        match params.get(name) {
            Ok(value) => assert_eq!(value, values.first().map(|(_, value)| value.as_str())),
            Err(_) => assert!(values.len() > 1),
        }
        assert!(params.without(&[name.as_str()]).all(name).next().is_none());
    }
    let repeats = |name: &str| seen.iter().filter(|(other, _)| other == name).count() > 1;
    let is_unique = seen.iter().all(|(name, _)| matches!(name.as_str(), "resource" | "audience") || !repeats(name));
    assert_eq!(params.ensure_unique().is_ok(), is_unique);
    assert_eq!(request.form().is_ok(), is_unique);
}

fn text(params: &Params) -> String {
    format!("{params:?}")
}
