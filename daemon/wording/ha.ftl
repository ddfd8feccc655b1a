# What the screen shows in Hausa. Nothing of it is spoken: hearing and speaking are in English.
#
# NEEDS A NATIVE READER'S REVIEW before it is relied on: written from dictionaries and
# grammars, read by no native speaker yet.

## Dates and times

weekday = { $number ->
    [1] Litinin
    [2] Talata
    [3] Laraba
    [4] Alhamis
    [5] Jumma’a
    [6] Asabar
   *[7] Lahadi
}
month = { $number ->
    [1] Janairu
    [2] Faburairu
    [3] Maris
    [4] Afirilu
    [5] Mayu
    [6] Yuni
    [7] Yuli
    [8] Agusta
    [9] Satumba
    [10] Oktoba
    [11] Nuwamba
   *[12] Disamba
}
weekday-short = { $number ->
    [1] Lit
    [2] Tal
    [3] Lar
    [4] Alh
    [5] Jum
    [6] Asa
   *[7] Lah
}
month-short = { $number ->
    [1] Jan
    [2] Fab
    [3] Mar
    [4] Afi
    [5] May
    [6] Yun
    [7] Yul
    [8] Agu
    [9] Sat
    [10] Okt
    [11] Nuw
   *[12] Dis
}
date = { $weekday } { $day } ga { $month }
date-today = Yau, { $date }
date-tomorrow = Gobe, { $date }
birth-date = { $day } { $month } { $year }
time = { $part ->
    [noon] 12 na rana
    [morning] { $hour12 }:{ $minute } na safe
    [afternoon] { $hour12 }:{ $minute } na rana
   *[evening] { $hour12 }:{ $minute } na yamma
}
part-morning = da safe
part-afternoon = da rana
part-evening = da yamma
part-night = da dare
part-lunch = lokacin abincin rana
wish-between = { $from } zuwa { $to }
wish-from = daga { $from }
wish-until = har zuwa { $to }
list-and = { $first } da { $last }
list-or = { $first }, ko { $last }

## Beginning and end

welcome = Taɓa allon
greeting = Wane likita kake son gani, kuma yaushe?
greeting-short = Wane likita kake son gani, kuma yaushe?
goodbye = Mun gode. Sai an jima.
still-there = Kana nan har yanzu? Wannan shafi zai rufe.

## Questions

ask-whom = Wane likita ko wace irin kulawa kake so?
ask-when = Yaushe kake son zuwa?
ask-when-whom = Yaushe kake son ganin { $practitioner }?
ask-when-specialty = Yaushe kake son zuwa don { $specialty }?
ask-when-sensitive = Yaushe kake son zuwa?
ask-name = Menene sunanka?
ask-name-other = Menene sunan mara lafiya?
ask-name-again = Rubuta sunanka da sunan iyali
ask-name-right = Wannan suna daidai ne?
ask-name-typed = Don Allah rubuta sunanka
ask-phone = Lambar wayarka, ko “ba ni da waya”
ask-phone-typed = Don Allah rubuta lambar wayarka, ko “ba ni da waya”
ask-birth-date = Ranar haihuwarka
ask-birth-date-other = Ranar haihuwar mara lafiya
ask-birth-date-typed = Don Allah rubuta ranar haihuwa
ask-agree = Asibiti zai iya adana waɗannan bayanai, don a sami alƙawarinka?
ask-confirm = In yi maka wannan alƙawari?
ask-change = Me kake son canzawa?
ask-which-offer = Wanne kake so cikin waɗannan?
ask-yes-no = Eh ko a’a?

## Offers

offer-one = Wannan lokaci ya yi maka?
offer-many = Wane lokaci ya yi maka?
offer-many-several = Wane lokaci ya yi maka?
offer-slot = { $date }, { $time }
offer-slot-with = { $date }, { $time }, { $practitioner }
offer-time = { $time }
offer-time-with = { $time }, { $practitioner }
nothing-then = Babu wuri a lokacin.
nothing-then-whom = { $practitioner } ba shi da wuri a lokacin.
away-until = { $practitioner } ba ya nan har zuwa { $date }.
nothing-exact = Daidai wannan lokaci babu wuri.
nothing-earlier = Babu wuri kafin wannan.
nothing-later = Babu wuri bayan wannan.
nothing-others = Babu wani likita don wannan.
nothing-at-all = Babu wuri a kwanakin da zan iya yin alƙawari. Don Allah je wurin karɓar baƙi.
day-past = Wannan rana ta wuce.
day-too-far = Zan iya yin alƙawari har kwana { $days } masu zuwa.
patient-busy = Kana da wani alƙawari a lokacin.
slot-taken = Yi haƙuri, wani ya ɗauki wannan lokaci yanzu.

## Booked or not

booked = An yi alƙawarinka
booked-to-confirm = An rubuta alƙawarinka; wurin karɓar baƙi zai tabbatar
booking-failed = Yi haƙuri, ban iya yin wannan alƙawari ba. Ba a yi komai ba. Don Allah je wurin karɓar baƙi.
booking-unsure = Yi haƙuri, ban sani ba tukuna ko an yi. Don Allah tambaya a wurin karɓar baƙi.
searching-failed = Yi haƙuri, ba zan iya duba alƙawura ba yanzu. Don Allah je wurin karɓar baƙi.
take-ticket = Da fatan ka ɗauki tikitinka.
no-ticket = Ban iya buga tikiti ba. Abin da kake bukata yana kan allo.
aloud-name = Sunan shi ne { $name }.
aloud-phone = Lambar waya ita ce { $phone }.
aloud-birth-date = An haife shi { $date }.
aloud-code = Lambar sirri ita ce { $code }.
focus-private = a kan allo

## Somebody's own appointment

own-ask-phone = Lambar wayar da aka yi da ita, ko “ba ni da waya”
own-ask-name = Sunan mara lafiya
own-not-found = Ban sami alƙawari da abin da ka faɗa ba. Bari mu sake gwadawa.
own-give-up = Ban sami wannan alƙawari ba. Don Allah je wurin karɓar baƙi. Za su taimake ka.
own-none = Ba ka da alƙawari a yanzu. Zan iya yi maka ɗaya.
own-which = Wane alƙawari?
own-told = Ga alƙawarinka. Me kake son yi?
own-ask-cancel = In soke wannan alƙawari?
own-kept = Alƙawarinka yana nan yadda yake.
own-cancelled = An soke alƙawarinka
own-checked-in-next = An shaida zuwanka: lamba { $number }. Babu kowa a gabanka.
own-checked-in = An shaida zuwanka: lamba { $number }. Mutum { $ahead } suna gabanka, kusan minti { $minutes }.
own-already-in = An riga an shaida zuwanka. Don Allah zauna.
own-other-day = Alƙawarinka { $date } ne, { $time }. Don Allah zo a ranar.
own-late = Alƙawarinka { $time } ne. Don Allah je wurin karɓar baƙi. Za su duba abin da zai yiwu.
own-failed = Yi haƙuri, ban iya canza alƙawarin ba. Don Allah je wurin karɓar baƙi.
ask-move = In matsar da alƙawarinka can?
moved = An matsar da alƙawarinka
moved-to-confirm = An matsar da alƙawarinka; wurin karɓar baƙi zai tabbatar

## Waiting without an appointment

ask-queue = Za ka jira yau ba tare da alƙawari ba?
queued-next = Lambarka ita ce { $number }. Babu kowa a gabanka.
queued = Lambarka ita ce { $number }. Mutum { $ahead } suna gabanka, kusan minti { $minutes }.
nobody-here-now = Babu wanda zai iya ganinka kuma yau.
nothing-free-queue = Babu wuri a kwanakin da zan iya yin alƙawari.
no-consent = To ba zan adana komai ba, kuma ba zan iya yin alƙawari ba. Don Allah je wurin karɓar baƙi.
no-consent-queue = To ba zan adana komai ba, kuma ba zan iya yin alƙawari ba.

## Help and trouble

hours = { $date }: likitoci suna nan daga { $from } zuwa { $to }.
hours-of = { $practitioner } yana nan { $date }, daga { $from } zuwa { $to }.
not-in = { $practitioner } ba ya nan { $date }.
closed = { $date }: babu likita a nan.
closed-for = { $date }: asibiti a rufe yake saboda { $name }.
room-of = { $practitioner } yana { $room }.
way-to = { $place }: { $directions }.
not-seen-before = Ban san wanda ka gani a baya ba.
not-a-birth-date = Wannan ba ranar haihuwa ba ce.
who-works-here = Masu aiki a nan:
not-heard = Ban ji wannan ba.
not-understood = Ban fahimci wannan ba.
help-greeting = Taɓa abin da kake so a kan allon.
help-whom = Taɓa sunan likita, ko irin kulawa, ko: kowane likita.
help-when = Taɓa wata rana, ko: da wuri.
help-offers = Taɓa lokaci, ko wata rana, ko wani likita.
help-name = Rubuta sunanka da sunan iyali a kan allon.
help-name-right = Taɓa “Eh” idan sunan daidai ne. Taɓa “A’a” don a sake rubutawa.
help-phone = Rubuta lambar wayarka, ko taɓa “ba ni da waya”.
help-birth-date = Rubuta rana, wata da shekara. Idan ba ka sani ba, taɓa “ban sani ba”.
help-agree = Eh ko a’a. Abin da asibiti ya adana don alƙawarinka ne kaɗai.
help-queue = Taɓa eh don karɓar lamba, ko a’a.
help-confirm = Taɓa eh don a yi shi, ko abin da ya kamata ya bambanta.
help-own = Za ka iya canza shi, soke shi, ko shaida zuwanka.
help-anywhere = Za ka kuma iya taɓa “Maimaita”, “Fara sabo” ko “Kira ma’aikata”
only-english = Turanci nake ji nake kuma magana da shi yanzu. Za ka iya taɓa duk abin da ke kan allon.
language-shown = Turanci nake ji nake kuma magana da shi yanzu. Daga yanzu duk abin da ke kan allon { $language } ne.
heard-language = Ina zaton { $language } ne. Turanci nake ji nake kuma magana da shi yanzu. Za ka iya taɓa duk abin da ke kan allon, ko ka je wurin karɓar baƙi.
staff-called = Na kira ma’aikata. Za ka kuma iya zuwa wurin karɓar baƙi.
staff-coming = Wani ma’aikaci ya amsa, yana zuwa wurinka.
staff-no-answer = Babu wanda ya amsa tukuna. Don Allah je wurin karɓar baƙi. Za su taimake ka a can.
see-reception = Don Allah je wurin karɓar baƙi. Za su taimake ka a can.
urgent = Don Allah gaya wa ma’aikata yanzu. Je wurin karɓar baƙi ko ka tambayi wani kusa da kai.
suggest-specialty = { $specialty } wuri ne mai kyau don farawa.
suggest-specialty-sensitive = { $specialty } wuri ne mai kyau don farawa.
unavailable = Ba zan iya yin alƙawura ba yanzu. Don Allah je wurin karɓar baƙi.

## On the screen only

choice-book = Yi alƙawari
choice-my-appointment = Alƙawarina
choice-queue = Jira yau
choice-same-doctor = Likitan da na gani
choice-no-birth-date = Ban sani ba
choice-move = Canza shi
choice-cancel = Soke shi
choice-check-in = Na iso
choice-any-doctor = Kowane likita
choice-soonest = Da wuri
choice-earlier = Kafin
choice-later = Bayan
choice-another-day = Wata rana
choice-another-practitioner = Wani likita
choice-yes = Eh
choice-no = A’a
choice-no-phone = Ba ni da waya
choice-change-nothing = Ba komai, koma baya
slip-code = Lambar sirrinka
slip-number = Lambarka
choice-start-again = Fara sabo
choice-goodbye = Na gama
