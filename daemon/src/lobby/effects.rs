//! What the dialogue wants is carried out; every answer comes back as an event.

use super::Lobby;
use crate::store::StoreError;
use crate::tally::Became;
use jiff::Timestamp;
use kiosk_core::clinic::{AlertId, AppointmentId, BookingOutcome, SlotId};
use kiosk_core::dialogue::{Alert, Effect, Event, QuestionId, Slip};
use kiosk_protocol::Paper;

impl Lobby {
    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Say { id, text, fixed } => self.say(id, text, fixed),
            Effect::StopSpeaking => self.stop_speaking(),
            Effect::Expect(expecting) => {
                if let Some(hearing) = &self.parts.hearing {
                    hearing.ear.expect(expecting);
                }
            }
            Effect::FindSlots(question, query) => {
                let (store, held) = (self.parts.store.clone(), self.held.take());
                self.ask(question, async move {
                    if let Some(id) = held {
                        store.release(id).await?;
                    }
                    let free = store.free_slots(query, Timestamp::now()).await?;
                    Ok(Event::Slots(question, free))
                });
            }
            Effect::Hold(appointment, slot) => self.hold(appointment, slot),
            Effect::Book(question, booking) => {
                let store = self.parts.store.clone();
                let (tally, channel) = self.parts.tally.clone();
                self.asked_for = Some(booking.id.clone());
                log::info!(visit = self.visit, appointment = booking.id.0.as_str(); "booking");
                self.ask(question, async move {
                    let id = booking.id.clone();
                    let outcome = store.book(booking, Timestamp::now()).await;
                    tally.booking(Became::of(&outcome, Became::Booked), channel);
                    let outcome = outcome?;
                    if !matches!(outcome, BookingOutcome::Booked { .. }) {
                        // Another try has another id, and would find the slot kept.
                        store.release(id).await?;
                    }
                    Ok(Event::Booked(question, outcome))
                });
            }
            Effect::FindPatients(question, clues) => {
                let store = self.parts.store.clone();
                self.ask(question, async move {
                    Ok(Event::Patients(
                        question,
                        store.patients(clues, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::JoinQueue(question, walk_in) => {
                let store = self.parts.store.clone();
                log::info!(visit = self.visit; "joining the queue");
                self.ask(question, async move {
                    Ok(Event::Settled(
                        question,
                        store.join_queue(walk_in, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::Cancel(question, id) => {
                let store = self.parts.store.clone();
                let (tally, channel) = self.parts.tally.clone();
                log::info!(visit = self.visit, appointment = id.0.as_str(); "cancelling");
                self.ask(question, async move {
                    let settled = store.cancel(id, Timestamp::now()).await;
                    tally.booking(Became::of_cancelling(&settled), channel);
                    Ok(Event::Settled(question, settled?))
                });
            }
            Effect::Move(question, id, slot) => {
                let store = self.parts.store.clone();
                let (tally, channel) = self.parts.tally.clone();
                self.asked_for = Some(id.clone());
                log::info!(visit = self.visit, appointment = id.0.as_str(); "moving");
                self.ask(question, async move {
                    let outcome = store.reschedule(id, slot, Timestamp::now()).await;
                    tally.booking(Became::of(&outcome, Became::Moved), channel);
                    Ok(Event::Booked(question, outcome?))
                });
            }
            Effect::CheckIn(question, id) => {
                let store = self.parts.store.clone();
                log::info!(visit = self.visit, appointment = id.0.as_str(); "checking in");
                self.ask(question, async move {
                    Ok(Event::Settled(
                        question,
                        store.check_in(id, Timestamp::now()).await?,
                    ))
                });
            }
            Effect::CallStaff(alert) => self.call_staff(alert),
            Effect::Print(question, slip) => self.print(question, slip),
            Effect::Manner(manner) => {
                if let Some(speaking) = &mut self.parts.speaking {
                    speaking.voice.set_manner(manner);
                }
            }
            Effect::End(outcome) => self.end(outcome),
        }
    }

    /// Whoever gets it first has it: that it could not be kept is told when it is booked.
    pub(super) fn hold(&mut self, appointment: AppointmentId, slot: SlotId) {
        self.held = Some(appointment.clone());
        let (store, visit) = (self.parts.store.clone(), self.visit);
        tokio::spawn(async move {
            if let Err(error) = store.hold(slot, appointment, Timestamp::now()).await {
                log::error!(visit, error:%; "a slot could not be kept");
            }
        });
    }

    /// What this visit kept and did not book is free again.
    pub(super) fn release(&mut self) {
        let Some(appointment) = self.held.take() else {
            return;
        };
        let (store, visit) = (self.parts.store.clone(), self.visit);
        tokio::spawn(async move {
            if let Err(error) = store.release(appointment).await {
                log::error!(visit, error:%; "a slot could not be given back");
            }
        });
    }

    /// The call outlives the visit: staff answers it when they come.
    pub(super) fn call_staff(&mut self, alert: Alert) {
        let id = AlertId(uuid::Uuid::now_v7().to_string());
        log::warn!(visit = self.visit, alert = id.0.as_str(), kind:? = alert; "staff is called");
        self.alerts.push(id.clone());
        let store = self.parts.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.raise_alert(id, alert, Timestamp::now()).await {
                log::error!(error:%; "a call for staff could not be noted");
            }
        });
    }

    /// Without a printer there is nothing to tell.
    pub(super) fn print(&mut self, question: QuestionId, slip: Slip) {
        let Some(printer) = self.parts.printer.clone() else {
            return;
        };
        self.step(Event::Paper(question, Paper::Printing));
        self.ask(question, async move {
            let paper = if printer.print(slip).await {
                Paper::Printed
            } else {
                Paper::Failed
            };
            Ok(Event::Paper(question, paper))
        });
    }

    /// Asks the store; a failure is logged here, once, and told to the dialogue.
    pub(super) fn ask(
        &mut self,
        question: QuestionId,
        answer: impl Future<Output = Result<Event, StoreError>> + Send + 'static,
    ) {
        let visit = self.visit;
        self.answers.spawn(async move {
            let event = answer.await.unwrap_or_else(|error| {
                log::error!(visit, question = question.0, error:%; "the store failed");
                Event::Failed(question)
            });
            (visit, event)
        });
    }
}
