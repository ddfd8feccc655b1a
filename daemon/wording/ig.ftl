# What the screen shows in Igbo. Nothing of it is spoken: hearing and speaking are in English.
#
# NEEDS A NATIVE READER'S REVIEW before it is relied on: written from dictionaries and
# grammars, read by no native speaker yet.

## Dates and times

weekday = { $number ->
    [1] Mọnde
    [2] Tiuzdee
    [3] Wenezdee
    [4] Tọọzdee
    [5] Fraịdee
    [6] Satọdee
   *[7] Sọndee
}
month = { $number ->
    [1] Jenụwarị
    [2] Febrụwarị
    [3] Maachị
    [4] Eprel
    [5] Mee
    [6] Juun
    [7] Julaị
    [8] Ọgọst
    [9] Septemba
    [10] Ọktoba
    [11] Novemba
   *[12] Disemba
}
weekday-short = { $number ->
    [1] Mọn
    [2] Tiu
    [3] Wen
    [4] Tọọ
    [5] Fra
    [6] Sat
   *[7] Sọn
}
month-short = { $number ->
    [1] Jen
    [2] Feb
    [3] Maa
    [4] Epr
    [5] Mee
    [6] Juu
    [7] Jul
    [8] Ọgọ
    [9] Sep
    [10] Ọkt
    [11] Nov
   *[12] Dis
}
date = { $weekday } { $day } { $month }
date-today = Taa, { $date }
date-tomorrow = Echi, { $date }
birth-date = { $day } { $month } { $year }
time = { $part ->
    [noon] 12 nke etiti ehihie
    [morning] { $hour12 }:{ $minute } nke ụtụtụ
    [afternoon] { $hour12 }:{ $minute } nke ehihie
   *[evening] { $hour12 }:{ $minute } nke mgbede
}
part-morning = n’ụtụtụ
part-afternoon = n’ehihie
part-evening = na mgbede
part-night = n’abalị
part-lunch = n’oge nri ehihie
wish-between = { $from } ruo { $to }
wish-from = site na { $from }
wish-until = ruo { $to }
list-and = { $first } na { $last }
list-or = { $first }, maọbụ { $last }

## Beginning and end

welcome = Metụ ihuenyo aka
greeting = Kedu dọkịta ị chọrọ ịhụ, kedụkwa mgbe?
greeting-short = Kedu dọkịta ị chọrọ ịhụ, kedụkwa mgbe?
goodbye = Daalụ. Ka ọ dị.
still-there = Ị ka nọ ebe ahụ? Ibe a ga-emechi.

## Questions

ask-whom = Kedu dọkịta maọbụ ụdị nlekọta ị chọrọ?
ask-when = Kedu mgbe ị chọrọ ịbịa?
ask-when-whom = Kedu mgbe ị chọrọ ịhụ { $practitioner }?
ask-when-specialty = Kedu mgbe ị chọrọ ịbịa maka { $specialty }?
ask-when-sensitive = Kedu mgbe ị chọrọ ịbịa?
ask-name = Kedu aha gị?
ask-name-other = Kedu aha onye ọrịa?
ask-name-again = Dee aha gị na aha ezinụlọ gị
ask-name-right = Aha a ọ̀ ziri ezi?
ask-name-typed = Biko dee aha gị
ask-phone = Nọmba ekwentị gị, maọbụ “enweghị m ekwentị”
ask-phone-typed = Biko dee nọmba ekwentị gị, maọbụ “enweghị m ekwentị”
ask-birth-date = Ụbọchị ọmụmụ gị
ask-birth-date-other = Ụbọchị ọmụmụ onye ọrịa
ask-birth-date-typed = Biko dee ụbọchị ọmụmụ
ask-agree = Ụlọ ọgwụ ọ̀ pụrụ idebe ihe ndị a, iji chọta oge gị?
ask-confirm = M debere gị oge a?
ask-change = Gịnị ka ị chọrọ ịgbanwe?
ask-which-offer = Kedu nke ị chọrọ n’ime ndị a?
ask-yes-no = Ee maọbụ mba?

## Offers

offer-one = Oge a ọ̀ dabara gị?
offer-many = Kedu oge dabara gị?
offer-many-several = Kedu oge dabara gị?
offer-slot = { $date }, { $time }
offer-slot-with = { $date }, { $time }, { $practitioner }
offer-time = { $time }
offer-time-with = { $time }, { $practitioner }
nothing-then = Ohere adịghị mgbe ahụ.
nothing-then-whom = { $practitioner } enweghị ohere mgbe ahụ.
away-until = { $practitioner } anọghị ruo { $date }.
nothing-exact = Kpọmkwem oge ahụ emegheghị.
nothing-earlier = Ohere adịghị tupu nke ahụ.
nothing-later = Ohere adịghị mgbe nke ahụ gasịrị.
nothing-others = Enweghị dọkịta ọzọ maka nke ahụ.
nothing-at-all = Ohere adịghị n’ụbọchị ndị m nwere ike idebe. Biko gaa ebe nnabata.
day-past = Ụbọchị ahụ agafeela.
day-too-far = Enwere m ike idebe oge ruo ụbọchị { $days }.
patient-busy = Ị nweelarị oge ọzọ n’oge ahụ.
slot-taken = Ndo, mmadụ eweela oge ahụ ugbu a.

## Booked or not

booked = Edebela oge gị
booked-to-confirm = Edeela oge gị; ebe nnabata ga-akwado ya
booking-failed = Ndo, enweghị m ike idebe oge a. Ọ dịghị ihe edebere. Biko gaa ebe nnabata.
booking-unsure = Ndo, amabeghị m ma edebere ya. Biko jụọ n’ebe nnabata.
searching-failed = Ndo, enweghị m ike ile oge ndị ahụ ugbu a. Biko gaa ebe nnabata.
take-ticket = Biko were tiketi gị.
no-ticket = Enweghị m ike ibipụta tiketi. Ihe ị chọrọ dị na ihuenyo.
aloud-name = Aha ahụ bụ { $name }.
aloud-phone = Nọmba ekwentị bụ { $phone }.
aloud-birth-date = Amụrụ na { $date }.
aloud-code = Koodu ahụ bụ { $code }.
focus-private = na ihuenyo

## Somebody's own appointment

own-ask-phone = Nọmba ekwentị e ji debe ya, maọbụ “enweghị m ekwentị”
own-ask-name = Aha onye ọrịa
own-not-found = Ahụghị m oge ọ bụla n’ihe ị gwara m. Ka anyị nwaa ọzọ.
own-give-up = Ahụghị m oge ahụ. Biko gaa ebe nnabata. Ha ga-enyere gị aka.
own-none = Ị nweghị oge ọ bụla ugbu a. Enwere m ike idebe otu.
own-which = Kedu oge?
own-told = Nke a bụ oge gị. Gịnị ka ị chọrọ ime?
own-ask-cancel = M kagbuo oge a?
own-kept = Oge gị dị ka ọ dị na mbụ.
own-cancelled = Akagbuola oge gị
own-checked-in-next = Anyị amarala na ị bịala: nọmba { $number }. Onweghị onye nọ n’ihu gị.
own-checked-in = Anyị amarala na ị bịala: nọmba { $number }. Mmadụ { $ahead } nọ n’ihu gị, ihe dị ka nkeji { $minutes }.
own-already-in = Anyị amaralarị na ị bịala. Biko nọdụ ala.
own-other-day = Oge gị bụ { $date }, { $time }. Biko bịa n’ụbọchị ahụ.
own-late = Oge gị bụ { $time }. Biko gaa ebe nnabata. Ha ga-ahụ ihe a ga-eme.
own-failed = Ndo, enweghị m ike ịgbanwe oge ahụ. Biko gaa ebe nnabata.
ask-move = M bugharịa oge gị ebe ahụ?
moved = Ebugharịala oge gị
moved-to-confirm = Ebugharịala oge gị; ebe nnabata ga-akwado ya

## Waiting without an appointment

ask-queue = Ị chọrọ ichere taa na-enweghị oge edebere?
queued-next = Nọmba gị bụ { $number }. Onweghị onye nọ n’ihu gị.
queued = Nọmba gị bụ { $number }. Mmadụ { $ahead } nọ n’ihu gị, ihe dị ka nkeji { $minutes }.
nobody-here-now = Onweghị onye nọ ebe a taa ọzọ ga-ahụ gị.
nothing-free-queue = Ohere adịghị n’ụbọchị ndị m nwere ike idebe.
no-consent = Mgbe ahụ agaghị m edebe ihe ọ bụla, agaghịkwa m edebeli oge. Biko gaa ebe nnabata.
no-consent-queue = Mgbe ahụ agaghị m edebe ihe ọ bụla, agaghịkwa m edebeli oge.

## Help and trouble

hours = { $date }: ndị dọkịta nọ ebe a site na { $from } ruo { $to }.
hours-of = { $practitioner } nọ ebe a { $date }, site na { $from } ruo { $to }.
not-in = { $practitioner } anọghị ebe a { $date }.
closed = { $date }: onweghị dọkịta nọ ebe a.
closed-for = { $date }: ụlọ ọgwụ emechiela maka { $name }.
room-of = { $practitioner } nọ { $room }.
way-to = { $place }: { $directions }.
not-seen-before = Amaghị m onye ị hụrụ na mbụ.
not-a-birth-date = Nke ahụ abụghị ụbọchị ọmụmụ.
who-works-here = Ndị na-arụ ọrụ ebe a:
not-heard = Anụghị m nke ahụ.
not-understood = Aghọtaghị m nke ahụ.
help-greeting = Metụ ihe ị chọrọ aka n’ihuenyo.
help-whom = Metụ aha dọkịta aka, maọbụ ụdị nlekọta, maọbụ: dọkịta ọ bụla.
help-when = Metụ ụbọchị aka, maọbụ: ngwa ngwa.
help-offers = Metụ oge aka, maọbụ ụbọchị ọzọ, maọbụ dọkịta ọzọ.
help-name = Dee aha gị na aha ezinụlọ gị n’ihuenyo.
help-name-right = Metụ “Ee” aka ma aha ahụ ziri ezi. Metụ “Mba” aka iji degharịa ya.
help-phone = Dee nọmba ekwentị gị, maọbụ metụ “enweghị m ekwentị” aka.
help-birth-date = Dee ụbọchị, ọnwa na afọ. Ọ bụrụ na ị maghị, metụ “amaghị m” aka.
help-agree = Ee maọbụ mba. Ihe ụlọ ọgwụ debere bụ naanị maka oge gị.
help-queue = Metụ ee aka maka nọmba, maọbụ mba.
help-confirm = Metụ ee aka ka m debe ya, maọbụ ihe kwesịrị ịdị iche.
help-own = Ị nwere ike ịgbanwe ya, kagbuo ya, maọbụ gwa anyị na ị bịala.
help-anywhere = Ị nwekwara ike imetụ “Kwughachi”, “Malite ọzọ” maọbụ “Kpọọ ndị ọrụ” aka
only-english = Ọ bụ Bekee ka m na-anụ ma na-asụ ugbu a. Ị nwere ike imetụ ihe niile dị n’ihuenyo aka.
language-shown = Ọ bụ Bekee ka m na-anụ ma na-asụ ugbu a. Ihe niile dị n’ihuenyo bụ { $language } site ugbu a gaa n’ihu.
heard-language = Echere m na nke ahụ bụ { $language }. Ọ bụ Bekee ka m na-anụ ma na-asụ ugbu a. Ị nwere ike imetụ ihe niile dị n’ihuenyo aka, maọbụ gaa ebe nnabata.
staff-called = Akpọọla m ndị ọrụ. Ị nwekwara ike ịga ebe nnabata.
staff-coming = Onye ọrụ azala, ọ na-abịakwute gị.
staff-no-answer = Onweghị onye zara. Biko gaa ebe nnabata. Ha ga-enyere gị aka ebe ahụ.
see-reception = Biko gaa ebe nnabata. Ha ga-enyere gị aka ebe ahụ.
urgent = Biko gwa ndị ọrụ ugbu a. Gaa ebe nnabata maọbụ jụọ onye nọ gị nso.
suggest-specialty = { $specialty } ga-abụ ebe ọma ịmalite.
suggest-specialty-sensitive = { $specialty } ga-abụ ebe ọma ịmalite.
unavailable = Enweghị m ike idebe oge ugbu a. Biko gaa ebe nnabata.

## On the screen only

choice-book = Debe oge
choice-my-appointment = Oge m
choice-queue = Chere taa
choice-same-doctor = Otu dọkịta ahụ
choice-no-birth-date = Amaghị m ya
choice-move = Gbanwee ya
choice-cancel = Kagbuo ya
choice-check-in = Abịala m
choice-any-doctor = Dọkịta ọ bụla
choice-soonest = Ngwa ngwa
choice-earlier = Tupu
choice-later = Emesịa
choice-another-day = Ụbọchị ọzọ
choice-another-practitioner = Dọkịta ọzọ
choice-yes = Ee
choice-no = Mba
choice-no-phone = Enweghị m ekwentị
choice-change-nothing = O nweghị, laghachi azụ
slip-code = Koodu gị
slip-number = Nọmba gị
choice-start-again = Malite ọzọ
choice-goodbye = Emechaala m
