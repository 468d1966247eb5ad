//! Which component serves a path, with the rules of Spin's router, which is built on the same `routefinder`.
//!
//! A path segment is literal, `:name` (one segment, captured) or at the end `...` (any rest, also none). An exact route
//! comes before one with wildcards, and of those the longest prefix wins. Trailing slashes do not matter. Of two equal
//! routes the later one counts.

use std::sync::Arc;

use anyhow::anyhow;

use crate::manifest::{Route, Trigger};

/// Paths below this belong to the host.
pub const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// Finds the component for a path.
#[derive(Debug)]
pub struct Router {
    routes: routefinder::Router<Arc<Target>>,
    /// Texts for the user about routes that no request reaches.
    pub warnings: Vec<String>,
}

/// Where a route leads.
#[derive(Debug)]
struct Target {
    component: String,
    /// As in the manifest.
    raw_route: String,
    /// With a slash in front and none at the end.
    route: String,
}

/// A path that a route matched.
#[derive(Debug, PartialEq, Eq)]
pub struct RouteMatch<'router> {
    /// The component's id.
    pub component: &'router str,
    /// The route as the manifest writes it.
    pub raw_route: &'router str,
    /// The route with a slash in front and none at the end.
    pub route: &'router str,
    /// What stands for `...` in the path, with its slash in front; empty where there is none.
    pub path_info: String,
    /// What stands for each `:name`.
    pub captures: Vec<(String, String)>,
}

impl<'router> RouteMatch<'router> {
    /// The match of a request from one component to another: no route leads there, and all of the path is the rest.
    #[must_use]
    pub fn chained(component: &'router str, path: &str) -> Self {
        Self { component, raw_route: "/...", route: "/...", path_info: path.to_owned(), captures: Vec::new() }
    }

    /// The route as the manifest writes it, without a `/...` at its end.
    #[must_use]
    pub fn raw_route_or_prefix(&self) -> &str {
        self.raw_route.strip_suffix("/...").unwrap_or(self.raw_route)
    }
}

impl Router {
    /// Builds the router from the triggers of a manifest; private routes are left out.
    ///
    /// # Errors
    ///
    /// A route that cannot be parsed.
    pub fn new(triggers: &[Trigger]) -> anyhow::Result<Self> {
        let mut targets: Vec<Target> = Vec::new();
        let mut warnings = Vec::new();
        for trigger in triggers {
            let Route::Path(raw_route) = &trigger.route else { continue };
            let target = Target {
                component: trigger.component.clone(),
                raw_route: raw_route.clone(),
                route: sanitize(raw_route),
            };
            if target.route.starts_with(WELL_KNOWN_PREFIX) {
                warnings.push(format!("the host itself serves {WELL_KNOWN_PREFIX}, never the route {raw_route}"));
            }
            match targets.iter_mut().find(|other| other.raw_route == *raw_route) {
                None => targets.push(target),
                Some(earlier) => {
                    let (unused, used) = (&earlier.component, &target.component);
                    warnings.push(format!("the route {raw_route} of {unused} is never used: {used} has it too"));
                    *earlier = target;
                }
            }
        }
        let mut routes = routefinder::Router::new();
        for target in targets {
            let pattern = match target.route.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => target.route.clone(),
            };
            let message = format!("the route {} of {} is wrong", target.raw_route, target.component);
            routes.add(pattern.as_str(), Arc::new(target)).map_err(|error| anyhow!("{message}: {error}"))?;
        }
        Ok(Self { routes, warnings })
    }

    /// Finds the component for `path`, the path of a request without its query.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<RouteMatch<'_>> {
        let found = self.routes.best_match(path)?;
        let captures = found.captures();
        // The router drops a slash at the end, Spin keeps it.
        let path_info = match (captures.wildcard(), path.ends_with('/')) {
            (None | Some(""), false) | (None, true) => String::new(),
            (Some(""), true) => "/".to_owned(),
            (Some(rest), false) => format!("/{rest}"),
            (Some(rest), true) => format!("/{rest}/"),
        };
        let captures = captures.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let Target { component, raw_route, route } = &**found.handler();
        Some(RouteMatch { component, raw_route, route, path_info, captures })
    }
}

fn sanitize(route: &str) -> String {
    let slash = if route.starts_with('/') { "" } else { "/" };
    let route = format!("{slash}{route}");
    match route.strip_suffix('/') {
        Some(route) => route.to_owned(),
        None => route,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        let triggers: Vec<Trigger> = routes
            .iter()
            .map(|(component, route)| Trigger {
                route: Route::Path((*route).to_owned()),
                component: (*component).to_owned(),
                id: String::new(),
            })
            .collect();
        Router::new(&triggers).unwrap()
    }

    fn component<'router>(router: &'router Router, path: &str) -> Option<&'router str> {
        router.find(path).map(|found| found.component)
    }

    #[test]
    fn an_exact_route_matches_its_path_only() {
        let router = router(&[("foo", "/foo"), ("bar", "/foo/bar")]);

        assert_eq!(component(&router, "/foo"), Some("foo"));
        assert_eq!(component(&router, "/foo/"), Some("foo"));
        assert_eq!(component(&router, "/foo/bar"), Some("bar"));
        assert_eq!(component(&router, "/foo/other"), None);
        assert_eq!(component(&router, "/Foo"), None);
        assert_eq!(component(&router, "/"), None);
    }

    #[test]
    fn the_root_is_a_route_like_any_other() {
        let router = router(&[("root", "/")]);

        assert_eq!(component(&router, "/"), Some("root"));
        assert_eq!(component(&router, "/foo"), None);
    }

    #[test]
    fn an_exact_route_beats_a_wildcard_and_the_longest_prefix_wins() {
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
            let routes = [("all", "/..."), ("one", "/one"), ("below", "/one/...")];
            let router = router(&order.map(|index| routes[index]));

            assert_eq!(component(&router, "/one"), Some("one"));
            assert_eq!(component(&router, "/one/two"), Some("below"));
            assert_eq!(component(&router, "/two"), Some("all"));
            assert_eq!(component(&router, "/"), Some("all"));
        }
    }

    #[test]
    fn the_rest_of_the_path_keeps_its_slashes() {
        let router = router(&[("a", "/test/...")]);

        for (path, rest) in [("/test", ""), ("/test/", "/"), ("/test/x", "/x"), ("/test/x/y/", "/x/y/")] {
            assert_eq!(router.find(path).unwrap().path_info, rest, "{path}");
        }
        assert_eq!(router.find("/test").unwrap().raw_route_or_prefix(), "/test");
    }

    #[test]
    fn a_named_segment_is_captured() {
        let router = router(&[("user", "/users/:id"), ("below", "/users/:id/...")]);

        let found = router.find("/users/42").unwrap();
        assert_eq!((found.component, found.path_info.as_str()), ("user", ""));
        assert_eq!(found.captures, [("id".to_owned(), "42".to_owned())]);

        let found = router.find("/users/42/keys/1").unwrap();
        assert_eq!((found.component, found.path_info.as_str()), ("below", "/keys/1"));
        assert_eq!(found.captures, [("id".to_owned(), "42".to_owned())]);
        assert_eq!(found.raw_route, "/users/:id/...");
    }

    #[test]
    fn of_two_equal_routes_the_later_one_counts_and_the_user_is_told() {
        let router = router(&[("first", "/foo"), ("second", "/foo")]);

        assert_eq!(component(&router, "/foo"), Some("second"));
        assert_eq!(router.warnings.len(), 1);
        assert!(router.warnings[0].contains("first"));
    }

    #[test]
    fn a_route_that_the_host_serves_itself_is_reported() {
        assert_eq!(router(&[("a", "/.well-known/spin/health")]).warnings.len(), 1);
        assert!(router(&[("a", "/.well-known/openid-configuration")]).warnings.is_empty());
    }

    #[test]
    fn a_private_route_is_not_reachable() {
        let trigger = Trigger { route: Route::Private { private: true }, component: "a".to_owned(), id: String::new() };

        assert_eq!(Router::new(&[trigger]).unwrap().find("/"), None);
    }
}
