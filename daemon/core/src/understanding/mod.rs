//! From what the recogniser heard to what the patient meant.
//!
//! [`understand`] is the one entry: the daemon calls it on every transcript and
//! `kioskctl understand` on every request line. It is deterministic and needs
//! nothing but its argument.

mod calendar;
mod clock;
mod interchange;
mod tokens;
mod when;

pub use interchange::{
    Act, Ambiguous, Expecting, LastAct, Offer, PartOfDay, Request, SpecialtyWords, Understanding,
    When,
};

/// What the patient meant, judged by what was heard and what the kiosk had asked.
///
/// Deterministic, never panics, and takes bounded time on any text.
#[must_use]
pub fn understand(request: &Request) -> Understanding {
    let mut answer = Understanding {
        id: request.id.clone(),
        ..Understanding::default()
    };
    let heard = request.hypotheses.first().map_or("", String::as_str);
    let tokens = tokens::tokens(heard);
    let reading = when::when(&tokens, request.now, request.expecting);
    answer.when = reading.when;
    answer.ambiguous = reading.ambiguous;
    answer
}
