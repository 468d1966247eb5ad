//! The command line: the options of `spin up` that matter here, under the same names.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::range::{self, Range};
use crate::variables::VariableSource;

/// Runs the components of a `spin.toml` as `spin up` does.
#[derive(Clone, Debug, Parser)]
#[command(name = "spin-auth-host", version)]
pub struct Options {
    /// The application: a `spin.toml` or the directory that holds one
    #[arg(long, short = 'f', default_value = "spin.toml")]
    pub from: PathBuf,

    /// IP address and port to listen on; port 0 takes a free one
    #[arg(
        long = "listen",
        env = "SPIN_HTTP_LISTEN_ADDR",
        default_value = "127.0.0.1:3000",
        value_parser = parse_address
    )]
    pub listen: SocketAddr,

    /// Where the databases are kept [default: `.spin` beside the `spin.toml`]; empty keeps them in memory
    #[arg(long)]
    pub state_dir: Option<String>,

    /// Which networks components cannot reach: `block_networks` of `[outbound_networking]`
    #[arg(long, env = "RUNTIME_CONFIG_FILE")]
    pub runtime_config_file: Option<PathBuf>,

    /// The value of a variable; may be repeated, the last one wins
    #[arg(long = "variable", value_name = "KEY=VALUE | KEY=@FILE | @FILE.json | @FILE.toml")]
    pub variables: Vec<VariableSource>,

    /// Do not show what the components write to stdout and stderr
    #[arg(long, short)]
    pub quiet: bool,

    /// Requests that one instance serves before it is dropped: a number or a half-open range such as 1..8. Spin drops it after
    /// 128; to make one costs as much as a dozen requests
    #[arg(long, default_value = "1000", value_parser = range::parse_count)]
    pub max_instance_reuse_count: Range<usize>,

    /// Requests that one instance serves at the same time: a number or a half-open range
    #[arg(long, default_value = "16", value_parser = range::parse_count)]
    pub max_instance_concurrent_reuse_count: Range<usize>,

    /// How long a request may take [default: no limit]: 5, 5s, 500ms, 10us, 10ns, or a range such as 1..8s
    #[arg(long, value_parser = range::parse_duration)]
    pub request_timeout: Option<Range<Duration>>,

    /// Requests that one component serves at the same time; an eighth of them while it computes for long. Others wait for a second
    /// at most, and then get a 503 [default: 16 for each processor]
    #[arg(long)]
    pub max_concurrent_requests: Option<usize>,

    /// Connections at the same time; others wait to be taken [default: half of the files that may be open, 10000 at most]
    #[arg(long)]
    pub max_connections: Option<usize>,

    /// How long a client may take to send the body of a request. A connection on which no request has begun for at most twice
    /// as long, while none is being answered, is closed
    #[arg(long, default_value = "60s", value_parser = range::parse_single_duration)]
    pub client_timeout: Duration,

    /// How long an idle instance is kept for the next request
    #[arg(long, default_value = "1s", value_parser = range::parse_duration)]
    pub idle_instance_timeout: Range<Duration>,

    /// How long a stop waits for running requests
    #[arg(long, default_value = "10s", value_parser = range::parse_single_duration)]
    pub shutdown_timeout: Duration,

    /// For tests only: the file that says how the storage fails (`faults.rs`)
    #[arg(long, env = "SPIN_AUTH_HOST_FAULTS", hide = true)]
    pub faults: Option<PathBuf>,

    /// Compile the components anew instead of keeping the compiled code in wasmtime's cache
    #[arg(long, env = "DISABLE_WASMTIME_CACHE")]
    pub disable_cache: bool,

    /// Allocate each instance on its own instead of from a pool
    #[arg(long)]
    pub disable_pooling: bool,
}

impl Options {
    /// The options of a command line that gives nothing but the manifest.
    ///
    /// # Errors
    ///
    /// None in practice; clap's, were a default not to parse.
    pub fn with_defaults(from: impl Into<PathBuf>) -> Result<Self, clap::Error> {
        let mut options = Self::try_parse_from(["spin-auth-host"])?;
        options.from = from.into();
        Ok(options)
    }
}

/// Parses `host:port`. A name that resolves to several addresses means 127.0.0.1 where that is one of them, as in Spin.
fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let addresses: Vec<SocketAddr> = text.to_socket_addrs().map_err(|error| error.to_string())?.collect();
    let loopback = addresses.iter().find(|address| address.ip() == std::net::Ipv4Addr::LOCALHOST);
    loopback.or(addresses.first()).copied().ok_or_else(|| format!("{text} resolves to no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_spin_but_for_how_often_an_instance_is_used() {
        let options = Options::with_defaults("spin.toml").unwrap();

        assert_eq!(options.listen, "127.0.0.1:3000".parse().unwrap());
        assert_eq!(options.max_instance_reuse_count, Range::Value(1000));
        assert_eq!(options.max_instance_concurrent_reuse_count, Range::Value(16));
        assert_eq!(options.request_timeout, None);
        assert_eq!(options.idle_instance_timeout, Range::Value(Duration::from_secs(1)));
    }

    #[test]
    fn localhost_means_the_ipv4_loopback() {
        assert_eq!(parse_address("localhost:8080"), Ok("127.0.0.1:8080".parse().unwrap()));
    }

    #[test]
    fn an_address_without_a_port_is_refused() {
        assert!(parse_address("127.0.0.1").is_err());
    }
}
