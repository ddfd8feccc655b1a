//! A ticket as the bytes that an ESC/POS printer takes. Pure.
//!
//! Commands are those of Epson's "ESC/POS Command Reference"; each is named as there.

use super::code_page::CodePage;
use kiosk_core::dialogue::Slip;

const ESC: u8 = 0x1b;
const GS: u8 = 0x1d;

/// Modules of quiet zone around a QR code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// Dots a module of a QR code: 0.125 mm each, so 0.75 mm, which every phone reads.
const MODULE_DOTS: u8 = 6;
/// The largest letters that `GS !` knows are eight times as wide; six are legible enough.
const LARGEST: usize = 6;
/// Lines fed before the cut, so that it is below the last one.
const FEED_LINES: u8 = 4;

/// How the QR code reaches the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qr {
    /// The printer makes it (`GS ( k`).
    Native,
    /// It is sent as a picture (`GS v 0`), for printers that cannot.
    Raster,
    /// None.
    None,
}

/// How a printer prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Letters in a line: 48 on a roll of 80 mm, 32 on one of 58 mm.
    pub columns: usize,
    /// Which letters it has.
    pub code_page: CodePage,
    /// The QR code of the code.
    pub qr: Qr,
}

/// `slip` from the first byte to the cut.
pub fn slip(slip: &Slip, layout: &Layout) -> Vec<u8> {
    let mut bytes = Vec::new();
    // ESC @: as switched on. ESC t: the letters. ESC a 1: in the middle.
    bytes.extend([
        ESC,
        b'@',
        ESC,
        b't',
        layout.code_page.number(),
        ESC,
        b'a',
        1,
    ]);
    bold(&mut bytes, |bytes| text(bytes, &slip.clinic, layout));
    text(&mut bytes, &slip.heading, layout);
    bytes.push(b'\n');
    text(&mut bytes, &slip.label, layout);
    large(&mut bytes, &slip.code, layout);
    bytes.push(b'\n');
    bold(&mut bytes, |bytes| {
        for line in &slip.lines {
            text(bytes, line, layout);
        }
    });
    if slip.scans {
        match layout.qr {
            Qr::Native => qr_command(&mut bytes, slip.code.as_bytes()),
            Qr::Raster => qr_picture(&mut bytes, slip.code.as_bytes()),
            Qr::None => {}
        }
    }
    // ESC d: feed. GS V 66: cut, but for one point, so that it hangs until it is taken.
    bytes.extend([ESC, b'd', FEED_LINES, GS, b'V', 66, 0]);
    bytes
}

fn bold(bytes: &mut Vec<u8>, inner: impl FnOnce(&mut Vec<u8>)) {
    bytes.extend([ESC, b'E', 1]);
    inner(bytes);
    bytes.extend([ESC, b'E', 0]);
}

/// As large as fits in three quarters of a line.
fn large(bytes: &mut Vec<u8>, code: &str, layout: &Layout) {
    let letters = code.chars().count().max(1);
    let times = (layout.columns * 3 / 4 / letters).clamp(1, LARGEST);
    let step = u8::try_from(times - 1).unwrap_or(0);
    bytes.extend([GS, b'!', step << 4 | step]);
    bytes.extend(layout.code_page.encode(code));
    bytes.extend([b'\n', GS, b'!', 0]);
}

/// In lines of whole words.
fn text(bytes: &mut Vec<u8>, words: &str, layout: &Layout) {
    let mut column = 0;
    for word in words.split_whitespace() {
        let word = layout.code_page.encode(word);
        if column > 0 && column + 1 + word.len() > layout.columns {
            bytes.push(b'\n');
            column = 0;
        }
        if column > 0 {
            bytes.push(b' ');
            column += 1;
        }
        column += word.len();
        bytes.extend(word);
    }
    if column > 0 {
        bytes.push(b'\n');
    }
}

/// GS ( k: model 2, size, error correction M, the data, print.
fn qr_command(bytes: &mut Vec<u8>, data: &[u8]) {
    let mut function = |parameters: &[u8]| {
        let length = u16::try_from(parameters.len()).unwrap_or(u16::MAX);
        bytes.extend([GS, b'(', b'k']);
        bytes.extend(length.to_le_bytes());
        bytes.extend(parameters);
    };
    function(&[49, 65, 50, 0]);
    function(&[49, 67, MODULE_DOTS]);
    function(&[49, 69, 49]);
    let store: Vec<u8> = [49, 80, 48]
        .into_iter()
        .chain(data.iter().copied())
        .collect();
    function(&store);
    function(&[49, 81, 48]);
}

/// GS v 0: the same as a picture, a bit a dot.
fn qr_picture(bytes: &mut Vec<u8>, data: &[u8]) {
    let Ok(qr) = qrcode::QrCode::new(data) else {
        return;
    };
    let (modules, scale) = (qr.width() + 2 * QUIET_ZONE, usize::from(MODULE_DOTS));
    let colours = qr.to_colors();
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < qr.width());
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => colours[row * qr.width() + column] == qrcode::Color::Dark,
            (None, _) | (_, None) => false,
        }
    };
    let (across, down) = ((modules * scale).div_ceil(8), modules * scale);
    let size = |length: usize| u16::try_from(length).unwrap_or(0).to_le_bytes();
    bytes.extend([GS, b'v', b'0', 0]);
    bytes.extend(size(across));
    bytes.extend(size(down));
    for row in 0..down {
        for octet in 0..across {
            let bits = (0..8).map(|bit| is_dark(row / scale, (octet * 8 + bit) / scale));
            bytes.push(bits.fold(0, |octet, dark| octet << 1 | u8::from(dark)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        columns: 32,
        code_page: CodePage::Wpc1252,
        qr: Qr::Native,
    };

    fn ticket() -> Slip {
        Slip {
            clinic: "Adabraka Polyclinic".to_owned(),
            heading: "Your appointment is noted, to be confirmed by reception".to_owned(),
            label: "Your code".to_owned(),
            code: "K7P4".to_owned(),
            lines: vec!["Dr Ama Owusu".to_owned(), "Tuesday 24 November".to_owned()],
            scans: true,
        }
    }

    /// What a person reads: printable bytes between commands.
    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn the_ticket_begins_afresh_and_ends_with_a_cut() {
        let bytes = slip(&ticket(), &LAYOUT);
        assert!(bytes.starts_with(b"\x1b@\x1bt\x10\x1ba\x01"));
        assert!(bytes.ends_with(b"\x1bd\x04\x1dV\x42\x00"));
        for line in [
            "Adabraka Polyclinic\n",
            "Your code\n",
            "Dr Ama Owusu\nTuesday 24 November\n",
        ] {
            assert!(holds(&bytes, line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn the_code_is_as_large_as_the_roll_is_wide() {
        assert!(holds(
            &slip(&ticket(), &LAYOUT),
            b"\x1d!\x55K7P4\n\x1d!\x00"
        ));
        let long = Slip {
            code: "K7P4-99ABCDEF".to_owned(),
            ..ticket()
        };
        assert!(holds(&slip(&long, &LAYOUT), b"\x1d!\x00K7P4-99ABCDEF\n"));
    }

    #[test]
    fn lines_break_between_words() {
        let bytes = slip(&ticket(), &LAYOUT);
        assert!(holds(
            &bytes,
            b"Your appointment is noted, to be\nconfirmed by reception\n"
        ));
    }

    #[test]
    fn the_printer_makes_a_qr_code_of_the_code_and_of_nothing_else() {
        let bytes = slip(&ticket(), &LAYOUT);
        assert!(holds(&bytes, b"\x1d(k\x07\x001P0K7P4\x1d(k\x03\x001Q0"));
        let without = Slip {
            scans: false,
            ..ticket()
        };
        assert!(!holds(&slip(&without, &LAYOUT), b"\x1d(k"));
    }

    #[test]
    fn a_picture_of_it_is_the_same_code() {
        let raster = Layout {
            qr: Qr::Raster,
            ..LAYOUT
        };
        let bytes = slip(&ticket(), &raster);
        let at = bytes.windows(4).position(|it| it == b"\x1dv0\x00").unwrap();
        let size = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
        let (across, down) = (size(at + 4), size(at + 6));
        let picture = &bytes[at + 8..at + 8 + across * down];
        assert_eq!(bytes[at + 8 + across * down..], *b"\x1bd\x04\x1dV\x42\x00");
        let qr = qrcode::QrCode::new("K7P4").unwrap();
        let scale = usize::from(MODULE_DOTS);
        assert_eq!(down, (qr.width() + 2 * QUIET_ZONE) * scale);
        for (index, colour) in qr.to_colors().into_iter().enumerate() {
            let (row, column) = (
                index / qr.width() + QUIET_ZONE,
                index % qr.width() + QUIET_ZONE,
            );
            let (y, x) = (row * scale + scale / 2, column * scale + scale / 2);
            let dot = picture[y * across + x / 8] >> (7 - x % 8) & 1;
            assert_eq!(dot == 1, colour == qrcode::Color::Dark, "{row},{column}");
        }
    }
}
