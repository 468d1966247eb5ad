//! Protected resource metadata, [RFC 9728 §2](https://www.rfc-editor.org/rfc/rfc9728#section-2).

use serde::Serialize;

use crate::jws::JwsAlgorithm;

/// What a protected resource says about itself, and who issues tokens for it.
#[derive(Debug, Clone, Serialize)]
#[expect(missing_docs, reason = "each member is named and described by the specification")]
pub struct ResourceMetadata {
    pub resource: String,
    pub authorization_servers: Vec<String>,
    pub scopes_supported: Vec<&'static str>,
    pub bearer_methods_supported: Vec<&'static str>,
    pub dpop_signing_alg_values_supported: Vec<JwsAlgorithm>,
}
