//! The way in.

/// Exports an `async fn(Request) -> Handled` as what the component does with requests.
///
/// `#[spin_sdk::http_service]` would, too, but makes an `http::Request` of each: it asks the host for ten things, of which
/// [`serve`](crate::serve()) needs three.
#[macro_export]
macro_rules! export {
    ($handle:ident) => {
        const _: () = {
            use $crate::spin_sdk::wasip3::{exports::http::handler::Guest, http::service::export};

            struct Component;
            export!(Component);

            impl Guest for Component {
                async fn handle(request: $crate::Request) -> $crate::Handled {
                    $handle(request).await
                }
            }
        };
    };
}
