//! A clinic whose doctors are there around the clock, so that something is free at any hour
//! of testing.

/// The roster with these doctors, by id and name. Its clock stands at about nine in the
/// morning when a test begins, so that a visit does not reach into the next day.
pub fn night_clinic(doctors: &[(&str, &str)]) -> String {
    // In `Etc/GMT+N` it is N hours earlier than in UTC.
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let ahead = (now.hour() - 9).min(12);
    let clinic = format!(
        r#"
[clinic]
name = "Night Clinic"
time_zone = "Etc/GMT{ahead:+}"
regions = ["GH"]
horizon_days = 10

[[specialties]]
id = "general-practice"
name = "General practice"
"#
    );
    let doctors = doctors.iter().map(|(id, name)| {
        format!(
            r#"
[[practitioners]]
id = "{id}"
name = "{name}"
specialties = ["general-practice"]
hours = [{{ days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from = "00:00", to = "23:50", slot_minutes = 10 }}]
"#
        )
    });
    std::iter::once(clinic).chain(doctors).collect()
}
