//! What Linux tells of this box: its name, its network, its system.

use kiosk_protocol::{Interface, Network};
use std::fs;
use std::net::UdpSocket;

/// Nobody has this address (RFC 5737), and nothing is sent there.
const FAR_AWAY: &str = "192.0.2.1:9";

/// The distribution.
pub(super) fn system() -> String {
    named(&fs::read_to_string("/etc/os-release").unwrap_or_default())
}

fn named(os_release: &str) -> String {
    let line = os_release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    line.unwrap_or("Linux").trim_matches('"').to_owned()
}

/// The kernel's version.
pub(super) fn kernel() -> String {
    first_line("/proc/sys/kernel/osrelease")
}

/// How the box is reached.
pub(super) fn network() -> Network {
    Network {
        host: first_line("/proc/sys/kernel/hostname"),
        address: address(),
        interfaces: interfaces(),
    }
}

/// The address that this box would send from; nothing is sent.
fn address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(FAR_AWAY).ok()?;
    Some(socket.local_addr().ok()?.ip().to_string())
}

fn interfaces() -> Vec<Interface> {
    let entries = fs::read_dir("/sys/class/net").into_iter().flatten();
    let names = entries.flatten().map(|it| it.file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != "lo")
        .collect();
    names.sort();
    let interface = |name: String| Interface {
        up: first_line(&format!("/sys/class/net/{name}/carrier")) == "1",
        name,
    };
    names.into_iter().map(interface).collect()
}

fn first_line(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_its_name() {
        let told = "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(named(told), "Debian GNU/Linux 12 (bookworm)");
        assert_eq!(named(""), "Linux");
    }
}
