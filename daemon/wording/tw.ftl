# What the screen shows in Twi (Akan). Nothing of it is spoken: hearing and speaking are in English.
#
# NEEDS A NATIVE READER'S REVIEW before it is relied on: written from dictionaries and
# grammars, read by no native speaker yet.

## Dates and times

weekday = { $number ->
    [1] Dwoada
    [2] Benada
    [3] Wukuada
    [4] Yawoada
    [5] Fiada
    [6] Memeneda
   *[7] Kwasiada
}
month = { $number ->
    [1] Ɔpɛpɔn
    [2] Ɔgyefoɔ
    [3] Ɔbɛnem
    [4] Oforisuo
    [5] Kɔtɔnimma
    [6] Ayɛwohomumɔ
    [7] Kitawonsa
    [8] Ɔsanaa
    [9] Ɛbɔ
    [10] Ahinime
    [11] Obubuo
   *[12] Ɔpɛnimma
}
weekday-short = { $number ->
    [1] Dwo
    [2] Ben
    [3] Wuk
    [4] Yaw
    [5] Fia
    [6] Mem
   *[7] Kwa
}
month-short = { $number ->
    [1] Ɔpɛ
    [2] Ɔgye
    [3] Ɔbɛ
    [4] Ofo
    [5] Kɔt
    [6] Ayɛ
    [7] Kit
    [8] Ɔsa
    [9] Ɛbɔ
    [10] Ahi
    [11] Obu
   *[12] Ɔpn
}
date = { $weekday } { $day } { $month }
date-today = Ɛnnɛ, { $date }
date-tomorrow = Ɔkyena, { $date }
birth-date = { $day } { $month } { $year }
time = { $part ->
    [noon] Owigyinae 12
    [morning] Anɔpa { $hour12 }:{ $minute }
    [afternoon] Awia { $hour12 }:{ $minute }
   *[evening] Anwummerɛ { $hour12 }:{ $minute }
}
part-morning = anɔpa
part-afternoon = awia
part-evening = anwummerɛ
part-night = anadwo
part-lunch = awia aduane berɛ
wish-between = { $from } kɔsi { $to }
wish-from = ɛfiri { $from }
wish-until = kɔsi { $to }
list-and = { $first } ne { $last }
list-or = { $first }, anaa { $last }

## Beginning and end

welcome = Fa wo nsa ka screen no
greeting = Dɔkota bɛn na wopɛ sɛ wohu no, na da bɛn?
greeting-short = Dɔkota bɛn na wopɛ sɛ wohu no, na da bɛn?
goodbye = Yɛda wo ase. Nante yie.
still-there = Woda so wɔ hɔ anaa? Krataafa yi bɛto mu.

## Questions

ask-whom = Dɔkota bɛn anaa ayaresa bɛn na wopɛ?
ask-when = Da bɛn na wopɛ sɛ woba?
ask-when-whom = Da bɛn na wopɛ sɛ wohu { $practitioner }?
ask-when-specialty = Da bɛn na wopɛ sɛ woba { $specialty } ho?
ask-when-sensitive = Da bɛn na wopɛ sɛ woba?
ask-name = Wo din de sɛn?
ask-name-other = Ɔyarefoɔ no din de sɛn?
ask-name-again = Kyerɛw wo din ne w’abusua din
ask-name-right = Din yi teɛ anaa?
ask-name-typed = Yɛsrɛ wo, kyerɛw wo din
ask-phone = Wo telefon nɔma, anaa “menni telefon”
ask-phone-typed = Yɛsrɛ wo, kyerɛw wo telefon nɔma, anaa “menni telefon”
ask-birth-date = Da a wɔwoo wo
ask-birth-date-other = Da a wɔwoo ɔyarefoɔ no
ask-birth-date-typed = Yɛsrɛ wo, kyerɛw da a wɔwoo wo
ask-agree = Ayaresabea no mfa nsɛm yi nsie mfa nhwehwɛ wo nhyiamu anaa?
ask-confirm = Menyɛ saa nhyehyɛɛ yi mma wo?
ask-change = Deɛn na wopɛ sɛ wosesa?
ask-which-offer = Emu deɛ ɛwɔ he na wopɛ?
ask-yes-no = Aane anaa daabi?

## Offers

offer-one = Berɛ yi yɛ ma wo anaa?
offer-many = Berɛ bɛn na ɛyɛ ma wo?
offer-many-several = Berɛ bɛn na ɛyɛ ma wo?
offer-slot = { $date }, { $time }
offer-slot-with = { $date }, { $time }, { $practitioner }
offer-time = { $time }
offer-time-with = { $time }, { $practitioner }
nothing-then = Saa berɛ no deɛ, hwee nna hɔ.
nothing-then-whom = { $practitioner } nni kwan saa berɛ no.
away-until = { $practitioner } nni hɔ kɔsi { $date }.
nothing-exact = Saa berɛ no ankasa nna hɔ.
nothing-earlier = Hwee nni hɔ a ɛdi kan.
nothing-later = Hwee nni hɔ akyire yi.
nothing-others = Dɔkota foforɔ biara nni hɔ ma yei.
nothing-at-all = Nna a metumi ahyehyɛ nyinaa mu, hwee nna hɔ. Yɛsrɛ wo, kɔ reception.
day-past = Saa da no atwam.
day-too-far = Metumi ahyehyɛ kɔsi nnafua { $days } pɛ.
patient-busy = Wowɔ nhyiamu foforɔ saa berɛ no.
slot-taken = Kosɛ, obi afa saa berɛ no seesei ara.

## Booked or not

booked = Wɔahyehyɛ wo nhyiamu no
booked-to-confirm = Wɔakyerɛw wo nhyiamu no; reception bɛpene so
booking-failed = Kosɛ, mantumi anhyehyɛ. Hwee nkɔɔ so. Yɛsrɛ wo, kɔ reception.
booking-unsure = Kosɛ, mennim sɛ ɛkɔɔ so anaa. Yɛsrɛ wo, bisa wɔ reception.
searching-failed = Kosɛ, merentumi nhwɛ nhyehyɛeɛ no seesei. Yɛsrɛ wo, kɔ reception.
take-ticket = Yɛsrɛ wo, fa wo tekiti no.
no-ticket = Mantumi ammrin tekiti. Nea wohia no wɔ screen no so.
aloud-name = Din no ne { $name }.
aloud-phone = Fon nɔma no ne { $phone }.
aloud-birth-date = Wɔwoo no { $date }.
aloud-code = Koodu no ne { $code }.
focus-private = screen no so

## Somebody's own appointment

own-ask-phone = Telefon nɔma a wɔde hyehyɛeɛ no, anaa “menni telefon”
own-ask-name = Ɔyarefoɔ no din
own-not-found = Manhu nhyiamu biara wɔ deɛ wokaeɛ no ase. Ma yɛnsan nhwɛ.
own-give-up = Manhu saa nhyiamu no. Yɛsrɛ wo, kɔ reception. Wɔbɛboa wo.
own-none = Wonni nhyiamu biara seesei. Metumi ahyehyɛ baako ama wo.
own-which = Nhyiamu bɛn?
own-told = Wo nhyiamu nie. Deɛn na wopɛ sɛ woyɛ?
own-ask-cancel = Mentwa nhyiamu yi mu?
own-kept = Wo nhyiamu no da so te sɛ kane no.
own-cancelled = Wɔatwa wo nhyiamu no mu
own-checked-in-next = Yɛahu sɛ woaba: nɔma { $number }. Obi nni w’anim.
own-checked-in = Yɛahu sɛ woaba: nɔma { $number }. Nnipa { $ahead } di w’anim, bɛyɛ simma { $minutes }.
own-already-in = Yɛahu dada sɛ woaba. Yɛsrɛ wo, tena ase.
own-other-day = Wo nhyiamu yɛ { $date }, { $time }. Yɛsrɛ wo, bra saa da no.
own-late = Na wo nhyiamu yɛ { $time }. Yɛsrɛ wo, kɔ reception. Wɔbɛhwɛ deɛ wɔbɛtumi ayɛ.
own-failed = Kosɛ, mantumi ansesa nhyiamu no. Yɛsrɛ wo, kɔ reception.
ask-move = Memfa wo nhyiamu no nkɔ hɔ?
moved = Wɔasesa wo nhyiamu no berɛ
moved-to-confirm = Wɔasesa wo nhyiamu no berɛ; reception bɛpene so

## Waiting without an appointment

ask-queue = Wobɛtwɛn ɛnnɛ a wonni nhyiamu?
queued-next = Wo nɔma ne { $number }. Obi nni w’anim.
queued = Wo nɔma ne { $number }. Nnipa { $ahead } di w’anim, bɛyɛ simma { $minutes }.
nobody-here-now = Obiara nni hɔ bio ɛnnɛ a ɔbɛtumi ahu wo.
nothing-free-queue = Nna a metumi ahyehyɛ nyinaa mu, hwee nna hɔ.
no-consent = Ɛnneɛ merensie hwee, na merentumi nhyehyɛ. Yɛsrɛ wo, kɔ reception.
no-consent-queue = Ɛnneɛ merensie hwee, na merentumi nhyehyɛ.

## Help and trouble

hours = { $date }: adɔkotafoɔ wɔ ha firi { $from } kɔsi { $to }.
hours-of = { $practitioner } wɔ ha { $date }, firi { $from } kɔsi { $to }.
not-in = { $practitioner } nni ha { $date }.
closed = { $date } no, dɔkota biara nni ha.
closed-for = { $date } no, ayaresabea no ato mu: { $name }.
room-of = { $practitioner } wɔ { $room }.
way-to = { $place }: { $directions }.
not-seen-before = Mennim dɔkota a wohuu no kane no.
not-a-birth-date = Ɛnyɛ awoɔda.
who-works-here = Wɔn a wɔyɛ adwuma wɔ ha:
not-heard = Mante no yie.
not-understood = Mante aseɛ.
help-greeting = Mia deɛ wopɛ wɔ screen no so.
help-whom = Mia dɔkota bi din, anaa ayaresa bi, anaa: dɔkota biara.
help-when = Mia da bi, anaa: ntɛm ara.
help-offers = Mia berɛ a wopɛ, anaa da foforɔ, anaa dɔkota foforɔ.
help-name = Kyerɛw wo din ne w’abusua din wɔ screen no so.
help-name-right = Mia “Aane” sɛ din no teɛ a. Mia “Daabi” na san kyerɛw.
help-phone = Kyerɛw wo telefon nɔma, anaa mia “menni telefon”.
help-birth-date = Kyerɛw da, bosome ne afe. Wonnim a, mia “mennim”.
help-agree = Mia aane anaa daabi. Deɛ ayaresabea no sie no yɛ wo nhyiamu nko ara ho.
help-queue = Mia aane na gye nɔma, anaa daabi.
help-confirm = Mia aane na menhyehyɛ, anaa mia deɛ wopɛ sɛ wosesa.
help-own = Wobɛtumi asesa, atwa mu, anaa ama yɛahu sɛ woaba.
help-anywhere = Wobɛtumi nso amia “San ka”, “Hyɛ aseɛ bio” anaa “Frɛ adwumayɛfoɔ”
only-english = Borɔfo na mete na meka seesei. Deɛ ɛwɔ screen no so nyinaa, wobɛtumi de wo nsa aka.
language-shown = Borɔfo na mete na meka seesei. Efiri seesei, deɛ ɛwɔ screen no so nyinaa yɛ { $language }.
heard-language = Ɛyɛ me sɛ woka { $language }. Borɔfo na mete na meka seesei. Wobɛtumi de wo nsa aka deɛ ɛwɔ screen no so nyinaa, anaa kɔ reception.
staff-called = Mabɔ dɔn ama adwumayɛfoɔ no. Wobɛtumi nso akɔ reception.
staff-coming = Adwumayɛni bi ate, na ɔreba wo nkyɛn.
staff-no-answer = Obiara nnyee so ɛ. Yɛsrɛ wo, kɔ reception. Wɔbɛboa wo wɔ hɔ.
see-reception = Yɛsrɛ wo, kɔ reception. Wɔbɛboa wo wɔ hɔ.
urgent = Yɛsrɛ wo, ka kyerɛ adwumayɛfoɔ no seesei ara. Kɔ reception anaa bisa obi a ɔbɛn wo.
suggest-specialty = { $specialty } yɛ baabi pa a wobɛhyɛ aseɛ.
suggest-specialty-sensitive = { $specialty } yɛ baabi pa a wobɛhyɛ aseɛ.
unavailable = Merentumi nhyehyɛ nhyiamu seesei. Yɛsrɛ wo, kɔ reception.

## On the screen only

choice-book = Hyehyɛ nhyiamu
choice-my-appointment = Me nhyiamu
choice-queue = Twɛn ɛnnɛ
choice-same-doctor = Dɔkota korɔ no ara
choice-no-birth-date = Mennim
choice-move = Sesa
choice-cancel = Twa mu
choice-check-in = Maba
choice-any-doctor = Dɔkota biara
choice-soonest = Ntɛm ara
choice-earlier = Kane
choice-later = Akyire
choice-another-day = Da foforɔ
choice-another-practitioner = Dɔkota foforɔ
choice-yes = Aane
choice-no = Daabi
choice-no-phone = Menni telefon
choice-change-nothing = Hwee, san w’akyi
slip-code = Wo koodu
slip-number = Wo nɔma
choice-start-again = Hyɛ aseɛ bio
choice-goodbye = Mawie
