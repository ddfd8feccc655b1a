//! What networks and servers do.

use super::central::Fault;

/// What happens next; about half of the requests go well.
pub fn any(chance: &mut fastrand::Rng) -> Fault {
    match chance.u8(0..20) {
        0 => Fault::DropBefore,
        1 | 2 => Fault::DropAfter,
        3 => Fault::Twice,
        4 => Fault::AgainLater,
        5 => Fault::Delay(20),
        6 => Fault::Truncate,
        7 => Fault::Status(500, false),
        8 => Fault::Status(503, false),
        9 => Fault::Status(409, false),
        10 => Fault::Status(412, false),
        _ => Fault::None,
    }
}
