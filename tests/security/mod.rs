//! Attacks. `blog.rs` has the defects of the published code that this server descends from; the other files have what
//! the advisories of other servers teach.

mod blog;
mod cross_site;
mod device;
mod foreign_tokens;
mod headers;
mod jose;
mod junk;
mod outbound;
mod pkce;
mod redirect_uri;
mod registration;
mod sessions;
mod suspension;
