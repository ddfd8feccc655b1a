//! Until when a certificate is good: the one thing of X.509 that a technician asks for, read
//! from its DER (RFC 5280, section 4.1).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The end of the certificate's validity; none where it is no certificate.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate).filter(|it| it.0 == SEQUENCE)?;
    let (_, mut rest, _) = element(certificate).filter(|it| it.0 == SEQUENCE)?;
    if element(rest)?.0 == VERSION {
        rest = element(rest)?.2;
    }
    // Serial number, signature algorithm, issuer.
    for expected in [INTEGER, SEQUENCE, SEQUENCE] {
        rest = element(rest).filter(|it| it.0 == expected)?.2;
    }
    let (_, validity, _) = element(rest).filter(|it| it.0 == SEQUENCE)?;
    let (_, _, after) = element(validity)?;
    let (tag, time, _) = element(after)?;
    instant(tag, std::str::from_utf8(time).ok()?)
}

/// Tag, content, and what comes after.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let count = usize::from(long & 0x7f);
            let digits = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
            let length = digits
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, &rest[count..])
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((tag, content, after))
}

fn instant(tag: u8, text: &str) -> Option<Timestamp> {
    let whole = match tag {
        GENERALIZED_TIME => text.to_owned(),
        // Two digits of a year mean 1950 to 2049.
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", whole).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn the_end_of_a_certificate_is_found() {
        let key = KeyPair::generate().unwrap();
        for (year, expected) in [(2031, "2031-05-09"), (2099, "2099-05-09")] {
            let mut wanted = CertificateParams::new(vec!["kiosk".to_owned()]).unwrap();
            wanted.not_after = date_time_ymd(year, 5, 9);
            let certificate = wanted.self_signed(&key).unwrap();
            let found = not_after(certificate.der()).unwrap();
            assert_eq!(found.strftime("%Y-%m-%d").to_string(), expected);
            for cut in 0..certificate.der().len() {
                // Never a panic, whatever is cut off.
                let _ = not_after(&certificate.der()[..cut]);
            }
        }
        assert_eq!(not_after(b"no certificate"), None);
    }
}
