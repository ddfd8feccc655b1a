# What the kiosk says and shows, in Ghanaian English.
#
# A message's value is spoken; its attribute `.shown`, where there is one, is shown
# instead. No message but `aloud-…` takes a patient's name, phone number or birth date: those
# are on the screen only.

## Dates and times

weekday = { $number ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
month = { $number ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
# Two to four letters, for a calendar.
weekday-short = { $number ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
month-short = { $number ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
date = { $weekday } the { $day } of { $month }
    .shown = { $weekday } { $day } { $month }
date-today = today, { $date }
    .shown = Today, { $date }
date-tomorrow = tomorrow, { $date }
    .shown = Tomorrow, { $date }
# On the screen only.
birth-date = { $day } { $month } { $year }
time = { $part ->
    [noon] twelve noon
    [morning] { $hour12 }:{ $minute } in the morning
    [afternoon] { $hour12 }:{ $minute } in the afternoon
   *[evening] { $hour12 }:{ $minute } in the evening
}
    .shown = { $part ->
        [noon] 12 noon
        [morning] { $hour12 }:{ $minute } am
       *[other] { $hour12 }:{ $minute } pm
    }
part-morning = in the morning
part-afternoon = in the afternoon
part-evening = in the evening
part-night = at night
part-lunch = around lunch time
wish-between = { $from } to { $to }
wish-from = from { $from }
wish-until = until { $to }
list-and = { $first } and { $last }
list-or = { $first }, or { $last }

## Beginning and end

welcome = Welcome to { $clinic }. Touch the screen, or say: hello.
    .shown = Touch the screen, or say “Hello”
greeting = Welcome to { $clinic }. I can book an appointment, or look for yours. Which doctor would you like to see, and when?
    .shown = Which doctor would you like to see, and when?
greeting-short = Which doctor would you like to see, and when?
goodbye = Thank you. Goodbye.
still-there = Are you still there?
    .shown = Are you still there? This page will close.

## Questions

ask-whom = Which doctor or which kind of doctor would you like to see?
ask-when = When would you like to come?
ask-when-whom = When would you like to see { $practitioner }?
ask-when-specialty = When would you like to come for { $specialty }?
ask-when-sensitive = When would you like to come?
ask-name = What is your name, please? You can also type it.
    .shown = What is your name?
ask-name-other = What is the patient's name, please? You can also type it.
    .shown = What is the patient’s name?
ask-name-again = Please say your first name and your family name, or type them.
    .shown = Say or type your first name and family name
ask-name-right = Is the name on the screen right?
    .shown = Is this name right?
ask-name-typed = Please type your name on the screen.
    .shown = Please type your name
ask-phone = On which number can we reach you? Type it or say it. If you have no phone, say: no phone.
    .shown = Your phone number, or “no phone”
ask-phone-typed = Please type your phone number on the screen, or say: no phone.
    .shown = Please type your phone number, or “no phone”
ask-birth-date = And your date of birth? Say the day, the month and the year, or type it. If you do not know it, say: I don't know.
    .shown = Your date of birth
ask-birth-date-other = And the patient's date of birth? Say the day, the month and the year, or type it. If you do not know it, say: I don't know.
    .shown = The patient’s date of birth
ask-birth-date-typed = Please type the date of birth on the screen: day, month and year.
    .shown = Please type the date of birth
ask-agree = You are new here. May the clinic keep what is on the screen, so that it can find your appointment?
    .shown = May the clinic keep these details, to find your appointment?
ask-confirm = { $practitioner }, on { $date }, at { $time }. The other details are on the screen. Shall I book it?
    .shown = Shall I book this?
ask-change = What would you like to change?
ask-which-offer = Which of these would you like?
ask-yes-no = Please say yes or no, or touch the screen.
    .shown = Yes or no?

## Offers

offer-one = { $practitioner } is free on { $first }. Does that suit you?
    .shown = Does this time suit you?
offer-many = { $practitioner } is free on { $list }. Which one would you like?
    .shown = Which time suits you?
offer-many-several = I have { $list }. Which one would you like?
    .shown = Which time suits you?
offer-slot = { $date } at { $time }
offer-slot-with = { $date } at { $time } with { $practitioner }
offer-time = { $time }
offer-time-with = { $time } with { $practitioner }
nothing-then = There is nothing free then.
nothing-then-whom = { $practitioner } has nothing free then.
away-until = { $practitioner } is away until { $date }.
nothing-exact = That exact time is not free.
nothing-earlier = There is nothing free before that.
nothing-later = There is nothing free after that.
nothing-others = There is no other doctor for that.
nothing-at-all = There is nothing free in the days that I can book. Please see reception.
day-past = That day is over.
day-too-far = I can book up to { $days } days ahead.
patient-busy = You already have an appointment at that time.
slot-taken = I am sorry, somebody has just taken that time.

## Booked or not

booked = Your appointment is booked: { $practitioner }, on { $date }, at { $time }. Your code is on the screen. Thank you, and goodbye.
    .shown = Your appointment is booked
booked-to-confirm = Your appointment is noted: { $practitioner }, on { $date }, at { $time }. The network is down, so it is to be confirmed by reception. Your code is on the screen. Thank you, and goodbye.
    .shown = Your appointment is noted, to be confirmed by reception
booking-failed = I am sorry, I could not book this appointment. Nothing is booked. Please see reception.
booking-unsure = I am sorry, I do not know yet whether this was booked. Please ask at reception.
searching-failed = I am sorry, I cannot look at the appointments at the moment. Please see reception.
take-ticket = Please take your ticket.
no-ticket = I could not print a ticket. What you need is on the screen.

## Said into a headset, or to who asks for it; never aloud by itself

aloud-name = The name is { $name }.
aloud-phone = The phone number is { $phone }.
aloud-birth-date = Born on { $date }.
aloud-code = The code is { $code }.
focus-private = on the screen

## Somebody's own appointment

own-ask-phone = Which phone number was it booked with? Type it or say it. If there was none, say: no phone.
    .shown = The phone number it was booked with, or “no phone”
own-ask-name = And what is the patient's name? Please say it, or type it.
    .shown = The patient’s name
own-not-found = I could not find an appointment under what you told me. Let us try again.
own-give-up = I could not find that appointment. Please see reception. They will help you.
own-none = There is no appointment for you at the moment. I can book one.
own-which = There are several. Which appointment do you mean?
    .shown = Which appointment?
own-told = You have an appointment with { $practitioner }, on { $date }, at { $time }. Would you like to change it, cancel it, or check in?
    .shown = This is your appointment. What would you like to do?
own-ask-cancel = { $practitioner }, on { $date }, at { $time }. Shall I cancel this appointment?
    .shown = Shall I cancel this appointment?
own-kept = Your appointment stays as it is.
own-cancelled = Your appointment with { $practitioner }, on { $date }, at { $time }, is cancelled. Thank you, and goodbye.
    .shown = Your appointment is cancelled
own-checked-in-next = You are checked in. Your number is { $number }, and nobody is before you. Please take a seat.
    .shown = You are checked in: number { $number }. Nobody is before you.
own-checked-in = You are checked in. Your number is { $number }. There are { $ahead } before you, about { $minutes } minutes. Please take a seat.
    .shown = You are checked in: number { $number }. { $ahead } before you, about { $minutes } minutes.
own-already-in = You are already checked in. Please take a seat.
own-other-day = Your appointment is on { $date }, at { $time }. Please check in on that day.
own-late = Your appointment was at { $time }. Please go to reception. They will see what is possible.
own-failed = I am sorry, I could not change that appointment. Please see reception.
ask-move = { $practitioner }, on { $date }, at { $time }. Shall I move your appointment there?
    .shown = Shall I move your appointment there?
moved = Your appointment has moved: { $practitioner }, on { $date }, at { $time }. Your code stays the same. Thank you, and goodbye.
    .shown = Your appointment has moved
moved-to-confirm = Your appointment has moved: { $practitioner }, on { $date }, at { $time }. The network is down, so it is to be confirmed by reception. Your code stays the same. Thank you, and goodbye.
    .shown = Your appointment has moved, to be confirmed by reception

## Waiting without an appointment

ask-queue = You can wait today without an appointment. Shall I give you a number?
    .shown = Wait today without an appointment?
queued-next = Your number is { $number }, and nobody is before you. Please take a seat. You will be called.
    .shown = Your number is { $number }. Nobody is before you.
queued = Your number is { $number }. There are { $ahead } before you, about { $minutes } minutes. Please take a seat. You will be called.
    .shown = Your number is { $number }. { $ahead } before you, about { $minutes } minutes.
nobody-here-now = Nobody is here any more today who could see you.
nothing-free-queue = There is nothing free in the days that I can book.
no-consent = Then I keep nothing and cannot book. Please see reception.
no-consent-queue = Then I keep nothing, and cannot book.

## Help and trouble

hours = On { $date }, doctors are here from { $from } to { $to }.
hours-of = { $practitioner } is here on { $date }, from { $from } to { $to }.
not-in = { $practitioner } is not here on { $date }.
closed = On { $date }, no doctor is here.
closed-for = On { $date }, the clinic is closed for { $name }.
room-of = You find { $practitioner } { $room }.
way-to = The { $place } is { $directions }.
not-seen-before = I do not know whom you saw before.
not-a-birth-date = That was no date of birth.
who-works-here = The doctors here are on the screen.
    .shown = Who works here:
not-heard = I did not catch that.
not-understood = I did not understand that.
help-greeting = You can say, for example: I would like to see a doctor on Tuesday morning. Or touch the screen.
help-whom = You can say a doctor's name, or what kind of doctor, or: any doctor.
help-when = You can say a day or a time, such as: tomorrow morning, or: as soon as possible.
help-offers = You can say: the first one, earlier, later, another day, or another doctor.
help-name = Please say your first name and your family name, or type them on the screen.
help-name-right = Please say yes if the name on the screen is right. Say no to give it again.
help-phone = Please type your phone number on the screen, or say: no phone.
help-birth-date = Say it like this: the second of March, nineteen ninety. Or type it on the screen. You can also say: I don't know.
help-agree = Please say yes or no. What the clinic keeps is used for your appointments only.
help-queue = Please say yes for a number in today's queue, or no.
help-confirm = Please say yes to book it, or say what should be different.
help-own = You can say: change it, cancel it, or: check in.
help-anywhere = You can also say: repeat, start again, or: I need a person.
    .shown = You can also say “repeat”, “start again” or “I need a person”
only-english = I understand and speak English at the moment. For another language, please see reception.
language-shown = I understand and speak English at the moment. Everything on the screen is in { $language } from here on.
heard-language = I think that was { $language }. I understand and speak English at the moment. You can touch everything on the screen, or see reception.
staff-called = I have rung for the staff. You can also go to the reception desk.
staff-coming = Somebody from the staff has answered and is coming to you.
staff-no-answer = Nobody has answered yet. Please go to the reception desk. They will help you there.
see-reception = Please go to the reception desk. They will help you there.
urgent = If this is an emergency, please tell the staff now. Go to the reception desk, or ask somebody near you to call them.
    .shown = Please tell the staff now. Go to the reception desk or ask somebody near you.
suggest-specialty = For that, { $specialty } would be a good place to start.
suggest-specialty-sensitive = I have put a suggestion on the screen.
    .shown = { $specialty } would be a good place to start.
unavailable = I cannot book appointments at the moment. Please see reception.

## On the screen only

choice-book = Book an appointment
choice-my-appointment = My appointment
choice-queue = Wait today
choice-same-doctor = Same doctor as before
choice-no-birth-date = I don’t know it
choice-move = Change it
choice-cancel = Cancel it
choice-check-in = Check in
choice-any-doctor = Any doctor
choice-soonest = As soon as possible
choice-earlier = Earlier
choice-later = Later
choice-another-day = Another day
choice-another-practitioner = Another doctor
choice-yes = Yes
choice-no = No
choice-no-phone = No phone
choice-change-nothing = Nothing, go back
slip-code = Your code
slip-number = Your number
choice-start-again = Start again
choice-goodbye = Finish
