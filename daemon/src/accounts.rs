//! This system's users and groups, by name.

/// A user's id, where there is such a user here.
pub fn user_id(name: &str) -> Option<u32> {
    id_in(&std::fs::read_to_string("/etc/passwd").ok()?, name)
}

/// A group's id, where there is such a group here.
pub fn group_id(name: &str) -> Option<u32> {
    id_in(&std::fs::read_to_string("/etc/group").ok()?, name)
}

/// Both files have the name first and the id third.
fn id_in(text: &str, name: &str) -> Option<u32> {
    let line = text
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_whole_or_not_at_all() {
        let text = "root:x:0:0:root:/root:/bin/sh\nkiosk-ui:x:997:995::/nonexistent:/usr/sbin/nologin\nbroken:x\n";
        assert_eq!(id_in(text, "kiosk-ui"), Some(997));
        for name in ["kiosk", "", "broken", "nobody"] {
            assert_eq!(id_in(text, name), None, "{name}");
        }
    }
}
