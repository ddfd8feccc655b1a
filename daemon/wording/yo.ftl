# What the screen shows in Yoruba. Nothing of it is spoken: hearing and speaking are in English.
#
# NEEDS A NATIVE READER'S REVIEW before it is relied on: written from dictionaries and
# grammars, read by no native speaker yet.

## Dates and times

weekday = { $number ->
    [1] Ọjọ́ Ajé
    [2] Ọjọ́ Ìṣẹ́gun
    [3] Ọjọ́rú
    [4] Ọjọ́bọ
    [5] Ọjọ́ Ẹtì
    [6] Ọjọ́ Àbámẹ́ta
   *[7] Ọjọ́ Àìkú
}
month = { $number ->
    [1] Ṣẹ́rẹ́
    [2] Èrèlè
    [3] Ẹrẹ̀nà
    [4] Ìgbé
    [5] Ẹ̀bibi
    [6] Òkúdu
    [7] Agẹmọ
    [8] Ògún
    [9] Owewe
    [10] Ọ̀wàrà
    [11] Bélú
   *[12] Ọ̀pẹ̀
}
weekday-short = { $number ->
    [1] Ajé
    [2] Ìṣẹ́
    [3] Rú
    [4] Bọ
    [5] Ẹtì
    [6] Àbá
   *[7] Àìkú
}
month-short = { $number ->
    [1] Ṣẹ́r
    [2] Èrè
    [3] Ẹrẹ̀
    [4] Ìgb
    [5] Ẹ̀bi
    [6] Òkú
    [7] Agẹ
    [8] Ògú
    [9] Owe
    [10] Ọ̀wà
    [11] Bél
   *[12] Ọ̀pẹ̀
}
date = { $weekday } { $day } { $month }
date-today = Òní, { $date }
date-tomorrow = Ọ̀la, { $date }
birth-date = { $day } { $month } { $year }
time = { $part ->
    [noon] 12 ọ̀sán
    [morning] { $hour12 }:{ $minute } àárọ̀
    [afternoon] { $hour12 }:{ $minute } ọ̀sán
   *[evening] { $hour12 }:{ $minute } ìrọ̀lẹ́
}
part-morning = ní àárọ̀
part-afternoon = ní ọ̀sán
part-evening = ní ìrọ̀lẹ́
part-night = ní alẹ́
part-lunch = ní àkókò oúnjẹ ọ̀sán
wish-between = { $from } sí { $to }
wish-from = láti { $from }
wish-until = títí di { $to }
list-and = { $first } àti { $last }
list-or = { $first }, tàbí { $last }

## Beginning and end

welcome = Fọwọ́ kan ojú ìwòran
greeting = Dókítà wo ni o fẹ́ rí, àti ìgbà wo?
greeting-short = Dókítà wo ni o fẹ́ rí, àti ìgbà wo?
goodbye = A dúpẹ́. Ó dàbọ̀.
still-there = Ṣé o ṣì wà níbẹ̀? Ojú ìwé yìí yóò tì.

## Questions

ask-whom = Dókítà wo tàbí irú ìtọ́jú wo ni o fẹ́?
ask-when = Ìgbà wo ni o fẹ́ wá?
ask-when-whom = Ìgbà wo ni o fẹ́ rí { $practitioner }?
ask-when-specialty = Ìgbà wo ni o fẹ́ wá fún { $specialty }?
ask-when-sensitive = Ìgbà wo ni o fẹ́ wá?
ask-name = Kí ni orúkọ rẹ?
ask-name-other = Kí ni orúkọ aláìsàn náà?
ask-name-again = Tẹ orúkọ rẹ àti orúkọ ìdílé rẹ
ask-name-right = Ṣé orúkọ yìí tọ̀nà?
ask-name-typed = Jọ̀wọ́ tẹ orúkọ rẹ
ask-phone = Nọ́ńbà fóònù rẹ, tàbí “mi ò ní fóònù”
ask-phone-typed = Jọ̀wọ́ tẹ nọ́ńbà fóònù rẹ, tàbí “mi ò ní fóònù”
ask-birth-date = Ọjọ́ ìbí rẹ
ask-birth-date-other = Ọjọ́ ìbí aláìsàn náà
ask-birth-date-typed = Jọ̀wọ́ tẹ ọjọ́ ìbí náà
ask-agree = Ṣé ilé ìwòsàn lè tọ́jú àwọn nǹkan wọ̀nyí, láti fi rí àdéhùn rẹ?
ask-confirm = Ṣé kí n ṣe àdéhùn yìí?
ask-change = Kí ni o fẹ́ yí padà?
ask-which-offer = Èwo nínú ìwọ̀nyí ni o fẹ́?
ask-yes-no = Bẹ́ẹ̀ ni tàbí bẹ́ẹ̀ kọ́?

## Offers

offer-one = Ṣé àkókò yìí dára fún ọ?
offer-many = Àkókò wo ni ó dára fún ọ?
offer-many-several = Àkókò wo ni ó dára fún ọ?
offer-slot = { $date }, { $time }
offer-slot-with = { $date }, { $time }, { $practitioner }
offer-time = { $time }
offer-time-with = { $time }, { $practitioner }
nothing-then = Kò sí àyè nígbà náà.
nothing-then-whom = { $practitioner } kò ní àyè nígbà náà.
away-until = { $practitioner } kò sí títí di { $date }.
nothing-exact = Àkókò yẹn gan-an kò ṣí sílẹ̀.
nothing-earlier = Kò sí àyè ṣáájú ìyẹn.
nothing-later = Kò sí àyè lẹ́yìn ìyẹn.
nothing-others = Kò sí dókítà mìíràn fún ìyẹn.
nothing-at-all = Kò sí àyè ní àwọn ọjọ́ tí mo lè ṣe àdéhùn. Jọ̀wọ́ lọ sí ibi ìgbàlejò.
day-past = Ọjọ́ yẹn ti kọjá.
day-too-far = Mo lè ṣe àdéhùn títí di ọjọ́ { $days } síwájú.
patient-busy = O ti ní àdéhùn mìíràn ní àkókò yẹn.
slot-taken = Má bínú, ẹnìkan ṣẹ̀ṣẹ̀ gba àkókò yẹn.

## Booked or not

booked = A ti ṣe àdéhùn rẹ
booked-to-confirm = A ti kọ àdéhùn rẹ sílẹ̀; ibi ìgbàlejò yóò fìdí rẹ̀ múlẹ̀
booking-failed = Má bínú, mi ò lè ṣe àdéhùn yìí. A kò ṣe nǹkankan. Jọ̀wọ́ lọ sí ibi ìgbàlejò.
booking-unsure = Má bínú, mi ò tíì mọ̀ bóyá ó yọrí. Jọ̀wọ́ béèrè ní ibi ìgbàlejò.
searching-failed = Má bínú, mi ò lè wo àwọn àdéhùn báyìí. Jọ̀wọ́ lọ sí ibi ìgbàlejò.
take-ticket = Jọ̀wọ́ mú tíkẹ́ẹ̀tì rẹ.
no-ticket = Mi ò lè tẹ tíkẹ́ẹ̀tì. Ohun tí o nílò wà lójú ìbòjú.
aloud-name = Orúkọ náà ni { $name }.
aloud-phone = Nọ́ńbà fóònù náà ni { $phone }.
aloud-birth-date = Ọjọ́ ìbí: { $date }.
aloud-code = Kóòdù náà ni { $code }.
focus-private = lójú ìbòjú

## Somebody's own appointment

own-ask-phone = Nọ́ńbà fóònù tí a fi ṣe é, tàbí “mi ò ní fóònù”
own-ask-name = Orúkọ aláìsàn náà
own-not-found = Mi ò rí àdéhùn kankan pẹ̀lú ohun tí o sọ. Ẹ jẹ́ ká tún gbìyànjú.
own-give-up = Mi ò rí àdéhùn náà. Jọ̀wọ́ lọ sí ibi ìgbàlejò. Wọn yóò ràn ọ́ lọ́wọ́.
own-none = O kò ní àdéhùn kankan báyìí. Mo lè ṣe ọ̀kan fún ọ.
own-which = Àdéhùn wo?
own-told = Àdéhùn rẹ nìyí. Kí ni o fẹ́ ṣe?
own-ask-cancel = Ṣé kí n fagi lé àdéhùn yìí?
own-kept = Àdéhùn rẹ wà bí ó ti wà.
own-cancelled = A ti fagi lé àdéhùn rẹ
own-checked-in-next = A ti gbà pé o dé: nọ́ńbà { $number }. Kò sí ẹnikẹ́ni ṣáájú rẹ.
own-checked-in = A ti gbà pé o dé: nọ́ńbà { $number }. Ènìyàn { $ahead } wà ṣáájú rẹ, bíi ìṣẹ́jú { $minutes }.
own-already-in = A ti gbà pé o dé tẹ́lẹ̀. Jọ̀wọ́ jókòó.
own-other-day = Àdéhùn rẹ jẹ́ { $date }, { $time }. Jọ̀wọ́ wá ní ọjọ́ náà.
own-late = Àdéhùn rẹ jẹ́ { $time }. Jọ̀wọ́ lọ sí ibi ìgbàlejò. Wọn yóò wo ohun tí ó ṣeé ṣe.
own-failed = Má bínú, mi ò lè yí àdéhùn náà padà. Jọ̀wọ́ lọ sí ibi ìgbàlejò.
ask-move = Ṣé kí n gbé àdéhùn rẹ síbẹ̀?
moved = A ti gbé àdéhùn rẹ
moved-to-confirm = A ti gbé àdéhùn rẹ; ibi ìgbàlejò yóò fìdí rẹ̀ múlẹ̀

## Waiting without an appointment

ask-queue = Ṣé o fẹ́ dúró lónìí láìsí àdéhùn?
queued-next = Nọ́ńbà rẹ ni { $number }. Kò sí ẹnikẹ́ni ṣáájú rẹ.
queued = Nọ́ńbà rẹ ni { $number }. Ènìyàn { $ahead } wà ṣáájú rẹ, bíi ìṣẹ́jú { $minutes }.
nobody-here-now = Kò sí ẹni tí ó lè rí ọ mọ́ lónìí.
nothing-free-queue = Kò sí àyè ní àwọn ọjọ́ tí mo lè ṣe àdéhùn.
no-consent = Nígbà náà mi ò tọ́jú nǹkankan, mi ò sì lè ṣe àdéhùn. Jọ̀wọ́ lọ sí ibi ìgbàlejò.
no-consent-queue = Nígbà náà mi ò tọ́jú nǹkankan, mi ò sì lè ṣe àdéhùn.

## Help and trouble

hours = { $date }: àwọn dókítà wà níbí láti { $from } sí { $to }.
hours-of = { $practitioner } wà níbí { $date }, láti { $from } sí { $to }.
not-in = { $practitioner } kò sí níbí { $date }.
closed = { $date }: kò sí dókítà kankan níbí.
closed-for = { $date }: ilé ìwòsàn tì fún { $name }.
room-of = { $practitioner } wà { $room }.
way-to = { $place }: { $directions }.
not-seen-before = Mi ò mọ dókítà tí o rí tẹ́lẹ̀.
not-a-birth-date = Ìyẹn kì í ṣe ọjọ́ ìbí.
who-works-here = Àwọn tí ó ń ṣiṣẹ́ níbí:
not-heard = Mi ò gbọ́ ìyẹn.
not-understood = Ìyẹn kò yé mi.
help-greeting = Fọwọ́ kan ohun tí o fẹ́ lójú ìwòran.
help-whom = Fọwọ́ kan orúkọ dókítà kan, tàbí irú ìtọ́jú kan, tàbí: dókítà èyíkéyìí.
help-when = Fọwọ́ kan ọjọ́ kan, tàbí: kíákíá bí ó ti lè jẹ́.
help-offers = Fọwọ́ kan àkókò kan, tàbí ọjọ́ mìíràn, tàbí dókítà mìíràn.
help-name = Tẹ orúkọ rẹ àti orúkọ ìdílé rẹ lójú ìwòran.
help-name-right = Fọwọ́ kan “Bẹ́ẹ̀ ni” bí orúkọ náà bá tọ̀nà. Fọwọ́ kan “Bẹ́ẹ̀ kọ́” láti tún un tẹ̀.
help-phone = Tẹ nọ́ńbà fóònù rẹ, tàbí fọwọ́ kan “mi ò ní fóònù”.
help-birth-date = Tẹ ọjọ́, oṣù àti ọdún. Bí o kò bá mọ̀ ọ́n, fọwọ́ kan “mi ò mọ̀”.
help-agree = Bẹ́ẹ̀ ni tàbí bẹ́ẹ̀ kọ́. Ohun tí ilé ìwòsàn tọ́jú wà fún àdéhùn rẹ nìkan.
help-queue = Fọwọ́ kan bẹ́ẹ̀ ni láti gba nọ́ńbà, tàbí bẹ́ẹ̀ kọ́.
help-confirm = Fọwọ́ kan bẹ́ẹ̀ ni láti ṣe àdéhùn, tàbí ohun tí ó yẹ kí ó yàtọ̀.
help-own = O lè yí i padà, fagi lé e, tàbí sọ pé o ti dé.
help-anywhere = O tún lè fọwọ́ kan “Tún sọ”, “Bẹ̀rẹ̀ lẹ́ẹ̀kansi” tàbí “Pe òṣìṣẹ́”
only-english = Èdè Gẹ̀ẹ́sì ni mo gbọ́ tí mo sì ń sọ báyìí. O lè fọwọ́ kan gbogbo ohun tó wà lójú ìwòran.
language-shown = Èdè Gẹ̀ẹ́sì ni mo gbọ́ tí mo sì ń sọ báyìí. Gbogbo ohun tó wà lójú ìwòran jẹ́ { $language } láti ìsinsìnyí lọ.
heard-language = Mo rò pé { $language } nìyẹn. Èdè Gẹ̀ẹ́sì ni mo gbọ́ tí mo sì ń sọ báyìí. O lè fọwọ́ kan gbogbo ohun tó wà lójú ìwòran, tàbí lọ sí ibi ìgbàlejò.
staff-called = Mo ti pe àwọn òṣìṣẹ́. O tún lè lọ sí ibi ìgbàlejò.
staff-coming = Òṣìṣẹ́ kan ti dáhùn, ó sì ń bọ̀ wá bá ọ.
staff-no-answer = Ẹnikẹ́ni kò tíì dáhùn. Jọ̀wọ́ lọ sí ibi ìgbàlejò. Wọn yóò ràn ọ́ lọ́wọ́ níbẹ̀.
see-reception = Jọ̀wọ́ lọ sí ibi ìgbàlejò. Wọn yóò ràn ọ́ lọ́wọ́ níbẹ̀.
urgent = Jọ̀wọ́ sọ fún àwọn òṣìṣẹ́ nísinsìnyí. Lọ sí ibi ìgbàlejò tàbí béèrè lọ́wọ́ ẹni tó wà nítòsí rẹ.
suggest-specialty = { $specialty } yóò jẹ́ ibi tó dára láti bẹ̀rẹ̀.
suggest-specialty-sensitive = { $specialty } yóò jẹ́ ibi tó dára láti bẹ̀rẹ̀.
unavailable = Mi ò lè ṣe àdéhùn báyìí. Jọ̀wọ́ lọ sí ibi ìgbàlejò.

## On the screen only

choice-book = Ṣe àdéhùn
choice-my-appointment = Àdéhùn mi
choice-queue = Dúró lónìí
choice-same-doctor = Dókítà kan náà
choice-no-birth-date = Mi ò mọ̀ ọ́n
choice-move = Yí i padà
choice-cancel = Fagi lé e
choice-check-in = Mo ti dé
choice-any-doctor = Dókítà èyíkéyìí
choice-soonest = Kíákíá
choice-earlier = Ṣáájú
choice-later = Lẹ́yìn
choice-another-day = Ọjọ́ mìíràn
choice-another-practitioner = Dókítà mìíràn
choice-yes = Bẹ́ẹ̀ ni
choice-no = Bẹ́ẹ̀ kọ́
choice-no-phone = Mi ò ní fóònù
choice-change-nothing = Kò sí, padà sẹ́yìn
slip-code = Kóòdù rẹ
slip-number = Nọ́ńbà rẹ
choice-start-again = Bẹ̀rẹ̀ lẹ́ẹ̀kansi
choice-goodbye = Mo ti parí
