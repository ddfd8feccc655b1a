//! The panel is GPL because Slint is; nothing else may become so by depending on it.
#![allow(clippy::unwrap_used)]

use std::path::Path;

#[test]
fn nothing_but_the_panel_depends_on_slint_or_the_panel() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for krate in ["daemon", "daemon/core", "daemon/protocol", "provisioning"] {
        let manifest = std::fs::read_to_string(root.join(krate).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let names = manifest.get(section).and_then(toml::Value::as_table);
            for name in names.into_iter().flat_map(toml::Table::keys) {
                let is_gpl = name.contains("slint") || name == "kiosk-ui";
                assert!(!is_gpl, "`{krate}` depends on `{name}`, which is GPL");
            }
        }
        let licence = &manifest["package"]["license"]["workspace"];
        assert_eq!(licence.as_bool(), Some(true), "`{krate}`");
    }
}
