//! A clinic of any size, for measuring.

use super::roster_file::{Clinic, Day, PractitionerEntry, RosterFile, WeeklyHours};
use super::{PractitionerId, Specialty, SpecialtyId};
use jiff::civil::time;

/// So many doctors, all of one specialty, who see a patient every quarter of an hour from
/// eight to six on weekdays, bookable `horizon_days` ahead.
pub fn large(doctors: usize, horizon_days: u16) -> RosterFile {
    let general = SpecialtyId("general".to_owned());
    let doctor = |number| PractitionerEntry {
        id: PractitionerId(format!("doctor-{number:02}")),
        name: format!("Dr Number {number}"),
        specialties: vec![general.clone()],
        hours: vec![WeeklyHours {
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            from: time(8, 0, 0, 0),
            to: time(18, 0, 0, 0),
            slot_minutes: 15,
            buffer_minutes: 0,
            capacity: 1,
            visit_type: None,
        }],
        leave: Vec::new(),
        extra: Vec::new(),
        room: None,
    };
    RosterFile {
        clinic: Clinic {
            name: "Large clinic".to_owned(),
            time_zone: "Africa/Accra".to_owned(),
            regions: vec!["GH".to_owned()],
            horizon_days,
            holidays: None,
            open_on: Vec::new(),
        },
        specialties: vec![Specialty {
            id: general.clone(),
            name: "General".to_owned(),
            also: Vec::new(),
            sensitive: false,
        }],
        practitioners: (0..doctors).map(doctor).collect(),
        closures: Vec::new(),
        places: Vec::new(),
    }
}
