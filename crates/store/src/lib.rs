//! spin-auth.
