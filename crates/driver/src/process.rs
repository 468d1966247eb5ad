//! The server under load: starting it, reading what it uses from `/proc`, stopping it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::{Pid, SysconfVar, sysconf},
};

use crate::client::{Connection, get};

/// A server: a process group, because `spin up` starts the server as a child.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub first_answer: Duration,
}

/// What a server has used since it started.
#[derive(Clone, Copy, Default)]
pub struct Usage {
    /// Time of the processor, by user and system.
    pub processor: Duration,
    /// Octets handed to the disk.
    pub written: u64,
    /// Resident memory, in octets.
    pub memory: u64,
}

/// An address of this machine with a port that is free now.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Server {
    /// Starts a server that will listen at this address, and waits until it answers this path.
    pub async fn start(command: &mut Command, address: SocketAddr, path: &str) -> Result<Self> {
        let started = Instant::now();
        let program = Path::new(command.get_program()).display().to_string();
        let spawned = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = spawned.with_context(|| format!("cannot start {program}"))?;
        // Whoever gives up does not leave it behind: it ends with this value.
        let mut server = Self { child, address, first_answer: Duration::ZERO };
        while started.elapsed() < Duration::from_secs(120) {
            if let Some(status) = server.child.try_wait()? {
                bail!("{program} stopped before it answered ({status})");
            }
            if let Ok(mut connection) = Connection::open(address).await
                && connection.send(get(path, &[])?).await.is_ok_and(|answer| answer.status.is_success())
            {
                server.first_answer = started.elapsed();
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("{program} does not answer {path}")
    }

    /// What its processes have used.
    pub fn usage(&self) -> Result<Usage> {
        let mut usage = Usage::default();
        for entry in fs::read_dir("/proc")? {
            let path = entry?.path();
            // Processes come and go, and those of others keep some files to themselves.
            if let Some(stat) = fs::read_to_string(path.join("stat")).ok().and_then(|text| Stat::parse(&text))
                && stat.group == self.group().as_raw()
            {
                usage.processor += stat.processor(sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100));
                usage.written += counter(&path.join("io"), "write_bytes:")?;
                usage.memory += counter(&path.join("status"), "VmRSS:")? * 1024;
            }
        }
        Ok(usage)
    }

    /// Ends it without a warning, and waits for its end.
    pub fn kill(mut self) -> Result<()> {
        killpg(self.group(), Signal::SIGKILL)?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops it and waits for its end.
    pub fn stop(mut self) -> Result<()> {
        killpg(self.group(), Signal::SIGTERM)?;
        self.child.wait()?;
        Ok(())
    }

    /// The number of its process, which stays the same where that becomes another program.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    fn group(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop` there is nobody left to be told.
        let _ = killpg(self.group(), Signal::SIGKILL);
    }
}

/// What is needed of `/proc/<pid>/stat`.
struct Stat {
    group: i32,
    ticks: u64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        // The name of the program comes second, in parentheses, and may have spaces.
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self { group: fields.get(2)?.parse().ok()?, ticks: number(11)? + number(12)? })
    }

    fn processor(&self, ticks_a_second: i64) -> Duration {
        Duration::from_secs_f64(self.ticks as f64 / ticks_a_second as f64)
    }
}

/// A number after its name, in a file of `/proc`.
fn counter(file: &Path, name: &str) -> Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    Ok(line.split_whitespace().next().context("empty")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_a_space_in_its_name_is_read() {
        let stat = Stat::parse("7 (a b) c) S 1 42 42 0 -1 0 1 2 3 4 250 50 0 0 20 0 1 0").unwrap();
        assert_eq!((stat.group, stat.processor(100)), (42, Duration::from_secs(3)));
    }
}
