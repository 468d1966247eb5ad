//! The page of the email address.

use super::{Around, InLanguages, failure::Message};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) confirmed: Around,
    pub(crate) unconfirmed: Around,
    pub(crate) send: &'static str,
    pub(crate) change: &'static str,
    pub(crate) new: &'static str,
    pub(crate) password: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) no_address: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) sent: Message,
    pub(crate) changed: Message,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "Email address",
        confirmed: ("You sign in with ", ", which is confirmed."),
        unconfirmed: ("You sign in with ", ". Nobody has confirmed yet that it is yours."),
        send: "Send a link to confirm it",
        change: "Change it",
        new: "New email address",
        password: "Current password",
        submit: "Change address",
        wrong: "The current password is wrong.",
        no_address: "That does not look like another email address.",
        taken: "This email address cannot be used.",
        sent: (
            "Look into your mail",
            "A link is on its way to the address. It is yours when you have followed it; it is good for one day.",
        ),
        changed: ("Your email address is changed", "You sign in with the new one from now on."),
    },
    de: Texts {
        title: "E-Mail-Adresse",
        confirmed: ("Sie melden sich mit ", " an; die Adresse ist bestätigt."),
        unconfirmed: ("Sie melden sich mit ", " an. Dass es Ihre Adresse ist, hat noch niemand bestätigt."),
        send: "Link zum Bestätigen senden",
        change: "Adresse ändern",
        new: "Neue E-Mail-Adresse",
        password: "Bisheriges Passwort",
        submit: "Adresse ändern",
        wrong: "Das bisherige Passwort ist falsch.",
        no_address: "Das sieht nicht wie eine andere E-Mail-Adresse aus.",
        taken: "Diese E-Mail-Adresse kann nicht verwendet werden.",
        sent: (
            "Sehen Sie in Ihrem Postfach nach",
            "Ein Link ist an die Adresse unterwegs. Wenn Sie ihm gefolgt sind, ist sie Ihre; er gilt einen Tag.",
        ),
        changed: ("Ihre E-Mail-Adresse ist geändert", "Sie melden sich von nun an mit der neuen an."),
    },
    ar: Texts {
        title: "عنوان البريد الإلكتروني",
        confirmed: ("تسجّل الدخول بالعنوان ", "، وهو مؤكَّد."),
        unconfirmed: ("تسجّل الدخول بالعنوان ", ". لم يؤكَّد بعد أنه لك."),
        send: "إرسال رابط التأكيد",
        change: "تغيير العنوان",
        new: "عنوان البريد الإلكتروني الجديد",
        password: "كلمة المرور الحالية",
        submit: "تغيير العنوان",
        wrong: "كلمة المرور الحالية غير صحيحة.",
        no_address: "لا يبدو هذا عنوان بريد إلكتروني آخر.",
        taken: "لا يمكن استخدام عنوان البريد الإلكتروني هذا.",
        sent: ("تفقَّد بريدك", "سيصل رابط إلى العنوان بعد قليل. يصبح العنوان لك عندما تتبع الرابط، وهو صالح ليوم واحد."),
        changed: ("تم تغيير عنوان بريدك الإلكتروني", "ستسجّل الدخول بالعنوان الجديد من الآن فصاعدًا."),
    },
};
