//! When somebody begins and stops speaking, and whether what the recogniser
//! says it heard can be believed. Counters over frames; no clock, no sound.
