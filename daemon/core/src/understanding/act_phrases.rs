//! The words by which acts are known: lists, and nothing that decides.

pub(super) const YES: &[&str] = &[
    "yes", "yeah", "yea", "yep", "yup", "ya", "yah", "yes please", "sure", "of course", "certainly", "definitely", "absolutely", "correct", "exactly",
    "right", "that's right", "that is right", "that's correct", "that is correct", "indeed", "affirmative", "true", "ok", "okay", "alright", "uh huh",
    "confirm", "go ahead", "please do", "sounds good", "perfect", "ehn", "na so", "na him", "yessir", "aye",
];

pub(super) const YES_ANYWHERE: &[&str] = &[
    "that's true", "is true", "is correct", "that's correct", "that is right", "that's right", "sounds good", "sounds great", "go ahead", "i agree",
    "it is so", "that's what i want", "that is what i want", "for sure", "no problem", "true statement", "affirmative", "i confirm", "na so",
    "e correct", "you're right",
];

pub(super) const ACCEPT: &[&str] = &[
    "works for me", "that works", "that will work", "that'll work", "sounds good", "sounds great", "sounds fine", "sounds nice", "sounds perfect",
    "is fine", "that's fine", "is good", "that's good", "is great", "that's great", "would be great", "would be good", "will be great",
    "will be good", "would be perfect", "is perfect", "that's perfect", "i like that", "i like it", "i'll take", "i will take", "i want that",
    "go with", "that one", "will do", "will be fine", "will be nice", "suits me", "fine by me", "fine with me", "good for me", "e good", "no wahala",
    "i'll go", "make sense", "good choice", "good to me", "i'd love", "i would love", "awesome", "is ok", "is okay", "please do", "go ahead",
];

pub(super) const ACCEPT_FIRST: &[&str] = &[
    "great", "good", "perfect", "nice", "fine", "cool", "awesome", "excellent", "wonderful", "lovely", "yes", "yeah", "yep", "yup", "sure", "ok",
    "okay", "alright", "correct", "right",
];

pub(super) const NO: &[&str] = &[
    "no", "nope", "nah", "naw", "nay", "not really", "not now", "not at all", "negative", "never", "no thanks", "no thank you", "i don't think so",
    "certainly not", "of course not", "absolutely not", "wrong", "incorrect", "actually no", "hell no", "not yet", "nada", "nothing", "mba", "daabi",
    "i disagree", "false", "please no", "oh no", "sorry no",
];

pub(super) const NO_ANYWHERE: &[&str] = &[
    "that's wrong", "is wrong", "not correct", "isn't correct", "is incorrect", "that's not right", "is not right", "isn't right", "not true",
    "is false", "be false", "i don't want", "don't need", "do not need", "do not want", "i no want", "no be so", "i think not", "that's a no",
    "a hard no", "won't work", "doesn't work", "not what i", "that isn't", "isn't it", "not the right",
];

pub(super) const NOT_A_NO: &[&str] = &[
    "no problem", "no worries", "no wahala", "no preference", "not bad", "no wait",
];

pub(super) const CHANGE_OF_MIND: &[&str] = &[
    "change", "changed my mind", "second thought", "actually", "instead", "rather", "prefer", "sorry", "wrong", "should be", "not that", "different",
];

pub(super) const DONE: &[&str] = &[
    "that's all", "that is all", "that will be all", "that'll be all", "that's it", "that is it", "nothing else", "all i need", "all i needed",
    "everything i need", "i'm good", "i am good", "i'm all set", "all set", "we're done", "i'm done", "i am done", "that would be all", "that'll do",
    "all for now", "nothing more", "i'm fine", "need anything else", "good for now", "not right now",
];

pub(super) const ALTERNATIVES: &[&str] = &[
    "another", "someone else", "somebody else", "something else", "some other", "any other", "any others", "anyone else", "anybody else", "who else",
    "what else", "others", "other options", "more options", "different doctor", "different one", "different dentist", "different salon", "different",
    "other doctor", "other time", "other day", "other dentist", "other salon", "other doctors", "other dentists", "other salons", "else can you",
    "else do you", "anything else available", "earlier", "later", "next one", "one more option", "alternative", "alternatives", "find more",
    "other one", "other choices", "elsewhere", "somewhere else", "anything else",
];

pub(super) const THANKS: &[&str] = &[
    "thank", "thanks", "thankyou", "thank you", "appreciate", "appreciated", "grateful", "thankful", "medaase", "e se", "ose", "daalu", "gratitude",
    "thx", "cheers", "nagode", "akpe", "god bless you",
];

pub(super) const GOODBYE: &[&str] = &[
    "bye", "goodbye", "good bye", "bye bye", "see you", "see ya", "cya", "farewell", "later gator", "talk to you later", "have a good day",
    "have a nice day", "have a great day", "have a good one", "good night", "take care", "ciao", "adios", "sayonara", "until next time",
    "catch you later", "peace out", "talk later", "i have to go", "i've got to go", "gotta go", "gotta run", "i am leaving", "i dey go", "hang up",
    "end this chat", "end the call",
];

pub(super) const INFO: &[&str] = &[
    "what is", "what's", "what are", "whats", "where is", "where's", "where are", "how much", "how far", "how do i get", "what time", "which",
    "do they", "does he", "does she", "do you know", "is he", "is she", "are they", "is it a", "address", "phone number", "contact number", "rating",
    "ratings", "tell me", "do you have their", "opening hours", "when do you", "who is in", "cosmetic", "located", "location", "unisex", "how well",
    "cost", "price", "are you open",
];

pub(super) const BOOK: &[&str] = &[
    "book", "make an appointment", "schedule", "set up an appointment", "an appointment", "get an appointment", "need appointment",
    "want appointment", "appointment please", "reserve", "make appointment", "arrange", "set an appointment", "appointment for", "appointment with",
    "doctor's appointment", "get in to see", "salon appointment", "dentist appointment", "doctor appointment", "make me an appointment",
    "fix appointment", "fix an appointment", "follow up visit", "appointment there", "appointment",
];

pub(super) const FIND: &[&str] = &[
    "find", "looking for", "look for", "search", "need", "want", "locate", "recommend", "suggest", "show me", "help me", "get me", "searching",
    "is there", "are there", "know a", "know any", "look up",
];

pub(super) const WHO: &[&str] = &[
    "doctor", "dentist", "salon", "stylist", "hair", "dermatologist", "gynecologist", "gynaecologist", "ophthalmologist", "practitioner",
    "specialist", "physician", "paediatrician", "pediatrician", "midwife", "nurse", "surgeon", "ent", "eye doctor", "children's doctor", "optician",
    "physiotherapist", "barber", "haircut", "clinic", "dental", "hairdresser", "dentists", "doctors",
];

/// What the words for whoever sees patients by appointment end in.
pub(super) const PRACTITIONER_ENDINGS: &[&str] = &[
    "doctor", "dentist", "specialist", "consultant", "surgeon", "midwife", "ologist", "therapist", "iatrist", "optometrist", "physician",
    "trician", "optician",
];

pub(super) const SEE_DOCTOR: &[&str] = &[
    "see a doctor", "see the doctor", "see doctor", "see a dentist", "see dentist", "see somebody", "meet doctor", "consult a doctor",
];

pub(super) const CANCEL: &[&str] = &[
    "cancel", "call off", "get rid", "remove", "delete", "annul", "no longer need", "don't need", "won't need", "won't require", "can't make",
    "cannot make", "not needed", "scrap", "drop", "undo",
];

pub(super) const RESCHEDULE: &[&str] = &[
    "reschedule", "move my", "change my", "postpone", "push my", "shift my", "bring forward", "change the time", "change the date", "move the",
    "another day for my", "change the",
];

pub(super) const CHECK_IN: &[&str] = &[
    "check in", "check me in", "checking in", "i have arrived", "i've arrived", "i'm here for my", "i am here for my", "i don reach", "i don come",
    "here for my appointment",
];

pub(super) const FIND_APPOINTMENT: &[&str] = &[
    "when is my appointment", "what time is my appointment", "when is my booking", "do i have an appointment", "find my appointment",
    "my next appointment", "see my appointment", "check my appointment", "look up my appointment",
];

pub(super) const REPEAT: &[&str] = &[
    "repeat", "say that again", "say it again", "come again", "again please", "once more", "one more time", "what did you say", "didn't hear",
    "didn't catch", "did not catch", "did not hear", "pardon", "hear that again", "missed that", "missed what", "tell me that again", "i no hear",
    "wetin you talk", "hear it again", "say again", "repeated", "couldn't hear", "didn't get that",
];

pub(super) const HELP: &[&str] = &[
    "help me with", "what can i say", "what can you do", "what can i ask", "how does this work", "what do i do", "how do i use", "what should i say",
    "what should i ask", "can i ask you", "are you able to do", "you able to help with", "can you help with", "can you assist", "what are my options",
    "kind of questions", "kinds of questions", "kind of things", "kinds of things", "sort of things", "sorts of things", "what topics",
    "what subjects", "what all can you", "questions can i",
];

pub(super) const HELP_ALONE: &[&str] = &["help", "help me", "help please", "please help", "please help me", "abeg help me"];

pub(super) const STAFF: &[&str] = &[
    "real person", "a human", "human being", "a person", "talk to somebody", "talk to someone", "speak to someone", "speak to somebody",
    "speak with someone", "speak with somebody", "talk with someone", "to a person", "an agent", "operator", "a nurse please", "call staff",
    "call a nurse", "call someone", "reception", "receptionist", "talk to human", "somebody else", "customer service",
    "an assistant", "member of staff", "i need a person", "representative", "advisor", "adviser", "don't want to talk to you",
];

/// Whom they wish to speak to follows.
pub(super) const SPEAK_TO: &[&str] = &[
    "speak to a", "speak to an", "speak to the", "speak with a", "speak with the", "talk to a", "talk to an", "talk to the", "talk with a",
    "talk with the",
];

pub(super) const STOP: &[&str] = &[
    "stop", "cancel that", "never mind", "nevermind", "abort", "forget it", "start again", "start over", "shut up", "quit", "be quiet",
    "stop talking", "don't talk", "halt", "undo", "cancel this", "cancel the", "cancel what", "cancel action", "cancel please", "cancel it",
    "cancel my last",
];

pub(super) const STOP_ALONE: &[&str] = &[
    "cancel", "stop", "quit", "exit", "enough", "abort", "quiet", "please cancel", "hush", "silence",
];

pub(super) const NO_PREFERENCE: &[&str] = &[
    "any day", "any time", "anytime", "anyone", "any doctor", "whichever", "whoever", "whenever", "don't mind", "do not mind", "doesn't matter",
    "does not matter", "don't care", "no preference", "either is fine", "up to you", "anything is fine", "anybody", "any one", "anyhow",
];
