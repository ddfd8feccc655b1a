//! Pages, states, looks, displays and languages: what is drawn is measured. Every pair of
//! them is met here; `make gallery` draws all of them into `target/gallery`.
#![allow(clippy::unwrap_used)]

mod support;

use kiosk_ui::demo;
use kiosk_ui::frame::Comfort;
use kiosk_ui::link::Update;
use kiosk_ui::simulate::Colours;
use kiosk_ui::typing;
use skrifa::{FontRef, MetadataProvider};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use support::pictures::{Picture, contact_sheet};
use support::{DISPLAYS, LOOKS, Panel, checks, visit};

const CODES: [&str; 5] = ["en-GH", "tw", "yo", "ig", "ha"];

/// A page's name and what leads there.
type Page = (String, Vec<Update>);

/// What the panel can be made to show: its states with invented words in English, and a
/// visit's screens with the real ones.
fn pages(code: &str) -> Vec<Page> {
    let named = |(name, mut updates): (&str, Vec<Update>)| {
        for update in &mut updates {
            if let Update::View(view) = update {
                view.language = code.to_owned();
            }
        }
        (name.to_owned(), updates)
    };
    let visits = visit::screens(code).into_iter();
    let visits = visits.map(|(name, updates)| (format!("visit-{name}"), updates));
    demo::every_page()
        .into_iter()
        .map(named)
        .chain(visits)
        .collect()
}

/// Which look, display and language, each an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    page: usize,
    look: usize,
    display: usize,
    code: usize,
}

/// Rows in which every two of page, look, display and language meet.
fn pairwise(pages: usize) -> Vec<Row> {
    let rows = (0..pages).flat_map(|page| {
        (0..LOOKS.len()).map(move |look| Row {
            page,
            look,
            display: (look + page + page / 2) % DISPLAYS.len(),
            code: (look + page) % CODES.len(),
        })
    });
    rows.collect()
}

fn every(pages: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for display in 0..DISPLAYS.len() {
        for code in 0..CODES.len() {
            for look in 0..LOOKS.len() {
                rows.extend((0..pages).map(|page| Row {
                    page,
                    look,
                    display,
                    code,
                }));
            }
        }
    }
    rows
}

#[test]
fn the_rows_hold_every_pair() {
    let rows = pairwise(pages(CODES[0]).len());
    let pairs = |of: fn(&Row) -> (usize, usize)| rows.iter().map(of).collect::<BTreeSet<_>>().len();
    let (looks, displays, codes) = (LOOKS.len(), DISPLAYS.len(), CODES.len());
    assert_eq!(pairs(|row| (row.look, row.display)), looks * displays);
    assert_eq!(pairs(|row| (row.look, row.code)), looks * codes);
    assert_eq!(pairs(|row| (row.display, row.code)), displays * codes);
    let count = rows.len() / looks;
    assert_eq!(pairs(|row| (row.page, row.display)), count * displays);
    assert_eq!(pairs(|row| (row.page, row.code)), count * codes);
}

/// A display's rows, drawn and measured, on a thread of its own.
fn draw(display: usize, rows: Vec<Row>, keep: Option<PathBuf>) -> Vec<String> {
    let panel = Panel::new(DISPLAYS[display]);
    let pages: Vec<Vec<Page>> = CODES.iter().map(|code| pages(code)).collect();
    let mut faults = Vec::new();
    let mut sheet: Vec<Picture> = Vec::new();
    let sheet_of = |row: &Row| {
        let (width, height) = DISPLAYS[row.display];
        let look = LOOKS[row.look].0;
        format!("{width}x{height}-{look}-{}", CODES[row.code])
    };
    let close = |name: &str, sheet: &mut Vec<Picture>| {
        if let (Some(folder), false) = (&keep, sheet.is_empty()) {
            let columns = if DISPLAYS[display].0 > DISPLAYS[display].1 {
                6
            } else {
                9
            };
            contact_sheet(sheet, columns).save(&folder.join(format!("sheet-{name}.png")));
        }
        sheet.clear();
    };
    let mut current = String::new();
    for row in rows {
        let (name, updates) = &pages[row.code][row.page];
        if current != sheet_of(&row) {
            close(&current, &mut sheet);
            current = sheet_of(&row);
        }
        panel.show(updates.clone(), LOOKS[row.look].1);
        let place = format!("{current} {name}");
        faults.extend(
            checks::faults(&panel)
                .into_iter()
                .map(|fault| format!("{place}: {fault}")),
        );
        if let Some(folder) = &keep {
            let picture = Picture::shown(&panel);
            let own = folder.join(&current);
            std::fs::create_dir_all(&own).unwrap();
            picture.save(&own.join(format!("{:02}-{name}.png", row.page + 1)));
            sheet.push(picture.small(if picture.width > picture.height {
                400
            } else {
                260
            }));
        }
    }
    close(&current, &mut sheet);
    faults
}

#[test]
fn every_page_is_whole_legible_and_touchable_on_every_display_in_every_look_and_language() {
    let keep = std::env::var_os("KIOSK_GALLERY").map(PathBuf::from);
    let count = pages(CODES[0]).len();
    let all = keep.is_some() || std::env::var_os("KIOSK_SOAK").is_some();
    let rows = if all { every(count) } else { pairwise(count) };
    let threads: Vec<_> = (0..DISPLAYS.len())
        .map(|display| {
            let own = rows
                .iter()
                .copied()
                .filter(|row| row.display == display)
                .collect();
            let keep = keep.clone();
            std::thread::spawn(move || draw(display, own, keep))
        })
        .collect();
    let faults: Vec<String> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    if let Some(folder) = &keep {
        std::fs::write(folder.join("faults.txt"), faults.join("\n")).unwrap();
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn the_sheet_with_the_settings_is_whole_and_legible_too() {
    let open = |(name, look): (&'static str, Comfort)| (name, Comfort { open: true, ..look });
    for display in DISPLAYS {
        let faults = std::thread::spawn(move || {
            let panel = Panel::new(display);
            let mut faults = Vec::new();
            for code in CODES {
                for (name, look) in LOOKS.map(open) {
                    let (_, updates) = visit::screens(code).swap_remove(0);
                    panel.show(updates, look);
                    if let Some(folder) = std::env::var_os("KIOSK_GALLERY") {
                        let file =
                            format!("settings-{}x{}-{name}-{code}.png", display.0, display.1);
                        Picture::shown(&panel).save(&Path::new(&folder).join(file));
                    }
                    let found = checks::faults(&panel);
                    faults.extend(
                        found
                            .into_iter()
                            .map(|fault| format!("{display:?} {name} {code}: {fault}")),
                    );
                }
            }
            faults
        });
        let faults = faults.join().unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// A small panel has 65,536 colours. What is measured are those; the file holds them, too.
#[test]
fn the_pages_are_as_legible_in_the_colours_of_a_small_panel() {
    let folder = tempfile::tempdir().unwrap();
    let mut faults = Vec::new();
    for display in [DISPLAYS[1], DISPLAYS[0]] {
        let file = folder.path().join("picture.png");
        let found = std::thread::spawn(move || {
            let panel = Panel::in_colours(display, Colours::Rgb565);
            let mut faults = Vec::new();
            for (name, look) in [LOOKS[0], LOOKS[1]] {
                for (page, updates) in demo::every_page() {
                    panel.show(updates, look);
                    let place = format!("{display:?} {name} {page}");
                    let found = checks::faults(&panel).into_iter();
                    faults.extend(found.map(|fault| format!("{place}: {fault}")));
                }
            }
            let shown = Picture::shown(&panel);
            panel.simulated.save(&file).unwrap();
            assert_eq!(Picture::read(&file).unwrap().difference(&shown, 0), 0.0);
            let colours: BTreeSet<[u8; 3]> = shown.pixels.into_iter().collect();
            // Five bits of red and blue and six of green, each with its full range.
            let steps = |value: u8, most: u16| (u16::from(value) * most + 127) / 255;
            let is_coarse = |[red, green, blue]: &[u8; 3]| {
                let back = |value: u8, most: u16| {
                    let exact = f64::from(steps(value, most)) * 255.0 / f64::from(most);
                    (f64::from(value) - exact).abs() < 1.0
                };
                back(*red, 31) && back(*green, 63) && back(*blue, 31)
            };
            assert!(colours.len() > 10 && colours.iter().all(is_coarse));
            faults
        });
        faults.extend(found.join().unwrap());
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Those that a box of glyphs would show at once to everybody but its builders.
#[test]
fn the_shipped_fonts_have_every_letter_of_every_language_and_of_the_keyboard() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut written = typing::Name::letters();
    let mut files: Vec<PathBuf> = vec![root.join("../daemon/wording/en-GH.ftl")];
    for code in &CODES[1..] {
        files.push(root.join(format!("../daemon/wording/{code}.ftl")));
        files.push(root.join(format!("lang/{code}/LC_MESSAGES/kiosk-ui.po")));
    }
    for file in files {
        written.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let letters: BTreeSet<char> = written
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    assert!(letters.contains(&'ɛ') && letters.contains(&'ƙ') && letters.contains(&'\u{301}'));
    for font in ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"] {
        let bytes = std::fs::read(root.join("fonts").join(font)).unwrap();
        let glyphs = FontRef::new(&bytes).unwrap();
        let glyphs = glyphs.charmap();
        let missing: Vec<char> = letters
            .iter()
            .copied()
            .filter(|letter| glyphs.map(*letter).is_none())
            .collect();
        assert!(missing.is_empty(), "{font} lacks {missing:?}");
    }
}

/// Every message of the pages, in every language: a new one is not left in English.
#[test]
fn every_language_has_every_word_of_the_pages() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in [
        "ui",
        "ui/pages",
        "ui/pages/staff",
        "ui/pages/technician",
        "ui/widgets",
    ] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|kind| kind == "slint") {
                sources.push_str(&std::fs::read_to_string(file).unwrap());
            }
        }
    }
    let messages: BTreeSet<&str> = sources
        .split("@tr(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(messages.len() > 100);
    for code in &CODES[1..] {
        let file = root.join(format!("lang/{code}/LC_MESSAGES/kiosk-ui.po"));
        let catalogue = std::fs::read_to_string(file).unwrap();
        assert!(
            catalogue.contains("NEEDS A NATIVE READER'S REVIEW"),
            "{code}"
        );
        let ids: BTreeSet<&str> = catalogue
            .lines()
            .filter_map(|line| line.strip_prefix("msgid \"")?.strip_suffix('"'))
            .filter(|id| !id.is_empty())
            .collect();
        assert_eq!(
            messages.symmetric_difference(&ids).collect::<Vec<_>>(),
            Vec::<&&str>::new(),
            "{code}"
        );
        let lines: Vec<&str> = catalogue
            .lines()
            .skip_while(|line| !line.is_empty())
            .collect();
        let empty = lines
            .iter()
            .find(|line| line.starts_with("msgstr") && line.ends_with(" \"\""));
        assert_eq!(empty, None, "{code}");
    }
}

/// Small copies of the main pages: a change of one is seen, and meant. They are made anew
/// with `KIOSK_GOLDEN=1`.
#[test]
fn the_main_pages_look_as_they_were_approved() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let panel = Panel::new(DISPLAYS[0]);
    let mut changed = Vec::new();
    for (name, updates) in demo::every_page() {
        let main = [
            "welcome",
            "greeting",
            "listening",
            "choose-practitioner",
            "choose-slot",
            "enter-name",
            "enter-birth-date",
            "confirm",
            "booked",
            "my-appointment",
            "queue-number",
            "urgent",
        ];
        if !main.contains(&name) {
            continue;
        }
        panel.show(updates, Comfort::default());
        let picture = Picture::shown(&panel).small(320);
        let file = folder.join(format!("{name}.png"));
        if std::env::var_os("KIOSK_GOLDEN").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            picture.save(&file);
        }
        let golden =
            Picture::read(&file).unwrap_or_else(|| panic!("{}: no such picture", file.display()));
        // Another version of the rasteriser moves edges by a fraction of a pixel.
        let difference = picture.difference(&golden, 24);
        if difference > 0.005 {
            changed.push(format!("{name}: {:.2} % of its pixels", difference * 100.0));
        }
    }
    assert!(changed.is_empty(), "these look otherwise: {changed:?}");
}
