//! The page for the second step of a sign-in.

use super::{Around, InLanguages};

pub(crate) struct Texts {
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) reason_for: Around,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) wrong: &'static str,
}

pub(crate) static TEXTS: InLanguages<Texts> = InLanguages {
    en: Texts {
        title: "One more step",
        reason: "Show that it is you.",
        reason_for: ("Show that it is you to continue to ", "."),
        code: "Code",
        code_hint: "Six digits from your authenticator app, or one of your recovery codes.",
        submit: "Continue",
        wrong: "This code is not right, or was used before. Wait for the next one and try again.",
    },
    de: Texts {
        title: "Noch ein Schritt",
        reason: "Zeigen Sie, dass Sie es sind.",
        reason_for: ("Zeigen Sie, dass Sie es sind, um mit ", " fortzufahren."),
        code: "Code",
        code_hint: "Sechs Ziffern aus Ihrer Authentifizierungs-App oder einer Ihrer Wiederherstellungscodes.",
        submit: "Weiter",
        wrong: "Dieser Code ist nicht richtig oder wurde schon verwendet. Warten Sie auf den nächsten und versuchen Sie es noch einmal.",
    },
    ar: Texts {
        title: "خطوة أخرى",
        reason: "أثبت أنك صاحب الحساب.",
        reason_for: ("أثبت أنك صاحب الحساب للمتابعة إلى ", "."),
        code: "الرمز",
        code_hint: "ستة أرقام من تطبيق المصادقة، أو أحد رموز الاسترداد.",
        submit: "متابعة",
        wrong: "هذا الرمز غير صحيح أو سبق استخدامه. انتظر الرمز التالي وحاول مرة أخرى.",
    },
};
